"""Another department's opinion on an inpatient: asked, answered by one of its doctors, taken back."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from facilities.models import Department
from hmis.kernel import facts, requests
from hmis.kernel.access import lock
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal
from hmis.kernel.transitions import move
from ipd.models import Admission, Opinion
from ipd.services.stays import lock_admission
from ipd.states import OPINION_MOVES, OpinionStatus
from patients import services as patients

LINKED = ["facility", "admission", "patient", "department", "asked_by", "answered_by"]


@act
def ask_opinion(
    *,
    admission: Admission,
    department: Department,
    question: str,
    is_urgent: bool = False,
    request_key: UUID,
    actor: Any,
    at: datetime,
) -> Opinion:
    """Ask another department of this hospital what it thinks.

    Refuses the department that answers for the patient, one that is asked already, and no question.
    """
    body = [admission.pk, department.pk, question, is_urgent]
    opinion_id, seen = requests.claim(request_key, "ipd.ask_opinion", actor=actor, body=body)
    if seen:
        return Opinion.objects.get(pk=opinion_id)
    held = lock_admission(admission)
    if department.facility_id != held.facility_id or not department.is_active:
        raise Refusal(_("There is no such department here."), field="department")
    if held.care_teams.filter(ended_at=None, department=department).exists():
        raise Refusal(_("The patient is already in this department."), field="department")
    if held.opinions.filter(status=OpinionStatus.ASKED, department=department).exists():
        raise Refusal(_("This department is asked already."), field="department")
    if not question.strip():
        raise Refusal(_("Write the question."), field="question")
    opinion = Opinion(
        id=opinion_id,
        facility_id=held.facility_id,
        admission=held,
        patient_id=held.patient_id,
        department=department,
        is_urgent=is_urgent,
        question=question.strip(),
        asked_by=actor,
        asked_at=at,
    )
    opinion.clean_fields(exclude=LINKED)
    _record("ipd.opinion_asked", opinion, actor=actor, at=at, new=[opinion], department=department.code)
    return opinion


@act
def answer_opinion(*, opinion: Opinion, answer: str, request_key: UUID, actor: Any, at: datetime) -> Opinion:
    """A doctor of the department that was asked writes its opinion.

    Refuses interns, doctors of other departments, an empty answer, and what is answered or taken back.
    """
    body = [opinion.pk, answer]
    seen = requests.was_sent(request_key, "ipd.answer_opinion", actor=actor, body=body)
    held = _locked(opinion)
    if seen:
        return held
    patients.refuse_intern_deciding(actor)
    if actor.posting.department_id not in (None, held.department_id):
        raise Refusal(_("Another department was asked."))
    if not answer.strip():
        raise Refusal(_("Write the opinion."), field="answer")
    held.answer, held.answered_by, held.answered_at = answer.strip(), actor, at
    held.clean_fields(exclude=LINKED)
    move(
        held,
        to=OpinionStatus.ANSWERED,
        allowed=OPINION_MOVES,
        also=["answer", "answered_by", "answered_at"],
    )
    _record("ipd.opinion_answered", held, actor=actor, at=at)
    return held


@act
def withdraw_opinion(*, opinion: Opinion, request_key: UUID, actor: Any, at: datetime) -> Opinion:
    """The question is taken back; it stays in the chart. Refuses one that is answered."""
    seen = requests.was_sent(request_key, "ipd.withdraw_opinion", actor=actor, body=[opinion.pk])
    held = _locked(opinion)
    if seen:
        return held
    move(held, to=OpinionStatus.WITHDRAWN, allowed=OPINION_MOVES)
    _record("ipd.opinion_withdrawn", held, actor=actor, at=at)
    return held


def _locked(opinion: Opinion) -> Opinion:
    return lock(Opinion, opinion.pk, "department")


def _record(name: str, opinion: Opinion, *, actor: Any, at: datetime, **detail: Any) -> None:
    facts.record(name, about=opinion, actor=actor, at=at, patient_id=opinion.patient_id, **detail)
