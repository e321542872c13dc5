from collections.abc import Callable
from typing import Any

from django.apps import AppConfig
from django.utils.module_loading import import_string


class NoticesConfig(AppConfig):
    name = "besa.notices"
    on_membership_proposed = ("besa.notices.actions.membership_proposed",)
    on_membership_decided = ("besa.notices.actions.membership_decided",)
    on_account_closed = ("besa.notices.actions.account_closed",)
    on_account_reopening_asked = ("besa.notices.actions.account_reopening_asked",)
    on_account_reopening_decided = ("besa.notices.actions.account_reopening_decided",)
    on_anomalies_noticed = ("besa.notices.actions.anomalies_noticed",)
    bell: Callable[[Any], int]

    def ready(self) -> None:
        """The bell counts in the database, which can be asked only now that the models are there."""
        self.bell = import_string("besa.notices.queries.unread")
