"""The main menu: each app declares its items on its AppConfig, the reader sees those that her role allows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise


@dataclass(frozen=True)
class Item:
    """A line of the menu. `permission` is a member of the access declaration, or None for every member."""

    label: Promise | str
    url_name: str
    icon: str
    permission: Any = None
    order: int = 100
    section: Promise | str = ""


@dataclass(frozen=True)
class Shown:
    label: Promise | str
    url: str
    icon: str
    is_current: bool
    section: Promise | str


def items_for(request: HttpRequest) -> Sequence[Shown]:
    """The menu of the request's member, in order; the longest address that the page lies under is the current one."""
    member = getattr(request, "member", None)
    if member is None:
        return []
    declared: list[Item] = [item for config in apps.get_app_configs() for item in getattr(config, "navigation", [])]
    allowed = [item for item in declared if item.permission is None or member.can(item.permission)]
    urls = {item: reverse(item.url_name) for item in allowed}
    under = [url for url in urls.values() if request.path == url or (url != "/" and request.path.startswith(url))]
    current = max(under, key=len, default="")
    ordered = sorted(allowed, key=lambda item: item.order)
    return [Shown(item.label, urls[item], item.icon, urls[item] == current, item.section) for item in ordered]
