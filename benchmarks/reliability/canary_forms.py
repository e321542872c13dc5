"""The free fields of any form on a page, and something to write into them: so that pages of later days are walked too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

from benchmarks.reliability.canary_search import Planter

TYPED = ("text", "search", "tel", "email", "number", "url", "")
# What stands in the clear by design: it names institutions, or offices that are no part of a case.
CLEAR = frozenset({"recipient", "code", "name_en", "name_sq"})


@dataclass
class Form:
    """One form: where it is sent, what it holds, which of its fields take any text."""

    action: str
    method: str
    values: dict[str, str] = field(default_factory=dict)
    free: list[str] = field(default_factory=list)

    def filled(self, plant: Planter, where: str, day: str) -> dict[str, str]:
        """With a canary in each free field."""
        known = {name: day if value == "day" else value for name, value in self.values.items()}
        return known | {name: plant.albanian(f"{where}: {name}") for name in self.free}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self._form: Form | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "a":
            self.links.append(said.get("href", ""))
        elif tag == "form":
            self._form = Form(said.get("action", ""), said.get("method", "get").lower())
            self.forms.append(self._form)
        elif self._form is not None:
            self._field(self._form, tag, said)

    def _field(self, form: Form, tag: str, said: dict[str, str]) -> None:
        name, kind = said.get("name", ""), said.get("type", "")
        if tag == "select":
            self._select = name
        elif tag == "option" and said.get("value") and self._select:
            form.values.setdefault(self._select, said["value"])
        elif (tag == "textarea" or (tag == "input" and kind in TYPED)) and name not in CLEAR:
            form.free.append(name)
        elif tag == "input" and kind == "date":
            form.values[name] = "day"
        elif tag == "input" and kind in ("hidden", "radio") and name != "csrfmiddlewaretoken":
            form.values.setdefault(name, said.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""


def forms_of(page: str) -> Iterator[Form]:
    """The forms that are sent."""
    reader = _Reader()
    reader.feed(page)
    yield from (form for form in reader.forms if form.method == "post")


def links_of(page: str) -> list[str]:
    """The addresses of this place that the page leads to."""
    reader = _Reader()
    reader.feed(page)
    return list(dict.fromkeys(link.partition("#")[0] for link in reader.links if link.startswith("/")))
