"""Tags and filters that every template has at hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from babel.numbers import format_decimal
from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from besa.lib import lands

register = template.Library()


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the sprite; hidden from screen readers unless it has a label."""
    href = f"{static('vendor/icons.svg')}#{name}"
    if label:
        return format_html('<svg class="icon" role="img" aria-label="{}"><use href="{}"/></svg>', label, href)
    return format_html('<svg class="icon" aria-hidden="true" focusable="false"><use href="{}"/></svg>', href)


@register.filter
def sealed(value: object) -> object:
    """The sign of a cell that nobody has opened, in the reader's language; anything else as it is."""
    return _("[sealed]") if str(value) == "[sealed]" else value


@register.filter
def countries(codes: str | list[str]) -> str:
    """The names of countries by their codes, of one or of several."""
    return ", ".join(map(lands.name_of, [codes] if isinstance(codes, str) else codes))


# What a state means for the reader: the tone of its colour and its mark. Every state of every workflow has a line here.
STATUSES = {
    **dict.fromkeys(
        (
            "completed",
            "accepted",
            "adopted",
            "active",
            "approved",
            "in_force",
            "endorsed",
            "reviewed",
            "done",
            "ok",
            "met",
            "held",
        ),
        ("good", "circle-check"),
    ),
    **dict.fromkeys(
        ("on_track", "submitted", "open", "proposed", "asked", "running", "offered", "planned", "sent"),
        ("moving", "arrow-right"),
    ),
    "delayed": ("behind", "clock"),
    **dict.fromkeys(("opened", "lifting"), ("behind", "clock")),
    "monitoring": ("moving", "eye"),
    "sent_back": ("behind", "arrow-back-up"),
    **dict.fromkeys(("constrained", "late", "refused", "failed", "declined", "expired"), ("stuck", "alert-triangle")),
    **dict.fromkeys(("locked", "closed"), ("none", "lock")),
    "erased": ("none", "trash"),
    "at_risk": ("moving", "eye"),
    **dict.fromkeys(("potential", "presumed"), ("behind", "flag")),
    "identified": ("good", "circle-check"),
    "not_a_victim": ("none", "circle-x"),
    **dict.fromkeys(("risk_immediate", "risk_high"), ("stuck", "alert-triangle")),
    "risk_medium": ("behind", "alert-circle"),
    "risk_low": ("good", "circle-check"),
    "downloaded": ("good", "download"),
    "draft": ("none", "pencil"),
    **dict.fromkeys(("not_due", "suspended"), ("none", "clock-pause")),
    **dict.fromkeys(
        ("dropped", "withdrawn", "ended", "superseded", "lifted", "revoked", "cancelled", "stopped"), ("none", "ban")
    ),
    **dict.fromkeys(("same", "merged", "taken"), ("good", "circle-check")),
    **dict.fromkeys(("suggested", "undoing"), ("behind", "clock")),
    **dict.fromkeys(("different", "undone", "outdated"), ("none", "ban")),
}
MESSAGES = {
    "success": ("success", "circle-check"),
    "warning": ("warning", "alert-triangle"),
    "error": ("danger", "alert-circle"),
}


@register.simple_tag
def status(code: str, label: Any = "") -> SafeString:
    """The mark, colour and word of a state or status; an unknown or empty one looks like “not reported”."""
    tone, mark = STATUSES.get(code, ("unknown", "circle-dashed"))
    return format_html(
        '<span class="status status-{}">{}{}</span>',
        f"{tone} status-{code}" if code else tone,
        icon(mark),
        label or _("not reported"),
    )


@register.simple_tag
def message_look(tags: str) -> dict[str, str]:
    """Tone and icon of one of Django's messages."""
    tone, mark = next((look for tag, look in MESSAGES.items() if tag in tags.split()), ("info", "info-circle"))
    return {"tone": tone, "icon": mark}


@register.filter
def target(field: Any) -> str:
    """The id to jump to for a field: its control, or the block around a group of radio buttons or boxes."""
    return str(field.id_for_label or f"div_{field.auto_id}")


@register.filter
def percent(value: Decimal | float | None) -> str:
    """A share as “47 %”; missing is said, not shown as zero."""
    return _("not reported") if value is None else f"{value:.0f} %"


@register.filter
def number(value: Decimal | int | float | None) -> str:
    """A number as the reader's language writes it; missing is a dash."""
    if value is None:
        return "–"
    return str(format_decimal(value, locale=(get_language() or "en")[:2]))


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """The value of a mapping at a key that is itself a variable; None where there is none."""
    return mapping.get(key) if mapping else None


@register.filter
def split(text: str) -> list[str]:
    """The words of a list that is written with commas in a template."""
    return text.split(",")


@register.simple_tag
def field_id(form: Any, name: str) -> str:
    """The id of the field's control in the page, for links from a list of problems."""
    return str(form[name].id_for_label) if name in form.fields else "form"
