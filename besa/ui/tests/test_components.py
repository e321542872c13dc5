"""Components as templates use them: what they show, what they say to those who do not see, what they refuse to show."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.apps import apps
from django.template import engines
from django.test import RequestFactory

from besa.ui.templatetags.besa import MESSAGES, STATUSES, number, percent

HERE = Path(__file__).resolve().parent.parent


def rendered(source: str, **context: Any) -> str:
    """The text of a template with cotton components in it, as a page has it."""
    request = RequestFactory().get("/")
    compiler = engines["django"].engine.find_template_loader  # type: ignore[attr-defined]
    cotton = compiler("django_cotton.cotton_loader.Loader").cotton_compiler
    html = engines["django"].from_string(cotton.process(source)).render(context, request)
    return " ".join(html.split())


def test_status_says_its_word_and_shows_a_mark() -> None:
    html = rendered('<c-status code="delayed" label="delayed" />')
    assert "status-behind" in html
    assert "#clock" in html
    assert html.endswith("delayed</span>")


def test_status_of_nothing_is_said() -> None:
    assert "not reported" in rendered("<c-status />")


def test_every_state_of_every_workflow_has_a_look() -> None:
    declared = {
        (field.model._meta.label, str(value))
        for model in apps.get_models()
        if model._meta.app_label
        in {config.label for config in apps.get_app_configs() if config.name.startswith("besa.")}
        for field in model._meta.get_fields()
        if getattr(field, "name", "") in ("state", "status") and getattr(field, "choices", None)
        for value, _label in field.choices  # type: ignore[union-attr]
        if value
    }
    assert {(model, value) for model, value in declared if value not in STATUSES} == set()


def test_every_icon_that_is_named_is_in_the_sprite() -> None:
    sprite = set((HERE / "icons.txt").read_text().split())
    named = {mark for _tone, mark in [*STATUSES.values(), *MESSAGES.values()]}
    named |= {item.icon for config in apps.get_app_configs() for item in getattr(config, "navigation", ())}
    for template in HERE.parent.glob("*/templates/**/*.html"):
        named |= set(re.findall(r'(?:\{% icon |\bicon=)"([a-z0-9-]+)"', template.read_text()))
    assert named - sprite == set()


def test_figure_links_only_where_there_is_something_behind_it() -> None:
    assert "<a " not in rendered('<c-figure value="5" label="late" />')
    assert 'href="/late/"' in rendered('<c-figure value="5" label="late" href="/late/" />')


def test_act_posts_with_a_token() -> None:
    html = rendered('<c-act action="/do/" label="Submit" />')
    assert '<form method="post" action="/do/"' in html
    assert "csrfmiddlewaretoken" in html


def test_act_that_is_refused_shows_the_reason_and_no_form() -> None:
    html = rendered('<c-act action="/do/" label="Submit" reason="The round is locked." />')
    assert "<form" not in html
    assert "disabled" in html
    assert "The round is locked." in html


def test_message_is_an_alert_only_where_something_went_wrong() -> None:
    assert 'role="alert"' in rendered('<c-message tags="error">No</c-message>')
    assert 'role="status"' in rendered('<c-message tags="success">Yes</c-message>')


class Form(forms.Form):
    name = forms.CharField(label="Name")
    level = forms.ChoiceField(label="Level", choices=[("a", "A")], widget=forms.RadioSelect)
    secret = forms.CharField(widget=forms.HiddenInput)

    def clean(self) -> None:
        raise forms.ValidationError("These do not fit together.")


def test_problems_lead_to_their_fields() -> None:
    html = rendered('<c-problems :form="form" />', form=Form({}))
    assert '<a href="#id_name">Name: This field is required.</a>' in html
    assert '<a href="#div_id_level">' in html, "a group of buttons is reached by its block"
    assert "These do not fit together." in html
    assert "#id_secret" not in html, "what is hidden cannot be jumped to"


def test_problems_are_silent_without_any() -> None:
    assert rendered('<c-problems :form="form" />', form=forms.Form({})) == ""


def test_share_of_nothing_is_not_zero() -> None:
    html = rendered('<c-share label="spent" />')
    assert "<progress" not in html
    assert "not reported" in html
    assert '<progress value="0"' in rendered('<c-share value="0" label="spent" />')


def test_progress_of_thousands_keeps_its_numbers_readable_for_the_browser() -> None:
    html = rendered('<c-progress :done="done" :total="total" label="rows" />', done=1200, total=4000)
    assert '<progress value="1200" max="4000"' in html
    assert "1,200 of 4,000" in html


def test_progress_asks_again_only_while_it_runs() -> None:
    source = '<c-progress :done="done" :total="40" label="rows" poll="/job/" />'
    assert 'hx-get="/job/"' in rendered(source, done=12)
    assert "hx-get" not in rendered(source, done=40)


def test_diff_shows_what_was_empty() -> None:
    html = rendered('<c-diff before="" after="End 2009" />')
    assert "empty" in html
    assert "<ins>End 2009</ins>" in html


def test_components_escape_what_they_are_given() -> None:
    html = rendered('<c-figure value="{{ bad }}" label="x" /><c-status label="{{ bad }}" />', bad="<script>")
    assert "<script>" not in html


@pytest.mark.parametrize(("value", "text"), [(None, "not reported"), (0, "0 %"), (41.4, "41 %")])
def test_percent(value: float | None, text: str) -> None:
    assert percent(value) == text


def test_number_keeps_missing_apart_from_zero() -> None:
    assert (number(None), number(0), number(1200000)) == ("–", "0", "1,200,000")
