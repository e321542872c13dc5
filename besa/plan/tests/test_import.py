"""Bad files: every problem is named with its place, and nothing is written."""

from __future__ import annotations

import io
import json
import zipfile
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.management import CommandError, call_command

from besa.audit.actions import SYSTEM
from besa.audit.models import Event
from besa.directory.models import Agency
from besa.lib.loading import Unloadable
from besa.lib.refusal import Refused
from besa.plan.actions import load_plan
from besa.plan.content.check import checked
from besa.plan.content.files import MOST_BYTES, dump_json, dump_yaml, read_json, read_yaml, read_yaml_folder
from besa.plan.content.problems import Faulty, Problem
from besa.plan.content.workbook_in import read_workbook
from besa.plan.content.workbook_out import dump_workbook
from besa.plan.loading import load_country_plans
from besa.plan.models import Activity, Plan, PlanVersion
from besa.plan.tests.factory import FakeRoster, content_of_small, make_agencies, small

AT = datetime(2009, 7, 6, tzinfo=UTC)
ROSTER = FakeRoster()
Sheets = Any


def _cell(book: Sheets, sheet: str, row: int, column: str) -> Any:
    header = [cell.value for cell in book[sheet][1]]
    return book[sheet].cell(row=row, column=header.index(column) + 1)


def _set(sheet: str, row: int, column: str, value: Any) -> Callable[[Sheets], None]:
    def plant(book: Sheets) -> None:
        _cell(book, sheet, row, column).value = value

    return plant


def _unknown_column(book: Sheets) -> None:
    book["Aims"].cell(row=1, column=30).value = "colour"


def _unknown_sheet(book: Sheets) -> None:
    book.create_sheet("Notes of mine")


# What is planted where in a workbook of four activities and more -> kind of problem, sheet, row, column.
FAULTS: list[tuple[Callable[[Sheets], None], str, str, int, str]] = [
    (_set("Plan", 2, "period_end", "2008-06-30"), "period", "Plan", 2, "period_end"),
    (_set("Plan", 2, "endorsed_on", "31.02.2008"), "date", "Plan", 2, "endorsed_on"),
    (_set("Plan", 2, "version", "one"), "number", "Plan", 2, "version"),
    (_set("Components", 2, "title", None), "missing", "Components", 2, "title"),
    (_unknown_column, "unknown_field", "Aims", 1, ""),
    (_set("Aims", 2, "indicators_sq", "vetëm një"), "translation", "Aims", 2, "indicators_sq"),
    (_set("Objectives", 3, "label_torn", "perhaps"), "choice", "Objectives", 3, "label_torn"),
    (_set("Activities", 2, "source_lines", "9-3"), "source_lines", "Activities", 2, "source_lines"),
    (_set("Activities", 3, "parent", "I.9.(z).1"), "unknown_parent", "Activities", 3, "parent"),
    (_set("Activities", 3, "see_also", "II.1.(a)"), "unknown_reference", "Activities", 3, "see_also"),
    (_set("Activities", 4, "text", "  "), "missing", "Activities", 4, "text"),
    (_set("Activities", 4, "responsible", "Ministry of Magic"), "unknown_agency", "Activities", 4, "responsible"),
    (_set("Activities", 4, "timeline", "When ready"), "timeline", "Activities", 4, "timeline"),
    (_set("Activities", 5, "objective", "I.7.(x)"), "unknown_above", "Activities", 5, "objective"),
    (_set("Activities", 6, "responsible", None), "missing", "Activities", 6, "responsible"),
    (_set("Activities", 6, "outputs", "=1+1"), "formula", "Activities", 6, "outputs"),
    (_set("Activities", 7, "id", "I.1.(b).2"), "duplicate", "Activities", 7, "id"),
    (_set("Activities", 8, "parent", "I.1.(a).1"), "foreign_parent", "Activities", 8, "parent"),
    (_set("Activities", 9, "id", None), "missing", "Activities", 9, "id"),
    (_set("Activities", 10, "agencies", "XYZ"), "unknown_agency", "Activities", 10, "agencies"),
    (_set("Activities", 11, "mark", "doubtful"), "choice", "Activities", 11, "mark"),
    (_set("Bodies", 2, "level", "world"), "choice", "Bodies", 2, "level"),
    (_set("Glossary", 4, "meaning", "Supreme Court"), "duplicate", "Glossary", 4, "abbreviation"),
    (_unknown_sheet, "unknown_sheet", "Notes of mine", 0, ""),
]


