"""Loading a country: Albania as it is, twice, and with faults; printed names become agencies."""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from besa.audit.actions import SYSTEM
from besa.audit.models import Event
from besa.directory import actions, queries
from besa.directory.load import read
from besa.directory.models import Agency, AgencyAlias, Body, Place, Seat
from besa.lib import clock
from besa.lib.loading import Unloadable

ALBANIA = Path(settings.ROOT) / "countries" / "albania"


@pytest.fixture
def albania(db: None) -> None:
    actions.load_country(country=read(ALBANIA), by=SYSTEM, at=clock.now())


def kinds(day: date) -> Counter[str]:
    return Counter(Place.objects.filter(queries.valid_on(day)).values_list("kind", flat=True))


def test_albania_has_its_parts(albania: None) -> None:
    there = kinds(date(2009, 7, 6))
    assert (there["qark"], there["district"], there["municipality"], there["commune"]) == (12, 36, 65, 308)
    there = kinds(date(2016, 1, 1))
    assert (there["qark"], there["district"], there["municipality"], there["commune"]) == (12, 0, 61, 0)
    assert Place.objects.filter(kind="crossing").exclude(parent__kind="qark").count() == 0
    assert {crossing.neighbour for crossing in Place.objects.filter(crossing_kind="land")} == {
        "GRC", "MKD", "MNE", "XKX",
    }  # fmt: skip


def test_every_commune_lies_in_a_district_of_a_qark(albania: None) -> None:
    rows = Place.objects.filter(kind="commune").select_related("parent__parent__parent")
    chains = {(p.parent.kind, p.parent.parent.kind, p.parent.parent.parent.code) for p in rows}  # type: ignore[union-attr]
    assert chains == {("district", "qark", "AL")}


def test_second_load_changes_nothing(albania: None) -> None:
    events = Event.objects.count()
    tally = actions.load_country(country=read(ALBANIA), by=SYSTEM, at=clock.now())
    assert {what for _thing, what in tally.counts} == {"left"}
    assert Event.objects.count() == events


def test_load_restores_what_differs_and_keeps_what_people_added(albania: None) -> None:
    Agency.objects.filter(code="MOI").update(name_en="Ministry of Anything")
    Agency.objects.create(code="NEW", name_en="New", name_sq="E re", kind="ngo")
    tally = actions.load_country(country=read(ALBANIA), by=SYSTEM, at=clock.now())
    assert tally.counts[("agencies", "changed")] == 1
    assert Event.objects.filter(verb="agency_changed", fields=["name_en"]).count() == 1
    assert Agency.objects.filter(code="NEW").exists()


def test_groups_and_donors_make_no_returns(albania: None) -> None:
    assert not Agency.objects.filter(is_reporting=True, kind__in=["group", "donor"]).exists()
    assert set(Agency.objects.filter(kind="group").values_list("is_group", flat=True)) == {True}
    assert not Agency.objects.exclude(kind="group").filter(is_group=True).exists()
    for code in ("ONAC", "MOI", "MOLSAEO", "MFA", "RA", "RCAT-VLORE", "GPO", "ASP", "VATRA"):
        assert Agency.objects.get(code=code).is_reporting, code


def test_who_answers_for_whom(albania: None) -> None:
    every = {agency.pk: agency for agency in Agency.objects.all()}
    by_code = {agency.code: agency for agency in every.values()}

    def codes(code: str) -> list[str]:
        return [agency.code for agency in queries.reporting_agencies(by_code[code], every)]

    assert codes("ASP-BMP") == ["ASP"]
    assert codes("MOI") == ["MOI"]
    assert codes("EMBASSIES") == ["MFA"]
    assert len(codes("RCAT")) == 12
    assert codes("USAID") == []
    assert queries.reporting_agency(by_code["MFA-CONSULAR"]) == by_code["MFA"]


