"""The moves of a return and of a round."""

from besa.lib.workflow import Workflow

RETURN = Workflow(
    "return",
    "draft",
    {
        "draft": {"submit": "submitted"},
        "submitted": {"send_back": "sent_back", "accept": "accepted"},
        "sent_back": {"submit": "submitted"},
        "accepted": {"send_back": "sent_back", "lock": "locked"},
        "locked": {"reopen": "accepted"},
    },
)

ROUND = Workflow("round", "open", {"open": {"lock": "locked"}, "locked": {"reopen": "open"}})

REPORT = Workflow("report", "draft", {"draft": {"adopt": "adopted"}, "adopted": {}})
