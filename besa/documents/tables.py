"""Columns and filters of the register of documents."""

from __future__ import annotations

from typing import ClassVar

import django_filters
import django_tables2 as tables
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from besa.documents.models import Document
from besa.lib.text import folded


class DocumentTable(tables.Table):  # type: ignore[misc]
    title = tables.Column(verbose_name=_("Title"), linkify=("documents:document", {"pk": tables.A("pk")}))
    kind = tables.Column(verbose_name=_("Kind"))
    number = tables.Column(verbose_name=_("Number"))
    dated_on = tables.DateColumn(verbose_name=_("Date"))
    issuer = tables.Column(verbose_name=_("Issued by"), accessor="issuer__name", order_by=("issuer__code",))
    language = tables.Column(verbose_name=_("Language"))

    class Meta:
        model = Document
        fields = ("title", "kind", "number", "dated_on", "issuer", "language")


class DocumentFilter(django_filters.FilterSet):  # type: ignore[misc]
    q = django_filters.CharFilter(label=_("Title or number"), method="by_text")
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=Document.Kind.choices)
    since = django_filters.DateFilter(label=_("From"), field_name="dated_on", lookup_expr="gte")
    until = django_filters.DateFilter(label=_("Until"), field_name="dated_on", lookup_expr="lte")

    class Meta:
        model = Document
        fields: ClassVar[list[str]] = []

    def by_text(self, rows: QuerySet[Document], name: str, value: str) -> QuerySet[Document]:
        wanted = folded(value.strip())
        texts = rows.values_list("pk", "title", "number")
        return rows.filter(pk__in=[pk for pk, *parts in texts if wanted in folded(" ".join(parts))])
