"""A sealed value shows `[sealed]` and nothing else, whatever is done with it short of opening it."""

from __future__ import annotations

import base64
import copy
import json
import logging
import pickle
import pprint
import reprlib
import string
from collections.abc import Callable, Iterator
from dataclasses import asdict, make_dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.apps import apps
from django.conf import settings as django_settings
from django.core import serializers
from django.core.exceptions import FieldError
from django.core.management import call_command
from django.core.serializers.base import DeserializationError
from django.core.serializers.json import DjangoJSONEncoder
from django.forms.models import model_to_dict, modelform_factory
from django.template import Context, Template, defaultfilters
from django.views.debug import ExceptionReporter
from pytest_django import Settings

from besa.people.identity import Identity, Part, Revealed
from besa.people.indexing import Query
from besa.people.models import Person
from besa.people.tests.sealed import NAME, given_away, held, stored
from besa.people.tokens import Name
from besa.vault import keystore
from besa.vault.fields import SHOWN, Box, Sealed
from besa.vault.providers import provider
from besa.vault.providers.environment import EnvironmentProvider
from besa.vault.providers.kms import KmsProvider
from besa.vault.upload import Place

KINDS = ("read", "copied", "pickled", "its ciphertext")


@pytest.fixture
def installation(db: None, settings: Settings, tmp_path: Path) -> None:
    """Keys of this test alone."""
    settings.KEYS = str(tmp_path / "keys")
    provider.cache_clear()
    keystore.named.cache_clear()


@pytest.fixture
def row() -> Person:
    return held()


@pytest.fixture
def kept(installation: None) -> Person:
    """A person as the database gives her back."""
    return stored()


@pytest.fixture(params=KINDS)
def value(request: pytest.FixtureRequest, row: Person) -> Any:
    """The cell as the row has it, as copies have it, and the box in it."""
    cell: Any = row.surname
    kinds: dict[str, Callable[[], Any]] = {
        "read": lambda: cell,
        "copied": lambda: copy.deepcopy(copy.copy(cell)),
        "pickled": lambda: pickle.loads(pickle.dumps(cell)),  # noqa: S301 (written in this line)
        "its ciphertext": lambda: cell.box,
    }
    return kinds[request.param]()


def test_the_search_for_what_is_given_away_finds_it(row: Person) -> None:
    box: Any = bytes(row.surname.box)
    for text in (f"x{NAME}", repr(box), box.hex()[7:-3].upper(), str(list(box)), box[9:], repr({"a": box[3:30]})):
        assert given_away(text, box), text[:20]
    assert given_away(f"{SHOWN} {row!r} {row.pk}", box) == []


# --- printed and formatted

SPECS = ("", "s", ">40", "^20s", ".3", ".30", "0>12", "<8", " >9", "-^12.4")
PRINTED: dict[str, Callable[[Any], str]] = {
    "str": str,
    "repr": repr,
    "ascii": ascii,
    "format_map": lambda v: "{x} {x!r}".format_map({"x": v}),
    "format attribute": lambda v: "{0!s:>20}".format(v),  # noqa: UP030, UP032
    "print": lambda v: _printed(v),
    "percent s": lambda v: "%s" % v,  # noqa: UP031
    "percent r": lambda v: "%r %a" % (v, v),  # noqa: UP031
    "percent by name": lambda v: "%(v)20s" % {"v": v},  # noqa: UP031
    "in a list": lambda v: f"{[v]} {(v,)} { {v: v} }",
    "template string": lambda v: string.Template("$v").substitute(v=v),
    "pprint": pprint.pformat,
    "pprint in a dict": lambda v: pprint.pformat({"v": [v] * 30}, width=20),
    "reprlib": reprlib.repr,
    **{f"f-string {spec}": lambda v, spec=spec: f"{v:{spec}}" for spec in SPECS},  # type: ignore[misc]
    **{f"f-string !r {spec}": lambda v, spec=spec: f"{v!r:{spec}}" for spec in SPECS},  # type: ignore[misc]
}


def _printed(value: object) -> str:
    out = StringIO()
    print(value, [value], file=out)
    return out.getvalue()


@pytest.mark.parametrize("way", PRINTED)
def test_printed_it_says_that_it_is_sealed(row: Person, value: Any, way: str) -> None:
    text = PRINTED[way](value)
    assert SHOWN[:3] in text
    assert given_away(text, row.surname.box) == []


@pytest.mark.parametrize("spec", ["d", "x", "e", "c", "%", ",", "b"])
def test_a_format_for_numbers_fails_without_telling(row: Person, value: Any, spec: str) -> None:
    with pytest.raises(ValueError, match=r"code|Cannot specify") as refused:
        format(value, spec)
    assert given_away(str(refused.value), row.surname.box) == []


ARGUMENTS: tuple[tuple[Any, ...], ...] = (
    *((), ("a",), ("utf-8",), (2,), ("a", "b"), ("s", 1), (slice(1, 4),), (["a", "b"],), (60, "*"), ({115: "x"},)),
    *((SHOWN,), (4,), ("box",)),
)


