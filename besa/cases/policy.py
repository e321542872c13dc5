"""The rules of `directory/case_policy.py` as the answer for one case, and as the filter of a list. Both come from one table.

`RELATIONS` says for each relation which cases stand in it to `who`. A list is filtered by it; one case is asked by the same
expression; row-level security is written from the same expression with the database's own idea of `who` (see `Who`).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, Exists, Expression, ExpressionWrapper, F, OuterRef, Q, QuerySet
from django.db.models.lookups import In
from django.db.models.sql.compiler import SQLCompiler
from django.utils.translation import gettext_lazy as _

from besa.directory import case_policy
from besa.directory.access import Permission
from besa.directory.case_policy import Deed, Relation, Rule
from besa.directory.models import Membership
from besa.lib.refusal import Refused

if TYPE_CHECKING:
    from besa.cases.models import Case


@dataclass(frozen=True)
class Who:
    """The reader as values, or (in row-level security) as expressions of the database that give them."""

    membership: Any
    user: Any
    agency: Any
    place: Any
    at: Any
    is_for_many: bool = False  # a list is filtered: what is hers is looked up once, and not asked of every case
    found: Callable[[str], Any] | None = None  # the expression by which the database itself gives what `ROWS` names

    @classmethod
    def of(cls, member: Membership, at: datetime, *, is_for_many: bool = False) -> Who:
        return cls(member.pk, member.user_id, member.agency_id, member.place_id, at, is_for_many)


def _rows(model: str, **where: Any) -> QuerySet[Any]:
    rows: QuerySet[Any] = apps.get_model("cases", model)._default_manager.filter(**where).order_by()
    return rows


def _in_time(who: Who) -> dict[str, Any]:
    return {"from_at__lte": who.at, "until_at__gt": who.at}


# What the relations look up: rows that are `who`'s, each of which names a case; those of a custodian name a compartment.
ROWS: dict[str, Callable[[Who], QuerySet[Any]]] = {
    "team": lambda who: _rows("TeamMember", membership=who.membership, ended_at__isnull=True, **_in_time(who)),
    "lead": lambda who: ROWS["team"](who).filter(is_lead=True),
    "share": lambda who: _rows("Share", agency=who.agency, ended_at__isnull=True, **_in_time(who)),
    "glass": lambda who: _rows("Glass", membership=who.membership, state="opened", **_in_time(who)),
    "conflict": lambda who: _rows("Conflict", user=who.user, ended_at__isnull=True),
    "custodian": lambda who: _rows("Custodian", membership=who.membership, state="active", **_in_time(who)),
}


def named_in(name: str) -> str:
    """What the rows of `ROWS` name."""
    return "compartment" if name == "custodian" else "case"


def _has(who: Who, name: str) -> Q:
    """There is such a row of the case, or of its compartment."""
    rows, column = ROWS[name](who), named_in(name)
    key = "pk" if column == "case" else column
    if who.found:
        return Q(In(F(key), who.found(name)))
    if who.is_for_many:
        return Q(**{f"{key}__in": rows.values(column)})
    return Q(Exists(rows.filter(**{column: OuterRef(key)})))


RELATIONS: dict[Relation, Callable[[Who], Q]] = {
    Relation.TEAM: lambda who: _has(who, "team"),
    Relation.LEAD: lambda who: _has(who, "lead"),
    Relation.UNIT: lambda who: Q(owner=who.agency),
    Relation.SHARED: lambda who: _has(who, "share"),
    Relation.QARK: lambda who: Q(qark=who.place),
    Relation.COUNTRY: lambda who: Q(pk__isnull=False),
    Relation.GLASS: lambda who: _has(who, "glass"),
    Relation.COMPARTMENT: lambda who: Q(compartment__isnull=False) & _has(who, "custodian"),
}


def conflicting(who: Who) -> Q:
    """Cases in which `who` has a conflict of interest."""
    return _has(who, "conflict")


def sealed_off(who: Who) -> Q:
    """Cases of compartments without `who`."""
    return Q(compartment__isnull=False) & ~_has(who, "custodian")


def denied(who: Who) -> Q:
    """Cases that `who` finds nothing of, whatever else would allow it."""
    return conflicting(who) | sealed_off(who)


def _relation(relation: Relation, who: Who) -> Q:
    if relation is Relation.QARK and who.place is None:
        return Q(pk__in=[])
    return RELATIONS[relation](who)


def widest_first(rules: Iterable[Rule]) -> list[Rule]:
    """The rules in the order in which a database decides soonest: every case, a column of the case, then what must be looked up."""
    columns = (Relation.COUNTRY, Relation.UNIT, Relation.QARK)
    return sorted(rules, key=lambda rule: columns.index(rule.relation) if rule.relation in columns else len(columns))


def allowed(member: Membership, deed: Deed, at: datetime, *, named: str = "") -> Q:
    """The cases with which the member may do the deed at the moment. Or, for rows that name a case by the field `named`, those whose
    case it is: that is asked row by row, as such rows are few and the cases many.
    """
    return Q(_Allowed(member, deed, at, named)) if member.can(Permission(deed)) else Q(pk__in=[])


def _allowed(role: str, deed: Deed, who: Who) -> Q:
    wanted = Q(pk__in=[])
    for rule in widest_first(case_policy.rules_for(role, deed)):
        if rule.relation is Relation.COUNTRY and rule.states == case_policy.ANY:
            return ~denied(who)
        states = Q() if rule.states == case_policy.ANY else Q(state__in=sorted(rule.states))
        wanted |= states & _relation(rule.relation, who)
    return wanted & ~denied(who)


@dataclass(frozen=True)
class Standing:
    """How a member stands to one case at a moment: what she may do, and by which rules."""

    role: str
    state: str
    relations: frozenset[Relation]
    is_denied: bool
    rules: dict[Deed, list[Rule]] = field(default_factory=dict)

    def may(self, deed: Deed) -> bool:
        return bool(self.rules.get(deed))

    def why(self, deed: Deed) -> list[Rule]:
        """The rules that allow the deed; empty when none does."""
        return self.rules.get(deed, [])

    @property
    def relation(self) -> str:
        """The nearest relation, as the record of events names it."""
        return next((relation.value for relation in NEAREST if relation in self.relations), "")

    @property
    def purposes(self) -> tuple[case_policy.Purpose, ...]:
        return case_policy.purposes_of(self.role, self.relations) if self.may(Deed.IDENTITY_REVEAL) else ()


NEAREST = (
    Relation.LEAD,
    Relation.TEAM,
    Relation.SHARED,
    Relation.GLASS,
    Relation.COMPARTMENT,
    Relation.UNIT,
    Relation.QARK,
    Relation.COUNTRY,
)


def standing(member: Membership, case: Case, at: datetime) -> Standing:
    """How the member stands to the case, asked of the database in one query."""
    who = Who.of(member, at)
    statement, values = _question(connection.vendor, has_place=who.place is not None)
    with connection.cursor() as cursor:
        cursor.execute(statement, _filled(values, who, case.pk))
        row = cursor.fetchone()
    if row is None:
        return Standing(member.role, case.state, frozenset(), is_denied=True)
    state, is_denied, *answers = row
    relations = frozenset(relation for relation, answer in zip(Relation, answers, strict=True) if answer)
    return judge(member.role, state, relations, is_denied=bool(is_denied))


class _Gap(StrEnum):
    """A value that SQL made once leaves open."""

    MEMBERSHIP = "membership"
    USER = "user"
    AGENCY = "agency"
    PLACE = "place"
    AT = "at"
    CASE = "case"


def _marks(*, has_place: bool, is_for_many: bool = False) -> Who:
    """Values that stand where the gaps will be."""
    when = datetime(1, 2, 3, 4, 5, 6, 7, tzinfo=UTC)
    return Who(-70_001, -70_002, -70_003, -70_004 if has_place else None, when, is_for_many)


def _with_gaps(
    sql: str, values: Iterable[Any], marks: Who, case: uuid.UUID | None = None
) -> tuple[str, tuple[Any, ...]]:
    gaps = {value: gap for gap, value in _values(marks, case).items() if value is not None}
    return sql, tuple(gaps.get(value, value) for value in values)


def _filled(values: Iterable[Any], who: Who, case: uuid.UUID | None = None) -> tuple[Any, ...]:
    known = _values(who, case)
    return tuple(known[value] if isinstance(value, _Gap) else value for value in values)


def _values(who: Who, case: uuid.UUID | None) -> dict[_Gap, Any]:
    """What goes into the gaps, as the database takes it."""
    ids = {_Gap.MEMBERSHIP: who.membership, _Gap.USER: who.user, _Gap.AGENCY: who.agency, _Gap.PLACE: who.place}
    at = connection.ops.adapt_datetimefield_value(who.at)
    key = case and apps.get_model("cases", "Case")._meta.pk.get_db_prep_value(case, connection)
    return {**ids, _Gap.AT: at, _Gap.CASE: key}


@cache
def _question(vendor: str, *, has_place: bool) -> tuple[str, tuple[Any, ...]]:
    """The question about one case, which is asked at every deed: made of `RELATIONS` once, with gaps for the reader, moment and case."""
    key, marks = uuid.UUID(int=7), _marks(has_place=has_place)
    asked = {f"is_{relation}": _asked(_relation(relation, marks)) for relation in Relation}
    cases = apps.get_model("cases", "Case")._default_manager.filter(pk=key).order_by()
    query = cases.annotate(is_denied=_asked(denied(marks)), **asked).values_list("state", "is_denied", *asked).query
    sql, values = query.get_compiler(connection=connection).as_sql()
    return _with_gaps(sql, values, marks, key)


def compiled(cases: Q) -> tuple[str, Sequence[Any]]:
    """A condition on the table of cases as SQL, with its values."""
    query = apps.get_model("cases", "Case")._default_manager.filter(cases).order_by().query
    compiler = query.get_compiler(connection=connection)
    compiler.pre_sql_setup()
    sql, values = compiler.compile(query.where)
    return sql, values


@cache
def _condition(
    vendor: str, role: str, deed: Deed, *, has_place: bool, is_for_many: bool
) -> tuple[str, tuple[Any, ...]]:
    """The condition under which a role may do a deed, with gaps for the reader and the moment."""
    marks = _marks(has_place=has_place, is_for_many=is_for_many)
    try:
        sql, values = compiled(_allowed(role, deed, marks))
    except EmptyResultSet:
        return "1 = 0", ()
    return _with_gaps(sql, values, marks)


class _Allowed(Expression):
    """`allowed` in a query: its SQL is made once for each role and deed, which takes longer than to run it."""

    def __init__(self, member: Membership, deed: Deed, at: datetime, named: str) -> None:
        super().__init__(output_field=BooleanField())
        self.role, self.deed, self.is_named = member.role, deed, bool(named)
        self.who = Who.of(member, at, is_for_many=not named)
        self.key: Any = F(named or "pk")

    def get_source_expressions(self) -> list[Any]:
        return [self.key]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        (self.key,) = exprs

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, tuple[Any, ...]]:
        question = (connection.vendor, self.role, self.deed)
        has_place, is_for_many = self.who.place is not None, self.who.is_for_many
        sql, gaps = _condition(*question, has_place=has_place, is_for_many=is_for_many)
        values, quote, table = _filled(gaps, self.who), connection.ops.quote_name, self._table()
        if not self.is_named:
            return sql.replace(f"{quote(table)}.", f"{compiler.quote_name_unless_alias(self.key.alias)}."), values
        named, before = compiler.compile(self.key)
        asked = sql.replace(f"{quote(table)}.", "held.")
        return f"EXISTS (SELECT 1 FROM {quote(table)} held WHERE held.id = {named} AND ({asked}))", (*before, *values)  # noqa: S608

    @staticmethod
    def _table() -> str:
        return apps.get_model("cases", "Case")._meta.db_table


def _asked(condition: Q) -> ExpressionWrapper[Q]:
    return ExpressionWrapper(condition, output_field=BooleanField())


def judge(role: str, state: str, relations: frozenset[Relation], *, is_denied: bool) -> Standing:
    """What the rules make of a role, a state and relations. Pure."""
    rules: dict[Deed, list[Rule]] = {}
    for rule in () if is_denied else case_policy.RULES:
        if role in rule.roles and state in rule.states and rule.relation in relations:
            for deed in rule.deeds:
                rules.setdefault(deed, []).append(rule)
    return Standing(role, state, relations, is_denied, rules)


def can(member: Membership, deed: Deed, case: Case, at: datetime) -> bool:
    """May the member do the deed with the case at the moment?"""
    return standing(member, case, at).may(deed)


def check_may(member: Membership, deed: Deed, case: Case, at: datetime) -> Standing:
    """The standing if it allows the deed; raises Refused if not."""
    found = standing(member, case, at)
    if not found.may(deed):
        raise Refused(_("You may not do this with this case as you stand to it now."))
    return found
