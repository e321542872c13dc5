"""All settings, from environment variables with the prefix `BESA_` (see `.env.sample`)."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import django_stubs_ext
import environ
from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

django_stubs_ext.monkeypatch()

ROOT = Path(__file__).resolve().parent.parent


class _Variables(environ.FileAwareMapping):  # type: ignore[misc]
    """Variables, or the content of the file that `…_FILE` names, without the line end that editors add."""

    def __getitem__(self, name: str) -> str:
        return str(super().__getitem__(name)).strip()


env = environ.Env()
env.ENVIRON = _Variables()
if os.environ.get("BESA_MODE") != "test":
    environ.Env.read_env(ROOT / ".env")

# --- how this process runs: demo, test or production
MODE = env.str("BESA_MODE", default="production")
if MODE not in ("demo", "test", "production"):
    raise ValueError(f"BESA_MODE is “{MODE}”; it may be demo, test or production")
DEMO = MODE == "demo"
PRODUCTION = MODE == "production"
TEST = MODE == "test"
DEBUG = env.bool("BESA_DEBUG", default=False)
SECRET_KEY = env.str("BESA_SECRET_KEY", default="" if PRODUCTION else "not-a-secret-" * 5)
ALLOWED_HOSTS = env.list("BESA_ALLOWED_HOSTS", default=[] if PRODUCTION else ["localhost", "127.0.0.1", "[::1]"])
KEYS = env.str("BESA_KEYS", default="")
BASE_URL = env.str("BESA_BASE_URL", default="http://localhost:8000")
VAR = Path(env.str("BESA_VAR", default=str(ROOT / "var")))
_today = env.str("BESA_TODAY", default="" if PRODUCTION else "2009-07-06")
TODAY = date.fromisoformat(_today) if _today else None
COUNTRY = Path(env.str("BESA_COUNTRY", default=str(ROOT / "countries" / "albania")))

# --- apps, from the lowest layer up
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "axes",
    "csp",
    "django_htmx",
    "django_cotton.apps.SimpleAppConfig",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_filters",
    "django_tables2",
    "besa.lib",
    "besa.ui",
    "besa.audit",
    "besa.directory",
    "besa.documents",
    "besa.notices",
    "besa.plan",
    "besa.reporting",
    "besa.desk",
    "besa.demo",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "besa.directory.middleware.SessionLimits",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "besa.directory.middleware.MemberMiddleware",
    "besa.directory.middleware.SecondFactor",
    "besa.ui.middleware.RefusalMiddleware",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "besa.ui.context.page",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["django_cotton.cotton_loader.Loader", "django.template.loaders.app_directories.Loader"],
                )
            ],
            "builtins": ["django_cotton.templatetags.cotton", "django.templatetags.i18n", "besa.ui.templatetags.besa"],
        },
    }
]

ROOT_URLCONF = "besa.urls"

WSGI_APPLICATION = "besa.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- database: SQLite tuned for many users, or PostgreSQL
DATABASES = {"default": env.db_url("BESA_DATABASE_URL", default=f"sqlite:///{VAR / 'besa.sqlite3'}")}
_options = DATABASES["default"].setdefault("OPTIONS", {})
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    _options |= {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            f"PRAGMA journal_mode=WAL; PRAGMA synchronous={'OFF' if TEST else 'FULL'}; PRAGMA cache_size=-64000;"
            "PRAGMA mmap_size=134217728; PRAGMA temp_store=MEMORY; PRAGMA secure_delete=ON;"
        ),
    }
    # A file of its own for each process that tests: a live server's threads cannot share one in memory.
    DATABASES["default"]["TEST"] = {"NAME": str(VAR / "test.sqlite3")}
else:
    _options["server_side_binding"] = True
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    if TEST
    else {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}
}

# --- languages and time
LANGUAGE_CODE = env.str("BESA_LANGUAGE", default="en")
LANGUAGES = [("en", _("English")), ("sq", _("Albanian"))]
LOCALE_PATHS = [ROOT / "besa" / "locale"]
TIME_ZONE = env.str("BESA_TIME_ZONE", default="Europe/Tirane")
USE_TZ = True
USE_THOUSAND_SEPARATOR = False  # keys stand in names and anchors; amounts go through the filter `number`
FORMAT_MODULE_PATH = ["besa.ui.formats"]

# --- sign-in
AUTH_USER_MODEL = "directory.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [f"django.contrib.auth.hashers.{'MD5' if TEST else 'Argon2'}PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "besa.directory.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_FORMS = {"login": "besa.directory.account_forms.SignInForm"}
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
MFA_ADAPTER = "besa.directory.accounts.SecondFactorAdapter"
MFA_FORMS = {"authenticate": "besa.directory.account_forms.CodeForm"}
MFA_ALLOW_UNVERIFIED_EMAIL = True  # an administrator vouches for the address
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
MFA_TOTP_ISSUER = "Besa"
USERSESSIONS_TRACK_ACTIVITY = False  # it would write on every request; SessionLimits does once a minute
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if env.bool("BESA_BEHIND_PROXY", default=False) else 0
SECOND_FACTOR_REQUIRED = PRODUCTION
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_USERNAME_CALLABLE = "besa.directory.accounts.tried_email"
AXES_CLIENT_IP_CALLABLE = "besa.directory.accounts.client_ip"
AXES_LOCKOUT_CALLABLE = "besa.directory.accounts.wait"
AXES_DISABLE_ACCESS_LOG = True  # the record of events says who signed in
AXES_ENABLE_ADMIN = False
SESSION_COOKIE_AGE = 8 * 60 * 60  # absolute limit, seconds
SESSION_IDLE_SECONDS = 15 * 60 if PRODUCTION else 8 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
CSRF_FAILURE_VIEW = "besa.ui.views.csrf_failure"

# --- what the browser may do
SECURE_SSL_REDIRECT = PRODUCTION and env.bool("BESA_SSL_REDIRECT", default=True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BESA_BEHIND_PROXY", default=False) else None
SECURE_HSTS_SECONDS = 31536000 if PRODUCTION else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
    }
}

# --- static files, uploads, mail
STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION
DOCUMENTS_DIR = VAR / "documents"
DOCUMENT_MAX_BYTES = env.int("BESA_DOCUMENT_MAX_BYTES", default=25 * 1024 * 1024)
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
DEFAULT_FROM_EMAIL = env.str("BESA_MAIL_FROM", default="besa@localhost")
vars().update(env.email_url("BESA_MAIL_URL", default="filemail://"))
EMAIL_FILE_PATH = str(VAR / "mail")

# --- look of forms and tables
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
DJANGO_TABLES2_TEMPLATE = "ui/table.html"
COTTON_DIR = "components"

# --- logs carry no request data
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"axes": {"level": "CRITICAL"}},  # it names who tried to sign in
}
