from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from besa.directory.access import Permission
from besa.ui.navigation import Item


class StatisticsConfig(AppConfig):
    name = "besa.statistics"
    navigation = (Item(_("Figures"), "statistics:measures", "chart-bar", Permission.MEASURE_VIEW, 60),)
    figure_address = ("besa.statistics.links.figure_address",)
