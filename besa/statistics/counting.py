"""Counting: the measures that the apps declare, one figure, all figures of a period."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from besa.directory.models import Agency
from besa.lib.hooks import hooked
from besa.lib.measures import Dimension, Figure, Measure, Row, Span, figure, table
from besa.lib.periods import Period
from besa.lib.refusal import Refused
from besa.plan.models import CountedIndicator
from besa.reporting.actions.observations import Counted
from besa.reporting.models import Observation
from besa.vault.row_context import reading_as_system

LANGUAGES = ("en", "sq")
BODY = "body"  # the dimension that says whose figure it is


def measures() -> dict[str, Measure]:
    """All measures by their codes, in the order of the layers. Raises ValueError where two share a code."""
    found: dict[str, Measure] = {}
    for declared in hooked("measures"):
        for measure in declared:
            if measure.code in found:
                raise ValueError(f"two measures are called {measure.code}")
            found[measure.code] = measure
    return found


def counts_to() -> dict[str, list[str]]:
    """To whom what an institution does counts: to itself and to all that it belongs to, by its code. One query."""
    rows = {pk: (code, parent) for pk, code, parent in Agency.objects.values_list("pk", "code", "parent")}
    found: dict[str, list[str]] = {}
    for pk, (code, _parent) in rows.items():
        above: int | None = pk
        found[code] = []
        while above is not None:
            name, above = rows[above]
            found[code].append(name)
    return found


def known_by(day: date | None, at: datetime) -> datetime:
    """The moment from which one looks: the last one of the day, or now (`at`). Raises Refused for a day that is still to come."""
    if day is None or day == timezone.localdate(at):
        return at
    if day > timezone.localdate(at):
        raise Refused(_("This day has not come yet."))
    return timezone.make_aware(datetime.combine(day, time.max))


def rows_of(measure: Measure, period: Period, known_at: datetime, agency: str = "") -> list[Row]:
    """The rows that make the figure; those of an institution and its units where one is named.

    What is counted does not depend on who asks: rows name nobody, and what they open is asked again as the reader.
    """
    with reading_as_system(known_at):
        rows = list(measure.rows(Span.of(period, known_at)))
    if agency:
        above = counts_to()
        rows = [row for row in rows if agency in above.get(row.codes.get(BODY, ""), ())]
    return rows


def count(period: Period, known_at: datetime) -> list[Counted]:
    """All figures of a period that some plan asks for: whole, by each dimension, and for each institution whole and by each dimension."""
    wanted = set(CountedIndicator.objects.values_list("measure", flat=True))
    above, keys, names = counts_to(), dict(Agency.objects.values_list("code", "pk")), Names()
    found: list[Counted] = []
    for code, measure in measures().items():
        if code not in wanted:
            continue
        rows = rows_of(measure, period, known_at)
        found += _figures(measure, rows, None, names)
        by_agency: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            for agency in above.get(row.codes.get(BODY, ""), ()):
                by_agency[agency].append(row)
        for agency in sorted(by_agency):
            found += _figures(measure, by_agency[agency], keys[agency], names)
    return found


def _figures(measure: Measure, rows: Sequence[Row], agency: int | None, names: Names) -> Iterator[Counted]:
    yield _counted(measure, figure(measure.kind, rows), agency, names)
    for dimension in measure.dimensions:
        cells = table(measure, rows, [dimension.code])
        words = names.of(dimension, {code for (code,) in cells if code})
        for (code,), made in cells.items():
            if code:
                yield _counted(measure, made, agency, names, dimension=dimension.code, code=code, words=words[code])


def _counted(
    measure: Measure, made: Figure, agency: int | None, names: Names, *, dimension: str = "", code: str = "",
    words: dict[str, str] | None = None,
) -> Counted:  # fmt: skip
    return Counted(
        measure=measure.code, method=measure.version, title=names.texts(measure.title), unit=names.texts(measure.unit),
        value=made.value, base=made.base, agency=agency, dimension=dimension, code=code, words=words or {},
        missing="" if made.value is not None else Observation.Missing.NOTHING,
    )  # fmt: skip


class Names:
    """Texts in every language, each asked for once in a count."""

    def __init__(self) -> None:
        self._words: dict[tuple[Dimension, str], dict[str, str]] = {}
        self._texts: dict[int, dict[str, str]] = {}

    def of(self, dimension: Dimension, codes: set[str]) -> dict[str, dict[str, str]]:
        """The names of the codes, by code and language."""
        if new := sorted(code for code in codes if (dimension, code) not in self._words):
            for language in LANGUAGES:
                with override(language):
                    for code, words in dimension.words(new).items():
                        self._words.setdefault((dimension, code), {})[language] = words
        return {code: self._words[dimension, code] for code in codes}

    def texts(self, text: Promise) -> dict[str, str]:
        """A text by language."""
        if id(text) not in self._texts:
            self._texts[id(text)] = _texts(text)
        return self._texts[id(text)]


def _texts(text: object) -> dict[str, str]:
    found = {}
    for language in LANGUAGES:
        with override(language):
            found[language] = str(text)
    return found


def named(dimensions: Sequence[Dimension], keys: Iterable[Sequence[str]], total: str) -> list[list[str]]:
    """The names of the codes of each key, dimension by dimension, in the reader's language; `total` for all."""
    rows = list(keys)
    words = [
        one.words(sorted({key[number] for key in rows if key[number]})) for number, one in enumerate(dimensions)
    ]  # fmt: skip
    return [[words[number][code] if code else total for number, code in enumerate(key)] for key in rows]


def unknown_measures() -> list[str]:
    """Measures that a plan names and no app declares."""
    return sorted(set(CountedIndicator.objects.values_list("measure", flat=True)) - set(measures()))


def dimensions_of(measure: Measure, codes: Iterable[str]) -> list[Dimension]:
    """The dimensions by their codes. Raises KeyError."""
    return [measure.dimension(code) for code in codes]
