"""What is kept of a questionnaire that was filled in: sealed, in its version, never edited."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction

from besa.assessments import actions, queries
from besa.assessments.actions import WrongAnswers, record_answers
from besa.assessments.engine.checking import checked
from besa.assessments.loading import Loaded, digest_of
from besa.assessments.models import Answers, Instrument
from besa.audit.actions import SYSTEM
from besa.audit.models import Event
from besa.lib import clock
from besa.lib.loading import Unloadable
from besa.lib.refusal import Conflict, Refused
from besa.vault import cells, keystore
from conftest import MakeMember


def words(text: str) -> dict[str, str]:
    return {"en": text, "sq": f"{text} (sq)"}


def content(version: int = 1, **more: Any) -> dict[str, Any]:
    """A small questionnaire: a second question follows from the first."""
    questions = [
        {"id": "bruises", "text": words("Bruises?"), "required": True, "points": {"yes": 2}},
        {
            "id": "where",
            "kind": "text",
            "text": words("Where?"),
            "show_if": {"question": "bruises", "is": ["yes"]},
        },
    ]
    levels = [
        {"code": "high", "title": words("High"), "meaning": words("Act."), "least": 2},
        {"code": "low", "title": words("Low"), "meaning": words("Ask again.")},
    ]
    return {
        "code": "small", "version": version, "kind": "risk", "for": "any", "title": words("Small"),
        "intro": words("Intro"), "source": words("Source"),
        "sections": [{"id": "one", "title": words("One"), "questions": questions}],
        "scoring": {"method": "sum", "levels": levels},
    } | more  # fmt: skip


def load(*contents: dict[str, Any]) -> None:
    loaded = [Loaded(checked(it, "test"), it, digest_of(it)) for it in contents]
    actions.load(instruments=loaded, by=SYSTEM, at=clock.now())


@pytest.fixture
def instrument(db: None) -> Instrument:
    load(content())
    return queries.latest("small")


def test_answers_are_sealed_scored_and_recorded(instrument: Instrument, make_member: MakeMember) -> None:
    member, scope = make_member("border_police"), keystore.new_scope(at=clock.now())
    given = {"bruises": "yes", "where": "on the left arm"}
    kept = record_answers(instrument=instrument, answers=given, scope=scope, by=member, at=clock.now())
    event = Event.objects.get(verb="answers_recorded")
    assert (event.object_id, event.actor, event.fields) == (str(kept.pk), member.audit_name, ["content", "outcome"])
    stored = Answers.objects.get()
    assert event.witness == cells.witness(stored)
    with connection.cursor() as cursor:
        cursor.execute("SELECT content, outcome FROM assessments_answers")
        raw = b"".join(bytes(cell) for cell in cursor.fetchone())
    assert b"arm" not in raw
    assert b"high" not in raw
    filled = queries.opened(stored)
    assert filled.content == given
    assert (filled.outcome.level, filled.outcome.points) == ("high", 2)
    assert "arm" not in repr(filled)


def test_wrong_answers_say_to_which_question(instrument: Instrument, make_member: MakeMember) -> None:
    member, scope = make_member("border_police"), keystore.new_scope(at=clock.now())
    for given, wrong in [
        ({}, {"bruises"}),
        ({"bruises": "perhaps"}, {"bruises"}),
        ({"bruises": "no", "x": "1"}, {"x"}),
    ]:
        with pytest.raises(WrongAnswers) as refused:
            record_answers(instrument=instrument, answers=given, scope=scope, by=member, at=clock.now())
        assert refused.value.by_question.keys() == wrong
    assert not Answers.objects.exists()


def test_what_was_not_asked_is_not_kept(instrument: Instrument, make_member: MakeMember) -> None:
    member, scope = make_member("border_police"), keystore.new_scope(at=clock.now())
    given = {"bruises": "no", "where": "typed before the answer was changed"}
    kept = record_answers(instrument=instrument, answers=given, scope=scope, by=member, at=clock.now())
    assert queries.opened(kept).content == {"bruises": "no"}


def test_a_correction_replaces_once_and_within_its_file(instrument: Instrument, make_member: MakeMember) -> None:
    member, at = make_member("border_police"), clock.now()
    scope, other = keystore.new_scope(at=at), keystore.new_scope(at=at)
    usual: dict[str, Any] = {"instrument": instrument, "answers": {"bruises": "no"}, "scope": scope, "by": member}
    first = record_answers(**usual, at=at)
    with pytest.raises(Refused):
        record_answers(**usual | {"scope": other}, at=at, replaces=first)
    load(content(version=2))
    second = record_answers(**usual | {"instrument": queries.latest("small")}, at=at, replaces=first)
    with pytest.raises(Conflict):
        record_answers(**usual, at=at, replaces=first)
    assert queries.opened(Answers.objects.get(pk=first.pk)).content == {"bruises": "no"}, "the older one stays"
    assert Answers.objects.get(pk=first.pk).replaced_by == second
    load(content(code="another"))
    with pytest.raises(Refused):
        record_answers(**usual | {"instrument": queries.latest("another")}, at=at, replaces=second)


def test_an_answer_is_shown_in_the_version_in_which_it_was_given(
    instrument: Instrument, make_member: MakeMember
) -> None:
    member, scope = make_member("border_police"), keystore.new_scope(at=clock.now())
    given = {"bruises": "no"}
    kept = record_answers(instrument=instrument, answers=given, scope=scope, by=member, at=clock.now())
    newer = content(version=2)
    newer["sections"][0]["questions"][0]["text"] = words("Any bruises, new or old?")
    load(newer)
    assert queries.latest("small").version == 2
    filled = queries.opened(Answers.objects.get(pk=kept.pk))
    assert filled.definition.by_id["bruises"].text.en == "Bruises?"


def test_a_version_never_changes(instrument: Instrument) -> None:
    changed = content(title=words("Small, said otherwise"))
    with pytest.raises(Unloadable) as refused, transaction.atomic():
        load(content(version=2), changed)
    assert [line.partition(";")[0] for line in refused.value.problems] == [
        "small: the content of version 1 has changed"
    ]
    assert [(it.version, it.title_en) for it in Instrument.objects.all()] == [(1, "Small")]


def test_loading_again_leaves_all_as_it_is(instrument: Instrument) -> None:
    events = Event.objects.count()
    load(content())
    assert Event.objects.count() == events
    assert (Instrument.objects.get().loaded_at, Instrument.objects.count()) == (instrument.loaded_at, 1)


def test_answers_go_with_their_key(instrument: Instrument, make_member: MakeMember) -> None:
    member, scope = make_member("border_police"), keystore.new_scope(at=clock.now())
    kept = record_answers(instrument=instrument, answers={"bruises": "no"}, scope=scope, by=member, at=clock.now())
    keystore.destroy(scope)
    with pytest.raises(keystore.KeyGone):
        queries.opened(Answers.objects.get(pk=kept.pk))


def test_which_questionnaire_suits_whom(db: None) -> None:
    load(
        content(code="adults", title=words("A")) | {"for": "adult"},
        content(code="children", title=words("C")) | {"for": "child"},
        content(code="all", title=words("B")),
        content(code="all", version=2, title=words("B2")),
        content(code="other_kind", kind="needs"),
    )
    assert [str(it) for it in queries.for_case("risk", is_child=True)] == ["children 1", "all 2"]
    assert [str(it) for it in queries.for_case("risk", is_child=False)] == ["adults 1", "all 2"]
    assert [str(it) for it in queries.latest_of(["all", "gone", "adults"])] == ["all 2", "adults 1"]
    with pytest.raises(Instrument.DoesNotExist):
        queries.latest("gone")
