"""Pages of `docs` that are made from the code: `write` them, or `check` that they are current."""

from __future__ import annotations

import sys
from argparse import SUPPRESS, Action
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import django
from django.apps import apps
from django.core.management import get_commands, load_command_class
from django.db.models import Model
from django.utils.translation import override

from besa.directory import case_policy
from besa.directory.access import ROLES, Permission
from besa.directory.case_policy import Group, Purpose
from besa.lib.classified import classification_of
from besa.lib.workflow import Workflow
from tools import security_pages

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs"
NOTE = "<!-- Made by `make docs` from {source}; do not edit here. -->"
GENERAL = {
    "--help",
    "--version",
    "--verbosity",
    "--settings",
    "--pythonpath",
    "--traceback",
    "--no-color",
    "--force-color",
}


def _page(title: str, source: str, lines: Iterator[str]) -> str:
    return "\n".join([f"# {title}", "", NOTE.format(source=source), "", *lines]).rstrip() + "\n"


def _cell(text: object) -> str:
    return " ".join(str(text).split()).replace("|", "\\|")


def _roles() -> Iterator[str]:
    yield "What a person may do comes from the roles that she holds for an agency. Rules may narrow it to her own things."
    for role in ROLES.values():
        yield from ("", f"## {role.name}", "", f"`{role.code}`. {role.purpose}", "")
        yield ", ".join(f"`{permission}`" for permission in Permission if permission in role.permissions)
    yield from ("", "## Who holds a permission", "", "| permission | roles |", "|---|---|")
    for permission in Permission:
        holders = [role.code for role in ROLES.values() if permission in role.permissions]
        yield f"| `{permission}` | {'everybody' if len(holders) == len(ROLES) else ', '.join(holders) or 'nobody'} |"


def workflows() -> list[Workflow]:
    """Every table of moves that an app declares in its `workflow.py`."""
    found = []
    for config in apps.get_app_configs():
        if config.name.startswith("besa.") and (Path(config.path) / "workflow.py").exists():
            module = import_module(f"{config.name}.workflow")
            found += [value for value in vars(module).values() if isinstance(value, Workflow)]
    return found


def _workflows() -> Iterator[str]:
    for workflow in workflows():
        yield from (f"## {workflow.name.replace('_', ' ').capitalize()}", "", "```mermaid")
        yield workflow.diagram().rstrip()
        yield from ("```", "")


def _settings() -> Iterator[str]:
    yield "Environment variables, or lines of `.env`. A value may stand in a file that `…_FILE` names."
    yield ""
    said: list[str] = []
    for line in (ROOT / ".env.sample").read_text().splitlines():
        name, is_variable, example = line.lstrip("#").partition("=")
        if is_variable and name.startswith("BESA_"):
            shown = f"`{name}={example}`" if example else f"`{name}`"
            yield f"- {shown}" + (f": {' '.join(said)}" if said else "")
            said = []
        else:
            said = [*said, line.lstrip("# ")] if line.startswith("#") else []


def _option(action: Action) -> str:
    name = max(action.option_strings, key=len) if action.option_strings else str(action.metavar or action.dest)
    value = "" if action.nargs == 0 or not action.option_strings else f" {action.metavar or action.dest.upper()}"
    return f"- `{name}{value}`" + (f": {_cell(action.help)}" if action.help else "")


def _commands() -> Iterator[str]:
    yield "`besa COMMAND …`, the same as `python manage.py COMMAND …`. Exit codes: 0 done, 1 refused or does not hold, 2 wrong use."
    for name, app in sorted(get_commands().items()):
        if not app.startswith("besa."):
            continue
        command = load_command_class(app, name)
        parser = command.create_parser("besa", name)
        yield from ("", f"## `besa {name}`", "", _cell(command.help), "")
        for action in parser._actions:
            if action.help != SUPPRESS and not GENERAL & set(action.option_strings) and action.dest != "skip_checks":
                yield _option(action)


def _fields(model: type[Model]) -> Iterator[str]:
    classification = classification_of(model)
    if classification is None:
        return
    yield from ("", f"## {model._meta.label}", "", " ".join((model.__doc__ or "").split()), "")
    yield f"Kept: {classification.retention}."
    yield ""
    for level in ("P0", "P1", "P2", "P3"):
        names = [f"`{name}`" for name, given in classification.classes.items() if given == level]
        if names:
            yield f"- {level}: {', '.join(names)}"
    if classification.clear:
        names = [f"`{name}`" for name in classification.clear]
        yield f"- In the clear: {', '.join(names)}; {classification.clear_because}"


