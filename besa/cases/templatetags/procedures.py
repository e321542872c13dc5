"""What the national procedures ask at a page, beside it."""

from __future__ import annotations

from typing import Any

from django import template

from besa.cases.queries_sops import helps_for

register = template.Library()


@register.inclusion_tag("cases/_sop.html", takes_context=True)
def procedures_help(context: Any) -> dict[str, Any]:
    """The steps that belong to the page that is being shown; nothing where there is none."""
    match = context["request"].resolver_match
    return {"helps": helps_for(match.view_name) if match else []}
