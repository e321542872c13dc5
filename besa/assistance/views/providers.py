"""The register of providers."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from besa.assistance import queries
from besa.assistance.actions import providers as actions
from besa.assistance.forms import AccreditForm, NewProviderForm, PlacesForm, ProviderForm
from besa.assistance.models import Provider
from besa.assistance.tables import ProviderFilter, ProviderTable
from besa.cases.codes import Need
from besa.directory.access import Permission
from besa.directory.guard import MemberRequest, needs
from besa.directory.models import Agency
from besa.lib import clock
from besa.lib.refusal import Refused
from besa.ui.lists import list_page


@needs(Permission.PROVIDER_VIEW)
def providers(request: MemberRequest) -> HttpResponse:
    """Who gives help, and who has room now."""
    rows = queries.with_free(Provider.objects.select_related("agency", "place"))
    context = {"may_add": request.member.can(Permission.PROVIDER_EDIT)}
    return list_page(request, "assistance/providers.html", rows, ProviderTable, ProviderFilter, context)


def the_provider(code: str) -> Provider:
    rows = queries.with_free(Provider.objects.select_related("agency", "place", "changed_by__user"))
    found: Provider | None = rows.filter(code=code).first()
    if found is None:
        raise Http404
    return found


def _may_edit(request: MemberRequest, provider: Provider) -> bool:
    member = request.member
    own = member.agency_id == provider.agency_id
    return member.can(Permission.PROVIDER_EDIT) and (own or member.can(Permission.PROVIDER_ACCREDIT))


@needs(Permission.PROVIDER_VIEW)
@require_GET
def provider(request: MemberRequest, code: str) -> HttpResponse:
    """One provider; its address opens by an act."""
    return _page(request, the_provider(code))


def _page(request: MemberRequest, found: Provider, status: int = 200, **forms: Any) -> HttpResponse:
    numbers = {
        "capacity": found.capacity,
        "taken_otherwise": found.taken_otherwise,
        "is_open": found.is_open,
        "version": found.version,
    }
    context = {
        "provider": found,
        "services": [Need(code).label for code in found.services],
        "may_edit": _may_edit(request, found),
        "may_accredit": request.member.can(Permission.PROVIDER_ACCREDIT),
        "may_read": actions.may_read_address(found, request.member),
        "places_form": PlacesForm(initial=numbers),
        "accredit_form": AccreditForm(initial={"until_on": found.accredited_until}),
        **forms,
    }
    return render(request, "assistance/provider.html", context, status=status)


@needs(Permission.PROVIDER_EDIT)
@require_POST
def set_places(request: MemberRequest, code: str) -> HttpResponse:
    """The number of places, as it is today."""
    found, form = the_provider(code), PlacesForm(request.POST)
    if form.is_valid():
        values = dict(form.cleaned_data)
        version = values.pop("version")
        try:
            actions.edit_provider(provider=found, version=version, values=values, by=request.member, at=clock.now())
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("The places are up to date."))
            return redirect("assistance:provider", code)
    return _page(request, found, status=422, places_form=form)


@needs(Permission.PROVIDER_ACCREDIT)
@require_POST
def accredit(request: MemberRequest, code: str) -> HttpResponse:
    found, form = the_provider(code), AccreditForm(request.POST)
    if not form.is_valid():
        return _page(request, found, status=422, accredit_form=form)
    actions.accredit(provider=found, until_on=form.cleaned_data["until_on"], by=request.member, at=clock.now())
    messages.success(request, _("The accreditation has changed."))
    return redirect("assistance:provider", code)


@needs(Permission.PROVIDER_VIEW)
@require_POST
def address(request: MemberRequest, code: str) -> HttpResponseBase:
    """Where it lies, recorded as read."""
    found = the_provider(code)
    read = actions.read_address(provider=found, by=request.member, at=clock.now())
    return render(request, "assistance/address.html", {"provider": found, **read})


@sensitive_post_parameters("address", "telephone")
@needs(Permission.PROVIDER_EDIT)
def add_provider(request: MemberRequest) -> HttpResponse:
    """Enter a provider into the register."""
    agencies = Agency.objects.filter(is_group=False)
    if not request.member.can(Permission.PROVIDER_ACCREDIT):
        agencies = agencies.filter(pk=request.member.agency_id)
    form = NewProviderForm(request.POST or None, agencies=agencies)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            made = actions.add_provider(
                code=data["code"], agency=data["agency"], values=form.values(), by=request.member, at=clock.now()
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("The provider is in the register."))
            return redirect("assistance:provider", made.code)
    return render(
        request, "assistance/provider_edit.html", {"form": form, "provider": None}, status=422 if form.errors else 200
    )


@sensitive_post_parameters("address", "telephone")
@needs(Permission.PROVIDER_EDIT)
def edit_provider(request: MemberRequest, code: str) -> HttpResponse:
    """Change the entry of a provider. Two editors at once: the second keeps what she typed and sees what is there now."""
    found = the_provider(code)
    if not _may_edit(request, found):
        raise Refused(_("Only the provider's own institution or the Responsible Authority changes this."))
    initial = {name: getattr(found, name) for name in (*actions.FACTS, "version")}
    form = ProviderForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"] or 0
        try:
            actions.edit_provider(
                provider=found, version=version, values=form.values(), by=request.member, at=clock.now()
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("The entry has changed."))
            return redirect("assistance:provider", code)
    return render(
        request, "assistance/provider_edit.html", {"form": form, "provider": found}, status=422 if form.errors else 200
    )
