"""What every page shows around its content."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.conf import settings
from django.http import HttpRequest

from besa.lib import clock
from besa.ui.navigation import items_for

THEMES = ("auto", "light", "dark")


def page(request: HttpRequest) -> dict[str, Any]:
    """Menu, member, theme, demo banner, and the number of notices (declared by an app as `bell`)."""
    theme = request.COOKIES.get(settings.THEME_COOKIE_NAME, "auto")
    member = getattr(request, "member", None)
    bells = [config.bell for config in apps.get_app_configs() if hasattr(config, "bell")]
    return {
        "nav": items_for(request),
        "member": member,
        "memberships": getattr(request, "memberships", []),
        "theme": theme if theme in THEMES else "auto",
        "is_demo": settings.DEMO,
        "today": clock.today(),
        "waiting": sum(bell(member) for bell in bells) if member else 0,
    }
