"""How time limits and consent are spoken of: time left in words, who agreed, which parts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from besa.cases.models import Consent
from besa.cases.queries_work import Running
from besa.cases.time_limits import SUSPENDED, Kind
from besa.cases.words import SHAREABLE_WORDS
from besa.directory.case_policy import SHAREABLE

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def span_words(length: timedelta) -> str:
    """A stretch of time as people say it: two days and more in days, an hour and more in hours, else minutes."""
    if length >= 2 * DAY:
        return ngettext("%(count)d day", "%(count)d days", length.days) % {"count": length.days}
    if length >= HOUR:
        hours = int(length / HOUR)
        return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
    minutes = max(1, int(length / timedelta(minutes=1)))
    return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}


def left_words(running: Running) -> str:
    """How much time is left, or by how much it has run out, in words."""
    if running.span.is_over:
        return ""
    if running.span.state == SUSPENDED:
        return gettext("stands still; %(time)s are kept") % {"time": span_words(running.left)}
    if running.left <= timedelta():
        if running.limit.is_period:
            return gettext("over")
        return gettext("run out %(time)s ago") % {"time": span_words(-running.left)}
    return gettext("%(time)s left") % {"time": span_words(running.left)}


def parts_words(groups: Iterable[str]) -> list[Promise]:
    """The parts of a file in their order."""
    wanted = set(groups)
    return [SHAREABLE_WORDS[part.value] for part in SHAREABLE if part.value in wanted]


EXPLAINED: dict[str, Promise] = {
    Kind.REFLECTION: _(
        "The person rests and thinks. Until it is over nobody is returned or removed, whether or not she cooperates."
    ),
    Kind.IDENTIFICATION: _("The Responsible Authority decides whether the person is an identified victim."),
    Kind.PERMIT: _("The permit is renewed, or the risk is assessed, before it runs out."),
    Kind.CONSENT: _("After it nothing is shared any more that rests on this consent."),
    Kind.OVERRIDE_REVIEW: _("A third person says whether sharing without consent was justified."),
}

# The sentences of the paper for the person.
PARTS_FOR_PERSON: dict[str, Promise] = {
    "names": _("your names"),
    "birth": _("when and where you were born"),
    "papers": _("the numbers of your papers"),
    "contacts": _("how you can be reached, and your languages"),
    "guardian": _("who stands for you"),
    "story": _("what happened to you"),
    "needs": _("what you need"),
}
GIVEN_FOR_PERSON: dict[str, Promise] = {
    Consent.GivenAs.PERSON: _("you agreed"),
    Consent.GivenAs.GUARDIAN: _("the person who stands for you agreed"),
    Consent.GivenAs.BEST_INTERESTS: _("it was decided because it is best for you"),
}
