"""The database that is measured: the demonstration, and then many plans and rounds beside it."""

from __future__ import annotations

import copy
from datetime import date

from django.conf import settings
from django.core.management import call_command
from django.test import Client

from besa.audit.actions import SYSTEM
from besa.demo import build
from besa.directory.middleware import SESSION_KEY
from besa.directory.models import Membership
from besa.lib import clock
from besa.lib.periods import Period
from besa.plan import versions
from besa.plan.actions import load_plan
from besa.plan.models import Plan
from besa.reporting.actions.rounds import open_round
from besa.reporting.figures import round_figures
from besa.reporting.models import Entry, Return, Round
from besa.reporting.monitoring import text as monitoring
from besa.reporting.reports import render

PLAN = "ALB-2008-2010"


def prepare() -> None:
    """Migrate and build the demonstration."""
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    for _line in build.build(settings.COUNTRY, clock.today()):
        pass


def client(login: str) -> Client:
    """A browser signed in as somebody of the cast."""
    member = Membership.objects.get(user__email=f"{login}@demo.besa")
    browser = Client()
    browser.force_login(member.user, backend="besa.directory.backends.PasswordBackend")
    session = browser.session
    session[SESSION_KEY] = member.pk
    session.save()
    return browser


def pages() -> list[tuple[str, str, str]]:
    """What is opened, by whom, and where."""
    item = Return.objects.get(agency__code="MOLSAEO", round__period="2009Q2", round__plan__code=PLAN)
    entry = Entry.objects.filter(to=item, is_lead=True).order_by("position").first()
    assert entry is not None  # noqa: S101  (the demonstration always has one)
    return [
        ("my desk", "focal_point", "/"),
        ("whole plan as a tree", "coordinator", f"/plan/of/{PLAN}/tree/"),
        ("activities as a table", "coordinator", f"/plan/of/{PLAN}/table/"),
        ("timeline", "coordinator", f"/plan/of/{PLAN}/timeline/"),
        ("an activity", "coordinator", f"/plan/of/{PLAN}/activity/IV.1.a.1/"),
        ("search", "coordinator", f"/plan/of/{PLAN}/search/?q=trajnim"),
        ("list of returns", "coordinator", "/reporting/returns/"),
        ("a return", "focal_point", f"/reporting/returns/{item.pk}/"),
        ("return editor, one activity", "focal_point", f"/reporting/entries/{entry.pk}/"),
        ("return editor, grid", "focal_point", f"/reporting/returns/{item.pk}/grid/"),
        ("dashboard", "coordinator", f"/reporting/dashboard/{PLAN}/2009Q2/"),
    ]


def report(format: str, language: str) -> None:
    """Build the monitoring report of 2009Q2 from the returns and print it."""
    found = Round.objects.select_related("plan").get(plan__code=PLAN, period="2009Q2")
    figures = round_figures(found, clock.today())
    render(
        monitoring.build(found, figures, "sq" if language == "sq" else "en", monitoring.proposals(found, figures)),
        format,
    )


def grow(plans: int, rounds: int) -> None:
    """Load copies of the plan under other codes, and open further rounds on them."""
    content = versions.content_of(Plan.objects.get(code=PLAN), 1)
    opened = Round.objects.count()
    for number in range(1, plans):
        twin = copy.deepcopy(content)
        twin["plan"]["code"] = f"COPY-{number:02}"
        load_plan(twin, by=SYSTEM, at=clock.now())
        plan = Plan.objects.get(code=f"COPY-{number:02}")
        for period in (Period(2009, "Q", 1), Period(2009, "Q", 2)):
            if opened < rounds:
                open_round(plan=plan, period=period, by=SYSTEM, at=clock.now(), today=date(2009, 7, 6))
                opened += 1
