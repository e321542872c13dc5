"""Addresses of the plan. Each exists with the plan's code and without it, for the plan that is reported on."""

from django.urls import URLPattern, path, register_converter

from besa.plan.converters import IdentifierConverter
from besa.plan.views import amendments, importing, lists, reading, versions

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
        path(f"{under}versions/", versions.versions, name="versions"),
        path(f"{under}versions/<int:number>/", versions.version, name="version"),
        path(f"{under}versions/<int:number>/file.<slug:kind>", versions.version_file, name="version_file"),
        path(f"{under}compare/", versions.compare, name="compare"),
        path(f"{under}amendments/", amendments.amendments, name="amendments"),
        path(f"{under}amendments/<int:number>/", amendments.amendment, name="amendment"),
        path(f"{under}amendments/new/", amendments.draft, name="draft"),
        path(f"{under}amendments/<int:number>/edit/", amendments.edit, name="edit"),
        path(f"{under}amendments/<int:number>/propose/", amendments.propose, name="propose"),
        path(f"{under}amendments/<int:number>/withdraw/", amendments.withdraw, name="withdraw"),
        path(f"{under}amendments/<int:number>/decide/", amendments.decide, name="decide"),
    ]


urlpatterns = [
    path("", reading.index, name="index"),
    path("import/", importing.import_plan, name="import"),
    path("import/load/", importing.load, name="load"),
    path("import/template.xlsx", importing.template, name="import_template"),
    *_pages(""),
    *_pages("of/<str:plan>/"),
]
