"""What is said to people about answers and scores, in their language."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from besa.assessments.engine.answering import GREATEST, Wrong

WRONG: dict[str, Promise] = {
    "missing": _("Please answer this question."),
    "option": _("Choose one of the answers."),
    "number": _("Write a whole number."),
    "text": _("Write something, or leave it empty."),
    "date": _("This is no date."),
    "unknown": _("This questionnaire does not ask this question."),
}


def said_wrong(wrong: Wrong) -> Promise:
    """What is wrong with an answer, as a sentence."""
    if wrong.code == "range":
        if wrong.most == GREATEST:
            return format_lazy(_("Write {least} or more."), least=wrong.least)
        return format_lazy(_("Write a number from {least} to {most}."), least=wrong.least, most=wrong.most)
    if wrong.code == "long":
        return format_lazy(_("Write at most {most} characters."), most=wrong.most)
    return WRONG[wrong.code]


STRENGTHS: dict[str, Promise] = {"strong": _("strong"), "medium": _("medium"), "weak": _("weak")}
URGENCIES: dict[str, Promise] = {"now": _("at once"), "soon": _("within days"), "later": _("later")}
KINDS: dict[str, Promise] = {
    "yes_no": _("yes, no or not known"),
    "choice": _("one of these"),
    "choices": _("one or more of these"),
    "number": _("a number"),
    "text": _("in words"),
    "date": _("a date"),
}
