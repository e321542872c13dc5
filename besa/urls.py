"""All addresses."""

from django.urls import URLPattern, URLResolver, include, path

from besa.ui import errors
from besa.ui import views as ui

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("besa.desk.urls")),
    path("account/", include("besa.directory.urls_account")),
    path("directory/", include("besa.directory.urls")),
    path("plan/", include("besa.plan.urls")),
    path("reporting/", include("besa.reporting.urls")),
    path("", include("besa.assistance.urls")),
    path("cases/", include("besa.cases.urls")),
    path("figures/", include("besa.statistics.urls")),
    path("documents/", include("besa.documents.urls")),
    path("questionnaires/", include("besa.assessments.urls")),
    path("notices/", include("besa.notices.urls")),
    path("audit/", include("besa.directory.urls_audit")),
    path("ui/", include("besa.ui.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("healthz", ui.healthz, name="healthz"),
    path("readyz", ui.readyz, name="readyz"),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler429 = errors.too_many
handler500 = errors.broken
