"""A person's own sign-in and security: role acted under, language, sessions, second factor, password.

The flows themselves are allauth's; here they get our pages and their events.
"""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.account import views as account
from allauth.account.decorators import reauthentication_required
from allauth.mfa.base import views as mfa
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_POST

from besa.directory import actions
from besa.directory.access import ROLES
from besa.directory.forms import LanguageForm
from besa.directory.guard import MemberRequest, needs
from besa.directory.middleware import SESSION_KEY
from besa.directory.models import User
from besa.directory.persons import Person
from besa.lib import clock


def security(request: HttpRequest) -> HttpResponse:
    """What protects my account, and what I can change about it. Also for persons without a role in force."""
    user = request.user
    if not isinstance(user, User):
        return redirect_to_login(request.get_full_path())
    kinds = [authenticator.type for authenticator in Authenticator.objects.filter(user=user)]
    context = {
        "has_app": Authenticator.Type.TOTP in kinds,
        "has_codes": Authenticator.Type.RECOVERY_CODES in kinds,
        "keys": kinds.count(Authenticator.Type.WEBAUTHN),
        "is_required": settings.SECOND_FACTOR_REQUIRED,
        "sessions": len(_sessions(user)),
        "form": LanguageForm(initial={"language": user.language}),
    }
    return render(request, "directory/account/security.html", context)


@require_POST
@needs(None)
def choose_membership(request: MemberRequest) -> HttpResponse:
    """Act under another of one's own roles for the rest of the session."""
    mine = {str(membership.pk): membership for membership in getattr(request, "memberships", [])}
    chosen = mine.get(request.POST.get("membership", ""))
    if chosen is None:
        raise Http404
    request.session[SESSION_KEY] = chosen.pk
    return redirect("/")


@require_POST
@login_required
def set_language(request: HttpRequest) -> HttpResponse:
    """Keep the language of pages and mails for this person."""
    form = LanguageForm(request.POST)
    user = request.user
    if form.is_valid() and isinstance(user, User):
        language = form.cleaned_data["language"]
        actions.set_language(user=user, language=language, by=Person(user), at=clock.now())
        with override(language):
            messages.success(request, _("The language has been saved."))
        response = redirect("directory:security")
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, samesite="Lax", httponly=True)
        return response
    return redirect("directory:security")


def _sessions(user: User) -> list[UserSession]:
    """Sessions that are open, the one used last first."""
    rows = list(UserSession.objects.filter(user=user).order_by("-last_seen_at"))
    keys = [row.session_key for row in rows]
    open_keys = set(
        Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now()).values_list("pk", flat=True)
    )
    return [row for row in rows if row.session_key in open_keys]


@login_required
def sessions(request: HttpRequest) -> HttpResponse:
    """Where I am signed in."""
    rows = [(row, row.session_key == request.session.session_key) for row in _sessions(_user(request))]
    return render(request, "directory/account/sessions.html", {"rows": rows})


@require_POST
@login_required
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign out one of my other sessions."""
    user = _user(request)
    row = get_object_or_404(UserSession, pk=pk, user=user)
    with transaction.atomic():
        row.end()
        actions.record_account_event("session_ended", user, by=Person(user), at=clock.now())
    messages.success(request, _("The session has been signed out."))
    return redirect("usersessions_list")


@require_POST
@login_required
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere but here."""
    user = _user(request)
    with transaction.atomic():
        for row in UserSession.objects.filter(user=user).exclude(session_key=request.session.session_key):
            row.end()
        actions.record_account_event("sessions_ended", user, by=Person(user), at=clock.now())
    messages.success(request, _("All other sessions have been signed out."))
    return redirect("usersessions_list")


def _user(request: HttpRequest) -> User:
    user = request.user
    if not isinstance(user, User):  # the views that call this need a signed-in person
        raise Http404
    return user


class Recorded:
    """A form of the library whose success is an event, in the same transaction as the change."""

    verb: ClassVar[str]
    request: HttpRequest

    def form_valid(self, form: Any) -> Any:
        person = self._person()
        with transaction.atomic():
            response = super().form_valid(form)  # type: ignore[misc]
            actions.record_account_event(self.verb, person, by=Person(person), at=clock.now())
        return response

    def _person(self) -> User:
        return _user(self.request)


