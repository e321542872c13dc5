from __future__ import annotations

import pytest

from besa.lib.refusal import Conflict, Refused
from besa.lib.workflow import Workflow

DOOR = Workflow("door", "closed", {"closed": {"open": "open", "seal": "sealed"}, "open": {"close": "closed"}})


def test_states_begin_with_the_start_and_hold_every_end() -> None:
    assert DOOR.states == ("closed", "open", "sealed")


def test_a_move_of_the_table_leads_on() -> None:
    assert DOOR.may("closed", "open")
    assert DOOR.after("closed", "open") == "open"


@pytest.mark.parametrize(
    ("state", "verb"), [("open", "open"), ("sealed", "open"), ("closed", "paint"), ("lost", "open")]
)
def test_a_move_outside_the_table_is_refused(state: str, verb: str) -> None:
    assert not DOOR.may(state, verb)
    with pytest.raises(Refused, match="not possible in the present state"):
        DOOR.after(state, verb)


def test_the_diagram_shows_each_move_and_where_it_ends() -> None:
    lines = [line.strip() for line in DOOR.diagram().splitlines()]
    assert lines == [
        "stateDiagram-v2",
        "[*] --> closed",
        "closed --> open: open",
        "closed --> sealed: seal",
        "open --> closed: close",
        "sealed --> [*]",
    ]


def test_a_conflict_is_a_refusal_that_carries_its_reason() -> None:
    refusal = Conflict("changed meanwhile")
    assert isinstance(refusal, Refused)
    assert str(refusal) == refusal.reason == "changed meanwhile"
