"""PostgreSQL as Django knows it; the connection of a process that runs a command and serves nobody sees every row."""

from __future__ import annotations

from django.db.backends.postgresql import base
from django.utils.module_loading import import_string

from besa.lib.process import Process

ENTER = "besa.vault.row_context.enter_command"  # found when it is needed: models need the backend before they are there


class DatabaseWrapper(base.DatabaseWrapper):
    """Adds what row-level security needs to know of a command's connection."""

    def init_connection_state(self) -> None:
        super().init_connection_state()
        if not Process.is_serving and self.alias == "default":
            import_string(ENTER)(self)
