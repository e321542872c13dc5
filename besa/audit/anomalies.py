"""What is unusual in one day's events: rules over plain events, without a database."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from besa.audit.models import Anomaly

Rule = Anomaly.Rule
READINGS = ("attachment_viewed", "attachments_listed", "identity_revealed", "notes_read", "summary_read")
TASKS = frozenset({"team", "lead"})  # relations to a case that are a task
REFUSALS = ("case_not_found", "sign_in_failed")
ROLE_GIVEN, ROLE_ENDED = ("membership_approved", "membership_installed"), "membership_ended"
WATCHED = (*READINGS, *REFUSALS, *ROLE_GIVEN, ROLE_ENDED)
MARKS = ("canary", "own_name")
HOUR = timedelta(hours=1)
MORNING, EVENING = 6, 22  # usual hours are from six to ten in the evening
MANY_REFUSALS = 20


@dataclass(frozen=True)
class Seen:
    """An event as the rules see it; `at` in local time."""

    at: datetime
    actor: str
    agency: str
    verb: str
    object_type: str = ""
    object_id: str = ""
    relation: str = ""
    flags: tuple[str, ...] = ()

    @property
    def is_reading(self) -> bool:
        return self.verb in READINGS


@dataclass(frozen=True)
class Finding:
    """One rule, one person, one day; where the rule is about one thing, that thing."""

    rule: Anomaly.Rule
    actor: str
    agency: str
    count: int
    object_type: str = ""
    object_id: str = ""


def _counted(rule: Anomaly.Rule, events: Iterable[Seen]) -> Iterator[Finding]:
    """A finding for each person among the events."""
    by_actor: dict[str, list[Seen]] = defaultdict(list)
    for event in events:
        by_actor[event.actor].append(event)
    for actor in sorted(by_actor):
        yield Finding(rule, actor, by_actor[actor][-1].agency, len(by_actor[actor]))


def without_task(events: Sequence[Seen], limit: int) -> Iterator[Finding]:
    """Reading a file to which the reader stands in no relation of work."""
    yield from _counted(Rule.NO_TASK, (event for event in events if event.is_reading and event.relation not in TASKS))


def many(events: Sequence[Seen], limit: int) -> Iterator[Finding]:
    """More than `limit` readings of one person within any hour; the count is that of the fullest hour."""
    windows: dict[str, deque[datetime]] = defaultdict(deque)
    most: dict[str, Finding] = {}
    for event in events:
        if not event.is_reading:
            continue
        window = windows[event.actor]
        window.append(event.at)
        while event.at - window[0] >= HOUR:
            window.popleft()
        if len(window) > limit and (event.actor not in most or most[event.actor].count < len(window)):
            most[event.actor] = Finding(Rule.MANY, event.actor, event.agency, len(window))
    yield from (most[actor] for actor in sorted(most))


def at_night(events: Sequence[Seen], limit: int) -> Iterator[Finding]:
    """Readings before six in the morning or from ten in the evening."""
    yield from _counted(
        Rule.NIGHT, (event for event in events if event.is_reading and not MORNING <= event.at.hour < EVENING)
    )


def own_name(events: Sequence[Seen], limit: int) -> Iterator[Finding]:
    """Reading about somebody with the reader's own name or family name."""
    yield from _counted(Rule.OWN_NAME, (event for event in events if "own_name" in event.flags))


def canary(events: Sequence[Seen], limit: int) -> Iterator[Finding]:
    """Opening a case that nobody has a reason to open."""
    yield from _counted(Rule.CANARY, (event for event in events if "canary" in event.flags))


def refused(events: Sequence[Seen], limit: int) -> Iterator[Finding]:
    """Many refusals in a day: numbers of cases tried out, or passwords of one account."""
    tried: dict[tuple[str, str, str], list[Seen]] = defaultdict(list)
    for event in events:
        if event.verb in REFUSALS:
            account = (event.object_type, event.object_id) if event.verb == "sign_in_failed" else ("", "")
            tried[(event.actor, *account)].append(event)
    for (actor, kind, key), found in sorted(tried.items()):
        if len(found) >= MANY_REFUSALS:
            yield Finding(Rule.REFUSED, actor, found[-1].agency, len(found), kind, key)


def brief_role(events: Sequence[Seen], limit: int) -> Iterator[Finding]:
    """A role that was taken back within an hour of being given: time enough to read, and gone from the list of roles."""
    given: dict[tuple[str, str], datetime] = {}
    for event in events:
        thing = (event.object_type, event.object_id)
        if event.verb in ROLE_GIVEN:
            given[thing] = event.at
        elif event.verb == ROLE_ENDED and thing in given and event.at - given[thing] < HOUR:
            yield Finding(Rule.BRIEF_ROLE, event.actor, event.agency, 1, *thing)


RULES: tuple[Callable[[Sequence[Seen], int], Iterator[Finding]], ...] = (
    without_task,
    many,
    at_night,
    own_name,
    canary,
    refused,
    brief_role,
)


def findings(events: Iterable[Seen], *, limit: int) -> list[Finding]:
    """What every rule finds in the events; `limit` is how many readings within an hour are usual."""
    ordered = sorted(events, key=lambda event: event.at)
    return [finding for rule in RULES for finding in rule(ordered, limit)]
