"""What happens with agencies, seats, persons and roles."""

from besa.directory.actions.accounts import (
    open_account,
    record_account_event,
    send_password_link,
    set_language,
    tell_of_change,
)
from besa.directory.actions.agencies import add_agency, add_seat, edit_agency, end_seat
from besa.directory.actions.closing import ask_reopening, close_account, decide_reopening
from besa.directory.actions.country import load_country
from besa.directory.actions.memberships import approve, end, install, propose, refuse

__all__ = [
    "add_agency",
    "add_seat",
    "approve",
    "ask_reopening",
    "close_account",
    "decide_reopening",
    "edit_agency",
    "end",
    "end_seat",
    "install",
    "load_country",
    "open_account",
    "propose",
    "record_account_event",
    "refuse",
    "send_password_link",
    "set_language",
    "tell_of_change",
]
