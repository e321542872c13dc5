"""The form on which an amendment is drafted: any number of rows of the plan, each with its fields as they stand now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from besa.plan.content.cells import joined, parted, time_cell, time_parts
from besa.plan.content.shape import ACTIVITY, OBJECTIVE, TIMES, Content, Field, Level, Row
from besa.plan.content.values import Bad, value_of
from besa.plan.converters import to_slug
from besa.plan.versions import ADDED, REMOVED, Change, rows_of, value_in, whole_row
from besa.plan.words import FIELD_NAMES, said

_BOTH = ("indicators", "indicators_sq", "targets", "targets_sq")
EDITED: dict[str, tuple[str, ...]] = {
    "activities": (
        "text", "text_sq", "responsible", "timeline", "outputs", "outputs_sq", "targets", "targets_sq", "resources", "see_also",
        "note",
    ),
    "objectives": ("title", "title_sq", *_BOTH),
    "aims": ("title", "title_sq", *_BOTH),
    "components": ("title", "title_sq"),
}  # fmt: skip


def area_text(value: Any) -> str:
    """A field of a row as it stands in a text area: one part a line."""
    if isinstance(value, list):
        return joined([time_cell(part) for part in value])
    return str(value or "")


def _raw(field: Field, text: str) -> Any:
    """What was typed, as amendments speak of it; raises Bad for what the field cannot hold."""
    if not field.is_list:
        return value_of(text, field)
    parts: list[Any] = parted(text)
    if field.kind == TIMES:
        parts = [time_parts(part) for part in parts]
    value_of(parts, field)
    return parts


class RowForm(forms.Form):
    """The fields of one row of the plan, filled with `texts`."""

    def __init__(self, level: Level, texts: Mapping[str, str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.level = level
        for key in EDITED[level.key]:
            self.fields[key] = self._area(key, texts.get(key, ""))

    def _area(self, key: str, text: str) -> forms.CharField:
        field = self._field(key)
        lines = max(text.count("\n") + 1, len(text) // 70 + 1)
        return forms.CharField(
            label=str(FIELD_NAMES[key]),
            required=field.is_required,
            initial=text,
            strip=False,
            help_text=_("One a line.") if field.is_list else "",
            widget=forms.Textarea(
                attrs={"rows": min(max(lines, 2), 12), "lang": "sq" if key.endswith("_sq") else None}
            ),
        )

    def _field(self, key: str) -> Field:
        field = self.level.field(key)
        assert field is not None  # noqa: S101  # EDITED names fields of the level
        return field

    def clean(self) -> dict[str, Any]:
        self.values: dict[str, Any] = {}
        for key in EDITED[self.level.key]:
            if key in self.cleaned_data:
                try:
                    self.values[key] = _raw(self._field(key), self.cleaned_data[key])
                except Bad as bad:
                    self.add_error(key, "; ".join(part for part in (bad.message, bad.advice) if part))
        return self.cleaned_data


class ChangeForm(RowForm):
    """A row that is changed, or an activity that is taken out."""

    def __init__(
        self,
        target: str,
        level: Level,
        row: Row,
        above: str,
        drafted: Sequence[Mapping[str, Any]],
        *args: Any,
        **kwargs: Any,
    ) -> None:
        texts = {key: area_text(value_in(level, row, key)) for key in EDITED[level.key]}
        texts |= {change["field"]: area_text(change["after"]) for change in drafted}
        super().__init__(level, texts, *args, **kwargs)
        self.target, self.row, self.above = target, row, above
        if level is ACTIVITY:
            self.fields["is_removed"] = forms.BooleanField(
                label=gettext_lazy("Take this activity out of the plan"),
                required=False,
                initial=any(change["field"] == REMOVED for change in drafted),
            )

    @property
    def title(self) -> str:
        return str(said(self.row, "text" if self.level is ACTIVITY else "title"))

    def changes(self) -> Iterator[Change]:
        """What the valid form changes; nothing if it was left as it stood."""
        if self.cleaned_data.get("is_removed"):
            yield Change(self.target, REMOVED, whole_row(self.level, self.row, self.above), None)
            return
        for key, after in self.values.items():
            before = value_in(self.level, self.row, key)
            if before != after:
                yield Change(self.target, key, before, after)


class NewForm(RowForm):
    """An activity that is added under an objective."""

    identifier = forms.CharField(
        label=gettext_lazy("Identifier"),
        max_length=60,
        help_text=gettext_lazy("Unique in the plan, such as II.1.(b).7."),
    )
    objective = forms.ChoiceField(label=gettext_lazy("Objective"))
    parent = forms.ChoiceField(label=gettext_lazy("Part of"), required=False)

    def __init__(self, number: int, content: Content, row: Row, *args: Any, **kwargs: Any) -> None:
        texts = {key: area_text(row[key]) for key in EDITED[ACTIVITY.key] if key in row}
        start = {"identifier": row.get("id"), "objective": row.get("objective"), "parent": row.get("parent")}
        super().__init__(ACTIVITY, texts, *args, initial=start, **kwargs)
        self.number = number
        rows = list(rows_of(content))
        self.taken = {row[level.identity] for level, row, _above in rows}
        objective: Any = self.fields["objective"]
        objective.choices = [
            (row["code"], f"{row['code']} {said(row, 'title')[:90]}")
            for level, row, _above in rows
            if level is OBJECTIVE
        ]
        parent: Any = self.fields["parent"]
        parent.choices = [
            ("", _("not a part of another")),
            *((row["id"], f"{row['id']} {said(row, 'text')[:80]}") for level, row, _above in rows if level is ACTIVITY),
        ]

    def clean_identifier(self) -> str:
        identifier = str(self.cleaned_data["identifier"])
        if identifier in self.taken:
            raise forms.ValidationError(_("The plan has this identifier already."))
        return identifier

    def changes(self) -> Iterator[Change]:
        row = {"id": self.cleaned_data["identifier"], **self.values}
        row |= {"objective": self.cleaned_data["objective"], "parent": self.cleaned_data["parent"] or None}
        yield Change(row["id"], ADDED, None, row)


class ProposalForm(forms.Form):
    """What every amendment says of itself."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=200)
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Why the plan must change; the body that decides reads this."),
    )


