"""All addresses."""

from django.urls import URLPattern, URLResolver, include, path

from besa.ui import views as ui

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("besa.desk.urls")),
    path("account/", include("besa.directory.urls_account")),
    path("directory/", include("besa.directory.urls")),
    path("plan/", include("besa.plan.urls")),
    path("reporting/", include("besa.reporting.urls")),
    path("documents/", include("besa.documents.urls")),
    path("notices/", include("besa.notices.urls")),
    path("audit/", include("besa.directory.urls_audit")),
    path("ui/", include("besa.ui.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("healthz", ui.healthz, name="healthz"),
    path("readyz", ui.readyz, name="readyz"),
]

handler400 = ui.bad_request
handler403 = ui.forbidden
handler404 = ui.not_found
handler500 = ui.broken
