"""An erasure that a crash has broken off, or that a restore has undone in the rows, is brought to its end by the replay."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import transaction

from besa.audit.models import Event
from besa.cases.actions import erasing, files
from besa.cases.models import Case, Erasure
from besa.cases.tests.factory import make_case
from besa.lib import clock
from besa.people.models import IdentityToken
from besa.vault import keystore
from conftest import MakeMember

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])


def test_the_rows_follow_the_ledger(make_member: MakeMember, tmp_path: Path) -> None:
    worker, officer = make_member("municipality"), make_member("data_protection")
    case, other, now = make_case(worker), make_case(worker), clock.now()
    files.move(case=case, verb="close", closing="withdrawn", by=worker, at=now)
    asked = erasing.ask_erasure(case=case, reason="wish", by=worker, at=now)
    with transaction.atomic():  # the ledger is a file: it keeps what the database gives up
        erasing.erase(erasure=asked, by=officer, at=now)
        transaction.set_rollback(True)
    assert Case.objects.get(pk=case.pk).state == "closed"

    call_command("replay_erasures", verbosity=0)
    events = Event.objects.count()
    call_command("replay_erasures", verbosity=0)

    assert Event.objects.count() == events
    assert not keystore.exists(case.scope)
    assert (Case.objects.get(pk=case.pk).state, Case.objects.get(pk=other.pk).state) == ("erased", "open")
    done = Erasure.objects.get(pk=asked.pk)
    assert (done.state, done.decided_by, done.decided_at) == ("done", officer, now)
    assert not IdentityToken.objects.filter(person=case.subject).exists()
    said = Event.objects.filter(object_id__in=[str(case.pk), str(asked.pk)], actor="system")
    assert set(said.values_list("verb", flat=True)) == {"case_erased", "erasure_done"}
