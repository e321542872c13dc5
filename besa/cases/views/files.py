"""The file of one case: what may be seen of it and why, reading what is sealed, writing in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import prefetch_related_objects
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from besa.cases import policy, queries, queries_status
from besa.cases.actions import files, reading
from besa.cases.essentials import essentials
from besa.cases.forms import EditForm, MoveForm, NoteForm, child_code
from besa.cases.models import Canary, Case
from besa.cases.panels import Panel
from besa.cases.policy import Standing
from besa.cases.sight import sight_of
from besa.cases.sops import Step
from besa.cases.views.common import act_form, done, says_erased, the_case
from besa.cases.words import DEED_WORDS, GROUP_WORDS
from besa.cases.workflow import CASE
from besa.directory import case_policy
from besa.directory.access import Permission
from besa.directory.case_policy import PURPOSE_WORDS, RELATION_WORDS, Deed
from besa.directory.guard import MemberRequest, needs
from besa.lib import clock
from besa.lib.hooks import hooked
from besa.lib.refusal import Conflict, Refused
from besa.people.forms import IdentityForms, as_initial

MOVES = {
    "activate": gettext_lazy("Begin the work"),
    "monitor": gettext_lazy("Go into monitoring"),
    "close": gettext_lazy("Close the case"),
    "reopen": gettext_lazy("Open again"),
}


@dataclass(frozen=True)
class Chance:
    """A deed that the role may do at all: whether here and now, and where not, who may."""

    deed: Deed
    words: Any
    is_open: bool
    reason: Any


SHOWN_APART = {Deed.CASE_VIEW, Deed.EXPORT_ASK, Deed.EXPORT_APPROVE, Deed.ATTACHMENT_VIEW, Deed.ATTACHMENT_ADD}


def chances(role: str, standing: Standing) -> list[Chance]:
    """Everything that the role may do with some case, and whether with this one."""
    found = []
    for deed in Deed:
        rules = case_policy.rules_for(role, deed)
        if rules and deed not in SHOWN_APART:
            is_open = standing.may(deed)
            found.append(Chance(deed, DEED_WORDS[deed], is_open, "" if is_open else rules[0].says))
    return sorted(found, key=lambda chance: not chance.is_open)


def panels(request: MemberRequest, case: Case, standing: Standing) -> dict[str, list[Panel]]:
    """What the parts of Besa show of the case to this reader, by column, in their order."""
    found = [panel for provide in hooked("case_panels") for panel in provide(request, case, standing)]
    found.sort(key=lambda panel: panel.order)
    return {column: [panel for panel in found if panel.column == column] for column in ("main", "side")}


def steps_in(cards: dict[str, list[Panel]]) -> list[Step] | None:
    """The steps of the national procedures, where the reader is shown them."""
    shown = (card for column in cards.values() for card in column if card.anchor == "procedures")
    return next(([step for _help, step in card.context["steps"]] for card in shown), None)


@needs(Permission.CASE_VIEW)
@require_GET
def file(request: MemberRequest, number: str) -> HttpResponse:
    """The file: P1 for all who may know of the case, the rest as far as the reader's standing goes."""
    case, member, at = the_case(request, number), request.member, clock.now()
    standing = policy.standing(member, case, at)
    inside = queries.is_inside(standing)
    prefetch_related_objects([case], *queries_status.FINDINGS)
    team = case.team.filter(ended_at__isnull=True, until_at__gt=at).select_related(
        "membership__user", "membership__agency"
    )
    cards = panels(request, case, standing)
    may = {deed.value: standing.may(deed) for deed in Deed}
    glass = queries.glass_in_force(case, member, at)
    shares = case.shares.filter(ended_at__isnull=True, until_at__gt=at).select_related("agency", "given_by__user")
    context = {
        "case": case,
        "may": may,
        "is_inside": inside,
        "why": [(rule.says, RELATION_WORDS[rule.relation]) for rule in standing.why(Deed.CASE_VIEW)],
        "chances": chances(member.role, standing),
        "purposes": [(purpose.value, PURPOSE_WORDS[purpose]) for purpose in standing.purposes],
        "team": team,
        "shares": shares if inside else shares.filter(agency=member.agency_id),
        "group_words": {group.value: words for group, words in GROUP_WORDS.items()},
        "conflicts": case.conflicts.filter(ended_at__isnull=True).select_related("user") if may["conflict_declare"] else [],
        "holds": case.holds.select_related("asked_by__user", "lifted_by__user"),
        "erasures": case.erasures.select_related("asked_by__user"),
        "opening": queries.opening(glass, at) if glass else None,
        "history": queries.history(case, is_inside=inside, has_conflicts=may["conflict_declare"]),
        "purpose_words": {purpose.value: words for purpose, words in PURPOSE_WORDS.items()},
        "moves": [(verb, str(MOVES[verb])) for verb in CASE.moves[case.state] if verb in MOVES] if may["case_move"] else [],
        "move_form": MoveForm(),
        "is_canary": member.can(Permission.CANARY_SET) and Canary.objects.filter(case=case).exists(),
        "may_canary": member.can(Permission.CANARY_SET),
        "may_seal": may["case_move"] and case.compartment_id is None and member.role in case_policy.SEALED_WORKERS,
        "panels": cards,
        "essentials": list(essentials(case, sight_of(case, member, standing, at), team if inside else None, steps_in(cards), at)),
    }  # fmt: skip
    return render(request, "cases/file.html", context)


