"""From the files of questionnaires to their rows. Those of the field lie in `besa/assessments/instruments`: they hold in any country.

Those that speak of a country's own services, numbers and law lie in `countries/<country>/forms`.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from besa.assessments import actions
from besa.assessments.engine.bank import written_out
from besa.assessments.engine.checking import checked
from besa.assessments.engine.definition import Definition
from besa.assessments.engine.reading import Faulty
from besa.assessments.forms import QuestionnaireForm
from besa.audit.actions import SYSTEM
from besa.lib.document.freeze import canonical
from besa.lib.loading import Tally, Unloadable

OF_THE_FIELD = Path(__file__).with_name("instruments")


@dataclass(frozen=True)
class Loaded:
    """A questionnaire as it came from its file: written out in full, and its digest."""

    definition: Definition
    content: dict[str, Any]
    digest: str


def load_country_forms(folder: Path, *, at: datetime) -> list[str]:
    """Load the field's questionnaires and the country's (`country_loaders`); says in lines what was done. Raises Unloadable."""
    return load_instruments([OF_THE_FIELD, folder / "forms"], at=at).lines()


def load_instruments(folders: list[Path], *, at: datetime) -> Tally:
    """Load every questionnaire of the folders; a second time changes nothing. Raises Unloadable with every problem of every file."""
    return actions.load(instruments=read_all(folders), by=SYSTEM, at=at)


def read_all(folders: list[Path]) -> list[Loaded]:
    """The questionnaires of the folders, in the order of their codes and versions. Raises Unloadable."""
    problems: list[str] = []
    banks = {path.stem: _toml(path, problems) for folder in folders for path in sorted(folder.glob("banks/*.toml"))}
    found: dict[tuple[str, int], tuple[str, Loaded]] = {}
    for path in (path for folder in folders for path in sorted(folder.glob("*.toml"))):
        for loaded in _read(path, banks, problems):
            key = (loaded.definition.code, loaded.definition.version)
            if key in found:
                problems.append(f"{path.name}: {key[0]}, version {key[1]} is in {found[key][0]} already")
            found[key] = (path.name, loaded)
    if problems:
        raise Unloadable(problems)
    return [found[key][1] for key in sorted(found)]


def _read(path: Path, banks: Mapping[str, Mapping[str, Any]], problems: list[str]) -> Iterator[Loaded]:
    data = _toml(path, problems)
    if not data:
        return
    try:
        content = written_out(data, banks, path.name)
        definition = checked(content, path.name)
    except Faulty as faulty:
        problems += faulty.problems
        return
    problems += [
        f"{path.name}, question {name}: forms use this word themselves; name the question otherwise"
        for name in sorted(taken_words(definition) & definition.by_id.keys())
    ]
    yield Loaded(definition, content, digest_of(content))


def taken_words(definition: Definition) -> set[str]:
    """What a page says of a form: `form.seen` must not be a question."""
    return set(dir(QuestionnaireForm(definition)))


def digest_of(content: Mapping[str, Any]) -> str:
    """SHA-256 over the content in one spelling, in hexadecimal."""
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def _toml(path: Path, problems: list[str]) -> dict[str, Any]:
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(f"{path.name}: {error}")
        return {}
    if not found:
        problems.append(f"{path.name}: the file is empty")
    return found