def _workbook(path: Path) -> Sheets:
    """The small plan with more activities in its second objective, as a workbook."""
    document = small()
    rows = document["components"][0]["aims"][0]["objectives"][1]["activities"]
    rows += [{"id": f"I.1.(b).{number}", "text": f"Row {number}", "responsible": ["ASP"]} for number in range(2, 9)]
    path.write_bytes(dump_workbook(content_of_small(document), ROSTER.derive))
    return openpyxl.load_workbook(path)


def _problems(path: Path) -> list[Problem]:
    with pytest.raises(Faulty) as faulty:
        checked(read_workbook(path), ROSTER)
    return faulty.value.problems


def _places(problems: list[Problem]) -> Counter[tuple[str, str, int, str]]:
    return Counter(
        (one.kind, one.where.sheet, one.where.row, one.where.column.partition("(")[2].rstrip(")")) for one in problems
    )


def test_every_planted_fault_is_reported_and_nothing_else(tmp_path: Path) -> None:
    assert len(FAULTS) >= 20
    path = tmp_path / "plan.xlsx"
    book = _workbook(path)
    for plant, *_where in FAULTS:
        plant(book)
    book.save(path)
    assert _places(_problems(path)) == Counter(tuple(fault[1:]) for fault in FAULTS)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault[1]}-{fault[2]}-{fault[4]}")
def test_each_fault_alone_is_reported_alone(fault: tuple[Any, ...], tmp_path: Path) -> None:
    path = tmp_path / "plan.xlsx"
    book = _workbook(path)
    fault[0](book)
    book.save(path)
    problems = _problems(path)
    assert _places(problems) == Counter([tuple(fault[1:])])
    assert all(
        problem.message and (problem.advice or problem.kind in ("number", "translation")) for problem in problems
    )


