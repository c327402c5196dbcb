"""Vital signs of an inpatient and their warning score: in one act, and answered by somebody by name."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from facilities.roles import Role
from hmis.kernel import facts, requests
from hmis.kernel.access import lock
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal
from hmis.kernel.moments import Said, moment_of
from hmis.kernel.rows import write
from ipd import news, queries
from ipd.models import Admission, EarlyWarning, WarningAnswer
from ipd.services.admitting import LINKED
from ipd.services.stays import lock_admission
from ipd.states import OPEN_ADMISSIONS, Response
from patients import queries as patient_queries
from patients import services as patients
from patients.models import Observation
from patients.queries.prescribing import is_pregnant
from patients.services import Allergy, Vitals

SCALE2 = ["scale2_by", "scale2_at", "scale2_why"]


@act
def record_ward_vitals(
    *,
    admission: Admission,
    vitals: Vitals,
    allergy: Allergy | None = None,
    taken_at: Said = None,
    confirm: bool = False,
    request_key: UUID,
    actor: Any,
    at: datetime,
) -> list[Observation]:
    """Write down what was measured at the bedside, with its NEWS2 score where the set is complete.

    Refuses a stay that is over, an empty form, a time before the admission, and whatever `patients` refuses.
    """
    body = [admission.pk, vitals.claimed(), allergy.claimed() if allergy else None, taken_at]
    set_id, seen = requests.claim(request_key, "ipd.record_ward_vitals", actor=actor, body=body)
    if seen:
        return patient_queries.taken_together(set_id)
    held = lock_admission(admission)
    if taken_at and moment_of(taken_at, at) < held.admitted_at:
        raise Refusal(_("The patient was not here at that time."), field="taken_at")
    encounter = patients.lock_encounter(held.encounter)
    taken = patients.add_vitals(
        encounter=encounter,
        vitals=vitals,
        set_id=set_id,
        actor=actor,
        at=at,
        taken_at=taken_at,
        confirm=confirm,
    )
    said = patients.add_allergy(encounter=encounter, allergy=allergy, actor=actor, at=at) if allergy else None
    if not taken and said is None:
        raise Refusal(_("Write at least one value."))
    write(*taken, said)
    _score(held, taken, actor=actor, at=at)
    return taken


@act
def score_recorded(*, observation: Observation, at: datetime, actor: Any = None) -> EarlyWarning | None:
    """Score a set of vital signs that came another way than by the ward's page; None where there is no score.

    Heard twice, it is scored once.
    """
    admission = Admission.objects.filter(encounter=observation.encounter_id).first()
    if admission is None:
        return None
    # Locked, as the ward's page does it: of two who come at once one finds what the other has written.
    held = lock(Admission, admission.pk, "patient")
    scored = EarlyWarning.objects.filter(taken_together=observation.taken_together).first()
    if scored or held.status not in OPEN_ADMISSIONS:
        return scored
    taken = [one for one in patient_queries.taken_together(observation.taken_together) if not one.wrong_at]
    return _score(held, taken, actor=actor, at=at)


def _score(
    admission: Admission, taken: Sequence[Observation], *, actor: Any, at: datetime
) -> EarlyWarning | None:
    """The part of an act that writes the score of a complete set, for whom NEWS2 is meant."""
    measured = {one.vital: one.finding or one.value for one in taken}
    if news.missing(measured) or not _is_for(admission, measured, at):
        return None
    whole = {vital: value for vital, value in measured.items() if value is not None}
    scored = news.score(whole, scale=2 if admission.scale2_at else 1)
    assert scored is not None
    taken_at = taken[0].taken_at
    warning = EarlyWarning(
        facility_id=admission.facility_id,
        admission=admission,
        patient_id=admission.patient_id,
        taken_together=taken[0].taken_together,
        taken_at=taken_at,
        score=scored.total,
        points=dict(scored.points),
        reds=list(scored.reds),
        scale=scored.scale,
        risk=scored.advice.risk,
        escalates=scored.advice.escalates,
        next_due_at=taken_at + timedelta(minutes=news.minutes_to_next(scored.advice)),
    )
    facts.record(
        "ipd.vitals_scored",
        about=warning,
        actor=actor,
        at=at,
        patient_id=admission.patient_id,
        facility_id=admission.facility_id,
        new=[warning],
        escalates=warning.escalates,
    )
    return warning


def _is_for(admission: Admission, measured: dict[str, Any], at: datetime) -> bool:
    today = timezone.localdate(at)
    pregnant = measured.get("pregnant") == "yes" or is_pregnant(admission.patient, today)
    return news.applies(months=patient_queries.months_old(admission.patient, today), pregnant=pregnant)


@act
def answer_warning(
    *,
    warning: EarlyWarning,
    response: Response,
    told: str = "",
    note: str = "",
    request_key: UUID,
    actor: Any,
    at: datetime,
) -> WarningAnswer:
    """Somebody says what was done about a warning score, and about earlier ones of the same inpatient.

    Refuses what asks for nothing, what is answered already, and what a constraint of WarningAnswer refuses.
    """
    body = [warning.pk, response, told, note]
    answer_id, seen = requests.claim(request_key, "ipd.answer_warning", actor=actor, body=body)
    if seen:
        return WarningAnswer.objects.get(pk=answer_id)
    held = lock(Admission, warning.admission_id)
    if not warning.escalates:
        raise Refusal(_("This score needs no answer."))
    if WarningAnswer.objects.filter(warning=warning).exists():
        raise Refusal(_("Somebody else has answered this meanwhile."))
    # One look at the bedside answers for all that was measured before it.
    earlier = queries.unanswered().filter(admission=held, taken_at__lte=warning.taken_at)
    answered = [warning, *earlier.exclude(pk=warning.pk).order_by("taken_at", "pk")]
    answers = [
        WarningAnswer(
            id=pk,
            facility_id=one.facility_id,
            warning=one,
            patient_id=one.patient_id,
            response=response,
            told=told.strip(),
            note=note.strip(),
            answered_by=actor,
            answered_at=at,
        )
        for pk, one in zip(requests.following(answer_id, len(answered)), answered, strict=True)
    ]
    answers[0].clean_fields(exclude=["facility", "warning", "patient", "answered_by"])
    facts.record(
        "ipd.warning_answered",
        about=warning,
        actor=actor,
        at=at,
        patient_id=warning.patient_id,
        new=answers,
        response=str(response),
        count=len(answers),
    )
    return answers[0]


@act
def order_scale2(*, admission: Admission, why: str, request_key: UUID, actor: Any, at: datetime) -> Admission:
    """SpO₂ is scored on scale 2 from the next set on, by a doctor's order; "" as the reason ends it.

    For a confirmed hypercapnic respiratory failure [RCP 2017, chart 1]. Refuses who is no doctor.
    """
    body = [admission.pk, why]
    seen = requests.was_sent(request_key, "ipd.order_scale2", actor=actor, body=body)
    held = lock_admission(admission)
    if seen:
        return held
    if actor.posting.role != Role.DOCTOR:
        raise Refusal(_("A doctor orders the scale."))
    patients.refuse_intern_deciding(actor)
    if not why.strip() and held.scale2_at is None:
        raise Refusal(_("Say why the other scale is ordered."), field="why")
    if why.strip():
        held.scale2_by, held.scale2_at, held.scale2_why = actor, at, why.strip()
    else:
        held.scale2_by, held.scale2_at, held.scale2_why = None, None, ""
    held.clean_fields(exclude=LINKED)
    held.save(update_fields=SCALE2)
    told = {"about": held, "actor": actor, "at": at, "patient_id": held.patient_id}
    if held.scale2_at:
        facts.record("ipd.second_scale_ordered", **told)
    else:
        facts.record("ipd.second_scale_ended", **told)
    return held
