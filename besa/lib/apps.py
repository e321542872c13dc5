from __future__ import annotations

from django.apps import AppConfig
from django.core.checks import Tags, register

from besa.lib import checks


class LibConfig(AppConfig):
    """The lowest layer; registers the checks that run at every start and those of a production start."""

    name = "besa.lib"
    serve_refusals = ("besa.lib.files.sandbox.refusals",)

    def ready(self) -> None:
        register(checks.every_field_is_classified, Tags.models)
        register(checks.production_is_safe, Tags.security, deploy=True)
