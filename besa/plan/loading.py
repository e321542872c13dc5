"""From a file or folder to a plan in the database."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from besa.audit.actions import SYSTEM
from besa.lib.loading import Unloadable
from besa.lib.refusal import Refused
from besa.plan.actions import load_plan
from besa.plan.content.check import checked
from besa.plan.content.files import read
from besa.plan.content.problems import Faulty
from besa.plan.content.roster import DirectoryRoster
from besa.plan.content.shape import Content
from besa.plan.content.workbook_in import read_workbook

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
    return said
