"""The life of a case, of an emergency opening, of a hold, of an erasure, of a disclosure without consent, of a time limit."""

from besa.lib.workflow import Workflow

CASE = Workflow(
    "case",
    "open",
    {
        "open": {"activate": "active", "close": "closed"},
        "active": {"monitor": "monitoring", "close": "closed"},
        "monitoring": {"activate": "active", "close": "closed"},
        "closed": {"reopen": "active", "erase": "erased"},
    },
)

GLASS = Workflow(
    "glass",
    "asked",
    {"asked": {"open": "opened", "refuse": "refused"}, "opened": {"review": "reviewed"}},
)

HOLD = Workflow(
    "hold",
    "asked",
    {
        "asked": {"confirm": "in_force", "withdraw": "lifted"},
        "in_force": {"ask_lifting": "lifting"},
        "lifting": {"lift": "lifted", "keep": "in_force"},
    },
)

ERASURE = Workflow("erasure", "asked", {"asked": {"refuse": "refused", "carry_out": "done"}})

EXPORT = Workflow(
    "export",
    "asked",
    {"asked": {"approve": "approved", "refuse": "refused"}, "approved": {"download": "downloaded"}},
)

CUSTODIAN = Workflow(
    "custodian",
    "proposed",
    {"proposed": {"approve": "active", "refuse": "refused"}, "active": {"end": "ended"}},
)

OVERRIDE = Workflow(
    "override",
    "asked",
    {"asked": {"approve": "approved", "refuse": "refused"}, "approved": {"review": "reviewed"}},
)

CLOCK = Workflow(
    "clock",
    "running",
    {
        "running": {"suspend": "suspended", "extend": "running", "meet": "met", "stop": "stopped"},
        "suspended": {"resume": "running", "meet": "met", "stop": "stopped"},
    },
)

TASK = Workflow("task", "open", {"open": {"do": "done", "drop": "dropped"}})

CONFERENCE = Workflow("conference", "planned", {"planned": {"hold": "held", "cancel": "cancelled"}})

MERGE = Workflow(
    "merge",
    "asked",
    {
        "asked": {"confirm": "merged", "refuse": "refused"},
        "merged": {"ask_undoing": "undoing"},
        "undoing": {"undo": "undone", "keep": "merged"},
    },
)
