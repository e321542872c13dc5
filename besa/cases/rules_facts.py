"""What is allowed and what is missing in what is written down of a person's story. Pure: facts come in as arguments."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from besa.cases.codes import AgeGroup, Channel, Form
from besa.directory.models import Place
from besa.lib.refusal import Refused

CHILDREN = frozenset({AgeGroup.UNDER_12, AgeGroup.FROM_12})


def check_codes(values: Iterable[str], known: Collection[str]) -> None:
    """What is counted comes from the lists."""
    if any(value not in known for value in values):
        raise Refused(_("Choose from the list."))


def check_past(on: date | None, today: date) -> None:
    if on is not None and on > today:
        raise Refused(_("This day has not come yet."))


def check_period(from_on: date | None, until_on: date | None, today: date) -> None:
    check_past(from_on, today)
    check_past(until_on, today)
    if from_on and until_on and from_on > until_on:
        raise Refused(_("The end lies before the beginning."))


def check_crossing(crossing: Place | None) -> None:
    """Persons identified at the borders are counted by crossing point (Protection 2.(c))."""
    if crossing is not None and crossing.kind != Place.Kind.CROSSING:
        raise Refused(_("This place is not a border crossing point."))


def check_refusal(age_group: str, *, is_alike: bool, is_another: bool) -> None:
    """An adult may refuse and is counted once. A child does not; a doubt about the age counts for the child.

    Without an identity nobody can compare; where the same was recorded on the same day, the recorder says that it is another person.
    """
    if age_group in CHILDREN or age_group == AgeGroup.UNKNOWN:
        raise Refused(
            _("Only an adult refuses. For a child, or where the age is in doubt, report the identification instead.")
        )
    if is_alike and not is_another:
        raise Refused(
            _("The same was recorded for this day already. If it is another person, say so; she is counted once.")
        )


@dataclass(frozen=True)
class Elements:
    """The three elements of trafficking as far as they are written down; under 18 the means does not count (Palermo Protocol, 3.(c))."""

    has_act: bool
    has_means: bool
    has_purpose: bool
    needs_means: bool

    @property
    def is_complete(self) -> bool:
        return self.has_act and self.has_purpose and (self.has_means or not self.needs_means)

    def missing(self) -> Iterator[Promise]:
        """What is missing, in words. A warning: the elements explain a decision, a person makes it."""
        if not self.has_act:
            yield _("No act is written down: what was done to the person.")
        if self.needs_means and not self.has_means:
            yield _("No means is written down: how it was done. For an adult it is one of the three elements.")
        if not self.has_purpose:
            yield _("No purpose is written down: for which exploitation.")


def elements(
    *, acts: Collection[str], means: Collection[str], forms: Collection[str], is_child: bool | None
) -> Elements:
    """Act, means, purpose. Where it is in doubt whether the person is a child, she counts as one."""
    return Elements(bool(acts), bool(means), bool(forms), needs_means=is_child is False)


def warnings_of(
    *, channel: str, crossing: Place | None, forms: Collection[str], is_child: bool | None
) -> Iterator[Promise]:
    """What does not fit together and is asked again, without being refused."""
    if channel == Channel.BORDER and crossing is None:
        yield _("Found at the border, but no crossing point is given; figures by crossing point will lack the person.")
    if is_child is False and Form.CHILD_LABOUR in forms:
        yield _("Child labour is written down for an adult.")