class SignIn(account.LoginView):  # type: ignore[misc]
    template_name = "directory/account/sign_in.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        context["demo_roles"] = _demo_accounts() if settings.DEMO else []
        context["next"] = self.request.POST.get("next") or self.request.GET.get("next", "")
        return context


def _demo_accounts() -> list[tuple[str, str]]:
    """The demo's accounts as (e-mail, role), in the order of the declaration of roles; only those that exist."""
    emails = {f"{role.code}@demo.besa": str(role.name) for role in ROLES.values()}
    there = set(User.objects.filter(email__in=emails, is_active=True).values_list("email", flat=True))
    return [(email, name) for email, name in emails.items() if email in there]


class SignOut(account.LogoutView):  # type: ignore[misc]
    template_name = "directory/account/sign_out.html"


class Inactive(account.AccountInactiveView):  # type: ignore[misc]
    template_name = "directory/account/inactive.html"


class Reauthenticate(account.ReauthenticateView):  # type: ignore[misc]
    template_name = "directory/account/reauthenticate.html"


class ChangePassword(Recorded, account.PasswordChangeView):  # type: ignore[misc]
    template_name = "directory/account/password_change.html"
    verb = "password_changed"


class SetPassword(Recorded, account.PasswordResetFromKeyView):  # type: ignore[misc]
    """Set a password by the link that was mailed, once."""

    template_name = "directory/account/password_set.html"
    verb = "password_set"

    def _person(self) -> User:
        person: User = self.reset_user
        return person

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return {"token_fail": False} | context


class PasswordIsSet(account.PasswordResetFromKeyDoneView):  # type: ignore[misc]
    template_name = "directory/account/password_is_set.html"


class EnterCode(mfa.AuthenticateView):  # type: ignore[misc]
    template_name = "directory/account/second_factor.html"


class ReauthenticateByCode(mfa.ReauthenticateView):  # type: ignore[misc]
    template_name = "directory/account/reauthenticate.html"


class AddApp(Recorded, totp.ActivateTOTPView):  # type: ignore[misc]
    template_name = "directory/account/app_add.html"
    verb = "second_factor_added"


class RemoveApp(Recorded, totp.DeactivateTOTPView):  # type: ignore[misc]
    template_name = "directory/account/app_remove.html"
    verb = "second_factor_removed"


class Keys(webauthn.ListWebAuthnView):  # type: ignore[misc]
    template_name = "directory/account/keys.html"


class AddKey(Recorded, webauthn.AddWebAuthnView):  # type: ignore[misc]
    template_name = "directory/account/key_add.html"
    verb = "passkey_added"


class EditKey(Recorded, webauthn.EditWebAuthnView):  # type: ignore[misc]
    template_name = "directory/account/key_edit.html"
    verb = "passkey_renamed"


class RemoveKey(Recorded, webauthn.RemoveWebAuthnView):  # type: ignore[misc]
    template_name = "directory/account/key_remove.html"
    verb = "passkey_removed"


class SignInByKey(webauthn.LoginWebAuthnView):  # type: ignore[misc]
    """Answers the browser's question about passkeys and takes its answer; has no page of its own."""


class ReauthenticateByKey(webauthn.ReauthenticateWebAuthnView):  # type: ignore[misc]
    template_name = "directory/account/reauthenticate_key.html"


def _unused_codes(request: HttpRequest) -> list[str]:
    """My recovery codes that still open. The library's own page would note in the database that it was looked at."""
    kept = get_object_or_404(Authenticator, user=_user(request), type=Authenticator.Type.RECOVERY_CODES)
    return [str(code) for code in kept.wrap().get_unused_codes()]


@login_required
@reauthentication_required(app="allauth.mfa")  # type: ignore[untyped-decorator]
def codes(request: HttpRequest) -> HttpResponse:
    return render(request, "directory/account/codes.html", {"unused_codes": _unused_codes(request)})


@login_required
@reauthentication_required(app="allauth.mfa")  # type: ignore[untyped-decorator]
def codes_file(request: HttpRequest) -> HttpResponse:
    response = HttpResponse("\n".join(_unused_codes(request)) + "\n", content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="recovery-codes.txt"'
    response["Cache-Control"] = "no-store"
    return response


class GenerateCodes(Recorded, recovery.GenerateRecoveryCodesView):  # type: ignore[misc]
    template_name = "directory/account/codes_generate.html"
    verb = "recovery_codes_generated"
