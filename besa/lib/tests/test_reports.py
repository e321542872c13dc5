"""No report of an exception holds a value, whichever function held it."""

from __future__ import annotations

import sys

import pytest
from django.http import HttpRequest
from django.test import RequestFactory
from django.views.debug import ExceptionReporter, get_exception_reporter_filter
from pytest_django import Settings

from besa.lib.reports import NoValues

WORD = "".join(["kana", "rine", "zeze"])


def _report(request: HttpRequest | None) -> str:
    word, words = WORD, {"a name": [WORD]}
    try:
        raise ValueError(f"{len(word)} letters, {len(words)} words")
    except ValueError:
        reporter = ExceptionReporter(request, *sys.exc_info())
    return f"{reporter.get_traceback_text()}{reporter.get_traceback_html()}"


@pytest.mark.parametrize("with_request", [False, True])
def test_a_report_holds_names_of_variables_and_no_value(settings: Settings, with_request: bool) -> None:
    request = RequestFactory().post("/", {"surname": WORD}) if with_request else None
    assert isinstance(get_exception_reporter_filter(request), NoValues)
    settings.DEBUG = False
    said = _report(request)
    assert "words" in said
    assert WORD not in said


def test_a_developer_sees_them(settings: Settings) -> None:
    settings.DEBUG = True
    assert WORD in _report(None)
