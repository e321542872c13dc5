"""States and moves as a table, so that the rule, the button and the printed diagram are one thing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from besa.lib.refusal import Refused


@dataclass(frozen=True)
class Workflow:
    """`moves` maps a state to the verbs possible in it and the state that each leads to."""

    name: str
    start: str
    moves: Mapping[str, Mapping[str, str]]

    @property
    def states(self) -> tuple[str, ...]:
        """All states, the start first, in the table's order."""
        return tuple(
            dict.fromkeys([self.start, *self.moves, *(end for verbs in self.moves.values() for end in verbs.values())])
        )

    def may(self, state: str, verb: str) -> bool:
        return verb in self.moves.get(state, {})

    def check(self, state: str, verb: str) -> None:
        """Raise Refused if `verb` is not possible in `state`."""
        if not self.may(state, verb):
            raise Refused(_("This is not possible in the present state."))

    def after(self, state: str, verb: str) -> str:
        """The state that `verb` leads to; raises Refused if it is not possible."""
        self.check(state, verb)
        return self.moves[state][verb]

    def diagram(self) -> str:
        """The table as a Mermaid state diagram."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.start}"]
        lines += [
            f"    {state} --> {end}: {verb}" for state, verbs in self.moves.items() for verb, end in verbs.items()
        ]
        lines += [f"    {state} --> [*]" for state in self.states if not self.moves.get(state)]
        return "\n".join(lines) + "\n"