def test_command_lists_problems_with_their_cells_and_writes_nothing(
    db: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_agencies()
    path = tmp_path / "plan.xlsx"
    book = _workbook(path)
    _cell(book, "Activities", 3, "parent").value = "I.9.(z).1"
    book.save(path)
    with pytest.raises(CommandError, match="nothing was written"):
        call_command("import_plan", path)
    said = capsys.readouterr().err
    assert "sheet Activities, row 3, column E (parent): there is no activity “I.9.(z).1”" in said
    assert not Plan.objects.exists()


def test_missing_sheet_and_column_stop_the_reading(tmp_path: Path) -> None:
    path = tmp_path / "plan.xlsx"
    book = _workbook(path)
    book["Activities"].delete_cols([cell.value for cell in book["Activities"][1]].index("responsible") + 1)
    book.save(path)
    assert [one.kind for one in _problems(path)] == ["missing_column"]
    del book["Activities"]
    book.save(path)
    assert [one.kind for one in _problems(path)] == ["missing_sheet"]


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 broken", b"a,b\n1,2\n"])
def test_what_is_no_workbook_is_said_to_be_none(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "plan.xlsx"
    path.write_bytes(data)
    assert [one.kind for one in _problems(path)] == ["unreadable"]


def test_zip_bomb_and_document_type_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "plan.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(11):
            archive.writestr(f"xl/{number}.bin", io.BytesIO(bytes(20 * 1024 * 1024)).getvalue())
    assert path.stat().st_size < 1024 * 1024
    assert [one.kind for one in _problems(path)] == ["too_large"]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<!DOCTYPE x [<!ENTITY a 'b'>]><x/>")
    assert [one.kind for one in _problems(path)] == ["unreadable"]
    path.write_bytes(bytes(MOST_BYTES + 1))
    assert [one.kind for one in _problems(path)] == ["too_large"]


# --- text files


def _yaml_problems(document: dict[str, Any] | str) -> list[Problem]:
    text = document if isinstance(document, str) else json.dumps(document, ensure_ascii=False, indent=1)
    with pytest.raises(Faulty) as faulty:
        checked(read_yaml(text, "plan.yaml"), ROSTER)
    return faulty.value.problems


def _first(document: dict[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = document["components"][0]["aims"][0]["objectives"][0]["activities"][0]
    return row


def test_yaml_problem_names_line_and_path() -> None:
    lines = dump_yaml(content_of_small(), ROSTER.derive).split("\n")
    place = next(number for number, line in enumerate(lines) if "Mid 2009" in line)
    lines[place] = lines[place].replace("Mid 2009", "Some day")
    (problem,) = _yaml_problems("\n".join(lines))
    assert str(problem.where) == (
        f"plan.yaml, line {place + 1}, components[1].aims[1].objectives[1].activities[1].timeline[1]"
    )
    assert problem.kind == "timeline"


@pytest.mark.parametrize(
    ("field", "value", "kind"),
    [
        ("colour", "red", "unknown_field"),
        ("outputs", "one text", "type"),
        ("outputs", [["deep"]], "type"),
        ("outputs", ["", "x"], "empty_part"),
        ("text", {"en": "x"}, "type"),
        ("text", "a\u0007b", "control_character"),
        ("responsible", ["x" * 301], "too_long"),
        ("responsible", ["and others"], "no_agency"),
        ("timeline", [{"text": "x", "due": "soon"}], "date"),
        ("timeline", [{"text": "x", "due": None, "recurrence": "hourly"}], "timeline"),
        ("timeline", [{"text": "x", "start": "2009-02-01", "due": "2009-01-01"}], "timeline"),
        ("timeline", [{"text": "x", "colour": "red"}], "unknown_field"),
        ("source_lines", [9], "source_lines"),
        ("source_lines", ["a", "b"], "source_lines"),
        ("id", "I.1.(a).7.1", "gap"),
        ("parent", "I.1.(a).1.1", "parent_order"),
        ("parent", "I.1.(b)", "unknown_parent"),
    ],
)
def test_wrong_value_is_reported(field: str, value: Any, kind: str) -> None:
    document = small()
    _first(document)[field] = value
    if field == "id":
        document["components"][0]["aims"][0]["objectives"][0]["activities"][1]["parent"] = value
        document.pop("albanian")
    assert kind in {problem.kind for problem in _yaml_problems(document)}


def test_gap_in_numbers_is_allowed_with_a_note() -> None:
    document = small()
    rows = document["components"][0]["aims"][0]["objectives"][0]["activities"]
    rows.append({"id": "I.1.(a).7.1", "text": "x", "responsible": ["ASP"], "note": "1.(a).7 is not printed"})
    assert content_of_small(document)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda document: document.update(extra=1), "unknown_field"),
        (lambda document: document.update(components=[]), "gap"),
        (lambda document: document["components"][0].update(aims=[]), "gap"),
        (lambda document: document["components"][0].update(aims="none"), "type"),
        (lambda document: document["albanian"].update({"I.7": {"title": "x"}}), "unknown_translation"),
        (lambda document: document["albanian"]["I.1.(a).1"].update(outputs=["një"]), "translation"),
        (lambda document: document["albanian"]["I.1.(a).1"].update(responsible=["x"]), "unknown_field"),
        (lambda document: document["glossary"].update(MoI=["Same", "Same"]), "duplicate"),
        (lambda document: document["definitions"].append(document["definitions"][0]), "duplicate"),
        (lambda document: document["plan"].pop("title"), "missing"),
        (lambda document: document.update(glossary=["x"]), "type"),
        (lambda document: document["components"].append("text"), "type"),
    ],
)
def test_wrong_structure_is_reported(change: Callable[[dict[str, Any]], None], kind: str) -> None:
    document = small()
    change(document)
    assert kind in {problem.kind for problem in _yaml_problems(document)}


@pytest.mark.parametrize("text", ["plan: [", "a: 1\na: 2\n", "a: &x [1]\nb: *x\n", "- 1", "{[1]: 2}", "[" * 100_000])
def test_unreadable_yaml_is_refused_with_its_line(text: str) -> None:
    (problem,) = _yaml_problems(text)
    assert problem.kind in ("unreadable", "type")


@pytest.mark.parametrize("text", ["{", '{"plan": {}, "plan": {}}', "[" * 100_000])
def test_unreadable_json_is_refused(text: str) -> None:
    with pytest.raises(Faulty) as faulty:
        checked(read_json(text, "plan.json"), ROSTER)
    assert [problem.kind for problem in faulty.value.problems] == ["unreadable"]


def test_json_problem_names_its_line() -> None:
    content = content_of_small()
    content["plan"]["period_end"] = "never"
    with pytest.raises(Faulty) as faulty:
        checked(read_json(dump_json(content), "plan.json"), ROSTER)
    (problem,) = faulty.value.problems
    assert dump_json(content).split("\n")[problem.where.row - 1].strip().startswith('"period_end"')


def test_two_files_of_a_folder_may_not_hold_the_same_key(tmp_path: Path) -> None:
    for name in ("plan.yaml", "more.yaml"):
        (tmp_path / name).write_text(dump_yaml(content_of_small(), ROSTER.derive), "utf-8")
    with pytest.raises(Faulty) as faulty:
        read_yaml_folder(tmp_path)
    assert {problem.kind for problem in faulty.value.problems} == {"duplicate"}


# --- into the database


@pytest.fixture
def file(db: None, tmp_path: Path) -> Path:
    make_agencies()
    document = small()
    _first(document)["responsible"] = ["ASP", "Ministry of Interior"]
    path = tmp_path / "plan.json"
    path.write_text(dump_json(content_of_small(document)), "utf-8")
    return path


def test_dry_run_writes_nothing(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("import_plan", file, dry_run=True)
    assert "would be added, 3 activities" in capsys.readouterr().out
    assert not Plan.objects.exists()


def test_same_content_is_unchanged_and_another_is_refused(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("import_plan", file)
    call_command("import_plan", file)
    assert capsys.readouterr().out.split("\n")[:2] == [
        "KOS-2009-2011: added, 3 activities",
        "KOS-2009-2011: unchanged, 3 activities",
    ]
    assert Event.objects.filter(verb="plan_imported").count() == 1
    file.write_text(file.read_text("utf-8").replace("Train investigators", "Train prosecutors"), "utf-8")
    with pytest.raises(CommandError, match="amendment"):
        call_command("import_plan", file)
    assert Activity.objects.get(identifier="I.1.(a).1").text_en == "Train investigators"
    call_command("import_plan", file, replace=True)
    assert Activity.objects.get(identifier="I.1.(a).1").text_en == "Train prosecutors"
    assert PlanVersion.objects.count() == 1


def test_wrong_use_is_told_apart_from_a_bad_file(tmp_path: Path) -> None:
    with pytest.raises(CommandError) as missing:
        call_command("import_plan", tmp_path / "none.yaml")
    (tmp_path / "plan.doc").write_text("x")
    with pytest.raises(CommandError) as unknown:
        call_command("import_plan", tmp_path / "plan.doc")
    assert {missing.value.returncode, unknown.value.returncode} == {2}


def test_second_plan_brings_its_agencies_and_loads_beside_the_first(file: Path) -> None:
    call_command("import_plan", file)
    document = small() | {
        "agencies": [
            {"code": "MKD-NC", "name": "National Commission", "printed": ["Commission"], "kind": "coordination_body"},
            {"code": "MKD-NGO", "name": "All NGOs", "is_group": "yes", "parent": "MKD-NC"},
        ]
    }
    document["plan"] |= {"code": "MKD-2009", "country": "MKD"}
    _first(document)["responsible"] = ["Commission", "All NGOs"]
    content = content_of_small(document)
    plan, said = load_plan(content, by=SYSTEM, at=AT)
    assert said == "added"
    assert Plan.objects.count() == 2
    assert Activity.objects.filter(identifier="I.1.(a).1").count() == 2
    first = Activity.objects.get(plan=plan, identifier="I.1.(a).1")
    assert [duty.agency.code for duty in first.duties.order_by("position")] == ["MKD-NC", "MKD-NGO"]
    assert Agency.objects.get(code="MKD-NGO").is_reporting is False
    assert load_plan(content, by=SYSTEM, at=AT)[1] == "unchanged"


def test_who_may_import(db: None, make_member: Callable[..., Any]) -> None:
    make_agencies()
    with pytest.raises(Refused, match="role"):
        load_plan(content_of_small(), by=make_member("focal_point"), at=AT)
    assert load_plan(content_of_small(), by=make_member("coordinator"), at=AT)[1] == "added"


def test_country_with_a_bad_plan_says_so(db: None, tmp_path: Path) -> None:
    folder = tmp_path / "strategy"
    folder.mkdir()
    (folder / "plan.yaml").write_text("plan: {code: X}\n")
    with pytest.raises(Unloadable) as unloadable:
        load_country_plans(tmp_path, at=AT)
    assert any("strategy/plan.yaml" in problem for problem in unloadable.value.problems)
