"""A plan goes out and comes in again without loss: YAML byte for byte, JSON and workbook in content."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from besa.audit.actions import SYSTEM
from besa.lib import yaml_text
from besa.plan.actions import load_plan
from besa.plan.content.cells import joined, parted
from besa.plan.content.check import checked
from besa.plan.content.files import dump_folder, dump_json, dump_yaml, read_json, read_yaml, read_yaml_folder
from besa.plan.content.iati import dump_iati
from besa.plan.content.roster import DirectoryRoster
from besa.plan.content.shape import activities
from besa.plan.content.workbook_in import read_workbook
from besa.plan.content.workbook_out import dump_workbook
from besa.plan.models import Activity, Annexed, Component, Plan, PlanVersion
from besa.plan.tests.country import FOLDER, load_albania
from besa.plan.tests.factory import TEXT, FakeRoster, content_of_small, make_agencies, plans, small

AT = datetime(2009, 7, 6, tzinfo=UTC)
ROSTER = FakeRoster()
CONTRACT_ACTIVITY = {
    "id", "code", "printed_code", "parent", "text", "responsible", "agencies", "timeline", "outputs", "targets", "resources",
    "see_also", "source_lines", "note",
}  # fmt: skip
QUICK = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@QUICK
@given(plans())
def test_generated_plan_survives_yaml_and_json(document: dict[str, Any]) -> None:
    content = content_of_small(document)
    text = dump_yaml(content, ROSTER.derive)
    again = checked(read_yaml(text, "plan.yaml"), ROSTER)
    assert again == content
    assert dump_yaml(again, ROSTER.derive) == text
    assert checked(read_json(dump_json(content), "plan.json"), ROSTER) == content


@QUICK
@given(document=plans())
def test_generated_plan_survives_the_workbook(
    tmp_path_factory: pytest.TempPathFactory, document: dict[str, Any]
) -> None:
    content = content_of_small(document)
    file = tmp_path_factory.mktemp("book") / "plan.xlsx"
    file.write_bytes(dump_workbook(content, ROSTER.derive))
    assert checked(read_workbook(file), ROSTER) == content


@given(st.lists(TEXT.map(lambda text: "\n".join(line.rstrip() for line in text.strip().split("\n")))))
def test_list_survives_its_cell(parts: list[str]) -> None:
    assert ["\n".join(line.rstrip() for line in part.split("\n")) for part in parted(joined(parts))] == parts


_VALUES = st.recursive(
    st.none() | TEXT | st.just(""),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(TEXT.filter(lambda key: "\n" not in key), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text("abcdef", min_size=1), _VALUES, max_size=3))
def test_any_document_survives_yaml(value: dict[str, Any]) -> None:
    assert (yaml_text.load(yaml_text.dump(value))[0] or {}) == value


@pytest.fixture
def albania(db: None) -> Plan:
    return load_albania()


def test_albania_goes_through_the_database_unchanged(albania: Plan, tmp_path: Path) -> None:
    call_command("export_plan", "ALB-2008-2010", format="yaml", output=f"{tmp_path}/out/")
    written = {file.name: file.read_bytes() for file in (tmp_path / "out").iterdir()}
    assert set(written) == {"plan.yaml", "laws.yaml", "definitions.yaml", "albanian.yaml"}
    for name, data in written.items():
        assert data == (FOLDER / name).read_bytes(), name


def test_albania_is_whole(albania: Plan) -> None:
    rows = Activity.objects.filter(plan=albania)
    by_component = [rows.filter(objective__aim__component=component).count() for component in Component.objects.all()]
    assert by_component == [55, 59, 59, 53]
    assert rows.exclude(parent=None).count() == 84
    assert rows.filter(text_sq="").count() == 0
    kinds = {kind: Annexed.objects.filter(kind=kind).count() for kind in Annexed.Kind.values}
    assert kinds == {"law": 34, "policy": 7, "body": 10, "definition": 5, "abbreviation": 46}
    assert Annexed.objects.filter(kind="law", code="primary_legislation").count() == 17
    assert not rows.filter(duties=None).exists()


def test_albanias_rows_say_what_the_content_says(albania: Plan) -> None:
    content = PlanVersion.objects.get(plan=albania).content
    stored = {
        row.identifier: row for row in Activity.objects.filter(plan=albania).select_related("parent", "objective")
    }
    for place, (objective, row) in enumerate(activities(content), start=1):
        activity = stored[row["id"]]
        assert (activity.position, activity.objective.code) == (place, objective["code"])
        assert (activity.parent.identifier if activity.parent else None) == row["parent"]
        assert [duty.agency.code for duty in activity.duties.select_related("agency")] == row["agencies"]
        assert [entry.text for entry in activity.timeline.all()] == [entry["text"] for entry in row["timeline"]]
        outputs = [(line.text_en, line.text_sq) for line in activity.lines.filter(kind="output")]
        assert outputs == list(zip(row["outputs"], row["outputs_sq"], strict=True))
        assert [one.target for one in activity.see_also.all()] == row["see_also"]


def test_json_keeps_the_contract(albania: Plan, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    call_command("export_plan", "ALB-2008-2010", output=str(file))
    document = json.loads(file.read_text("utf-8"))
    assert document["plan"]["version"] == 1
    rows = [row for _, row in activities(document)]
    assert len(rows) == 226
    assert all(row.keys() >= CONTRACT_ACTIVITY for row in rows)
    assert len({row["id"] for row in rows}) == 226
    assert all({"text", "due", "recurrence"} <= entry.keys() for row in rows for entry in row["timeline"])
    assert all(isinstance(text, str) for text in document["policies"])
    assert document["glossary"]["SC"] == ["Supreme Court", "Save the Children"]
    assert {act["kind"] for act in document["legal_framework"]} == {"primary_legislation", "secondary_legislation"}
    assert all({"name", "level", "tasks", "members"} <= body.keys() for body in document["coordination_bodies"])
    assert checked(read_json(file.read_text("utf-8"), file.name), DirectoryRoster()) == document


def test_albania_survives_the_workbook(albania: Plan, tmp_path: Path) -> None:
    file = tmp_path / "plan.xlsx"
    call_command("export_plan", "ALB-2008-2010", format="xlsx", output=str(file))
    content = PlanVersion.objects.get(plan=albania).content
    assert checked(read_workbook(file), DirectoryRoster()) == content


def test_folder_and_single_file_are_the_same_plan(tmp_path: Path) -> None:
    content = content_of_small()
    for name, text in dump_folder(content, ROSTER.derive).items():
        (tmp_path / name).write_text(text, "utf-8")
    assert checked(read_yaml_folder(tmp_path), ROSTER) == content
    assert checked(read_yaml(dump_yaml(content, ROSTER.derive), "one.yaml"), ROSTER) == content


def test_template_has_every_sheet_and_its_lists(tmp_path: Path) -> None:
    file = tmp_path / "template.xlsx"
    call_command("export_plan", template=True, output=str(file))
    book = openpyxl.load_workbook(file)
    assert book.sheetnames[0] == "Read me"
    assert {"Plan", "Components", "Aims", "Objectives", "Activities", "Legal framework", "Policies", "Bodies"} < set(
        book.sheetnames
    )
    assert [cell.value for cell in book["Activities"][1]][:3] == ["objective", "id", "code"]
    lists = [rule.formula1 for rule in book["Activities"].data_validations.dataValidation]
    assert '"restored,uncertain"' in lists
    assert any("Objectives" in str(source) for source in lists)


def test_iati_says_period_objectives_and_agencies() -> None:
    text = dump_iati(content_of_small(), {"ASP": "State Police"}, AT)
    root = ElementTree.fromstring(text.encode())  # noqa: S314 - our own text
    activity = root.find("iati-activity")
    assert root.get("version") == "2.03"
    assert activity is not None
    assert [date.get("iso-date") for date in activity.findall("activity-date")] == ["2009-01-01", "2011-12-31"]
    assert len(activity.findall("result")) == 2
    assert activity.findtext("participating-org/narrative") == "State Police"


def test_version_is_chosen_and_unknown_things_are_refused(db: None, tmp_path: Path) -> None:
    make_agencies()
    load_plan(content_of_small(small()), by=SYSTEM, at=AT)
    file = tmp_path / "v1.json"
    call_command("export_plan", "KOS-2009-2011", "--version", "1", output=str(file))
    assert json.loads(file.read_text("utf-8"))["plan"]["code"] == "KOS-2009-2011"
    with pytest.raises(CommandError, match="no version 2"):
        call_command("export_plan", "KOS-2009-2011", "--version", "2")
    with pytest.raises(CommandError, match="known: KOS-2009-2011"):
        call_command("export_plan", "NONE")
    with pytest.raises(CommandError, match="needs a file") as wrong_use:
        call_command("export_plan", "KOS-2009-2011", format="xlsx")
    assert wrong_use.value.returncode == 2
