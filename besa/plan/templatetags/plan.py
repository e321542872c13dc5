"""Tags of the plan's templates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, ngettext

from besa.directory.access import Permission
from besa.directory.models import Membership
from besa.lib import timeline
from besa.plan import converters, words
from besa.plan.converters import to_slug
from besa.plan.hooks import LatestStatus, Panel
from besa.plan.models import Plan
from besa.plan.queries.search import Piece
from besa.plan.queries.tree import ActivityRow, Segment

register = template.Library()


@register.filter
def slug(identifier: str) -> str:
    """A code as it stands in addresses and anchors."""
    return to_slug(identifier)


@register.simple_tag
def activity_url(plan: Plan, identifier: str) -> str:
    return converters.activity_url(plan.code, identifier)


@register.simple_tag
def status_mark(status: LatestStatus | None) -> SafeString:
    """The mark of a last reported status; made once for each status and language."""
    return _mark(status.code, str(status.label)) if status else _mark("", gettext("not reported"))


@lru_cache(maxsize=64)
def _mark(code: str, label: str) -> SafeString:
    return mark_safe(render_to_string("plan/cells/mark.html", {"code": code, "label": label}).strip())  # noqa: S308


@register.filter
def time_label(text: str) -> str:
    """An entry of the timeline column in the reader's language."""
    return timeline.label(text, get_language() or "en")


@register.filter
def marked(pieces: Iterable[Piece]) -> SafeString:
    """Found text with the hits marked."""
    return format_html_join(
        "", "{}", ((format_html("<mark>{}</mark>", piece.text) if piece.is_hit else piece.text,) for piece in pieces)
    )


@register.filter
def lines(text: str) -> SafeString:
    """Text whose lines that begin with a bullet become a list."""
    out: list[SafeString] = []
    bullets: list[str] = []
    for line in [*str(text).split("\n"), ""]:
        if line.startswith("• "):
            bullets.append(line[2:])
            continue
        if bullets:
            out.append(format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", ((item,) for item in bullets))))
            bullets = []
        if line.strip():
            out.append(format_html("<p>{}</p>", line))
    return format_html_join("", "{}", ((part,) for part in out))


@register.filter
def first_line(text: str) -> str:
    """The text up to its first list."""
    return str(text).partition("\n")[0]


@register.filter
def other_language(thing: Any, field: str) -> str:
    """The field in the language that the reader does not read in; empty if there is none."""
    other = "en" if (get_language() or "en").startswith("sq") else "sq"
    shown = getattr(thing, f"{field}_{'sq' if other == 'en' else 'en'}")
    return str(getattr(thing, f"{field}_{other}")) if shown else ""


@register.simple_tag
def status_bar(segments: list[Segment]) -> SafeString:
    """A bar of stretches by status; the words beside it say the same, so it is hidden from screen readers."""
    total = sum(segment.width for segment in segments) or 1
    rects = format_html_join(
        "",
        '<rect class="fill-{}" x="{}" width="{}" height="1"/>',
        ((segment.code, segment.start, segment.width) for segment in segments),
    )
    return format_html(
        '<svg class="status-bar" viewBox="0 0 {} 1" preserveAspectRatio="none" aria-hidden="true">{}</svg>',
        total,
        rects,
    )


@register.simple_tag(takes_context=True)
def panel_of(context: template.RequestContext, panel: Panel) -> SafeString:
    """A panel of an upper app, rendered with its own context on top of the page's."""
    assert context.template is not None  # noqa: S101  # it is being rendered
    loaded = context.template.engine.get_template(panel.template)
    with context.push(**panel.context):
        return loaded.render(context)


@register.filter
def may(member: Membership | None, permission: str) -> bool:
    """Whether the member's role holds the permission; for showing or leaving out a button."""
    return member is not None and member.can(Permission(permission))


@register.filter
def field_name(field: str) -> str:
    """A key of an exported row in words."""
    return str(words.FIELD_NAMES.get(field, field))


@register.filter
def as_text(value: Any) -> str:
    """A value of an exported row as people read it: one line for each part."""
    return words.value_text(value)


@register.filter
def said(row: Mapping[str, Any], key: str) -> Any:
    """The cell of a document's row in the reader's language."""
    return words.said(row, key)


@register.simple_tag(takes_context=True)
def responsible(context: template.Context, row: ActivityRow) -> SafeString | str:
    """The lead as a link and the number of others; without a lead, everybody by name."""
    if row.lead is None:
        return ", ".join(agency.name for agency in row.others) or "–"
    url = _agency_url(context["plan"].code, row.lead.code)
    link = format_html('<a href="{}">{}</a>', url, row.lead.name)
    if not row.others:
        return link
    others = ngettext("+ %(count)s other", "+ %(count)s others", len(row.others)) % {"count": len(row.others)}
    return format_html('{} <span class="text-secondary text-nowrap">{}</span>', link, others)


@lru_cache(maxsize=1024)
def _agency_url(plan_code: str, agency_code: str) -> str:
    return reverse("plan:agency_duties", args=[plan_code, agency_code])
