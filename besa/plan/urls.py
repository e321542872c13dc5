"""Addresses of the plan. Each exists with the plan's code and without it, for the plan that is reported on."""

from django.urls import URLPattern, path, register_converter

from besa.plan.converters import IdentifierConverter
from besa.plan.views import lists, reading

register_converter(IdentifierConverter, "identifier")
app_name = "plan"


def _pages(under: str) -> list[URLPattern]:
    return [
        path(f"{under}tree/", reading.tree, name="tree"),
        path(f"{under}table/", lists.table, name="table"),
        path(f"{under}activity/<identifier:identifier>/", reading.activity, name="activity"),
        path(f"{under}timeline/", reading.timeline, name="timeline"),
        path(f"{under}late/", lists.late, name="late"),
        path(f"{under}due/", lists.due, name="due"),
        path(f"{under}agencies/", lists.agencies, name="agencies"),
        path(f"{under}agencies/<str:agency>/", lists.agency_duties, name="agency_duties"),
        path(f"{under}search/", reading.search, name="search"),
        path(f"{under}annexed/", reading.annexed, name="annexed"),
        path(f"{under}annexed/<slug:kind>/", reading.annexed, name="annexed"),
    ]


urlpatterns = [
    path("", reading.index, name="index"),
    *_pages(""),
    *_pages("of/<str:plan>/"),
]
