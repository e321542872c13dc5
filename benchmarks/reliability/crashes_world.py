"""The installation whose processes are killed: members, cases, a round of reporting, and what its writers do until they die."""

from __future__ import annotations

import io
import json
import os
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import django
from django.core.files.uploadhandler import StopFutureHandlers
from django.core.management import call_command
from django.db import Error, connections, models, transaction

django.setup()

from besa.audit import actions as audit  # noqa: E402  (models can be imported only now)
from besa.cases.actions import attachments, erasing, files, people_on_it, reading  # noqa: E402
from besa.cases.models import Case, Share  # noqa: E402
from besa.cases.tests.factory import identity, make_case  # noqa: E402
from besa.directory.actions.memberships import install  # noqa: E402
from besa.directory.models import Agency, Membership, User  # noqa: E402
from besa.lib import clock  # noqa: E402
from besa.lib.refusal import Refused, Unavailable  # noqa: E402
from besa.people.identity import Identity, Part  # noqa: E402
from besa.reporting.actions.returns import save_entry  # noqa: E402
from besa.reporting.models import Entry  # noqa: E402
from besa.reporting.tests.factory import make_world  # noqa: E402
from besa.vault.upload import SealingHandler  # noqa: E402

PROCESSES = 3
THREADS = 2  # of each process
PAPERS = 2000  # so many numbers are drawn from
POOL = 4  # running cases that a writer knows when a round begins
DAYS = timedelta(days=30)
Facts = list[dict[str, Any]]


@dataclass(frozen=True)
class Cast:
    """Who writes: a member for each thread, who confirms erasures, with whom cases are shared, who reports."""

    members: list[Membership]
    officer: Membership
    others: Agency
    reporter: Membership


def _member(role: str, agency: Agency, number: int = 0) -> Membership:
    user = User.objects.create_user(f"{role}.{number}@example.org", name=f"{role} {number}")
    day = clock.today()
    return install(user=user, agency=agency, role=role, from_on=day, until_on=day + 10 * DAYS, at=clock.now())


def _reporter() -> Membership:
    """A round of reporting; its members are made past the actions, so the record is told of them."""
    world = make_world()
    world.open()
    for member in Membership.objects.all():
        with transaction.atomic():
            audit.record("prepared", member, by=audit.SYSTEM, at=clock.now())
    return world.focal


def migrated() -> None:
    """The tables, made without waiting for the disk; whoever connects afterwards waits for it."""
    for alias in connections:
        if connections[alias].vendor == "sqlite":
            connections[alias].cursor().execute("PRAGMA synchronous = OFF")
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    connections.close_all()


def prepare() -> Cast:
    """Migrate and fill; every writer leads some cases and works on some of another's."""
    migrated()
    reporter = _reporter()
    agency = Agency.objects.create(code="UNIT", name_en="Unit", name_sq="Njësia", kind="shelter")
    others = Agency.objects.create(code="OTHER", name_en="Other", name_sq="Tjetri", kind="police")
    members = [_member("shelter", agency, number) for number in range(PROCESSES * THREADS)]
    cast = Cast(members, _member("data_protection", agency), others, reporter)
    for number, member in enumerate(members):
        chance = Random(number)  # noqa: S311  (names, not secrets)
        for _case in range(POOL):
            case = make_case(member, identity=somebody(chance, "Gjonaj"))
            share_work(case, members[number - 1], by=member, at=clock.now())
    return cast


def somebody(chance: Random, surname: str) -> Identity:
    """A person of her own: of many, a few share a paper and are suggested as one. Were all alike, each case would be told of all others."""
    made = identity(
        surname=surname, given_names=f"{chance.getrandbits(32):x}", father_name=f"{chance.getrandbits(32):x}",
        birth_date=f"{chance.randrange(1970, 2009)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}",
    )  # fmt: skip
    return replace(
        made,
        aliases=_with(made.aliases, given_names=f"{chance.getrandbits(32):x}"),
        papers=_with(made.papers, number=f"{chance.randrange(PAPERS):09}"),
        contacts=_with(made.contacts, value=f"+355 69 {chance.getrandbits(40)}"),
    )


def _with(parts: tuple[Part, ...], **values: str) -> tuple[Part, ...]:
    return tuple(Part(part.values | values) for part in parts)


def share_work(case: Case, other: Membership, *, by: Membership, at: datetime) -> None:
    people_on_it.add_to_team(case=case, membership=other, is_lead=False, until_at=at + DAYS, by=by, at=at)


