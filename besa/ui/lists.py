"""List pages that look and work alike: filters, sorted and paged table, export as CSV and XLSX."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import django_filters
import django_tables2
import xlsxwriter
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.encoding import force_str
from django.utils.translation import gettext as _

from besa.ui.templatetags.besa import status

FORGET = "forget"
PAGE_SIZES = (25, 50, 100)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


class StatusColumn(django_tables2.Column):  # type: ignore[misc]
    """A state or status as every page shows it; in files its word alone."""

    empty_values = ()

    def render(self, value: Any, record: Any, bound_column: Any) -> str:
        """`value` is the word where the field has choices (django-tables2 asks for it), so the code comes from the row."""
        return status(str(bound_column.accessor.resolve(record, quiet=True) or ""), value)

    def value(self, value: Any, **_rest: Any) -> str:
        return str(value or "")


@dataclass(frozen=True)
class Chip:
    """A filter in force, in words, and the address of the list without it."""

    label: str
    value: str
    without: str

    def __iter__(self) -> Iterator[str]:
        return iter((self.label, self.value, self.without))


def list_page(
    request: HttpRequest,
    template: str,
    rows: QuerySet[Any, Any],
    table_class: Callable[..., django_tables2.Table],
    filter_class: Callable[..., django_filters.FilterSet] | None = None,
    context: dict[str, Any] | None = None,
) -> HttpResponse:
    """Answer with the page, or with the whole filtered list as a file where `?export=csv|xlsx` asks for it.

    The template gets `table`, `filter` (None without a filter class) and `chips`, the filters in force. It shows them by
    `{% include "ui/list_tools.html" %}{% render_table table %}`. Page and page size come from `?page=` and `?size=`; what
    does not exist there falls back to the nearest page and to 25 rows. A filter class names as `private` the fields in which
    people are searched by name: such words are posted and stay in the session, so that no address and no log holds them.
    """
    private = tuple(getattr(filter_class, "private", ()))
    if private and (request.method == "POST" or FORGET in request.GET):
        return _kept_apart(request, private)
    words = request.session.get(_place(request), {}) if private else {}
    filtered = filter_class(_asked(request, private, words), queryset=rows, request=request) if filter_class else None
    table = table_class(filtered.qs if filtered else rows, request=request)
    export = request.GET.get("export")
    if export in ("csv", "xlsx"):
        django_tables2.RequestConfig(request, paginate=False).configure(table)
        return as_file(exported(table), export, template.rsplit("/", 1)[-1].removesuffix(".html"))
    size = request.GET.get("size", "")
    per_page = int(size) if size in map(str, PAGE_SIZES) else PAGE_SIZES[0]
    django_tables2.RequestConfig(request, paginate={"per_page": per_page}).configure(table)
    _keep_dates_whole(table)
    table.sizes = PAGE_SIZES
    return render(request, template, {"table": table, "filter": filtered, "chips": chips(filtered), **(context or {})})


def _place(request: HttpRequest) -> str:
    return f"searched {request.path}"


def _kept_apart(request: HttpRequest, private: tuple[str, ...]) -> HttpResponse:
    """Take the words of private fields into the session, or forget one or all of them; the rest stays in the address."""
    asked = (request.POST if request.method == "POST" else request.GET).copy()
    words = dict(request.session.get(_place(request), {}))
    if request.method == "POST":
        words |= {name: asked.get(name, "") for name in private}
    else:
        words = {name: word for name, word in words.items() if asked[FORGET] not in (name, "all")}
    request.session[_place(request)] = {name: word for name, word in words.items() if word}
    for name in (*private, FORGET, "csrfmiddlewaretoken"):
        asked.pop(name, None)
    return redirect(f"{request.path}?{asked.urlencode()}" if asked else request.path)


def _asked(request: HttpRequest, private: tuple[str, ...], words: dict[str, str]) -> QueryDict:
    """What the list is filtered by; a private word counts from the session alone."""
    asked = request.GET.copy()
    for name in private:
        asked.pop(name, None)
    asked.update(words)
    return asked


def _keep_dates_whole(table: django_tables2.Table) -> None:
    for column in table.columns:
        if isinstance(column.column, django_tables2.DateColumn | django_tables2.DateTimeColumn):
            cell = column.column.attrs.setdefault("td", {})
            cell["class"] = f"{cell.get('class', '')} text-nowrap".strip()


def chips(filtered: django_filters.FilterSet | None) -> list[Chip]:
    """The filters in force, in words. A field that could not be understood filters nothing and has no chip."""
    if filtered is None or not filtered.form.is_bound:
        return []
    filtered.form.is_valid()
    shown = []
    for name, field in filtered.form.fields.items():
        value = filtered.form.cleaned_data.get(name)
        if value in (None, "", []) or (isinstance(value, QuerySet) and not value):
            continue
        choices = getattr(field, "choices", None)  # asked by name: some have no length before they are read
        words = _in_words(value, {str(key): text for key, text in ([] if choices is None else choices)})
        without = _without(filtered.data, filtered.form.add_prefix(name), getattr(filtered, "private", ()))
        shown.append(Chip(str(field.label or name), words, without))
    return shown


def _in_words(value: Any, choices: dict[str, Any]) -> str:
    if isinstance(value, list | tuple | set | QuerySet):
        return ", ".join(_in_words(one, choices) for one in value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, slice):  # a range of dates or numbers
        return f"{value.start or '…'} – {value.stop or '…'}"
    return str(value) if isinstance(value, Model) else str(choices.get(str(value), value))


def _without(data: QueryDict, name: str, private: tuple[str, ...]) -> str:
    rest = data.copy()
    for key in private:
        rest.pop(key, None)
    if name in private:
        rest[FORGET] = name
    for key in [key for key in rest if key in (name, "page") or key.startswith((f"{name}_min", f"{name}_max"))]:
        del rest[key]
    return f"?{rest.urlencode()}"


def exported(table: django_tables2.Table) -> list[list[Any]]:
    """The table's header and all its rows as values: dates and numbers stay what they are, missing is None."""
    columns = [column for column in table.columns.iterall() if not column.column.exclude_from_export]
    rows: list[list[Any]] = [[force_str(column.header) for column in columns]]
    rows += [[_value(row, column) for column in columns] for row in table.rows]
    return rows


