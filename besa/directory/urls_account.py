"""Signing in and what protects an account: the flows of allauth that are switched on, under the names that it uses itself.

There is no sign-up, no management of e-mail addresses, no social sign-in, and no reset of a password by oneself.
"""

from django.contrib.auth.decorators import login_required
from django.urls import path, re_path

from besa.directory.views import accounts as views

urlpatterns = [
    path("login/", views.SignIn.as_view(), name="account_login"),
    path("logout/", views.SignOut.as_view(), name="account_logout"),
    path("inactive/", views.Inactive.as_view(), name="account_inactive"),
    path("reauthenticate/", login_required(views.Reauthenticate.as_view()), name="account_reauthenticate"),
    path("password/change/", login_required(views.ChangePassword.as_view()), name="account_change_password"),
    path("password/reset/key/done/", views.PasswordIsSet.as_view(), name="account_reset_password_from_key_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        views.SetPassword.as_view(),
        name="account_reset_password_from_key",
    ),
    path("2fa/", login_required(views.security), name="mfa_index"),
    path("2fa/authenticate/", views.EnterCode.as_view(), name="mfa_authenticate"),
    path("2fa/reauthenticate/", views.ReauthenticateByCode.as_view(), name="mfa_reauthenticate"),
    path("2fa/app/", login_required(views.AddApp.as_view()), name="mfa_activate_totp"),
    path("2fa/app/remove/", views.RemoveApp.as_view(), name="mfa_deactivate_totp"),
    path("2fa/codes/", views.codes, name="mfa_view_recovery_codes"),
    path("2fa/codes/new/", login_required(views.GenerateCodes.as_view()), name="mfa_generate_recovery_codes"),
    path("2fa/codes/file/", views.codes_file, name="mfa_download_recovery_codes"),
    path("2fa/keys/", views.Keys.as_view(), name="mfa_list_webauthn"),
    path("2fa/keys/add/", login_required(views.AddKey.as_view()), name="mfa_add_webauthn"),
    path("2fa/keys/login/", views.SignInByKey.as_view(), name="mfa_login_webauthn"),
    path("2fa/keys/reauthenticate/", views.ReauthenticateByKey.as_view(), name="mfa_reauthenticate_webauthn"),
    path("2fa/keys/<int:pk>/edit/", login_required(views.EditKey.as_view()), name="mfa_edit_webauthn"),
    path("2fa/keys/<int:pk>/remove/", login_required(views.RemoveKey.as_view()), name="mfa_remove_webauthn"),
    path("sessions/", views.sessions, name="usersessions_list"),
    path("sessions/<int:pk>/end/", views.end_session, name="end_session"),
    path("sessions/end/", views.end_other_sessions, name="end_other_sessions"),
]
