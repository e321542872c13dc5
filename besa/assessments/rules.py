"""What may be done with answers. Who may fill in or read a questionnaire, the app asks to whose file it belongs."""

from __future__ import annotations

import uuid

from django.utils.translation import gettext_lazy as _

from besa.assessments.models import Answers, Instrument
from besa.lib.refusal import Conflict, Refused


def check_may_replace(older: Answers, instrument: Instrument, scope: uuid.UUID) -> None:
    """A correction belongs to the same file and the same questionnaire, of whatever version, and is made once. Raises Refused."""
    if older.scope != scope or older.instrument.code != instrument.code:
        raise Refused(_("A correction belongs to the same file and the same questionnaire."))
    if Answers.objects.filter(replaces=older).exists():
        raise Conflict(_("These answers have been corrected already. Look at the newest ones first."))