def _value(row: Any, column: Any) -> Any:
    if isinstance(column.column, django_tables2.DateColumn | django_tables2.DateTimeColumn):
        return column.accessor.resolve(row.record, quiet=True)
    value = force_str(row.get_cell_value(column.name), strings_only=True)
    if isinstance(column.column, django_tables2.BooleanColumn):
        return {"True": _("yes"), "False": _("no")}.get(str(value), "")
    return None if value in ("", column.default) else value


def as_file(rows: list[list[Any]], kind: str, name: str) -> HttpResponse:
    """Rows as a download: `csv` in UTF-8 with a mark that Excel reads, or `xlsx`."""
    if kind == "csv":
        out = io.StringIO()
        csv.writer(out).writerows([[safe_cell(cell) for cell in row] for row in rows])
        content, media = out.getvalue().encode("utf-8-sig"), "text/csv; charset=utf-8"
    else:
        content, media = workbook(rows), XLSX
    response = HttpResponse(content, content_type=media)
    response["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return response


def safe_cell(value: Any) -> Any:
    """A value that no spreadsheet takes for a formula; dates as ISO 8601, missing as empty."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(" ", "minutes") if timezone.is_aware(value) else value.isoformat(" ")
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return value


def workbook(rows: list[list[Any]]) -> bytes:
    """One sheet with a fixed header row and a filter; text is written as text, never as a formula or a link."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(out, options)
    sheet = book.add_worksheet()
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    day = book.add_format({"num_format": "yyyy-mm-dd", "valign": "top"})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm", "valign": "top"})
    for number, row in enumerate(rows):
        for place, value in enumerate(row):
            cell = _cell(value)
            look = moment if isinstance(cell, datetime) else day if isinstance(cell, date) else wrapped
            sheet.write(number, place, cell, head if number == 0 else look)
    if rows:
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, len(rows) - 1, len(rows[0]) - 1)
        sheet.set_column(0, len(rows[0]) - 1, 24)
    book.close()
    return out.getvalue()


def _cell(value: Any) -> Any:
    """What a workbook can hold: local times without zone; anything that is not a number, a date or a truth as text."""
    if isinstance(value, datetime):
        return timezone.make_naive(value) if timezone.is_aware(value) else value
    return value if value is None or isinstance(value, int | float | Decimal | date | time) else str(value)