def _data() -> Iterator[str]:
    yield "What is kept, how long, and how much harm its disclosure does: P0 public, P1 workflow, P2 identity, P3 compartment."
    yield "What is P2 or P3 is sealed, but for what is listed as kept in the clear, with the reason."
    for model in apps.get_models():
        if model.__module__.startswith("besa."):
            yield from _fields(model)


# The few words of the manual's page of roles that are no text of the program.
MANUAL = {
    "en": {
        "title": "Roles and what they may do",
        "given": "A role is given by one administrator and approved by another, for one institution and for a time.",
        "cases": "With cases:",
        "opens": "Opens an identity:",
        "shown": "What is shown for which purpose",
        "head": "| purpose | shown | who |",
    },
    "sq": {
        "title": "Rolet dhe çfarë u lejohet",
        "given": "Rolin e propozon një administrator dhe e miraton një tjetër, për një institucion dhe për një kohë të caktuar.",
        "cases": "Me rastet:",
        "opens": "E hap identitetin:",
        "shown": "Çfarë shfaqet për secilin qëllim",
        "head": "| qëllimi | shfaqen | kush |",
    },
}


def _manual(words: dict[str, str]) -> Iterator[str]:
    """The same declaration as `_roles`, in the words of the people who hold the roles."""
    yield words["given"]
    for role in ROLES.values():
        yield from ("", f"## {_cell(role.name)}", "", f"`{role.code}`. {_cell(role.purpose)}")
        said = [rule for rule in case_policy.RULES if role.code in rule.roles]
        if said:
            yield from ("", words["cases"], "", *(f"- {_cell(rule.says)}" for rule in said))
        purposes = case_policy.PURPOSES_OF.get(role.code, ())
        if purposes:
            named = ", ".join(str(case_policy.PURPOSE_WORDS[purpose]) for purpose in purposes)
            yield from ("", f"{words['opens']} {named}.")
    shown = import_module("besa.cases.words").GROUP_WORDS  # its module wants the models
    yield from ("", f"## {words['shown']}", "", words["head"], "|---|---|---|")
    for purpose, why in case_policy.PURPOSE_WORDS.items():
        groups = ", ".join(str(shown[group]) for group in Group if group in case_policy.SHOWN_FOR[purpose])
        yield f"| {why} | {groups} | {_holders(purpose)} |"


def _holders(purpose: Purpose) -> str:
    """Who may name the purpose: the roles it is declared for, or in an emergency those who may break the glass."""
    if purpose is Purpose.EMERGENCY:
        names = [role.name for role in ROLES.values() if Permission.GLASS_BREAK in role.permissions]
    else:
        names = [ROLES[code].name for code, purposes in case_policy.PURPOSES_OF.items() if purpose in purposes]
    return ", ".join(str(name) for name in names)


PAGES: dict[str, tuple[str, str, Callable[[], Iterator[str]]]] = {
    "roles.md": ("Roles and what they may do", "`besa/directory/access.py`", _roles),
    "workflows.md": ("States and moves", "the `workflow.py` of each app", _workflows),
    "settings.md": ("Settings", "`.env.sample`", _settings),
    "commands.md": ("Commands", "the commands themselves", _commands),
    "data.md": ("Data, its classes and its retention", "the models", _data),
    "asvs.md": ("OWASP ASVS 5.0, levels 1 and 2", "`docs/security/asvs.yaml`", security_pages.asvs),
    "threats.md": ("Threats", "`docs/security/threats.yaml` and the URL configuration", security_pages.threats),
}


def pages() -> dict[str, str]:
    """Path below `docs` -> text of each page as the code says it now."""
    made = {}
    with override("en"):
        for name, (title, source, lines) in PAGES.items():
            made[f"reference/{name}"] = _page(title, source, lines())
    source = "`besa/directory/access.py` and `besa/directory/case_policy.py`"
    for language, words in MANUAL.items():
        with override(language):
            made[f"manual/{language}/roles.md"] = _page(words["title"], source, _manual(words))
    return made


def outdated() -> list[str]:
    """The pages that are not what the code says."""
    current = pages()
    return [
        name for name, text in current.items() if not (FOLDER / name).exists() or (FOLDER / name).read_text() != text
    ]


def main(words: list[str]) -> int:
    django.setup()
    if words == ["write"]:
        for name, text in pages().items():
            (FOLDER / name).parent.mkdir(parents=True, exist_ok=True)
            (FOLDER / name).write_text(text)
        return 0
    if words == ["check"]:
        old = outdated()
        print(f"not current, run `make docs`: {', '.join(old)}" if old else "generated pages are current")
        return 1 if old else 0
    print("use: python -m tools.reference check|write", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