# --- a writer


def fact(verb: str, obj: models.Model, by: Membership, at: datetime, **more: Any) -> dict[str, Any]:
    """What must be found after the crash once it is acknowledged: the event, and values and texts of the row."""
    return {
        "verb": verb, "type": obj._meta.label_lower, "id": str(obj.pk), "by": by.audit_name, "at": at.isoformat(), **more,
    }  # fmt: skip


Act = Callable[["Writer", datetime], Facts]


@dataclass
class Writer:
    """One thread: does real actions one after the other, and says into `out` what it begins and what is done."""

    cast: Cast
    number: int  # of its member
    chance: Random
    out: int  # a file to which lines are appended
    acts: Mapping[Act, int]  # what it does, and how often compared with the rest
    pause: float = 0  # seconds between two acts
    said: int = 0
    member: Membership = field(init=False)

    def __post_init__(self) -> None:
        self.member = self.cast.members[self.number]

    def say(self, **line: Any) -> None:
        os.write(self.out, json.dumps(line).encode() + b"\n")

    def text(self) -> str:
        self.said += 1
        return f"{self.member.pk} {self.said} {self.chance.getrandbits(32):x}"

    def case(self) -> Case:
        """A running case of those that this writer came to last."""
        mine = Case.objects.filter(team__membership=self.member, state__in=("open", "active", "monitoring"))
        found = list(mine.select_related("subject", "owner").order_by("-opened_at", "id")[: 2 * POOL])
        return self.chance.choice(found) if found else self.new_case()

    def led(self) -> Case:
        mine = Case.objects.filter(team__membership=self.member, team__is_lead=True, state__in=("open", "active"))
        return self.chance.choice(list(mine.order_by("-opened_at", "id")[:POOL]) or [self.new_case()])

    def new_case(self) -> Case:
        return make_case(self.member, identity=somebody(self.chance, self.text()))

    def run(self) -> None:
        """Until the process is killed, or the server is."""
        acts, weights = zip(*self.acts.items(), strict=True)
        try:
            while True:
                act = self.chance.choices(acts, weights)[0]
                self.say(begun=act.__name__, by=self.number)
                try:
                    done = act(self, clock.now())
                except Refused:
                    self.say(refused=act.__name__, by=self.number)
                else:
                    self.say(done=act.__name__, by=self.number, facts=done)
                time.sleep(self.pause)
        except (Error, Unavailable) as error:
            self.say(stopped=f"{type(error).__name__}: {error}", by=self.number)
        except BaseException:
            self.say(failed=traceback.format_exc(), by=self.number)
        finally:
            connections.close_all()


# --- what it does


def open_case(writer: Writer, at: datetime) -> Facts:
    text, by = writer.text(), writer.member
    case = files.open_case(
        kind="victim", identity=somebody(writer.chance, text), is_child=True, place=None, summary=text, by=by, at=at
    )
    return [
        fact("case_opened", case, by, at, values={"version": 1, "state": "open"}, texts={"summary": text}),
        fact("identity_added", case.subject, by, at, texts={"surname": text}),
    ]


def add_note(writer: Writer, at: datetime) -> Facts:
    text = writer.text()
    note = files.add_note(case=writer.case(), text=text, by=writer.member, at=at)
    return [fact("note_added", note, writer.member, at, texts={"text": text})]


def edit_case(writer: Writer, at: datetime) -> Facts:
    case, text, by = writer.case(), writer.text(), writer.member
    case = files.edit_case(case=case, version=case.version, is_child=None, place=None, summary=text, by=by, at=at)
    return [fact("case_edited", case, by, at, values={"version": case.version}, texts={"summary": text})]


def edit_identity(writer: Writer, at: datetime) -> Facts:
    case, text, by = writer.case(), writer.text(), writer.member
    case = files.edit_identity(case=case, version=case.version, identity=somebody(writer.chance, text), by=by, at=at)
    return [
        fact("identity_edited", case.subject, by, at, texts={"surname": text}),
        fact("case_edited", case, by, at, values={"version": case.version}),
    ]


def move(writer: Writer, at: datetime) -> Facts:
    case = writer.led()
    verb = "activate" if case.state == "open" else "monitor"
    case = files.move(case=case, verb=verb, by=writer.member, at=at)
    return [_moved(case, verb, writer, at)]


