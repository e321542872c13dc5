"""What is looked at after a crash: is all there that was acknowledged, has every change its event, does everything open?"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.models import Exists, Model, OuterRef, Sum

from besa.audit import chain
from besa.audit.chain import Broken
from besa.audit.models import Event
from besa.audit.verification import COLUMNS, check_heads, verify
from besa.audit.verifier import Walk
from besa.audit.witness import DELETED, is_witnessed, witnessed_models
from besa.cases.actions.attachments import folder, path_of, read
from besa.cases.models import Attachment, Case, TeamMember
from besa.lib import clock
from besa.people.models import Person
from besa.reporting.models import Entry
from besa.vault import cells, erasures, keystore, rotation
from besa.vault.envelope import Unopened
from besa.vault.keystore import SCOPE, KeyGone
from besa.vault.models import SealedModel, WrappedKey
from besa.vault.upload import INCOMING

LOST, UNRECORDED, BROKEN = "acknowledged writes lost", "changes without an event", "broken chains"
UNOPENED, KEYS, ORPHANS = "cells or files that do not open", "keys missing or left of what was erased", "orphans"
FAULTS = (LOST, UNRECORDED, BROKEN, UNOPENED, KEYS, ORPHANS)
Fact = dict[str, Any]


@dataclass
class Checker:
    """Follows the chain from round to round and looks at the rows that a round has touched; `whole` looks at everything."""

    walk: Walk = field(default_factory=Walk)
    last: int = 0  # number of the last event that was looked at
    known: dict[tuple[str, str], str] = field(default_factory=dict)  # the newest witness of each row
    faults: Counter[str] = field(default_factory=Counter)
    words: list[str] = field(default_factory=list)
    secret: bytes = field(default_factory=lambda: keystore.named("audit"))

    def fault(self, kind: str, what: str) -> None:
        self.faults[kind] += 1
        self.words.append(f"{kind}: {what}")

    # --- after each round

    def look(self, facts: Iterable[Fact]) -> None:
        """After a round: finish what a crash has left to be finished, as whoever starts Besa again must; then look."""
        if list(erasures.refusals()):
            call_command("replay_erasures", verbosity=0, stdout=_Nowhere())
        touched = self._events()
        rows = self._rows(touched)
        self._counts()
        self._cells(rows)
        self._facts(list(facts), rows)
        self._orphans()

    def _events(self) -> set[tuple[str, str]]:
        """Walk on along the chain; gives the rows that the new events are about."""
        touched, highest = set(), self.last
        found = Event.objects.filter(id__gt=self.last).order_by("stream", "sequence").values(*COLUMNS)
        newest: dict[tuple[str, str], tuple[int, str]] = {}
        try:
            for event in found:
                highest = max(highest, event["id"])
                self.walk.step(event | {"at": chain.moment(event["at"])})
                if chain.mac_of(self.secret, event["digest"]) != event["mac"]:
                    raise Broken(f"event {event['id']}: was not written by this installation")
                place = (event["object_type"], event["object_id"])
                touched.add(place)
                if event["witness"]:
                    newest[place] = max(newest.get(place, (0, "")), (event["id"], event["witness"]))
            check_heads(self.walk, self.secret)
        except Broken as broken:
            self.fault(BROKEN, str(broken))
        self.known |= {place: witness for place, (_number, witness) in newest.items()}
        self.last = highest
        return touched

    def _rows(self, touched: set[tuple[str, str]]) -> dict[tuple[str, str], Model]:
        """The rows that the events are about; those with a witness are compared with it."""
        rows: dict[tuple[str, str], Model] = {}
        for label in {label for label, _key in touched}:
            model = apps.get_model(label)
            wanted = [key for one, key in touched if one == label]
            there = {str(row.pk): row for row in model._base_manager.filter(pk__in=wanted)}
            rows |= {(label, key): row for key, row in there.items()}
            for key in wanted if is_witnessed(model) else ():
                witness = self.known.get((label, key), "")
                found = cells.witness(there[key]) if key in there else DELETED
                if found != witness:
                    self.fault(UNRECORDED, f"{label} {key} is not as its last event says")
        return rows

    def _counts(self) -> None:
        """No row that no event knows; no entry saved more often than recorded."""
        alive = Counter(label for (label, _key), witness in self.known.items() if witness != DELETED)
        for model in witnessed_models():
            label = model._meta.label_lower
            if (count := model._base_manager.count()) != alive[label]:
                self.fault(UNRECORDED, f"{label}: {count} rows, {alive[label]} in events")
        saved = Event.objects.filter(verb="entry_saved").count()
        if (revisions := Entry.objects.aggregate(all=Sum("revision"))["all"] or 0) != saved:
            self.fault(UNRECORDED, f"entries were saved {revisions} times, recorded {saved} times")

    def _cells(self, rows: dict[tuple[str, str], Model]) -> None:
        for row in rows.values():
            if isinstance(row, SealedModel):
                self._open(row, gone)

    def _open(self, row: SealedModel, is_erased: Callable[[uuid.UUID], bool]) -> dict[str, str] | None:
        """The texts of a row; None, and a fault where the row was not erased, when they do not open."""
        try:
            return cells.open_cells(row, cells.sealed_fields(type(row)))
        except KeyGone:
            if not is_erased(row.scope):
                self.fault(KEYS, f"{row._meta.label_lower} {row.pk}: its key is gone")
        except (Unopened, keystore.KeysUnavailable) as error:
            self.fault(UNOPENED, f"{row._meta.label_lower} {row.pk}: {type(error).__name__}")
        return None

    def _facts(self, facts: list[Fact], rows: dict[tuple[str, str], Model]) -> None:
        """Each acknowledged act has its event, and its row is as the act left it unless a later event is about it."""
        recorded = {
            (event.verb, event.object_type, event.object_id, event.actor, event.at): event.id
            for event in Event.objects.filter(at__gte=min((_at(said) for said in facts), default=clock.now()))
        }
        latest: dict[tuple[str, str], int] = {}
        for (verb, label, key, _actor, _when), place_in in sorted(recorded.items(), key=lambda pair: pair[1]):
            if verb not in UNTOLD:
                latest[label, key] = place_in
        for said in facts:
            place = (said["type"], said["id"])
            number = recorded.get((said["verb"], *place, said["by"], _at(said)))
            row = rows.get(place)
            if number is None or row is None:
                self.fault(LOST, f"{said['verb']} {place}: {'no event' if number is None else 'no row'}")
            elif latest.get(place) == number and (wrong := self._differs(said, row)):
                self.fault(LOST, f"{said['verb']} {place}: {wrong}")

    def _differs(self, said: Fact, row: Model) -> str:
        for name, value in said.get("values", {}).items():
            if (found := getattr(row, name)) != value:
                return f"{name} is {found} and not {value}"
        if texts := said.get("texts"):
            found_texts = cells.open_cells(row, texts) if isinstance(row, SealedModel) else {}
            if found_texts != texts:
                return f"{', '.join(texts)} not as acknowledged"
        if (scope := said.get("gone")) and keystore.exists(uuid.UUID(scope)):
            return "its key is still there"
        return ""

    def _orphans(self) -> None:
        lost = {
            "persons without a case": Person.objects.filter(case=None).count(),
            "cases without a lead": Case.objects.filter(
                ~Exists(TeamMember.objects.filter(case=OuterRef("pk"), is_lead=True))
            ).count(),
            "persons nobody finds": Person.objects.filter(tokens=None).exclude(case__state="erased").count(),
            "persons found though erased": Person.objects.filter(case__state="erased", tokens__isnull=False).count(),
        }
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA foreign_key_check")
                lost["rows that point nowhere"] = len(cursor.fetchall())
        for what, count in lost.items():
            if count:
                self.fault(ORPHANS, f"{count} {what}")

    # --- every now and then, and at the end

    def whole(self) -> int:
        """Look at everything; gives the number of keys that seal nothing: made for a case whose opening never was."""
        try:
            verify(is_with_data=True)
        except Broken as broken:
            self.fault(BROKEN if "chain" in str(broken) or "stream" in str(broken) else UNRECORDED, str(broken))
        erased = {entry.scope for entry in erasures.entries()}
        used = set()
        for model in rotation.sealed_models():
            for row in model._base_manager.all().iterator(chunk_size=500):
                used.add(row.scope)
                self._open(row, erased.__contains__)
        self._erased(erased)
        self._files(erased)
        owners = WrappedKey.objects.filter(owner__startswith=SCOPE).values_list("owner", flat=True)
        return len({uuid.UUID(owner.removeprefix(SCOPE)) for owner in owners} - used)

    def _erased(self, erased: set[uuid.UUID]) -> None:
        """Ledger, keystore and rows say the same of what was erased."""
        said = set(Case.objects.filter(state="erased").values_list("scope", flat=True))
        of_cases = set(Case.objects.filter(scope__in=erased).values_list("scope", flat=True))
        for scope in said ^ of_cases:
            self.fault(KEYS, f"scope {scope}: ledger and case do not say the same")
        for scope in erased:
            if keystore.exists(scope):
                self.fault(KEYS, f"scope {scope}: is erased, its key is there")

    def _files(self, erased: set[uuid.UUID]) -> None:
        """Every attachment opens in both parts."""
        for row in Attachment._base_manager.exclude(scope__in=erased).select_related("case"):
            for part in ("original", "copy"):
                try:
                    pieces = read(attachment=row, part=part, by=row.added_by, at=clock.now())[1]
                    sum(len(piece) for piece in pieces)
                except (OSError, Unopened, KeyGone, keystore.KeysUnavailable) as error:
                    self.fault(UNOPENED, f"{part} of attachment {row.pk}: {type(error).__name__}")


UNTOLD = frozenset({"identity_revealed", "attachment_viewed", "cells_resealed"})  # they change nothing that was told


class _Nowhere:
    def write(self, *_words: Any) -> None:
        return None


def _at(said: Fact) -> datetime:
    return datetime.fromisoformat(said["at"])


def gone(scope: uuid.UUID) -> bool:
    """Whether the ledger says that the scope was erased."""
    return scope in {entry.scope for entry in erasures.entries()}


def left_files() -> Iterator[str]:
    """Containers that belong to no row: of files whose arrival was broken off."""
    kept = {
        path_of(pk, part)
        for pk in Attachment._base_manager.values_list("pk", flat=True)
        for part in ("original", "copy")
    }
    for path in folder().rglob("*") if folder().exists() else ():
        if path.is_file() and path not in kept:
            yield "arriving" if path.name.startswith(INCOMING) else "arrived"