@needs(Permission.IDENTITY_REVEAL)
@require_POST
@says_erased
def reveal(request: MemberRequest, number: str) -> HttpResponseBase:
    """Open the identity for a purpose. The event is written first; the page is kept nowhere."""
    case = the_case(request, number)
    read = reading.reveal(case=case, purpose=request.POST.get("purpose", ""), by=request.member, at=clock.now())
    context = {
        "case": case, "read": read, "fields": read.identity.fields, "parts": read.identity.parts, "person": case.subject,
        "groups": [group.value for group in read.groups], "purpose": PURPOSE_WORDS[read.purpose],
        "hidden": [GROUP_WORDS[group] for group in case_policy.Group if group not in read.groups], "at": clock.now(),
    }  # fmt: skip
    return render(request, "cases/identity.html", context)


@needs(Permission.NOTE_VIEW)
@require_POST
@says_erased
def read(request: MemberRequest, number: str) -> HttpResponseBase:
    """Summary and notes, recorded as read."""
    case, at = the_case(request, number), clock.now()
    context = {
        "case": case,
        "summary": reading.read_summary(case=case, by=request.member, at=at),
        "notes": reading.read_notes(case=case, by=request.member, at=at),
    }
    return render(request, "cases/notes.html", context)


@sensitive_post_parameters()
@needs(Permission.NOTE_ADD)
@says_erased
def add_note(request: MemberRequest, number: str) -> HttpResponseBase:
    """Write a note into the file."""
    case = the_case(request, number)
    policy.check_may(request.member, Deed.NOTE_ADD, case, clock.now())
    form = NoteForm(request.POST or None)
    words: Any = {
        "question": _("Write a note"),
        "explanation": "",
        "verb": _("Keep the note"),
        "done": _("The note is in the file."),
    }
    return act_form(
        request, case, form, lambda: files.add_note(case=case, text=form.cleaned_data["text"], by=request.member, at=clock.now()), words
    )  # fmt: skip


@sensitive_post_parameters()
@needs(Permission.CASE_EDIT)
@says_erased
def edit(request: MemberRequest, number: str) -> HttpResponseBase:
    """Change the facts. The form shows the summary, so opening it is a reading, by POST; sent with a version it saves."""
    case, member, at = the_case(request, number), request.member, clock.now()
    context: dict[str, Any] = {"case": case}
    policy.check_may(member, Deed.CASE_EDIT, case, at)
    if request.method != "POST":
        return render(request, "cases/edit_begin.html", context)
    if "version" not in request.POST:
        summary = reading.read_summary(case=case, by=member, at=at)
        initial = {
            "is_child": child_code(case.is_child),
            "place": case.place_id,
            "summary": summary,
            "version": case.version,
        }
        return render(request, "cases/edit.html", context | {"form": EditForm(initial=initial)})
    form = EditForm(request.POST)
    if form.is_valid():
        try:
            files.edit_case(case=case, version=form.cleaned_data["version"], by=member, at=at, **form.facts())
        except Conflict:
            theirs = reading.read_summary(case=case, by=member, at=at)
            again = EditForm(request.POST.dict() | {"version": case.version})
            context |= {"form": again, "theirs": theirs, "mine": form.cleaned_data["summary"], "is_conflict": True}
            return render(request, "cases/edit.html", context, status=409)
        return done(request, number, _("The facts have been changed."))
    return render(request, "cases/edit.html", context | {"form": form}, status=422)


@sensitive_post_parameters()
@needs(Permission.IDENTITY_EDIT)
@says_erased
def edit_identity(request: MemberRequest, number: str) -> HttpResponseBase:
    """Correct the identity, as far as the purpose shows it; what is not shown stays as it is."""
    case, member, at = the_case(request, number), request.member, clock.now()
    standing = policy.check_may(member, Deed.IDENTITY_EDIT, case, at)
    purposes = [(purpose.value, PURPOSE_WORDS[purpose]) for purpose in standing.purposes]
    if request.method != "POST":
        return render(request, "cases/identity_begin.html", {"case": case, "purposes": purposes})
    purpose = request.POST.get("purpose", "")
    if "version" not in request.POST:
        read = reading.reveal(case=case, purpose=purpose, by=member, at=at)
        forms = IdentityForms(today=clock.today(), groups=read.groups, initial=as_initial(case.subject, read.identity))
        return _identity_page(request, case, forms, purpose, case.version)
    groups = reading.groups_for(case=case, purpose=purpose, by=member, at=at)
    forms = IdentityForms(request.POST, today=clock.today(), groups=groups)
    version = int(request.POST["version"]) if request.POST["version"].isdigit() else 0
    if not forms.is_valid():
        return _identity_page(request, case, forms, purpose, version, status=200 if forms.is_growing else 422)
    try:
        files.edit_identity(case=case, version=version, identity=forms.identity(), groups=groups, by=member, at=at)
    except Conflict:
        now = reading.reveal(case=case, purpose=purpose, by=member, at=at)
        return _identity_page(request, case, forms, purpose, case.version, status=409, now=now)
    return done(request, number, _("The identity has been corrected."))


def _identity_page(
    request: MemberRequest,
    case: Case,
    identity: IdentityForms,
    purpose: str,
    version: int,
    status: int = 200,
    now: Any = None,
) -> HttpResponse:
    context = {"case": case, "identity": identity, "purpose": purpose, "version": version, "is_wrong": status == 422}
    context |= {"now": now, "fields": now.identity.fields if now else {}, "parts": now.identity.parts if now else {}}
    context |= {"groups": [group.value for group in now.groups] if now else [], "person": case.subject}
    return render(request, "cases/identity_edit.html", context, status=status)


@needs(Permission.CASE_MOVE)
@require_POST
def move(request: MemberRequest, number: str) -> HttpResponse:
    """Take the case to its next state."""
    case, form = the_case(request, number), MoveForm(request.POST)
    if not form.is_valid():
        raise Refused(_("Choose what is to happen with the case."))
    files.move(case=case, **form.cleaned_data, by=request.member, at=clock.now())
    return done(request, number, _("The case has been moved on."))
