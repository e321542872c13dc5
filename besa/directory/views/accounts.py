"""A person's own sign-in and security: role acted under, language, sessions, second factor, password.

The flows themselves are allauth's; here they get our pages and their events.
"""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.account import views as account
from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.login import record_authentication
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
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_POST

from besa.directory import actions, attempts
from besa.directory import sessions as opened
from besa.directory.access import ROLES
from besa.directory.forms import LanguageForm
from besa.directory.guard import MemberRequest, needs
from besa.directory.middleware import SESSION_KEY
from besa.directory.models import User
from besa.directory.persons import Person
from besa.lib import clock
from besa.vault.envelope import Unopened


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
        "sessions": len(opened.open_sessions(user)),
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


@login_required
def sessions(request: HttpRequest) -> HttpResponse:
    """Where I am signed in."""
    rows = [(row, opened.is_this(row, request)) for row in opened.open_sessions(_user(request))]
    return render(request, "directory/account/sessions.html", {"rows": rows})


@require_POST
@login_required
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign out one of my other sessions."""
    user = _user(request)
    row = get_object_or_404(UserSession, pk=pk, user=user)
    with transaction.atomic():
        opened.end([row])
        actions.record_account_event("session_ended", user, by=Person(user), at=clock.now())
    messages.success(request, _("The session has been signed out."))
    return redirect("usersessions_list")


@require_POST
@login_required
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere but here."""
    user = _user(request)
    with transaction.atomic():
        opened.end_all(user, but=request)
        actions.record_account_event("sessions_ended", user, by=Person(user), at=clock.now())
    messages.success(request, _("All other sessions have been signed out."))
    return redirect("usersessions_list")


def _user(request: HttpRequest) -> User:
    user = request.user
    if not isinstance(user, User):  # the views that call this need a signed-in person
        raise Http404
    return user


class Recorded:
    """A form of the library whose success is an event, in the same transaction as the change.

    What changes the way in also ends the person's other sessions.
    """

    verb: ClassVar[str]
    ends_other_sessions: ClassVar[bool] = False
    request: HttpRequest

    def form_valid(self, form: Any) -> Any:
        person = self._person()
        with transaction.atomic():
            response = super().form_valid(form)  # type: ignore[misc]
            actions.record_account_event(self.verb, person, by=Person(person), at=clock.now())
            if self.ends_other_sessions:
                opened.end_all(person, but=self.request)
        return response

    def _person(self) -> User:
        return _user(self.request)


class Adds(Recorded):
    """Adding a factor shows it: the session counts as opened by it."""

    ends_other_sessions = True
    kind: ClassVar[str]

    def form_valid(self, form: Any) -> Any:
        response = super().form_valid(form)
        record_authentication(self.request, self._person(), method="mfa", type=self.kind)
        return response


class Patient:
    """A page with a secret to be guessed: attempts that come too early are told how long to wait, and not looked at."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        except attempts.TooEarly as early:
            return wait(request, early.seconds)


def wait(request: HttpRequest, seconds: int) -> HttpResponse:
    """The page after too many failures: this address has to wait before it tries this account again."""
    response = render(request, "directory/account/wait.html", {"seconds": seconds}, status=429)
    response["Retry-After"] = str(seconds)
    return response


class SignIn(Patient, account.LoginView):  # type: ignore[misc]
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

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        """The browser forgets what it was shown; the cookies of language and look stay."""
        response: HttpResponse = super().post(*args, **kwargs)
        response["Clear-Site-Data"] = '"cache", "storage"'
        return response


class Inactive(account.AccountInactiveView):  # type: ignore[misc]
    template_name = "directory/account/inactive.html"


class Reauthenticate(Patient, account.ReauthenticateView):  # type: ignore[misc]
    template_name = "directory/account/reauthenticate.html"


@method_decorator(reauthentication_required(app="allauth.account"), name="dispatch")
class ChangePassword(Recorded, account.PasswordChangeView):  # type: ignore[misc]
    template_name = "directory/account/password_change.html"
    verb = "password_changed"
    ends_other_sessions = True


class SetPassword(Recorded, account.PasswordResetFromKeyView):  # type: ignore[misc]
    """Set a password by the link that was mailed, once."""

    template_name = "directory/account/password_set.html"
    verb = "password_set"
    ends_other_sessions = True

    def _person(self) -> User:
        person: User = self.reset_user
        return person

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return {"token_fail": False} | context


class PasswordIsSet(account.PasswordResetFromKeyDoneView):  # type: ignore[misc]
    template_name = "directory/account/password_is_set.html"


class EnterCode(Patient, mfa.AuthenticateView):  # type: ignore[misc]
    template_name = "directory/account/second_factor.html"


class ReauthenticateByCode(Patient, mfa.ReauthenticateView):  # type: ignore[misc]
    template_name = "directory/account/reauthenticate.html"


class AddApp(Adds, totp.ActivateTOTPView):  # type: ignore[misc]
    template_name = "directory/account/app_add.html"
    verb = "second_factor_added"
    kind = Authenticator.Type.TOTP


class RemoveApp(Recorded, totp.DeactivateTOTPView):  # type: ignore[misc]
    template_name = "directory/account/app_remove.html"
    verb = "second_factor_removed"
    ends_other_sessions = True


class Keys(webauthn.ListWebAuthnView):  # type: ignore[misc]
    template_name = "directory/account/keys.html"


class AddKey(Adds, webauthn.AddWebAuthnView):  # type: ignore[misc]
    template_name = "directory/account/key_add.html"
    verb = "passkey_added"
    kind = Authenticator.Type.WEBAUTHN


class EditKey(Recorded, webauthn.EditWebAuthnView):  # type: ignore[misc]
    template_name = "directory/account/key_edit.html"
    verb = "passkey_renamed"


class RemoveKey(Recorded, webauthn.RemoveWebAuthnView):  # type: ignore[misc]
    template_name = "directory/account/key_remove.html"
    verb = "passkey_removed"
    ends_other_sessions = True


class SignInByKey(webauthn.LoginWebAuthnView):  # type: ignore[misc]
    """Answers the browser's question about passkeys and takes its answer; has no page of its own."""


class ReauthenticateByKey(webauthn.ReauthenticateWebAuthnView):  # type: ignore[misc]
    template_name = "directory/account/reauthenticate_key.html"


def _unused_codes(request: HttpRequest) -> list[str]:
    """My recovery codes that still open. The library's own page would note in the database that it was looked at."""
    kept = get_object_or_404(Authenticator, user=_user(request), type=Authenticator.Type.RECOVERY_CODES)
    try:
        return [str(code) for code in kept.wrap().get_unused_codes()]
    except Unopened:
        raise Http404 from None  # changed in the database: as if there were none


@login_required
@reauthentication_required(app="allauth.mfa")  # type: ignore[untyped-decorator]
def codes(request: HttpRequest) -> HttpResponse:
    return render(request, "directory/account/codes.html", {"unused_codes": _unused_codes(request)})


@login_required
@reauthentication_required(app="allauth.mfa")  # type: ignore[untyped-decorator]
def codes_file(request: HttpRequest) -> HttpResponse:
    response = HttpResponse("\n".join(_unused_codes(request)) + "\n", content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="recovery-codes.txt"'
    return response


class GenerateCodes(Recorded, recovery.GenerateRecoveryCodesView):  # type: ignore[misc]
    template_name = "directory/account/codes_generate.html"
    verb = "recovery_codes_generated"
