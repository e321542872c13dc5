"""The two walls of the layers contract, in force also before everything that they name is built."""

from __future__ import annotations

from itertools import chain
from typing import Any

from grimp import ImportGraph
from importlinter.contracts.forbidden import ForbiddenContract
from importlinter.contracts.protected import ProtectedContract
from importlinter.domain.contract import ContractCheck


def _keep_places(graph: ImportGraph, *groups: Any) -> None:
    """Add named modules that are still to be built as empty ones, so that naming them early is no mistake."""
    for expression in chain(*groups):
        if expression.expression not in graph.modules:
            graph.add_module(expression.expression)


class Wall(ForbiddenContract):
    """`source_modules` never reach `forbidden_modules`, not even through others."""

    type_name = "wall"

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        _keep_places(graph, self.source_modules, self.forbidden_modules)
        return super().check(graph, verbose)


class Door(ProtectedContract):
    """Only `allowed_importers` import `protected_modules`."""

    type_name = "door"

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        _keep_places(graph, self.protected_modules, self.allowed_importers)
        return super().check(graph, verbose)
