"""The statement for the person concerned: who opened her file, when and for what.

It is for somebody who is no lawyer, and it endangers nobody: institution and function in place of names, days in place of hours,
and of protected units not even which. Staff of a protected unit would be found by their institution alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from besa.cases import queries
from besa.cases.models import Case
from besa.cases.words import PARTS, PURPOSES_FOR_PERSON, READINGS, VERB_PARTS, WORK
from besa.directory.access import ROLES
from besa.lib.document.blocks import Block, Bullets, Callout, Column, Document, Heading, Language, Paragraph, Row, Table

LANGUAGES: dict[str, Language] = {"en": "en", "sq": "sq"}


def statement(case: Case, language: Language, today: date, at: datetime) -> Document:
    """The statement in one language, as a document of blocks."""
    with override(language):
        return Document(
            title=_("Who has opened your file"),
            subtitle=_("Statement for the person whom the file concerns"),
            language=language,
            dated_on=today,
            reference=case.number,
            blocks=tuple(_blocks(case, today, at)),
            has_cover=False,
        )


def _blocks(case: Case, today: date, at: datetime) -> Iterator[Block]:
    yield Paragraph.of(
        _(
            "There is a file about you. What you have told is locked in it. Each time somebody opens a part of it, the system writes "
            "down who it was, when, and for what. This statement tells you all of these times up to today."
        )
    )
    rows = tuple(_rows(case))
    if rows:
        columns = (
            Column(_("Day"), "date", weight=2), Column(_("Who"), weight=4), Column(_("For what"), weight=3),
            Column(_("What was opened"), weight=4), Column(_("Times"), "number", weight=1),
        )  # fmt: skip
        yield Table(_("Openings of your file"), columns, rows)
        yield Paragraph.of(
            _(
                "The names of the people are not given, to protect them. The data protection officer knows them and can check each opening."
            )
        )
    else:
        yield Callout(
            "info", _("Nobody has opened your file"), _("Up to today nobody has opened what is locked in it.")
        )
    with_whom = sorted(agency.name for agency in queries.shared_with(case, at))
    if with_whom and case.compartment_id is None:
        yield Heading(2, _("Who may open parts of it now"))
        yield Paragraph.of(_("Besides those who work on your case, parts of your file are shared with:"))
        yield Bullets.of(*with_whom)
    yield from _rights()


def _rows(case: Case) -> Iterator[Row]:
    """One row for the same day, reader, purpose and parts, however often."""
    times: Counter[tuple[date, str, str, str]] = Counter()
    for opened in queries.openings_of(case, READINGS):
        event = opened.event
        parts = [str(PARTS[name]) for name in event.fields if name in PARTS]
        parts += [str(VERB_PARTS[event.verb])] if event.verb in VERB_PARTS else []
        what = ", ".join(sorted(set(parts)))
        why = str(PURPOSES_FOR_PERSON.get(event.purpose, WORK))
        times[(timezone.localdate(event.at), _who(case, opened), why, what)] += 1
    yield from ((*key, count) for key, count in sorted(times.items()))


def _who(case: Case, opened: queries.Opened) -> str:
    if opened.member is None or opened.is_protected or case.compartment_id is not None:
        return _("A protected service")
    institution, function = opened.member.agency.name, str(ROLES[opened.member.role].name)
    return institution if institution == function else f"{institution} ({function})"


def _rights() -> Iterator[Block]:
    yield Heading(2, _("What you can do"))
    yield Bullets.of(
        _("If you do not understand why somebody opened your file, ask. You will get an answer in writing."),
        _("If something in your file is wrong, you can ask that it be corrected."),
        _(
            "You can say that a part of your file must not be shared any more, "
            "or that the file be erased when it is no longer needed."
        ),
        _(
            "If you think that somebody had no reason to open your file, complain to the data protection officer. "
            "It costs nothing and has no effect on the help that you get."
        ),
    )  # fmt: skip
    yield Callout(
        "warning",
        _("Keep this paper safe"),
        _(
            "It shows that there is a file about you. "
            "If it is not safe for you to have it, leave it with somebody you trust; you can have it again at any time."
        ),
    )  # fmt: skip
