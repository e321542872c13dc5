from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from besa.directory.access import Permission
from besa.ui.navigation import Item


class AssessmentsConfig(AppConfig):
    name = "besa.assessments"
    country_loaders = ("besa.assessments.loading.load_country_forms",)
    navigation = (Item(_("Questionnaires"), "assessments:list", "checklist", Permission.ASSESSMENT_VIEW, 310),)
