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
BASE_URL = env.str("BESA_BASE_URL", default="http://localhost:8000")
VAR = Path(env.str("BESA_VAR", default=str(ROOT / "var")))
KEY_PROVIDER = env.str("BESA_KEY_PROVIDER", default="file")  # file, kms; env for development
KEYS = env.str("BESA_KEYS", default="" if PRODUCTION else str(VAR / "keys"))
KEYS_FROM_ENVIRONMENT = env.str("BESA_KEYS_FROM_ENVIRONMENT", default="")
KMS_URL = env.str("BESA_KMS_URL", default="")
KMS_TOKEN = env.str("BESA_KMS_TOKEN", default="")
ERASURES = Path(env.str("BESA_ERASURES", default=str(VAR / "erasures.jsonl")))
ANCHORS = env.str("BESA_ANCHORS", default="")  # a folder or a receiver of another institution
REVEALS_AN_HOUR = env.int("BESA_REVEALS_AN_HOUR", default=20)  # more than that the auditor is told
BACKUPS = Path(env.str("BESA_BACKUPS", default=str(VAR / "backups")))
BACKUP_TO = env.list("BESA_BACKUP_TO", default=[])  # age public keys; their private keys are never here
BACKUP_KEYSTORE_TO = env.list("BESA_BACKUP_KEYSTORE_TO", default=[])
BACKUP_KEEP = env.int("BESA_BACKUP_KEEP", default=14)  # generations
_backup_url = env.str("BESA_BACKUP_DATABASE_URL", default="")  # a role that reads every row
BACKUP_DATABASE = env.db_url_config(_backup_url) if _backup_url else None
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
    "besa.directory.listed_sessions.ListedSessions",
    "csp",
    "django_htmx",
    "django_cotton.apps.SimpleAppConfig",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_filters",
    "django_tables2",
    "besa.lib",
    "besa.ui",
    "besa.vault",
    "besa.audit",
    "besa.safekeeping",
    "besa.directory",
    "besa.documents",
    "besa.notices",
    "besa.people",
    "besa.assessments",
    "besa.plan",
    "besa.cases",
    "besa.assistance",
    "besa.reporting",
    "besa.statistics",
    "besa.desk",
    "besa.demo",
]

MIDDLEWARE = [
    "besa.ui.middleware.Headers",
    "csp.middleware.CSPMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "besa.ui.middleware.NothingKept",
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
    "besa.cases.middleware.RowSecurity",
    "besa.ui.middleware.RefusalMiddleware",
    "besa.ui.methods.KnownMethods",
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

# --- databases: SQLite tuned for many users, or PostgreSQL; keys lie apart from data, in a file or a schema of their own
_DATABASE_URL = env.str("BESA_DATABASE_URL", default=f"sqlite:///{VAR / 'besa.sqlite3'}")
_KEYSTORE_URL = env.str(
    "BESA_KEYSTORE_URL",
    default=f"sqlite:///{VAR / 'keystore.sqlite3'}" if _DATABASE_URL.startswith("sqlite") else _DATABASE_URL,
)
DATABASES = {"default": env.db_url_config(_DATABASE_URL), "keystore": env.db_url_config(_KEYSTORE_URL)}
DATABASE_ROUTERS = ["besa.vault.router.KeystoreRouter"]
for _alias, _database in DATABASES.items():
    _options = _database.setdefault("OPTIONS", {})
    if _database["ENGINE"].endswith("sqlite3"):
        _options |= {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                f"PRAGMA journal_mode=WAL; PRAGMA synchronous={'OFF' if TEST else 'FULL'}; PRAGMA cache_size=-64000;"
                "PRAGMA mmap_size=134217728; PRAGMA temp_store=MEMORY; PRAGMA secure_delete=ON;"
            ),
        }
        # A file of its own for each process that tests: a live server's threads cannot share one in memory.
        _database["TEST"] = {"NAME": str(VAR / f"test-{_alias}.sqlite3")}
    else:
        _database["ENGINE"] = "besa.vault.postgres"
        _options["server_side_binding"] = True
        _options["prepare_threshold"] = 5  # what is asked again and again on a connection is read and planned once
        _database["CONN_MAX_AGE"] = 600
        _database["CONN_HEALTH_CHECKS"] = True
        # Row-level security makes statements of many small parts: to compile one takes seconds, to run it milliseconds. And what is
        # read lies in memory or on a solid-state disk, where a page out of order costs no more than the next one.
        _options["options"] = "-c jit=off -c random_page_cost=1.1"
        if _alias == "keystore":
            _options["options"] += " -c search_path=keystore"
            _database["TEST"] = {"NAME": "test_besa_keystore"}
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
AUTHENTICATION_BACKENDS = ["besa.directory.backends.PasswordBackend"]
PASSWORD_HASHERS = [f"django.contrib.auth.hashers.{'MD5' if TEST else 'Argon2'}PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "besa.directory.passwords.GuessablePasswordValidator"},
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
ACCOUNT_REAUTHENTICATION_TIMEOUT = 0  # what counts as fresh says besa/directory/proof.py, by these two:
FRESH_FACTOR_SECONDS = 5 * 60
FIRST_FACTOR_SECONDS = 10 * 60
# These would lock people out, a whole building behind one address too; besa/directory/attempts.py delays instead.
ACCOUNT_RATE_LIMITS = {"login": None, "login_failed": None}
ACCOUNT_EMAIL_NOTIFICATIONS = True
MFA_ADAPTER = "besa.directory.accounts.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": "besa.directory.account_forms.CodeForm",
    "reauthenticate": "besa.directory.account_forms.CodeAgainForm",
}
MFA_ALLOW_UNVERIFIED_EMAIL = True  # an administrator vouches for the address
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
MFA_TOTP_ISSUER = "Besa"
USERSESSIONS_TRACK_ACTIVITY = False  # it would write on every request; SessionLimits does once a minute
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if env.bool("BESA_BEHIND_PROXY", default=False) else 0
SECOND_FACTOR_REQUIRED = PRODUCTION
SESSION_ENGINE = "besa.directory.sessions"
SESSION_COOKIE_AGE = 8 * 60 * 60  # absolute limit, seconds
SESSION_IDLE_SECONDS = 15 * 60 if PRODUCTION else 8 * 60 * 60
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
# A case that is not found is looked for until the next tick, so that its time does not tell whether it is there.
LOOK_TICK_SECONDS = 0.0 if TEST else 0.02
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = PRODUCTION
COOKIE_PREFIX = "__Host-" if PRODUCTION else ""  # such a cookie comes from this host over HTTPS only
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid", f"{COOKIE_PREFIX}csrftoken"
LANGUAGE_COOKIE_NAME, THEME_COOKIE_NAME = f"{COOKIE_PREFIX}django_language", f"{COOKIE_PREFIX}theme"
LANGUAGE_COOKIE_HTTPONLY, LANGUAGE_COOKIE_SAMESITE = True, "Lax"
CSRF_FAILURE_VIEW = "besa.ui.errors.csrf_failure"

