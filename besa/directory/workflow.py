"""The life of a membership."""

from besa.lib.workflow import Workflow

MEMBERSHIP = Workflow(
    "membership",
    "proposed",
    {"proposed": {"approve": "active", "refuse": "refused"}, "active": {"end": "ended"}},
)
