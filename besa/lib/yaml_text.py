"""YAML as people edit it: read with the line of every value, written in one canonical way.

Reading takes every scalar as text (so that `2009`, `no` and `2009-01-01` stay what was written) and refuses aliases and
repeated keys. Writing gives the same bytes for the same value, long texts as folded blocks without quotation marks, so that
a change of one word is a change of one line or two.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

Path = tuple[str | int, ...]
WIDTH = 120
MOST_DEPTH = 40
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SPECIAL = re.compile(
    r"[-?:,\[\]{}#&*!|>'\"%@`=<~\s]|[-+.\d][-+.\d:eExXoO_]*$|\.inf|\.nan", re.IGNORECASE
)  # at the beginning
_BREAKS = re.compile(r": |:$| #|\n")
_BREAKS_FLOW = re.compile(r"[,\[\]{}]|: ?| #|\n")
_MEANS_SOMETHING = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}


class Unreadable(ValueError):
    """The text is not such a document; `line` is where (counted from 1)."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


def load(text: str) -> tuple[Any, dict[Path, int]]:
    """The document as dicts, lists, strings and None, and the line of each value by its path; raises Unreadable."""
    try:
        _check_depth(text)
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise Unreadable(f"this is not YAML: {error.problem or error.context}", line) from error
    except yaml.YAMLError as error:
        raise Unreadable(f"this is not YAML: {error}", 1) from error
    lines: dict[Path, int] = {}
    return (None if node is None else _value(node, (), lines, set())), lines


def _check_depth(text: str) -> None:
    """Composing recurses, in C without a limit: refuse what is nested deeper than any document of ours before."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MOST_DEPTH:
                mark = event.start_mark
                raise Unreadable("values are nested too deeply", mark.line + 1 if mark else 1)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _value(node: yaml.Node, path: Path, lines: dict[Path, int], seen: set[int]) -> Any:
    if id(node) in seen:
        raise Unreadable("aliases (*name) are not used here; write the value out", node.start_mark.line + 1)
    seen.add(id(node))
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.ScalarNode):
        return None if node.tag == "tag:yaml.org,2002:null" else str(node.value)
    if isinstance(node, yaml.SequenceNode):
        return [_value(part, (*path, index), lines, seen) for index, part in enumerate(node.value)]
    result: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise Unreadable("a key must be a word", line)
        key = str(key_node.value)
        if key in result:
            raise Unreadable(f"“{key}” is written twice", line)
        lines[(*path, key)] = line
        result[key] = _value(value_node, (*path, key), lines, seen)
    return result


def dump(value: Mapping[str, Any]) -> str:
    """The canonical text of a document of dicts, lists, strings, numbers, booleans and None."""
    return "\n".join(_mapping(value, 0)) + "\n"


def _mapping(value: Mapping[str, Any], indent: int) -> list[str]:
    lines: list[str] = []
    for key, part in value.items():
        name = " " * indent + _short(str(key)) + ":"
        if isinstance(part, Mapping) and part:
            lines += [name, *_mapping(part, indent + 2)]
        elif _is_list(part) and part:
            flow = _flow(part)
            one_line = flow is not None and len(name) + 1 + len(flow) <= WIDTH
            lines += [f"{name} {flow}"] if one_line else [name, *_sequence(part, indent)]
        else:
            lines += _scalar(part, name, indent + 2)
    return lines


def _sequence(value: Sequence[Any], indent: int) -> list[str]:
    lines: list[str] = []
    dash = " " * indent + "-"
    for part in value:
        if isinstance(part, Mapping) and part:
            first, *rest = _mapping(part, indent + 2)
            lines += [f"{dash} {first.lstrip()}", *rest]
        elif _is_list(part):
            lines.append(f"{dash} {_flow(part) or json.dumps(part, ensure_ascii=False)}")
        else:
            lines += _scalar(part, dash, indent + 2)
    return lines


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _flow(value: Sequence[Any]) -> str | None:
    """`[a, b]` if all parts are short; None if the list is better written one part a line."""
    if not all(isinstance(part, int) or (isinstance(part, str) and len(part) <= 48) for part in value):
        return None
    if any("\n" in part for part in value if isinstance(part, str)):
        return None
    return f"[{', '.join(_short(part, in_flow=True) for part in value)}]"


def _scalar(value: Any, name: str, indent: int) -> list[str]:
    if not isinstance(value, str):
        return [f"{name} {_short(value)}"]
    pad = " " * indent
    is_trim = value.strip(" \n") == value  # a block loses what stands at its ends
    if "\n" in value and is_trim:
        return [f"{name} |-", *(pad + line if line else "" for line in value.split("\n"))]
    if len(name) + len(value) + 3 > WIDTH and "\n" not in value and is_trim:
        return [f"{name} >-", *(pad + line for line in _folded(value, WIDTH - indent))]
    return [f"{name} {_short(value)}"]


def _folded(text: str, width: int) -> list[str]:
    """`text` broken at single blanks only, since a folded line end reads back as one blank."""
    glued = re.sub(r"(?<= ) | (?= )", "\0", text)
    lines = textwrap.wrap(
        glued, max(width, 40), break_long_words=False, break_on_hyphens=False, replace_whitespace=False,
        expand_tabs=False, drop_whitespace=True,
    )  # fmt: skip
    return [line.replace("\0", " ") for line in lines]


def _short(value: Any, *, in_flow: bool = False) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if not isinstance(value, str):  # an empty list or mapping
        return "{}" if isinstance(value, Mapping) else "[]"
    text = value
    breaks = _BREAKS_FLOW if in_flow else _BREAKS
    is_plain = text.strip() == text != "" and text.casefold() not in _MEANS_SOMETHING
    if is_plain and not _SPECIAL.match(text) and not breaks.search(text):
        return text
    if "\n" in text:
        return json.dumps(text, ensure_ascii=False)
    return "'" + text.replace("'", "''") + "'"
