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

register = template.Library()


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the sprite; hidden from screen readers unless it has a label."""
    href = f"{static('vendor/icons.svg')}#{name}"
    if label:
        return format_html('<svg class="icon" role="img" aria-label="{}"><use href="{}"/></svg>', label, href)
    return format_html('<svg class="icon" aria-hidden="true" focusable="false"><use href="{}"/></svg>', href)


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


@register.simple_tag
def field_id(form: Any, name: str) -> str:
    """The id of the field's control in the page, for links from a list of problems."""
    return str(form[name].id_for_label) if name in form.fields else "form"
