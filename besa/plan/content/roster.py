"""The agencies of the directory as the check of a plan needs them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from besa.directory.queries import Resolver


class DirectoryRoster:
    """Codes and printed names of the directory, loaded once."""

    def __init__(self) -> None:
        self._resolver = Resolver.load()

    @property
    def codes(self) -> Collection[str]:
        return self._resolver.agencies.keys()

    def resolve(self, printed: str) -> list[str] | str | None:
        found = self._resolver.resolve(printed)
        return [agency.code for agency in found] if isinstance(found, list) else found

    def derive(self, printed: Sequence[str]) -> list[str]:
        """The codes that follow from the printed names, each once; unknown names give none."""
        codes: list[str] = []
        for name in printed:
            found = self.resolve(name)
            codes += [code for code in found or [] if code not in codes] if isinstance(found, list) else []
        return codes