def test_printed_names_become_agencies(albania: None, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(3):
        resolver = queries.Resolver.load()

    def codes(printed: str) -> list[str]:
        found = resolver.resolve(printed)
        assert isinstance(found, list), printed
        return [agency.code for agency in found]

    with django_assert_num_queries(0):
        assert codes("MoFA") == codes("MFA") == codes("  mfa. ") == codes("Ministry of Foreign Affairs")
        assert codes("RATC") == codes("RCAT")
        assert codes("ASP/MoI") == ["ASP", "MOI"]
        assert codes("Ministria e Drejtësisë") == ["MOJ"]
        assert "no organisation" in str(resolver.resolve("and others"))
        assert resolver.resolve("Nobody In Particular") is None
        assert resolver.resolve("") is None
    assert queries.resolve("MoJ") == [Agency.objects.get(code="MOJ")]


def test_bodies_have_tasks_and_seats(albania: None) -> None:
    assert Body.objects.filter(kind="regional_committee").count() == 12
    assert Body.objects.get(code="SCFTHB").meets == "half-yearly"
    assert "regular" in Body.objects.get(code="NTF").tasks_en
    assert Seat.objects.get(body__code="SCFTHB", function="chair").agency.code == "MOI"


def test_command_prints_what_it_did(db: None) -> None:
    out = StringIO()
    call_command("load_country", str(ALBANIA), stdout=out)
    assert "places: 507 added, 0 changed, 0 left" in out.getvalue()


FAULTS = {
    "places.csv": [
        ("a commune twice", {"code": "AL-01"}),
        ("a date that is none", {"valid_from": "31.07.2000"}),
        ("a parent that is not there", {"parent": "AL-99"}),
        ("a latitude off the earth", {"lat": "191"}),
        ("a kind that is none", {"kind": "village"}),
    ],
    "agencies.csv": [("no name", {"name": ""}), ("no yes and no no", {"is_reporting": "maybe"})],
    "aliases.csv": [("an agency that is not there", {"agencies": "NASA"})],
    "bodies.csv": [("a frequency that is none", {"meets": "often"})],
    "crossings.csv": [("no qark", {"qark": ""})],
    "seats.csv": [("a body that is not there", {"body": "X"})],
}


@pytest.mark.parametrize(("file", "what", "cells"), [(f, what, c) for f, rows in FAULTS.items() for what, c in rows])
def test_planted_fault_is_found_at_its_row(tmp_path: Path, file: str, what: str, cells: dict[str, str]) -> None:
    shutil.copytree(ALBANIA, tmp_path / "x", ignore=shutil.ignore_patterns("strategy*"))
    path = tmp_path / "x" / file
    with path.open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    rows[-1] |= cells
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    assert read(ALBANIA).problems == []
    lines = len(path.read_text(encoding="utf-8").splitlines())
    problems = read(tmp_path / "x").problems
    assert any(problem.startswith(f"{file}, row {lines}:") for problem in problems), problems


def test_faulty_folder_writes_nothing(db: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(ALBANIA, tmp_path / "x", ignore=shutil.ignore_patterns("strategy*"))
    (tmp_path / "x" / "bodies.csv").unlink()
    (tmp_path / "x" / "aliases.csv").write_text("printed,agencies\nMoI,MOI\n")
    with pytest.raises(CommandError, match="nothing was written"):
        call_command("load_country", str(tmp_path / "x"))
    told = capsys.readouterr().err
    assert "bodies.csv: there is no such file" in told
    assert "aliases.csv, row 1: columns are missing: reason" in told
    assert not Place.objects.exists()
    assert not AgencyAlias.objects.exists()
    with pytest.raises(Unloadable):
        actions.load_country(country=read(tmp_path / "x"), by=SYSTEM, at=clock.now())


def test_counts_that_do_not_add_up_are_a_problem(tmp_path: Path) -> None:
    shutil.copytree(ALBANIA, tmp_path / "x", ignore=shutil.ignore_patterns("strategy*"))
    path = tmp_path / "x" / "places.csv"
    path.write_text("\n".join(path.read_text(encoding="utf-8").splitlines()[:-1]) + "\n", encoding="utf-8")
    assert any(
        "61 are expected" in problem or "308 are expected" in problem for problem in read(tmp_path / "x").problems
    )


def test_folder_that_is_none_is_wrong_use(db: None, tmp_path: Path) -> None:
    with pytest.raises(CommandError) as error:
        call_command("load_country", str(tmp_path / "nowhere"))
    assert error.value.returncode == 2


def test_first_administrators_are_installed_once(albania: None, mailoutbox: list[Any]) -> None:
    people = ["--user", "a@example.org", "Arta", "--security", "b@example.org", "Besnik"]
    call_command("first_admins", "ONAC", *people, stdout=StringIO())
    assert sorted(message.to[0] for message in mailoutbox) == ["a@example.org", "b@example.org"]
    with pytest.raises(CommandError, match="only once"):
        call_command("first_admins", "ONAC", *people)
