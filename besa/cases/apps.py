from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from besa.directory.access import Permission
from besa.ui.navigation import Item

SECTION = _("Casework")


class CasesConfig(AppConfig):
    name = "besa.cases"
    navigation = (
        Item(_("Report a person"), "cases:reports", "plus", Permission.CONCERN_REPORT, 1, SECTION),
        Item(_("Concerns"), "cases:concerns", "message", Permission.CONCERN_REPORT, 1, SECTION),
        Item(_("Cases"), "cases:list", "clipboard-text", Permission.CASE_VIEW, 2, SECTION),
        Item(_("Find a case"), "cases:find", "search", Permission.CASE_VIEW, 3, SECTION),
        Item(_("Adults who refused"), "cases:refusals", "ban", Permission.CASE_OPEN, 3, SECTION),
        Item(_("Emergency openings"), "cases:openings", "lock-open", Permission.CASE_VIEW, 4, SECTION),
        Item(_("Disclosures without consent"), "cases:overrides", "eye", Permission.OVERRIDE_APPROVE, 5, SECTION),
        Item(_("Holds and erasures"), "cases:waiting", "shield-lock", Permission.HOLD_CONFIRM, 5, SECTION),
        Item(_("Exports"), "cases:exports", "upload", Permission.EXPORT_ASK, 6, SECTION),
        Item(_("Compartments"), "cases:compartments", "lock", Permission.COMPARTMENT_PROPOSE, 7, SECTION),
        Item(_("Compartments"), "cases:compartments", "lock", Permission.COMPARTMENT_APPROVE, 7, SECTION),
    )
    case_panels = (
        "besa.cases.panels.attachments",
        "besa.cases.panels_status.status",
        "besa.cases.panels_status.found_out",
        "besa.cases.panels_status.procedures",
        "besa.cases.panels_status.what_happened_when",
        "besa.cases.panels_work.clocks",
        "besa.cases.panels_work.tasks",
        "besa.cases.panels_work.consent",
        "besa.cases.panels_work.conferences",
        "besa.cases.panels_matches.matches",
    )
    case_timeline = (
        "besa.cases.timeline.moves",
        "besa.cases.timeline.findings",
        "besa.cases.timeline.time_limits",
        "besa.cases.timeline_work.agreements",
        "besa.cases.timeline_work.meetings",
    )
    opened_figures = ("besa.cases.opened.cases",)
    measures = ("besa.cases.measures.MEASURES", "besa.cases.measures_work.MEASURES")
    scopes_of_case = ("besa.cases.panels.scopes",)
    kept_files = ("besa.cases.actions.attachments.kept_files",)
    opened_files = ("besa.cases.containers.opened",)
    after_replay = ("besa.cases.actions.erasing.after_replay",)
    after_restore = ("besa.cases.row_security.after_restore", "besa.cases.actions.erasing.after_replay")
