"""`besa replay_erasures`: what was erased stays erased, also after a restore or a crash."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from besa.lib.hooks import hooked
from besa.vault import erasures
from besa.vault.keystore import KeysUnavailable


class Command(BaseCommand):
    help = (
        "Destroy the keys of everything in the ledger of erasures that are still there. Doing it twice changes nothing."
    )
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = erasures.replay()
        except (erasures.LedgerBroken, KeysUnavailable) as problem:
            raise CommandError(f"refused: {problem}") from problem
        for follow in hooked("after_replay"):
            follow()
        self.stdout.write(f"{done.entries} erasures in the ledger, {done.destroyed} keys destroyed now")
