"""Fixtures of the quarter."""

from __future__ import annotations

import pytest

from besa.reporting.tests.factory import World, make_world


@pytest.fixture
def world(db: None) -> World:
    """A plan, its institutions and people; no round yet."""
    return make_world()


@pytest.fixture
def opened(world: World) -> World:
    """The same with 2009Q2 open."""
    world.open()
    return world
