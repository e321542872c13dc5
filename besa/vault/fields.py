"""A field whose value never shows: `[sealed]` wherever it is printed, formatted, pickled, dumped or rendered.

A query reads the column as it is or does not run: what it makes of a cell would be ciphertext that no longer says `[sealed]`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any, NoReturn

from django.core.checks import CheckMessage, Error
from django.db import models
from django.db.models import lookups
from django.db.models.expressions import Col, Expression
from django.db.models.lookups import BuiltinLookup
from django.db.models.query_utils import DeferredAttribute
from django.views.decorators.debug import sensitive_variables

SHOWN = "[sealed]"
Sql = tuple[str, tuple[str | int, ...]]


class Box(bytes):
    """Ciphertext, as the database holds it. Whoever needs it slices or compares it; printed it says `[sealed]` like the cell."""

    def __repr__(self) -> str:
        return SHOWN

    def __str__(self) -> str:
        return SHOWN

    def __format__(self, spec: str) -> str:
        return format(SHOWN, spec)

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("ciphertext is not pickled")


class Sealed(str):
    """What a model gives in place of the value: a text that says `[sealed]`, with the ciphertext in `box`.

    Copies made by pickle lose the box, so that nothing that serialises rows carries ciphertext away by accident. Two of them are
    equal only where they are the same box; `is_new` tells what was sealed here from what was read.
    """

    __slots__ = ("box", "is_new")
    box: Box | None
    is_new: bool

    def __new__(cls, box: bytes | None = None, *, is_new: bool = False) -> Sealed:
        made = super().__new__(cls, SHOWN)
        made.box, made.is_new = None if box is None else Box(box), is_new
        return made

    def __repr__(self) -> str:
        return SHOWN

    def __getitem__(self, key: Any) -> str:
        """A template asks for an attribute like this first: none of them is for it."""
        return SHOWN if isinstance(key, str) else super().__getitem__(key)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Sealed):
            return self is other or (self.box is not None and self.box == other.box)
        return str.__eq__(self, other) if isinstance(other, str) else False

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__

    def __copy__(self) -> Sealed:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Sealed:
        return self

    def __reduce__(self) -> tuple[type[Sealed], tuple[()]]:
        return (Sealed, ())

    def __getstate__(self) -> None:
        """Nothing: slots would be in it."""


class _Cell(DeferredAttribute):
    """The attribute of a row: takes what the vault has sealed, or nothing; plain text does not even stay in memory."""

    @sensitive_variables()
    def __set__(self, instance: models.Model, value: Any) -> None:
        if not isinstance(value, Sealed):
            if not _is_empty(value):
                raise TypeError(f"{self.field.name} takes only what the vault has sealed")
            value = ""
        instance.__dict__[self.field.attname] = value


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, str | bytes) and not value)


class _Column(Col):
    """The column in a query: read as it is. Within an expression or an order it is a column that is not there, whose name says why."""

    def stored(self, compiler: Any) -> Sql:
        return super().as_sql(compiler, compiler.connection)

    def as_sql(self, compiler: Any, connection: Any) -> Sql:
        names = (self.alias, f"{self.target.column} is sealed and only read")
        return ".".join(connection.ops.quote_name(name) for name in names if name), ()

    def select_format(self, compiler: Any, sql: str, params: Any) -> Sql:
        return self.stored(compiler)


class _Kept(Expression):
    """In an update: the cell as the database has it."""

    def as_sql(self, compiler: Any, connection: Any) -> Sql:
        return connection.ops.quote_name(self.output_field.column), ()


class SealedField(models.BinaryField):  # type: ignore[type-arg]
    """A cell of ciphertext. Empty means that nothing was sealed. It is filled by `cells.seal` alone: plain text is refused.

    A cell that was read is never written back: an update leaves it as the database has it, so that a row that somebody has
    held for long brings back neither an older text nor a key that was changed since.
    """

    descriptor_class = _Cell
    is_sealed = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"editable": False, "blank": True, "default": b"", **kwargs})

    def get_default(self) -> str:
        return ""

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        named = [Error(f"{problem}.", obj=self, id="besa.E002") for problem in self._problems()]
        return [*super().check(**kwargs), *named]

    def _problems(self) -> Iterator[str]:
        """There is no order in ciphertext, and no two boxes are equal."""
        options = self.model._meta
        grouped = [index.fields for index in options.indexes]
        grouped += [one.fields for one in options.constraints if isinstance(one, models.UniqueConstraint)]
        if self.unique or getattr(self, "db_index", False) or any(self.name in fields for fields in grouped):
            yield "a sealed field has no index"
        if self.name in {str(name).removeprefix("-") for name in options.ordering or ()}:
            yield "nothing is ordered by a sealed field"

    @cached_property
    def cached_col(self) -> Col:
        return _Column(self.model._meta.db_table, self)

    def get_col(self, alias: str, output_field: Any = None) -> Col:
        return _Column(alias, self, output_field)

    def get_lookup(self, lookup_name: str) -> Any:
        return super().get_lookup(lookup_name) if lookup_name in LOOKUPS else None

    def get_placeholder(self, value: Any, compiler: Any, connection: Any) -> str:
        if hasattr(value, "as_sql") and not isinstance(value, _Kept):
            raise TypeError(f"{self.name} takes only what the vault has sealed")
        return str(connection.ops.binary_placeholder_sql(value))

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> str:
        return Sealed(bytes(value)) if value else ""

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = super().pre_save(model_instance, add)
        if not add and isinstance(value, Sealed) and value.box is not None and not value.is_new:
            return _Kept(output_field=self)
        return value

    @sensitive_variables()
    def get_prep_value(self, value: Any) -> bytes:
        if _is_empty(value):
            return b""
        if isinstance(value, Sealed) and value.box is not None:
            return value.box
        raise TypeError(f"{self.name} takes only what the vault has sealed")

    @sensitive_variables()
    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        box = value if prepared else self.get_prep_value(value)
        return connection.Database.Binary(box)

    def value_to_string(self, obj: models.Model) -> str:
        return SHOWN if self.value_from_object(obj) else ""

    def to_python(self, value: Any) -> Any:
        return value


class _OfCell(BuiltinLookup):
    """Compares the column itself: whether a cell is empty, or this very box; there is no searching in ciphertext."""

    def process_lhs(self, compiler: Any, connection: Any, lhs: Any = None) -> Sql:
        column = lhs or self.lhs
        return (
            column.stored(compiler) if isinstance(column, _Column) else super().process_lhs(compiler, connection, lhs)
        )


@SealedField.register_lookup
class _Exact(_OfCell, lookups.Exact):
    pass


@SealedField.register_lookup
class _In(_OfCell, lookups.In):
    pass


@SealedField.register_lookup
class _IsNull(_OfCell, lookups.IsNull):
    pass


LOOKUPS = (_Exact.lookup_name, _In.lookup_name, _IsNull.lookup_name)