class Drafting:
    """The whole page: what the amendment says of itself, and a part for each row that it changes or adds.

    `data` is what was sent, with the rows in `target` and the numbers of the new ones in `new`; a part that was not sent yet
    stands as the plan does, or as `changes` (those of a draft that is corrected) say.
    """

    def __init__(
        self, content: Content, data: QueryDict | None = None, *, about: dict[str, str] | None = None,
        changes: Sequence[Mapping[str, Any]] = (), targets: Sequence[str] = (),
    ) -> None:  # fmt: skip
        self.content, self.data = content, data
        self.is_rearranged = False  # sent by a button that only changes which rows the page has
        self.rows = {row[level.identity]: (level, row, above) for level, row, above in rows_of(content)}
        self.about = ProposalForm(data, initial=about)
        added = [change for change in changes if change["field"] == ADDED]
        named = data.getlist("target") if data is not None else [*targets, *(change["target"] for change in changes)]
        self.targets = [target for target in dict.fromkeys(named) if target in self.rows]
        self.new = [int(number) for number in data.getlist("new") if number.isdigit()] if data is not None else []
        self.new = list(dict.fromkeys(self.new)) or list(range(len(added)))
        self.drafted = {target: [change for change in changes if change["target"] == target] for target in self.targets}
        self.added = dict(enumerate(added))
        self._build()

    def _build(self) -> None:
        self.parts = [self._changed(target) for target in self.targets]
        self.additions = [self._added(number) for number in self.new]

    def _sent(self, prefix: str) -> QueryDict | None:
        """What was sent of a part; None for a part that the page did not have yet."""
        return self.data if self.data is not None and any(key.startswith(f"{prefix}-") for key in self.data) else None

    def _changed(self, target: str) -> ChangeForm:
        prefix = f"row-{to_slug(target)}"
        return ChangeForm(target, *self.rows[target], self.drafted.get(target, []), self._sent(prefix), prefix=prefix)

    def _added(self, number: int) -> NewForm:
        prefix = f"new-{number}"
        after = self.added[number]["after"] if number in self.added else {}
        return NewForm(number, self.content, after, self._sent(prefix), prefix=prefix)

    def rearrange(self, wish: str, target: str) -> bool:
        """Do what a button of the page asks (`add`, `new`, `drop X`); False if it asks for something else."""
        verb, _blank, what = wish.partition(" ")
        if verb == "add" and target in self.rows and target not in self.targets:
            self.targets.append(target)
        elif verb == "new":
            self.new.append(max(self.new, default=-1) + 1)
        elif verb == "drop":
            self.targets = [other for other in self.targets if other != what]
            self.new = [number for number in self.new if f"new-{number}" != what]
        elif verb != "add":
            return False
        self._build()
        self.is_rearranged = True
        return True

    @property
    def forms(self) -> list[forms.Form]:
        return [self.about, *self.parts, *self.additions]

    def is_valid(self) -> bool:
        """Whether every part can be taken; an amendment that changes nothing cannot."""
        faulty = [form for form in self.forms if not form.is_valid()]
        if not faulty and not self.changes():
            self.about.add_error(None, _("Nothing is changed yet. Choose a row of the plan and edit it."))
        return not faulty and self.about.is_valid()

    def changes(self) -> list[dict[str, Any]]:
        changed = [change for part in self.parts for change in part.changes()]
        added = [change for part in self.additions for change in part.changes()]
        return [asdict(change) for change in changed + added]

    @property
    def choices(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """The rows that can still be chosen, under their objective or component."""
        found: dict[str, list[tuple[str, str]]] = {}
        for target, (level, row, above) in self.rows.items():
            if target not in self.targets:
                group = above if level is ACTIVITY else str(_("Components, aims and objectives"))
                text = str(said(row, "text" if level is ACTIVITY else "title"))
                found.setdefault(group, []).append((target, f"{target} {text[:70]}"))
        return list(found.items())
