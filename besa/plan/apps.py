from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from besa.directory.access import Permission
from besa.ui.navigation import Item

_SECTION = _("The plan")


class PlanConfig(AppConfig):
    name = "besa.plan"
    country_loaders = ("besa.plan.loading.load_country_plans",)
    navigation = (
        Item(_("Whole plan"), "plan:tree", "list-tree", Permission.PLAN_VIEW, 10, _SECTION),
        Item(_("Activities"), "plan:table", "table", Permission.PLAN_VIEW, 11, _SECTION),
        Item(_("Timeline"), "plan:timeline", "timeline", Permission.PLAN_VIEW, 12, _SECTION),
        Item(_("Late now"), "plan:late", "alert-triangle", Permission.PLAN_VIEW, 13, _SECTION),
        Item(_("Due in 90 days"), "plan:due", "calendar-due", Permission.PLAN_VIEW, 14, _SECTION),
        Item(_("Institutions' duties"), "plan:agencies", "building", Permission.PLAN_VIEW, 15, _SECTION),
        Item(_("Laws, bodies and terms"), "plan:annexed", "book", Permission.PLAN_VIEW, 16, _SECTION),
        Item(_("Amendments"), "plan:amendments", "gavel", Permission.PLAN_VIEW, 17, _SECTION),
        Item(_("Plans"), "plan:index", "file-text", Permission.PLAN_VIEW, 18, _SECTION),
    )
