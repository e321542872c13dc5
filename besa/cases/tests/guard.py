"""Row-level security in a test: installed, and the statements run as the application's own role."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from besa.cases import row_security


def make_roles() -> None:
    """Before the tests: the roles are the server's, and a test that made them in its transaction would let other workers wait."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(row_security.roles())


def install() -> None:
    """Write the second wall into the test's database."""
    row_security.install()


@contextmanager
def as_application() -> Iterator[None]:
    """Inside, PostgreSQL takes this connection for the application's, which neither owns tables nor passes by policies."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE besa_app")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")
