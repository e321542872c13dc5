"""What made-up institutions report: sentences by the kind of work that an activity is, the same for the same seed.

All of it is invented. The texts are in English, as an international reader of the demonstration expects.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """A kind of work, recognised by words of the activity; what is said of it while it goes on and when it is done."""

    words: str
    going: Sequence[str]
    done: Sequence[str]
    outputs: Sequence[str]
    plans: Sequence[str]


KINDS = (
    Kind(
        r"train|skill|curricul|workshop|awareness of officials",
        (
            "{n} officials attended {k} training sessions in {town} and {town2}; the next group has been selected.",
            "The training module was revised with the trainers' comments and tested with {n} participants in {town}.",
            "Trainers were named and the curriculum was sent to the {partner} for comments.",
        ),
        (
            "The last of {k} sessions was held in {town}; {n} officials were trained in all and the module is now taught every year.",
            "The curriculum was approved and taught to {n} participants; lists of participants are attached.",
        ),
        ("{n} officials trained in {k} sessions", "curriculum approved; {k} sessions held, {n} participants"),
        (
            "Hold {k} more sessions for the regional directorates.",
            "Train a further {n} officials and test what they know.",
        ),
    ),
    Kind(
        r"\bSOP|standard|protocol|guideline|terms of reference|\bTOR|procedure|template",
        (
            "A first draft was discussed with the {partner}; {k} institutions sent comments.",
            "The working group met {k} times and agreed on the structure; the text on referral is still open.",
        ),
        (
            "The text was agreed by all {k} institutions concerned and sent out with an order of the head of the institution.",
            "The procedures were endorsed and are used since the beginning of the quarter.",
        ),
        ("procedures endorsed by {k} institutions", "templates in use in {k} regional offices"),
        ("Finish the draft and submit it for endorsement.", "Introduce the procedures in {k} further offices."),
    ),
    Kind(
        r"campaign|awareness|public|media|leaflet|material|school|inform",
        (
            "{k} activities were held in {town} and {town2}, reaching about {n} persons; {n2} leaflets were handed out.",
            "The material was tested with {k} groups of pupils in {town} and is being printed.",
        ),
        (
            "The campaign ended with a closing event in {town}; {n2} leaflets and {k} television spots reached all qarks.",
            "Modules are taught in {n} schools; the teachers' guide was handed out.",
        ),
        ("{n2} leaflets, {k} television spots", "{n} schools reached; {k} public meetings"),
        ("Repeat the activities in {town} and {town2} before the school year.", "Evaluate what the public remembers."),
    ),
    Kind(
        r"law|legal|legislat|decision|regulat|amend|ratif|agreement|memorand",
        (
            "The draft was sent to {k} ministries for opinion; {k} opinions have come back.",
            "Experts of the {partner} compared the draft with the conventions; their remarks are being worked in.",
        ),
        (
            "The act was approved and published; an explanatory note was sent to all regional offices.",
            "The agreement was signed and entered into force during the quarter.",
        ),
        ("act approved and published", "agreement signed; {k} institutions informed"),
        ("Send the draft to the Council of Ministers.", "Agree on the remaining {k} articles."),
    ),
    Kind(
        r"data|statistic|database|system|register|monitor|report|assess|mapping|research|stud",
        (
            "Data of {k} regional offices were collected on the common form; {town} and {town2} are still missing.",
            "The system was tested with {n} records; {k} defects were reported to the supplier.",
        ),
        (
            "The assessment covers all twelve qarks and was presented to the institutions concerned.",
            "The database is in use in {k} offices; access rights were granted by order.",
        ),
        ("data of {k} offices in one format", "assessment for twelve qarks published"),
        ("Collect the data of the remaining offices.", "Extend access to {k} further offices."),
    ),
    Kind(
        r"shelter|service|assist|victim|reintegrat|support|accommodat|protect|return",
        (
            "{n3} persons received services in {k} centres; waiting times were kept under two weeks.",
            "The centres in {town} and {town2} agreed on one form for the assessment of needs.",
        ),
        (
            "Services are available in all centres; the standards were checked in {k} inspections.",
            "The programme was completed with {n3} beneficiaries, {k} of whom found work.",
        ),
        ("{n3} persons assisted in {k} centres", "{k} inspections held; all centres meet the standards"),
        ("Continue the services with funds of the next budget.", "Inspect the remaining centres."),
    ),
    Kind(
        r"",
        (
            "The responsible officers were named and met {k} times; the steps until the due date were agreed with the {partner}.",
            "Work went on as planned; {k} of the foreseen steps are done.",
        ),
        (
            "All steps foreseen were carried out and the result was handed over to the institutions concerned.",
            "The measure is in place since the beginning of the quarter and is part of regular work.",
        ),
        ("{k} meetings held; minutes attached", "measure in place in {k} offices"),
        ("Carry out the remaining steps.", "Hold {k} further meetings and report on their results."),
    ),
)
OBSTACLES = {
    "money": (
        "The amount planned was not released in this year's budget.",
        "Ask for the amount in the mid-year budget review and begin with what costs nothing.",
    ),
    "staff": (
        "Two of the three officers in charge were transferred and have not been replaced.",
        "Name new officers by order and train them in the coming quarter.",
    ),
    "law": (
        "The decision on which the measure rests has not been approved.",
        "Submit the draft again with the opinion of the Ministry of Justice.",
    ),
    "coordination": (
        "The institutions have not agreed who keeps the common register.",
        "Bring the question before the next meeting of the National Task Force.",
    ),
    "procurement": (
        "The tender for equipment had to be cancelled because of a complaint.",
        "Repeat the tender with the revised specification.",
    ),
    "donor": (
        "The project that was to pay for this begins half a year later than announced.",
        "Use the state budget for the first part and agree on a new date with the donor.",
    ),
    "reorganisation": (
        "The directorate was reorganised; its tasks were divided anew in May.",
        "Take up the work again when the new structure is approved.",
    ),
    "data": (
        "Regional offices keep the figures in different ways, so that they cannot be added up.",
        "Send one form to all offices and ask for the figures again.",
    ),
}
TOWNS = (
    "Tirana",
    "Durrës",
    "Vlorë",
    "Shkodër",
    "Elbasan",
    "Korçë",
    "Fier",
    "Berat",
    "Gjirokastër",
    "Kukës",
    "Lezhë",
    "Peshkopi",
)
PARTNERS = (
    "Ministry of Justice",
    "Police Academy",
    "State Social Services",
    "Responsible Authority",
    "OSCE",
    "UNICEF",
    "IOM",
)


@dataclass(frozen=True)
class Said:
    done: str
    outputs: str
    plan: str


def said_of(activity_text: str, seed: str, *, is_done: bool) -> Said:
    """What an institution reports on an activity, when it goes on or when it is done."""
    chance = random.Random(seed)
    kind = next(kind for kind in KINDS if re.search(kind.words, activity_text, re.IGNORECASE))
    town, town2 = chance.sample(TOWNS, 2)
    words = {
        "n": chance.randrange(14, 120),
        "n2": f"{chance.randrange(2, 30) * 500:,}",
        "n3": chance.randrange(11, 60),
        "k": chance.randrange(3, 9),
        "town": town,
        "town2": town2,
        "partner": chance.choice(PARTNERS),
    }
    return Said(
        chance.choice(kind.done if is_done else kind.going).format(**words),
        chance.choice(kind.outputs).format(**words) if is_done or chance.random() < 0.5 else "",
        "" if is_done else chance.choice(kind.plans).format(**words),
    )