# --- what the browser may do
SECURE_SSL_REDIRECT = PRODUCTION and env.bool("BESA_SSL_REDIRECT", default=True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BESA_BEHIND_PROXY", default=False) else None
SECURE_HSTS_SECONDS = 31536000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
ANSWER_HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Permissions-Policy": ", ".join(
        f"{feature}=()"
        for feature in (
            *("accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "geolocation", "gyroscope"),
            *("magnetometer", "microphone", "midi", "payment", "serial", "usb", "xr-spatial-tracking"),
        )
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": X_FRAME_OPTIONS,
    "X-Permitted-Cross-Domain-Policies": "none",
}
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
        "object-src": [NONE],
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
WHITENOISE_ALLOW_ALL_ORIGINS = False
DOCUMENTS_DIR = VAR / "documents"
ATTACHMENTS_DIR = VAR / "attachments"
KEPT_FOLDERS = {
    "documents": DOCUMENTS_DIR,
    "attachments": VAR / "attachments",
}  # what backups hold beside the databases
DOCUMENT_MAX_BYTES = env.int("BESA_DOCUMENT_MAX_BYTES", default=25 * 1024 * 1024)
CLAMAV = env.str("BESA_CLAMAV", default="")  # socket or host:port of a scanner
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
DEFAULT_FROM_EMAIL = env.str("BESA_MAIL_FROM", default="besa@localhost")
vars().update(env.email_url("BESA_MAIL_URL", default="filemail://"))
EMAIL_FILE_PATH = str(VAR / "mail")

# --- look of forms and tables
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
DJANGO_TABLES2_TEMPLATE = "ui/table.html"
COTTON_DIR = "components"

# --- logs: allow-listed keys only (besa/lib/logs.py); nothing of a request, an exception's text or a statement
LOGGING_CONFIG = "besa.lib.logs.configure"
DEFAULT_EXCEPTION_REPORTER_FILTER = "besa.lib.reports.NoValues"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"allowed": {"()": "besa.lib.logs.AllowedKeys"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "allowed"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    # Django gives these handlers of their own, which would write more.
    "loggers": {
        name: {"handlers": [], "level": "WARNING", "propagate": True}
        for name in (
            "django",
            "django.request",
            "django.server",
            "django.security",
            "django.db.backends",
            "py.warnings",
        )
    },
}