def _results(value: Any, name: str) -> Iterator[Any]:
    """Whatever the method gives or says when it is called in every way that may fit."""
    for arguments in ARGUMENTS:
        try:
            found = getattr(value, name)(*arguments)
            yield from found if hasattr(found, "__next__") else [found]
        except Exception as error:
            yield str(error)


@pytest.mark.parametrize("name", sorted(set(dir(str)) - {"__getattribute__", "__setattr__", "__delattr__"}))
def test_no_method_of_text_gives_more_than_the_word(row: Person, name: str) -> None:
    cell: Any = row.surname
    for found in _results(cell, name):
        assert given_away(f"{found!r} {found}", cell.box) == []


def test_pieces_of_it_are_pieces_of_the_word(row: Person) -> None:
    cell: Any = row.surname
    assert (cell[1:4], "".join(cell), "a" + cell, cell + "b", cell * 2) == (
        "sea",
        SHOWN,
        "a[sealed]",
        "[sealed]b",
        SHOWN * 2,
    )
    assert (cell.encode(), len(cell), bytes(cell, "ascii"), ", ".join([cell])) == (
        SHOWN.encode(),
        8,
        b"[sealed]",
        SHOWN,
    )
    assert type(str(cell)) is str
    with pytest.raises(TypeError):
        memoryview(cell)
    with pytest.raises(TypeError):
        vars(cell)


# --- copied, pickled, dumped


def _dumped(kind: str) -> str:
    out = StringIO()
    call_command("dumpdata", "people.person", format=kind, stdout=out)
    return out.getvalue()


DUMPED: dict[str, Callable[[Person], Any]] = {
    "pickle of the cell": lambda row: [pickle.dumps(row.surname, protocol) for protocol in range(6)],
    "pickle of the row": lambda row: pickle.dumps(row),
    "pickle of a query": lambda row: pickle.dumps(Person.objects.all()),
    "pickle of values": lambda row: pickle.dumps(list(Person.objects.values("surname"))),
    "state": lambda row: [row.surname.__getstate__(), row.surname.__reduce_ex__(2)],
    "json": lambda row: json.dumps({"v": row.surname, row.surname: [row.surname]}),
    "json of Django": lambda row: json.dumps([row.surname], cls=DjangoJSONEncoder),
    "model_to_dict": lambda row: model_to_dict(row),
    "model_to_dict by name": lambda row: model_to_dict(row, fields=["surname", "sex"]),
    "dict of the row": lambda row: row.__dict__,
    "repr of the row": lambda row: [row, str(row), repr(row)],
    "dataclass": lambda row: asdict(make_dataclass("Thing", ["name"])(row.surname)),
    "value_to_string": lambda row: Person._meta.get_field("surname").value_to_string(row),
    **{
        f"serialize {kind}": lambda row, kind=kind: serializers.serialize(kind, [row])  # type: ignore[misc]
        for kind in ("json", "jsonl", "xml", "yaml", "python")
    },
    **{
        f"dumpdata {kind}": lambda row, kind=kind: _dumped(kind)  # type: ignore[misc]
        for kind in ("json", "jsonl", "xml", "yaml")
    },
}


@pytest.mark.parametrize("way", DUMPED)
def test_nothing_that_serialises_carries_it_away(kept: Person, way: str) -> None:
    found = DUMPED[way](kept)
    assert found
    assert given_away(f"{found!r} {found}", kept.surname.box) == []
    if way.startswith(("serialize", "dumpdata")):
        assert SHOWN in str(found)
    if way.startswith("model_to_dict"):
        assert "surname" not in found


def test_ciphertext_is_not_pickled(row: Person) -> None:
    for protocol in range(6):
        with pytest.raises(TypeError, match="not pickled"):
            pickle.dumps(row.surname.box, protocol)
    assert row.surname.__getstate__() is None


@pytest.mark.parametrize("kind", ["json", "jsonl", "xml", "yaml"])
def test_what_was_dumped_is_not_loaded_over_a_cell(row: Person, kind: str) -> None:
    text = serializers.serialize(kind, [row])
    with pytest.raises((TypeError, DeserializationError)):
        list(serializers.deserialize(kind, text))


def test_a_row_that_was_pickled_is_not_saved(kept: Person) -> None:
    again = pickle.loads(pickle.dumps(kept))  # noqa: S301 (written in this line)
    assert (str(again.surname), again.surname.box) == (SHOWN, None)
    with pytest.raises(TypeError, match="only what the vault has sealed"):
        again.save()


# --- templates, forms, logs

TEMPLATES = (
    *("{{ x }}", "{{ row.surname }}", "{{ row }}", "{{ x.box }}", "{{ x.is_new }}", "{{ x.upper }}", "{% firstof x %}"),
    *("{% autoescape off %}{{ x }}{% endautoescape %}", "{% for c in x %}{{ c }}{% endfor %}", "{% with y=x %}{{ y }}{% endwith %}"),
    *("{% if x == 'a' %}{% else %}{{ x }}{% endif %}", "{{ x|json_script:'a' }}", "{{ row.surname|default:'none' }}"),
    *("{% translate x %}", "{% blocktranslate %}{{ x }}{% endblocktranslate %}", "{{ x|pprint }}", "{{ x|escapejs }}"),
)  # fmt: skip


