"""What is: the case of one person, who is on it, what was found out and agreed, what runs in it, what watches over it."""

from besa.cases.models.base import Case, CasePart, CaseQuerySet, Compartment, Custodian
from besa.cases.models.consent import Consent, Override
from besa.cases.models.custody import Canary, Erasure, Glass, Hold
from besa.cases.models.matches import Match, Merge, Retrafficking
from besa.cases.models.papers import Attachment, Export, Note
from besa.cases.models.people_on_it import Conflict, Share, TeamMember
from besa.cases.models.status import Appeal, CountedAs, Determination, Facts, Identification, Leg, Refusal, RightsEvent
from besa.cases.models.work import (
    Clock,
    ClockChange,
    Concern,
    Conference,
    Draft,
    SavedSearch,
    Sheet,
    Task,
)

__all__ = [
    "Appeal",
    "Attachment",
    "Canary",
    "Case",
    "CasePart",
    "CaseQuerySet",
    "Clock",
    "ClockChange",
    "Compartment",
    "Concern",
    "Conference",
    "Conflict",
    "Consent",
    "CountedAs",
    "Custodian",
    "Determination",
    "Draft",
    "Erasure",
    "Export",
    "Facts",
    "Glass",
    "Hold",
    "Identification",
    "Leg",
    "Match",
    "Merge",
    "Note",
    "Override",
    "Refusal",
    "Retrafficking",
    "RightsEvent",
    "SavedSearch",
    "Share",
    "Sheet",
    "Task",
    "TeamMember",
]
