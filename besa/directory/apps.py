from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from besa.directory.access import Permission
from besa.ui.navigation import Item


class DirectoryConfig(AppConfig):
    name = "besa.directory"
    navigation = (
        Item(_("Agencies"), "directory:agencies", "building", Permission.DIRECTORY_VIEW, 400, _("Directory")),
        Item(_("Bodies"), "directory:bodies", "users", Permission.DIRECTORY_VIEW, 410, _("Directory")),
        Item(_("Places"), "directory:places", "map-pin", Permission.DIRECTORY_VIEW, 420, _("Directory")),
        Item(_("Persons and roles"), "directory:memberships", "key", Permission.MEMBERSHIP_VIEW, 430, _("Directory")),
        Item(_("Accounts"), "directory:accounts", "user", Permission.MEMBERSHIP_VIEW, 435, _("Directory")),
        Item(_("Record of events"), "audit:events", "history", Permission.AUDIT_VIEW, 440, _("Directory")),
        Item(_("What was noticed"), "audit:anomalies", "alert-triangle", Permission.AUDIT_VIEW, 450, _("Directory")),
    )
