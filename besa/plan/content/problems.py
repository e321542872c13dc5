"""What is wrong with a file, where, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Where:
    """A cell of a workbook (sheet, row from 1, column letter and name) or a line and path of a text file."""

    file: str = ""
    sheet: str = ""
    row: int = 0
    column: str = ""
    path: str = ""

    def __str__(self) -> str:
        if self.sheet:
            parts = [
                f"sheet {self.sheet}",
                f"row {self.row}" if self.row else "",
                f"column {self.column}" if self.column else "",
            ]
        else:
            parts = [self.file, f"line {self.row}" if self.row else "", self.path]
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True, order=True)
class Problem:
    """`kind` is a short word for tests and scripts; `message` says what is wrong, `advice` what to do."""

    where: Where
    kind: str
    message: str
    advice: str = ""

    def __str__(self) -> str:
        said = f"{self.where}: {self.message}" if str(self.where) else self.message
        return f"{said}; {self.advice}" if self.advice else said


class Faulty(Exception):
    """A file that cannot be taken; `problems` lists everything that is wrong with it."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = problems
