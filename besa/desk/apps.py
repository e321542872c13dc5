from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from besa.ui.navigation import Item


class DeskConfig(AppConfig):
    name = "besa.desk"
    navigation = (Item(_("My desk"), "desk:home", "home", None, 0),)
