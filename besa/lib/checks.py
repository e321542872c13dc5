"""Start-up checks: every field has a class; a production start is safe or does not happen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.apps import apps
from django.apps.config import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, run_checks
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model

from besa.lib.classified import classification_of

SHORTEST_SECRET = 50
NO_MAIL = ("filebased", "console", "dummy", "locmem")


def _model_problems(model: type[Model]) -> Iterator[str]:
    classification = classification_of(model)
    if classification is None:
        yield "is not classified: decorate it with @classified(retention=…, P0=…, P1=…)"
        return
    fields = {field.name for field in (*model._meta.concrete_fields, *model._meta.local_many_to_many)}
    for name in sorted(fields - classification.classes.keys()):
        yield f"field “{name}” has no class (P0 to P3)"
    for name in sorted(classification.classes.keys() - fields - {"id"}):
        yield f"“{name}” is classified and is not a field"
    if not classification.retention:
        yield "says nothing about retention"


def every_field_is_classified(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """An error for each field of our models without a class, and each class without a field."""
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


def _keys_problems() -> Iterator[tuple[str, str]]:
    if not settings.KEYS:
        yield "BESA_KEYS", "is missing; it names the folder of the keys"
        return
    folder = Path(settings.KEYS)
    if not folder.is_dir():
        yield "BESA_KEYS", f"names {folder}, which is not a folder"
    elif folder.stat().st_mode & 0o077:
        yield "BESA_KEYS", f"names {folder}, which others than its owner can open; run chmod 700 {folder}"


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
    yield from _keys_problems()
    if settings.TODAY is not None:
        yield "BESA_TODAY", "sets the clock; only the demo may do that"
    if not settings.BASE_URL.startswith("https://"):
        yield "BESA_BASE_URL", f"is {settings.BASE_URL}; links in mails must begin with https://"


def production_is_safe(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """An error for each setting that a production start refuses."""
    return [Error(f"{name} {problem}.", id="besa.E100") for name, problem in unsafe_settings()]


def refusals() -> list[str]:
    """Why this process must not serve: in production every error of every check; in the demo none."""
    if not settings.PRODUCTION:
        return []
    if unsafe := [f"{name} {problem}" for name, problem in unsafe_settings()]:
        return unsafe
    found = run_checks(include_deployment_checks=True)
    return [str(message.msg) for message in found if message.is_serious() and not message.is_silenced()]
