"""Papers: what was agreed with the person, for her; the minutes of a case conference, for the file.

The paper for the person bears a title that says nothing to whoever finds it, names no staff, and speaks to her.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from besa.cases import queries_consent
from besa.cases.actions.conferences import Minutes
from besa.cases.consent_rules import is_minor
from besa.cases.models import Case, Consent
from besa.cases.print import LANGUAGES as LANGUAGES
from besa.cases.words import PURPOSES_FOR_PERSON
from besa.cases.words_work import GIVEN_FOR_PERSON, PARTS_FOR_PERSON
from besa.directory.models import Agency
from besa.lib.document.blocks import Block, Bullets, Callout, Column, Document, Heading, Language, Paragraph, Table

RECEIPT_FILE = {"en": "what-was-agreed", "sq": "marreveshja"}


def receipt(case: Case, language: Language, today: date, at: datetime) -> Document:
    """What was agreed with the person, in one language; without the number of her case."""
    with override(language):
        return Document(
            title=_("What was agreed"),
            language=language,
            dated_on=today,
            blocks=tuple(_receipt_blocks(case, at)),
            has_cover=False,
        )


def _receipt_blocks(case: Case, at: datetime) -> Iterator[Block]:
    rows = list(queries_consent.consents_of(case).order_by("given_on", "recorded_at"))
    held = queries_consent.in_force(case, rows, at)
    if is_minor(case.is_child):
        yield Paragraph.of(
            _(
                "You are under 18, or it is not sure. Nobody asks you to agree; those who stand for you decide what is best for "
                "you. You may say what you think, and it counts."
            )
        )
    else:
        yield Paragraph.of(_("You decide who is told what about you. This paper says what you agreed to."))
    if not held:
        yield Callout("info", _("Nothing is agreed now"), _("Nobody else is told anything about you by agreement."))
    for row in held:
        yield from _agreement(row)
    if gone := [row for row in rows if row not in held]:
        yield Heading(2, _("What does not hold any more"))
        yield Bullets.of(*(_gone(row) for row in gone))
    forced = [row for row in queries_consent.overrides_of(case) if row.state in ("approved", "reviewed")]
    if forced and case.compartment_id is None:
        yield Heading(2, _("What others were told without your agreement"))
        yield Paragraph.of(
            _(
                "Two persons decided this because of a danger or an order of a court. "
                "A third one has looked at it or will do so."
            )
        )
        yield Bullets.of(*(_line(_whom(row.recipient), row.groups, row.until_at) for row in forced))
    yield from _receipt_rights()


def _agreement(row: Consent) -> Iterator[Block]:
    yield Heading(2, _whom(row.recipient))
    told = ", ".join(str(PARTS_FOR_PERSON[code]) for code in row.groups)
    yield Bullets.of(
        _("What may be told: %(parts)s") % {"parts": told},
        _("What for: %(purpose)s") % {"purpose": PURPOSES_FOR_PERSON[row.purpose]},
        _("Until: %(day)s") % {"day": _day(row.until_at)},
        _("On %(day)s %(how)s.") % {"day": date_format(row.given_on), "how": GIVEN_FOR_PERSON[row.given_as]},
    )


def _whom(agency: Agency | None) -> str:
    return agency.name if agency else _("Each institution that is asked to help you")


def _day(at: datetime) -> str:
    return date_format(timezone.localdate(at))


def _line(who: str, groups: list[str], until_at: datetime) -> str:
    parts = ", ".join(str(PARTS_FOR_PERSON[code]) for code in groups)
    return _("%(who)s: %(parts)s, until %(day)s") % {"who": who, "parts": parts, "day": _day(until_at)}


def _gone(row: Consent) -> str:
    return _line(_whom(row.recipient), row.groups, row.withdrawn_at or row.until_at)


def _receipt_rights() -> Iterator[Block]:
    yield Heading(2, _("What you can do"))
    yield Bullets.of(
        _(
            "You can take this back at any time, all of it or a part. Say so to anybody who helps you. "
            "From that moment nothing more is told."
        ),
        _("You get help all the same."),
        _("You can ask who was told what, and complain to the data protection officer. It costs nothing."),
    )  # fmt: skip
    yield Callout(
        "warning",
        _("Keep this paper safe"),
        _("If it is not safe for you to have it, leave it with somebody you trust; you can have it again at any time."),
    )


def minutes(read: Minutes, language: Language, today: date) -> Document:
    """The minutes of a case conference: who was there, what was spoken of, what was decided."""
    row = read.conference
    with override(language):
        return Document(
            title=_("Minutes of a case conference"),
            subtitle=row.body.name if row.body else "",
            language=language,
            dated_on=today,
            reference=row.case.number,
            blocks=tuple(_minutes_blocks(read)),
            has_cover=False,
        )


def _minutes_blocks(read: Minutes) -> Iterator[Block]:
    row = read.conference
    held = row.held_at or row.planned_at
    yield Paragraph.of(_("Held on %(day)s.") % {"day": _day(held)})
    yield Heading(2, _("Present"))
    yield Bullets.of(*(agency.name for agency in Agency.objects.filter(pk__in=row.present).order_by("code")))
    yield Heading(2, _("What it was about"))
    yield Paragraph.of(read.agenda)
    yield Heading(2, _("What was spoken of"))
    yield Paragraph.of(read.minutes)
    if read.decisions:
        columns = (
            Column(_("Decision"), weight=5),
            Column(_("By whom"), weight=4),
            Column(_("Until"), "date", weight=2),
        )
        cells = tuple(
            (title, f"{task.assigned_to.user.name}, {task.assigned_to.agency.name}", task.due_on)
            for task, title in read.decisions
        )
        yield Table(_("Decisions"), columns, cells)
    else:
        yield Paragraph.of(_("Nothing was decided."))
    yield Callout(
        "warning", _("Confidential"), _("This paper speaks of a person at risk. Keep it in the file; make no copies.")
    )
