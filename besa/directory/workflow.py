"""The life of a membership, and of an account."""

from besa.lib.workflow import Workflow

MEMBERSHIP = Workflow(
    "membership",
    "proposed",
    {"proposed": {"approve": "active", "refuse": "refused"}, "active": {"end": "ended"}},
)

ACCOUNT = Workflow(
    "account",
    "open",
    {
        "open": {"close": "closed"},
        "closed": {"ask_reopening": "asked"},
        "asked": {"reopen": "open", "keep_closed": "closed"},
    },
)