def _moved(case: Case, verb: str, writer: Writer, at: datetime) -> dict[str, Any]:
    values = {"state": case.state, "version": case.version}
    return fact(f"case_{files.PAST[verb]}", case, writer.member, at, values=values)


def share(writer: Writer, at: datetime) -> Facts:
    given = people_on_it.share(
        case=writer.led(), agency=writer.cast.others, purpose="contact", groups=["names"], until_at=at + DAYS,
        by=writer.member, at=at,
    )  # fmt: skip
    return [fact("share_given", given, writer.member, at, values={"purpose": "contact", "groups": ["names"]})]


def end_share(writer: Writer, at: datetime) -> Facts:
    given = Share.objects.filter(given_by=writer.member, ended_at=None).order_by("-from_at", "id").first()
    if given is None:
        return share(writer, at)
    people_on_it.end_share(share=given, by=writer.member, at=at)
    return [fact("share_ended", given, writer.member, at)]


def reveal(writer: Writer, at: datetime) -> Facts:
    case = writer.case()
    reading.reveal(case=case, purpose="contact", by=writer.member, at=at)
    return [fact("identity_revealed", case, writer.member, at)]


def report(writer: Writer, at: datetime) -> Facts:
    entry = Entry.objects.filter(to__agency=writer.cast.reporter.agency).order_by("position")[writer.number % 2]
    text, by = writer.text(), writer.cast.reporter
    entry = save_entry(entry=entry, values={"done": text}, revision=entry.revision, by=by, at=at)
    return [fact("entry_saved", entry, by, at, values={"done": text, "revision": entry.revision})]


def erase(writer: Writer, at: datetime) -> Facts:
    """A case is opened by mistake, closed and erased: three acts, of which each may be the last."""
    case, at = writer.new_case(), clock.now()
    case = files.move(case=case, verb="close", closing="withdrawn", by=writer.member, at=at)
    writer.say(done="close", by=writer.number, facts=[_moved(case, "close", writer, at)])
    asked = erasing.ask_erasure(case=case, reason="mistake", by=writer.member, at=at)
    writer.say(done="ask_erasure", by=writer.number, facts=[fact("erasure_asked", asked, writer.member, at)])
    case, officer = erasing.erase(erasure=asked, by=writer.cast.officer, at=at), writer.cast.officer
    return [
        fact(
            "case_erased", case, officer, at, values={"state": "erased", "version": case.version}, gone=str(case.scope)
        ),
        fact("erasure_done", asked, officer, at, values={"state": "done"}),
    ]


def hand_in(writer: Writer, at: datetime) -> Facts:
    text = writer.text()
    content = f"{text}\n".encode() * 50
    draft, place = attachments.prepare(case=writer.case(), by=writer.member, at=at)
    handler = SealingHandler(place)
    handler.handle_raw_input(io.BytesIO(), {}, len(content), "")
    try:
        handler.new_file("file", "statement.txt", "text/plain", len(content))
    except StopFutureHandlers:
        handler.receive_data_chunk(content, 0)
    upload = handler.file_complete(len(content))
    kept = attachments.add(draft=draft, upload=upload, title=text, by=writer.member, at=at)
    return [fact("attachment_added", kept, writer.member, at, texts={"title": text})]


ACTS: dict[Act, int] = {
    open_case: 3, add_note: 4, edit_case: 3, edit_identity: 2, move: 2, share: 1, end_share: 1, reveal: 3, report: 2, erase: 2,
}  # fmt: skip
SLOW: dict[Act, int] = ACTS | {hand_in: 20}  # files take longer


# --- a process of writers


def begin(cast: Cast, process: int, seed: int, out: int, acts: Mapping[Act, int], pause: float = 0) -> int:
    """Fork a process whose threads write until it is killed; gives its id. The caller holds no connection meanwhile."""
    connections.close_all()
    pid = os.fork()
    if pid:
        return pid
    try:
        writers = [
            Writer(cast, process * THREADS + thread, Random(f"{seed} {process} {thread}"), out, acts, pause)  # noqa: S311
            for thread in range(THREADS)
        ]
        threads = [threading.Thread(target=writer.run) for writer in writers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        os._exit(1)


def lines(said: bytes) -> Iterator[dict[str, Any]]:
    """What writers have said; a line that was cut off by the end was not said."""
    for line in said[: said.rfind(b"\n") + 1].splitlines():
        yield json.loads(line)
