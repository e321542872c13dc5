"""From a file or folder to a plan in the database."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import yaml

from besa.audit.actions import SYSTEM
from besa.lib.loading import Unloadable
from besa.lib.refusal import Refused
from besa.plan.actions import load_plan, set_measures
from besa.plan.content.check import checked
from besa.plan.content.files import read
from besa.plan.content.problems import Faulty
from besa.plan.content.roster import DirectoryRoster
from besa.plan.content.shape import Content
from besa.plan.content.workbook_in import read_workbook
from besa.plan.models import Plan

FORMATS = ("yaml", "json", "xlsx")


def format_of(path: Path) -> str:
    """The format that the name of a file or folder tells; empty if none."""
    if path.is_dir():
        return "yaml"
    ending = path.suffix.lower().lstrip(".").replace("yml", "yaml")
    return ending if ending in FORMATS else ""


def read_content(path: Path, kind: str) -> Content:
    """The content of a file, checked against the agencies of the directory; raises content.problems.Faulty."""
    tables = read_workbook(path) if kind == "xlsx" else read(path, kind)
    return checked(tables, DirectoryRoster())


def load_country_plans(folder: Path, *, at: datetime) -> list[str]:
    """Load every plan kept under a country's folder (`country_loaders`); says in lines what was done. Raises Unloadable."""
    said = []
    for file in sorted(folder.glob("*/plan.yaml")):
        name = f"{file.parent.name}/"
        try:
            plan, what = load_plan(read_content(file.parent, "yaml"), by=SYSTEM, at=at)
        except Faulty as faulty:
            raise Unloadable(f"{name}{problem}" for problem in faulty.problems) from faulty
        except Refused as refused:
            raise Unloadable([f"{name}: {refused}"]) from refused
        said.append(f"plan {plan.code}: {what}")
    return [*said, *_load_measures(folder / "measures.yaml", at=at)]


def _load_measures(file: Path, *, at: datetime) -> list[str]:
    """Which aims and objectives of which plan are counted by which measures; a country without the file counts none. Raises Unloadable."""
    if not file.exists():
        return []
    said = []
    try:
        for code, told in (yaml.safe_load(file.read_text(encoding="utf-8")) or {}).items():
            plan = Plan.objects.filter(code=code).first()
            if plan is None:
                raise Refused(f"there is no plan {code}")
            number = set_measures(plan=plan, told=told, by=SYSTEM, at=at)
            said.append(f"plan {code}: {number} indicators are counted")
    except (yaml.YAMLError, Refused) as problem:
        raise Unloadable([f"{file.name}: {problem}"]) from problem
    return said
