"""Which database holds what: keys in the keystore, all else in the default one."""

from __future__ import annotations

from typing import Any

from django.db.models import Model

KEYSTORE = "keystore"
APP = "vault"


class KeystoreRouter:
    def db_for_read(self, model: type[Model], **hints: Any) -> str | None:
        return KEYSTORE if model._meta.app_label == APP else None

    def db_for_write(self, model: type[Model], **hints: Any) -> str | None:
        return self.db_for_read(model)

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return (app_label == APP) == (db == KEYSTORE)
