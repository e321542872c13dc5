"""`besa keys begin|status|rotate|retire`: the keys that seal names and files."""

from __future__ import annotations

import json
import uuid
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from besa.audit import keys
from besa.audit.actions import SYSTEM
from besa.lib import clock
from besa.lib.hooks import hooked
from besa.lib.refusal import Refused, Unavailable
from besa.vault import rotation
from besa.vault.rotation import Status

DEEDS = ("status", "begin", "rotate", "retire")


class Command(BaseCommand):
    help = (
        "The keys that seal names and files: what there is (status), the first one (begin), new ones while people work (rotate), "
        "the end of an old one (retire ID). A rotation that was broken off is continued by the next run."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("deed", choices=DEEDS)
        parser.add_argument("id", nargs="?", default="", help="the key that is retired")
        parser.add_argument("--data", action="store_true", help="rotate: new data keys too seal every cell anew")
        parser.add_argument("--case", metavar="NUMBER", help="rotate --data: only this case")
        parser.add_argument("--json", action="store_true", help="status: one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        deed = options["deed"]
        _must_fit(deed, options)
        try:
            if deed == "status":
                self._status(as_json=options["json"])
            elif deed == "begin":
                self.stdout.write(
                    f"{keys.begin(by=SYSTEM, at=clock.now())} begun; keep a copy of it apart from the backups"
                )
            elif deed == "retire":
                keys.retire(kek=options["id"], by=SYSTEM, at=clock.now())
                self.stdout.write(f"{options['id']} retired; restart what serves, so that it forgets the key too")
            elif options["data"]:
                self._rotate_data(options["case"])
            else:
                self._rotate()
        except (Refused, Unavailable) as refused:
            raise CommandError(str(refused)) from None

    def _status(self, *, as_json: bool) -> None:
        found = rotation.status()
        self.stdout.write(json.dumps(_document(found), indent=2) if as_json else "\n".join(_lines(found)))
        if not found.is_whole:
            raise CommandError("keys are wrapped by one that is not there; bring it back before anything else")

    def _rotate(self) -> None:
        kek, outcome = keys.rotate(by=SYSTEM, at=clock.now(), tell=self._tell)
        self._end(outcome.unopened, "keys do not open, and stay with their older key")
        self.stdout.write(f"{outcome.done} keys wrapped by {kek}")

    def _rotate_data(self, number: str | None) -> None:
        scopes = None if number is None else _scopes_of(number)
        outcome = keys.rotate_data(by=SYSTEM, at=clock.now(), scopes=scopes, tell=self._tell)
        self.stdout.write(f"{outcome.done} rows sealed anew")
        self._end(outcome.unopened, "rows do not open, and stay as they are; see besa audit_verify --data")
        self._end(outcome.waiting, "scopes still have their older key; run this again")

    def _end(self, left: list[str], what: str) -> None:
        if left:
            raise CommandError("\n".join([f"{len(left)} {what}:", *left]))

    def _tell(self, done: int, of: int) -> None:
        """Progress, on a terminal only."""
        if self.stderr.isatty():
            self.stderr.write(f"\r{done} of {of}", ending="\n" if done >= of else "")


def _must_fit(deed: str, options: dict[str, Any]) -> None:
    """Refuse what has no meaning together, as wrong use."""
    wrong = (
        (deed == "retire") != bool(options["id"])
        or (options["json"] and deed != "status")
        or (options["data"] and deed != "rotate")
        or (options["case"] is not None and not options["data"])
    )
    if wrong:
        raise CommandError(
            "use: keys status [--json] | begin | rotate [--data [--case NUMBER]] | retire ID", returncode=2
        )


def _scopes_of(number: str) -> list[uuid.UUID]:
    found = [scope for scopes in hooked("scopes_of_case") for scope in scopes(number)]
    if not found:
        raise Refused(f"there is no case {number}")
    return found


def _document(found: Status) -> dict[str, Any]:
    document = asdict(found) | {
        "keys": [asdict(key) for key in found.keys],
        "unfinished": [{"kind": run.kind, "began_at": run.began_at} for run in found.unfinished],
        "is_whole": found.is_whole,
    }
    plain: dict[str, Any] = json.loads(json.dumps(document, default=lambda moment: moment.isoformat()))
    return plain


def _lines(found: Status) -> list[str]:
    lines = [f"provider   {found.provider}"]
    for key in found.keys:
        marks = [
            *(["current"] if key.is_current else []),
            *([f"retired {key.retired_at:%Y-%m-%d}"] if key.retired_at else []),
            *(["NOT THERE"] if key.wraps and not key.is_there else []),
        ]
        since = f"{key.created_at:%Y-%m-%d}" if key.created_at else "unused"
        lines.append(f"key        {key.id}  since {since}  wraps {key.wraps}  {', '.join(marks)}".rstrip())
    versions = ", ".join(f"{number} at version {version}" for version, number in found.versions.items())
    lines.append(
        f"data keys  {found.scopes} scopes" + (f" ({versions})" if versions else "") + f", {found.named} named"
    )
    lines.append(f"older      {found.older} versions beside a newer one")
    lines.append(f"oldest     {found.oldest:%Y-%m-%d}" if found.oldest else "oldest     none")
    lines += [f"unfinished {run.kind}, begun {run.began_at:%Y-%m-%d %H:%M}" for run in found.unfinished]
    lines += [f"left over  {name}: wraps nothing; the next change of keys removes it" for name in found.left_over]
    return lines
