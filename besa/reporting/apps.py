from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from besa.directory.access import Permission
from besa.ui.navigation import Item

SECTION = _("Reporting")


class ReportingConfig(AppConfig):
    name = "besa.reporting"
    navigation = (
        Item(_("Dashboard"), "reporting:dashboard", "chart-bar", Permission.DASHBOARD_VIEW, 200, SECTION),
        Item(_("Returns"), "reporting:returns", "clipboard-text", Permission.RETURN_VIEW, 210, SECTION),
        Item(_("Rounds"), "reporting:rounds", "refresh", Permission.ROUND_VIEW, 220, SECTION),
        Item(_("Reports"), "reporting:reports", "report-analytics", Permission.REPORT_VIEW, 230, SECTION),
    )
    plan_status_provider = ("besa.reporting.queries.latest_status",)
    plan_activity_panels = ("besa.reporting.panels.panels",)
    document_guards = ("besa.reporting.queries.may_open_document",)
