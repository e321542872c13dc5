"""Loading questionnaires and recording what was answered to them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from besa.assessments.engine.answering import problems, pruned
from besa.assessments.engine.definition import Definition
from besa.assessments.engine.scoring import as_json, score
from besa.assessments.models import Answers, Instrument
from besa.assessments.rules import check_may_replace
from besa.assessments.words import said_wrong
from besa.audit import actions as audit
from besa.directory.models import Membership
from besa.lib.loading import Tally, Unloadable
from besa.lib.refusal import Refused
from besa.vault import cells


class Loadable(Protocol):
    """A questionnaire as it came from its file."""

    @property
    def definition(self) -> Definition: ...

    @property
    def content(self) -> dict[str, Any]: ...

    @property
    def digest(self) -> str: ...


class WrongAnswers(Refused):
    """Answers that the questionnaire does not take; `by_question` says to each question what is wrong."""

    def __init__(self, by_question: Mapping[str, str]) -> None:
        super().__init__(_("Some answers are missing or cannot be taken."))
        self.by_question = dict(by_question)


def load(*, instruments: Iterable[Loadable], by: audit.Actor, at: datetime) -> Tally:
    """Add the versions that are new, leave those that are there. Raises Unloadable, having written nothing, where the content of a
    version that is there has changed.
    """
    tally, changed = Tally(), []
    with transaction.atomic():
        there = {(it.code, it.version): it.digest for it in Instrument.objects.only("code", "version", "digest")}
        for loadable in instruments:
            found = loadable.definition
            known = there.get((found.code, found.version))
            if known is None:
                _add(loadable, by, at)
            elif known != loadable.digest:
                changed.append(
                    f"{found.code}: the content of version {found.version} has changed; what people have answered to stays as it was: "
                    "give the new content a new version"
                )
            tally.note("questionnaires", "added" if known is None else "left")
        if changed:
            raise Unloadable(changed)
    return tally


def _add(loadable: Loadable, by: audit.Actor, at: datetime) -> None:
    found = loadable.definition
    added = Instrument.objects.create(
        code=found.code, version=found.version, kind=found.kind, audience=found.audience, title_en=found.title.en,
        title_sq=found.title.sq, content=loadable.content, digest=loadable.digest, loaded_at=at,
    )  # fmt: skip
    audit.record("instrument_loaded", added, by=by, at=at, fields=["content"], purpose="load_country")


@sensitive_variables()
def record_answers(
    *,
    instrument: Instrument,
    answers: Mapping[str, Any],
    scope: uuid.UUID,
    by: Membership,
    at: datetime,
    replaces: Answers | None = None,
) -> Answers:
    """Keep what was answered, sealed under the data key `scope`, with its score. Whether `by` may, the caller has asked.

    Answers to questions that were not asked are dropped. Raises WrongAnswers, Refused where the replaced answers are others' or
    were replaced already, KeyGone, KeysUnavailable.
    """
    definition = instrument.definition
    if wrong := problems(definition, answers):
        raise WrongAnswers({it.question: str(said_wrong(it)) for it in wrong})
    counting = pruned(definition, answers)
    with transaction.atomic():
        if replaces is not None:
            replaces = Answers.objects.select_for_update(of=("self",)).select_related("instrument").get(pk=replaces.pk)
            check_may_replace(replaces, instrument, scope)
        kept = Answers(instrument=instrument, scope=scope, answered_at=at, answered_by=by, replaces=replaces)
        cells.seal(kept, content=_text(counting), outcome=_text(as_json(score(definition, counting))))
        kept.save(force_insert=True)
        fields = ["content", "outcome", *(["replaces"] if replaces else [])]
        audit.record("answers_recorded", kept, by=by, at=at, fields=fields)
    return kept


def _text(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)
