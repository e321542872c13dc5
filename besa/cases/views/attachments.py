"""Files of a case."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from besa.cases import policy
from besa.cases.actions import attachments
from besa.cases.forms_files import AttachmentForm
from besa.cases.models import Attachment
from besa.cases.views.common import done, part_of, says_erased, the_case
from besa.directory.access import Permission
from besa.directory.case_policy import Deed
from besa.directory.guard import MemberRequest, needs
from besa.lib import clock
from besa.lib.refusal import Refused
from besa.vault.upload import Place, sealed_upload, uploads


@needs(Permission.ATTACHMENT_VIEW)
@require_POST
@says_erased
def attachments_read(request: MemberRequest, number: str) -> HttpResponseBase:
    """The list of the files with their titles. It is an act, since titles are sealed."""
    case = the_case(request, number)
    rows = attachments.titles(case=case, by=request.member, at=clock.now())
    may_add = policy.can(request.member, Deed.ATTACHMENT_ADD, case, clock.now())
    return render(request, "cases/attachments.html", {"case": case, "rows": rows, "may_add": may_add})


def _place(request: HttpRequest, number: str) -> Place:
    """Where the arriving file is sealed; refuses before a byte of it is read."""
    by: Any = request
    by.draft, place = attachments.prepare(case=the_case(by, number), by=by.member, at=clock.now())
    return place


def _abandoned(request: HttpRequest) -> None:
    """The view was not reached: the key that was made for the file goes."""
    attachments.discard(request.draft)  # type: ignore[attr-defined]


@needs(Permission.ATTACHMENT_ADD)
@sealed_upload(_place, _abandoned)
def attachment_add(request: MemberRequest, number: str) -> HttpResponse:
    """Hand in a file; it is sealed while it arrives. Whether she may is asked before a byte is read, and again when it is kept."""
    draft: Attachment | None = getattr(request, "draft", None)
    if draft is None:
        case = the_case(request, number)
        policy.check_may(request.member, Deed.ATTACHMENT_ADD, case, clock.now())
    else:
        case = draft.case
    form = AttachmentForm(request.POST or None, request.FILES or None)
    if draft is not None:
        handed = uploads(request)
        if handed and form.is_valid():
            try:
                attachments.add(
                    draft=draft, upload=handed[0], title=form.cleaned_data["title"], by=request.member, at=clock.now()
                )
            except Refused as refused:
                form.add_error("file", str(refused))
            else:
                return done(request, case.number, _("The file is in the case, sealed."))
        attachments.discard(draft)
    return render(
        request, "cases/attachment_add.html", {"case": case, "form": form}, status=422 if form.errors else 200
    )


@needs(Permission.ATTACHMENT_VIEW)
@require_POST
@says_erased
def attachment_read(request: MemberRequest, number: str, pk: object, part: str) -> HttpResponseBase:
    """The copy that people view, or the original, as a download; recorded before a byte leaves."""
    case = the_case(request, number)
    if part not in attachments.PARTS:
        raise Http404
    attachment = part_of(case.attachments.all(), pk)
    attachment.case = case
    name, pieces = attachments.read(attachment=attachment, part=part, by=request.member, at=clock.now())
    response = StreamingHttpResponse(pieces, content_type=attachment.media_type)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["Cache-Control"] = "no-store"
    return response
