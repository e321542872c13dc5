"""A small plan in the edited form, agencies that it names, and generated plans of any shape."""

from __future__ import annotations

import copy
from collections.abc import Collection, Sequence
from typing import Any

from hypothesis import strategies as st

from besa.directory.models import Agency
from besa.plan.content.check import checked
from besa.plan.content.problems import Where
from besa.plan.content.shape import Content
from besa.plan.content.tables import flatten

SMALL: dict[str, Any] = {
    "plan": {
        "code": "KOS-2009-2011",
        "title": "Action plan",
        "title_sq": "Plani i veprimit",
        "country": "XKX",
        "period_start": "2009-01-01",
        "period_end": "2011-12-31",
    },
    "components": [
        {
            "code": "I",
            "title": "Prosecution",
            "aims": [
                {
                    "code": "I.1",
                    "title": "More convictions",
                    "indicators": ["number of convictions", "per cent of victims heard"],
                    "objectives": [
                        {
                            "code": "I.1.(a)",
                            "title": "Better investigations",
                            "targets": ["Target: 10 cases"],
                            "activities": [
                                {
                                    "id": "I.1.(a).1",
                                    "text": "Train investigators",
                                    "responsible": ["ASP", "with the Ministry of Interior"],
                                    "timeline": ["Mid 2009", "Ongoing"],
                                    "outputs": ["Officers trained", "Manual printed"],
                                    "resources": ["State budget"],
                                    "source_lines": [3, 9],
                                },
                                {
                                    "id": "I.1.(a).1.1",
                                    "parent": "I.1.(a).1",
                                    "text": "Print the manual\n• in colour",
                                    "responsible": ["ASP"],
                                    "timeline": ["By March of each year"],
                                    "see_also": ["I.1.(b)"],
                                },
                            ],
                        },
                        {
                            "code": "I.1.(b)",
                            "title": "Better courts",
                            "activities": [
                                {"id": "I.1.(b).1", "text": "Appoint judges", "responsible": ["Ministry of Interior"]},
                            ],
                        },
                    ],
                }
            ],
        }
    ],
    "policies": [{"text": "Fair trials", "text_sq": "Gjykime të drejta"}],
    "legal_framework": [{"kind": "primary_legislation", "number": "9", "text": "Law no. 9"}],
    "coordination_bodies": [{"name": "Council", "level": "national", "tasks": "Coordinates"}],
    "definitions": [{"code": "child", "term": "Child", "text": "Any person under eighteen"}],
    "glossary": {"MoI": ["Ministry of Interior"], "SC": ["Supreme Court", "Save the Children"]},
    "albanian": {"I.1.(a).1": {"text": "Trajnimi i hetuesve", "outputs": ["Oficerë të trajnuar", "Manual i shtypur"]}},
}  # fmt: skip
_NAMES = {"asp": ["ASP"], "ministry of interior": ["MOI"], "with the ministry of interior": ["MOI"]}


class FakeRoster:
    """Two agencies, and a phrase that names none."""

    codes: Collection[str] = ("MOI", "ASP")

    def resolve(self, printed: str) -> list[str] | str | None:
        return "a phrase" if printed == "and others" else _NAMES.get(printed.casefold())

    def derive(self, printed: Sequence[str]) -> list[str]:
        found = [self.resolve(name) for name in printed]
        return list(dict.fromkeys(code for codes in found if isinstance(codes, list) for code in codes))


def small() -> dict[str, Any]:
    """A copy of the small plan, to be changed."""
    return copy.deepcopy(SMALL)


def content_of_small(document: dict[str, Any] | None = None) -> Content:
    return checked(flatten(document or small(), lambda path: Where(path=str(path))), FakeRoster())


def make_agencies() -> None:
    """The two agencies in the database, the longer name as an alias of nothing: names resolve by code and name."""
    Agency.objects.get_or_create(
        code="MOI", defaults={"name_en": "Ministry of Interior", "name_sq": "MB", "kind": "ministry"}
    )
    Agency.objects.get_or_create(code="ASP", defaults={"name_en": "State Police", "name_sq": "PSH", "kind": "police"})


# --- plans of any shape

_LETTERS = st.characters(
    codec="utf-8", exclude_categories=("Cc", "Cs", "Co", "Cn"), exclude_characters="\u2028\u2029\ufeff"
)
_LINE = st.text(_LETTERS, min_size=1, max_size=150).map(lambda text: " ".join(text.split(" "))).filter(str.strip)
_TRICKY = st.sampled_from(
    ["2009", "no", "null", "~", "- x", "a: b", "x # y", "=1+1", "↳ x", "\\ x", "_x0041_", "it's", '"q"', "[a]", "{", "x ⇒ open",
     "@a", "%", "1e5", "0x1f", "a  b", "…", "'", "a:", "#", "yes", "1.0", "2009-01-01", "word " * 60]
)  # fmt: skip
TEXT = (_LINE | _TRICKY | st.lists(_LINE, min_size=2, max_size=3).map("\n".join)).filter(
    lambda text: bool(text.strip())
)
TEXTS = st.lists(TEXT.filter(lambda text: len(text) <= 290), max_size=3)
_TIME: st.SearchStrategy[Any] = st.sampled_from(
    ["Mid 2009", "Ongoing", "End 2008 – beginning 2009", "By Febr. of each year"]
) | st.builds(
    lambda text, due, again: {"text": text, "due": due, "recurrence": again},
    _LINE.filter(lambda text: len(text) < 190),
    st.none() | st.dates().map(str),
    st.none() | st.sampled_from(["quarterly", "yearly-02"]),
)


@st.composite
def plans(draw: st.DrawFn) -> dict[str, Any]:
    """A plan in the edited form with 1 to 3 activities."""
    document = small()
    objective = document["components"][0]["aims"][0]["objectives"][0]
    document.pop("albanian")
    objective["activities"] = []
    for number in range(1, draw(st.integers(2, 4))):
        row = {
            "id": f"I.1.(a).{number}",
            "text": draw(TEXT),
            "responsible": ["ASP", *draw(st.just([]) | st.just(["and others"]))],
        }
        row |= {"outputs": draw(TEXTS), "targets": draw(TEXTS), "timeline": draw(st.lists(_TIME, max_size=3))}
        row |= {"resources": draw(TEXTS), "note": draw(st.just("") | TEXT), "footnotes": draw(TEXTS)}
        row |= {"outputs_sq": list(reversed(row["outputs"])), "text_sq": draw(st.just("") | TEXT)}
        objective["activities"].append(row | draw(st.just({}) | st.just({"agencies": ["MOI"]})))
    objective["activities"][0]["see_also"] = [objective["activities"][-1]["id"]]
    document["glossary"] = {draw(TEXT.filter(lambda text: len(text) < 50 and "\n" not in text)): [draw(TEXT)]}
    document["policies"] = draw(st.lists(TEXT, max_size=2))
    return document