@pytest.mark.parametrize("source", TEMPLATES)
def test_a_template_shows_the_word(row: Person, source: str) -> None:
    text = Template(source).render(Context({"x": row.surname, "row": row}))
    assert "sealed" in text.lower()
    assert given_away(text, row.surname.box) == []


@pytest.mark.parametrize("name", sorted(defaultfilters.register.filters))
def test_no_filter_shows_more(row: Person, name: str) -> None:
    shown = []
    for argument in ((), ("2",), ("a",), (3,), (":2",)):
        try:
            found = defaultfilters.register.filters[name](row.surname, *argument)
        except Exception as error:
            found = error
        shown.append(f"{found} {found!r}")
    assert given_away(" ".join(shown), row.surname.box) == []


def test_a_form_of_the_model_has_no_field_for_it(row: Person) -> None:
    form = modelform_factory(Person, fields="__all__")(instance=row)
    assert "surname" not in form.fields
    assert "surname" not in form.initial
    assert given_away(form.as_p() + repr(form.initial), row.surname.box) == []
    with pytest.raises(FieldError):
        modelform_factory(Person, fields=["surname"])


def test_a_form_that_begins_with_it_shows_the_word(row: Person) -> None:
    form = type("Form", (forms.Form,), {"name": forms.CharField(), "text": forms.CharField(widget=forms.Textarea)})
    text = form(initial={"name": row.surname, "text": row.surname}).as_p()
    assert text.count(SHOWN) == 2
    assert given_away(text, row.surname.box) == []


def test_a_log_shows_the_word_in_messages_arguments_and_extras(row: Person, value: Any) -> None:
    out = StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(logging.Formatter("%(message)s %(args)s %(cell)s"))
    logger = logging.Logger("of this test")
    logger.addHandler(handler)
    try:
        logger.warning("%s %r", value, value, extra={"cell": value})
        logger.warning(value, extra={"cell": {"cells": [value, row]}})
        raise ValueError(value)
    except ValueError:
        logger.exception("it failed", extra={"cell": row.__dict__})
    assert out.getvalue().count(SHOWN) >= 8
    assert given_away(out.getvalue(), row.surname.box) == []


def test_there_is_no_administration_by_django() -> None:
    assert not apps.is_installed("django.contrib.admin")
    assert not [name for name in django_settings.INSTALLED_APPS if "admin" in name]


# --- equal, and empty


def test_two_cells_are_equal_where_they_are_the_same_box(kept: Person) -> None:
    again, other = Person.objects.get(pk=kept.pk), stored()
    assert kept.surname == again.surname
    assert (kept.surname != again.surname) is False
    assert kept.surname != other.surname
    assert kept.surname != pickle.loads(pickle.dumps(kept.surname))  # noqa: S301 (written in this line)
    assert len({hash(one.surname) for one in (kept, again, other)}) == 1


def test_a_box_is_the_bytes_that_it_is(row: Person) -> None:
    box: Any = row.surname.box
    assert isinstance(box, Box)
    assert box == bytes(box)
    assert Sealed(bytes(box)) == row.surname
    assert copy.deepcopy([row.surname]) == [copy.copy(row.surname)] == [row.surname]
    assert row.given_names == ""


# --- what holds an opened value for a moment

IN_THE_CLEAR: dict[str, Callable[[], Any]] = {
    "Part": lambda: Part({"surname": NAME}),
    "Identity": lambda: Identity(person={"surname": NAME}, aliases=(Part({"surname": NAME}),)),
    "Revealed": lambda: Revealed({"surname": NAME}, {"aliases": [{"surname": NAME}]}),
    "Query": lambda: Query(surname=NAME, number=NAME, phone=NAME),
    "Name": lambda: Name(NAME, NAME),
    "DataKey": lambda: keystore.DataKey(1, NAME.encode()),
    "Place": lambda: Place(Path("/nowhere"), NAME.encode(), NAME.encode()),
    "KmsProvider": lambda: KmsProvider("unix:/nowhere", "Kanarine-Zeze"),
    "EnvironmentProvider": lambda: EnvironmentProvider(base64.b64encode(NAME.encode().ljust(32, b"k")).decode()),
}


@pytest.mark.parametrize("kind", IN_THE_CLEAR)
def test_what_holds_an_opened_value_does_not_show_it(settings: Settings, kind: str) -> None:
    held = IN_THE_CLEAR[kind]()
    settings.DEBUG = True  # the most that a report ever tells
    try:
        raise ValueError(held)
    except ValueError as error:
        reporter = ExceptionReporter(None, type(error), error, error.__traceback__)
        said = [f"{reporter.get_traceback_text()} {reporter.get_traceback_html()}", repr(error)]
    said += [str(held), repr(held), f"{held}", f"{held!r:>80}", f"{[held]}", pprint.pformat({"x": held}, width=10)]
    assert kind in said[0]
    assert given_away(" ".join(said), NAME.encode()) == []
