from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from besa.directory.access import Permission
from besa.ui.navigation import Item

SECTION = _("Casework")


class AssistanceConfig(AppConfig):
    name = "besa.assistance"
    navigation = (
        Item(_("Referrals"), "assistance:referrals", "send", Permission.REFERRAL_VIEW, 3, SECTION),
        Item(_("Providers"), "assistance:providers", "building", Permission.PROVIDER_VIEW, 8, SECTION),
    )
    case_panels = ("besa.assistance.panels.referrals",)
    opened_figures = ("besa.assistance.opened.referrals",)
    measures = ("besa.assistance.measures.MEASURES",)
    row_conditions = ("besa.assistance.panels.row_conditions",)
    row_functions = ("besa.assistance.panels.row_functions",)
    clock_turned = ("besa.assistance.actions.referrals.expire_when_silent",)
    consent_withdrawn = ("besa.assistance.actions.referrals.follow_consent",)
    case_closed = ("besa.assistance.actions.referrals.take_back_with_case",)
