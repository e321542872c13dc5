"""List pages that look and work alike: filters, sorted and paged table, export as CSV and XLSX."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import django_filters
import django_tables2
import xlsxwriter
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

PAGE_SIZES = (25, 50, 100)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def list_page(
    request: HttpRequest,
    template: str,
    rows: QuerySet[Any, Any],
    table_class: Callable[..., django_tables2.Table],
    filter_class: Callable[..., django_filters.FilterSet] | None = None,
    context: dict[str, Any] | None = None,
) -> HttpResponse:
    """Answer with the page, or with the whole filtered list as a file where `?export=csv|xlsx` asks for it.

    The template gets `table`, `filter` (None without a filter class) and `chips`, the filters in force as (label, value).
    """
    filtered = filter_class(request.GET, queryset=rows, request=request) if filter_class else None
    table = table_class(filtered.qs if filtered else rows, request=request)
    export = request.GET.get("export")
    if export in ("csv", "xlsx"):
        django_tables2.RequestConfig(request, paginate=False).configure(table)
        return _export(table, export, template.rsplit("/", 1)[-1].removesuffix(".html"))
    size = request.GET.get("size", "")
    per_page = int(size) if size.isdigit() and int(size) in PAGE_SIZES else PAGE_SIZES[0]
    django_tables2.RequestConfig(request, paginate={"per_page": per_page}).configure(table)
    return render(request, template, {"table": table, "filter": filtered, "chips": chips(filtered), **(context or {})})


def chips(filtered: django_filters.FilterSet | None) -> list[tuple[str, str]]:
    """The filters in force, in words."""
    if filtered is None or not filtered.form.is_bound:
        return []
    shown = []
    for name, field in filtered.form.fields.items():
        value = filtered.form.cleaned_data.get(name) if filtered.form.is_valid() else None
        if value not in (None, "", []):
            choices = dict(getattr(field, "choices", None) or [])
            text = choices.get(value, value) if not isinstance(value, Model | list | QuerySet) else value
            shown.append((str(field.label or name), str(text)))
    return shown


def safe_cell(value: Any) -> Any:
    """A value that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def _export(table: django_tables2.Table, kind: str, name: str) -> HttpResponse:
    rows = [[("" if cell is None else str(cell)) for cell in row] for row in table.as_values()]
    if kind == "csv":
        out = io.StringIO()
        csv.writer(out).writerows([[safe_cell(cell) for cell in row] for row in rows])
        content, media = out.getvalue().encode("utf-8-sig"), "text/csv; charset=utf-8"
    else:
        content, media = workbook(rows), XLSX
    response = HttpResponse(content, content_type=media)
    response["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return response


def workbook(rows: list[list[Any]]) -> bytes:
    """One sheet with a fixed header row and a filter; text is written as text, never as a formula."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet()
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row, bold if number == 0 else None)
    if rows:
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(len(rows) - 1, 0), len(rows[0]) - 1)
        sheet.set_column(0, len(rows[0]) - 1, 24)
    book.close()
    return out.getvalue()
