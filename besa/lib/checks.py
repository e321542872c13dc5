"""Start-up checks: every field has a class, and is sealed where it must be; a production start is safe or does not happen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.apps import apps
from django.apps.config import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, run_checks
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model

from besa.lib.classified import Classification, classification_of
from besa.lib.connections import readable_connections
from besa.lib.hooks import hooked

SHORTEST_SECRET = 50
HARMFUL = ("P2", "P3")
NO_MAIL = ("filebased", "console", "dummy", "locmem")


def _model_problems(model: type[Model]) -> Iterator[str]:
    classification = classification_of(model)
    if classification is None:
        yield "is not classified: decorate it with @classified(retention=…, P0=…, P1=…)"
        return
    fields = {field.name: field for field in (*model._meta.concrete_fields, *model._meta.local_many_to_many)}
    for name in sorted(fields.keys() - classification.classes.keys()):
        yield f"field “{name}” has no class (P0 to P3)"
    for name in sorted(classification.classes.keys() - fields.keys() - {"id"}):
        yield f"“{name}” is classified and is not a field"
    if not classification.retention:
        yield "says nothing about retention"
    sealed = {name for name, field in fields.items() if getattr(field, "is_sealed", False)}
    yield from _clear_problems(classification, sealed, fields.keys() - sealed)


def _clear_problems(classification: Classification, sealed: set[str], in_the_clear: set[str]) -> Iterator[str]:
    harmful = {name for name, given in classification.classes.items() if given in HARMFUL}
    declared = set(classification.clear)
    for name in sorted(harmful & in_the_clear - declared):
        yield f"field “{name}” is {classification.classes[name]} and in the clear: seal it, or say clear=… and why"
    for name in sorted(declared & sealed):
        yield f"“{name}” is declared clear and is sealed"
    for name in sorted(declared - harmful):
        yield f"“{name}” is declared clear and is neither P2 nor P3"
    if bool(declared) != bool(classification.clear_because.strip()):
        yield "clear=… and clear_because=… go together"


def every_field_is_classified(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """An error for each field of our models without a class, each class without a field, each field that should be sealed."""
    models = [model for config in app_configs or apps.get_app_configs() for model in config.get_models()]
    return [
        Error(f"{model._meta.label}: {problem}.", obj=model, id="besa.E001")
        for model in models
        if model.__module__.startswith("besa.")
        for problem in _model_problems(model)
    ]


def _secret_problems() -> Iterator[tuple[str, str]]:
    try:
        secret = settings.SECRET_KEY
    except ImproperlyConfigured:
        secret = ""
    if not secret:
        yield "BESA_SECRET_KEY", "is missing"
    elif "not-a-secret" in secret or "insecure" in secret:
        yield "BESA_SECRET_KEY", "is the published one of the demo"
    elif len(secret) < SHORTEST_SECRET or len(set(secret)) < 10:
        yield "BESA_SECRET_KEY", f"is too simple; make it of at least {SHORTEST_SECRET} random characters"


def _kms_problems() -> Iterator[tuple[str, str]]:
    url = urlsplit(settings.KMS_URL)
    if not settings.KMS_URL:
        yield "BESA_KMS_URL", "is missing; it names the key management service"
    elif url.scheme == "unix":
        if not url.path.startswith("/") or url.netloc:
            yield "BESA_KMS_URL", "names no socket; write unix:/path/of/the/socket"
    elif url.scheme != "https" or not url.hostname or url.username:
        yield "BESA_KMS_URL", "begins with neither https:// nor unix:/; keys must not be readable on their way"
    elif not settings.KMS_TOKEN:
        yield "BESA_KMS_TOKEN", "is missing; without it the service would serve anybody"
    if not all("!" <= letter <= "~" for letter in settings.KMS_TOKEN):
        yield "BESA_KMS_TOKEN", "holds a character that a request cannot carry"


def _folder_problems() -> Iterator[tuple[str, str]]:
    if not settings.KEYS:
        yield "BESA_KEYS", "is missing; it names the folder of the keys"
        return
    folder = Path(settings.KEYS)
    if not folder.is_dir():
        yield "BESA_KEYS", f"names {folder}, which is not a folder"
    elif folder.stat().st_mode & 0o077:
        yield "BESA_KEYS", f"names {folder}, which others than its owner can open; run chmod 700 {folder}"


def _keys_problems() -> Iterator[tuple[str, str]]:
    if settings.KEY_PROVIDER == "file":
        yield from _folder_problems()
    elif settings.KEY_PROVIDER == "kms":
        yield from _kms_problems()
    elif settings.KEY_PROVIDER == "env":
        yield "BESA_KEY_PROVIDER", "is env; keys in the environment are for development only"
    else:
        yield "BESA_KEY_PROVIDER", f"is “{settings.KEY_PROVIDER}”; it may be file or kms"


def unsafe_settings() -> Iterator[tuple[str, str]]:
    """The variables that forbid a production start, each with what is wrong with it."""
    if settings.DEBUG:
        yield "BESA_DEBUG", "is on; it shows settings and data to everybody"
    yield from _secret_problems()
    if not settings.ALLOWED_HOSTS:
        yield "BESA_ALLOWED_HOSTS", "is empty; it names the hosts that people type, separated by commas"
    for host in settings.ALLOWED_HOSTS:
        if "*" in host or host.startswith("."):
            yield "BESA_ALLOWED_HOSTS", f"holds “{host}”, which stands for more hosts than one"
    if any(kind in settings.EMAIL_BACKEND for kind in NO_MAIL):
        yield "BESA_MAIL_URL", "is missing; without a mail server nobody is reminded and no password is reset"
    yield from readable_connections()
    yield from _keys_problems()
    if settings.TODAY is not None:
        yield "BESA_TODAY", "sets the clock; only the demo may do that"
    if not settings.BASE_URL.startswith("https://"):
        yield "BESA_BASE_URL", f"is {settings.BASE_URL}; links in mails must begin with https://"


def production_is_safe(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """An error for each setting that a production start refuses."""
    return [Error(f"{name} {problem}.", id="besa.E100") for name, problem in unsafe_settings()]


def refusals() -> list[str]:
    """Why this process must not serve: in production every error of every check; everywhere what apps name as `serve_refusals`."""
    if not settings.PRODUCTION:
        return not_yet()
    if unsafe := [f"{name} {problem}" for name, problem in unsafe_settings()]:
        return unsafe
    found = run_checks(include_deployment_checks=True)
    return [str(message.msg) for message in found if message.is_serious() and not message.is_silenced()] + not_yet()


def not_yet() -> list[str]:
    """Why this installation cannot serve at this moment, such as a restore that is not finished; also asked by `/readyz`."""
    return [str(reason) for reasons in hooked("serve_refusals") for reason in reasons()]
