"""Diagnoses: written by their code, made sure or refuted, kept on the problem list until they are over."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hmis.kernel import facts, requests
from hmis.kernel.access import lock
from hmis.kernel.acts import act
from hmis.kernel.edits import refuse_changed
from hmis.kernel.errors import Refusal, refusing
from hmis.kernel.rows import write
from hmis.kernel.transitions import move
from patients import codes
from patients.models import Condition, Encounter
from patients.states import CONDITION_MOVES, ConditionStatus, EncounterStatus

CHANGED = _("Somebody else changed this diagnosis meanwhile. Look again before you save.")
LINKED = ["facility", "encounter", "patient", "department", "recorded_by"]


@dataclass(frozen=True)
class Diagnosis:
    """What a doctor says of a disease."""

    code: str
    words: str = ""
    status: ConditionStatus = ConditionStatus.PROVISIONAL
    # None: the first one of an encounter is its main one.
    is_main: bool | None = False
    # None: as the disease is; a chronic one belongs on the problem list.
    is_problem: bool | None = None
    onset_on: date | None = None
    onset_precision: str = ""

    def claimed(self) -> list[Any]:
        """What a request key stands for."""
        return list(vars(self).values())


@act
def record_condition(
    *, encounter: Encounter, diagnosis: Diagnosis, request_key: UUID, actor: Any, at: datetime
) -> Condition:
    """Write a diagnosis of this encounter; a chronic one goes to the problem list unless it stands there.

    Refuses a code that ICD-10 does not have, one that is written here already, a second main one, and a
    cancelled encounter.
    """
    body = [encounter.pk, diagnosis.claimed()]
    condition_id, seen = requests.claim(request_key, "patients.record_condition", actor=actor, body=body)
    if seen:
        return Condition.objects.get(pk=condition_id)
    code = codes.code_of(diagnosis.code)
    if code is None:
        raise Refusal(_("ICD-10 has no such code."), field="code")
    if diagnosis.status == ConditionStatus.REFUTED:
        raise Refusal(_("A new diagnosis is provisional or final."), field="status")
    held = lock(Encounter, encounter.pk)
    if held.status == EncounterStatus.CANCELLED:
        raise Refusal(_("This visit was cancelled."))
    is_main = _is_first(held) if diagnosis.is_main is None else diagnosis.is_main
    wanted = code.is_chronic if diagnosis.is_problem is None else diagnosis.is_problem
    condition = Condition(
        id=condition_id,
        facility_id=held.facility_id,
        encounter=held,
        patient_id=held.patient_id,
        department_id=held.department_id,
        code=code.code,
        title=code.title,
        title_hi=code.title_hi,
        words=diagnosis.words,
        status=diagnosis.status,
        is_main=is_main,
        is_problem=wanted and not _is_listed(held, code.code),
        onset_on=diagnosis.onset_on,
        onset_precision=diagnosis.onset_precision,
        recorded_by=actor,
        recorded_on=timezone.localdate(at),
        recorded_at=at,
    )
    condition.clean_fields(exclude=LINKED)
    _refuse_future(condition.onset_on, "onset_on", at=at)
    write(condition)
    _record("patients.condition_recorded", condition, actor=actor, at=at)
    return condition


def _is_first(encounter: Encounter) -> bool:
    """Whether the locked encounter has no main diagnosis yet."""
    made = Condition.objects.filter(encounter_id=encounter.pk, is_main=True)
    return not made.exclude(status=ConditionStatus.REFUTED).exists()


def _is_listed(encounter: Encounter, code: str) -> bool:
    """Whether it stands on the patient's problem list here already: a disease is listed once."""
    listed = Condition.objects.filter(facility_id=encounter.facility_id, patient_id=encounter.patient_id)
    active = listed.filter(code=code, is_problem=True, resolved_on=None)
    return active.exclude(status=ConditionStatus.REFUTED).exists()


@act
def judge_condition(
    *,
    condition: Condition,
    to: ConditionStatus,
    why: str = "",
    rev: int,
    request_key: UUID,
    actor: Any,
    at: datetime,
) -> Condition:
    """Say that a diagnosis is final, or refuted and why; notes that were signed keep what they said.

    Refuses what somebody else changed meanwhile (`rev`).
    """
    body = [condition.pk, to, why]
    seen = requests.was_sent(request_key, "patients.judge_condition", actor=actor, body=body)
    held = lock(Condition, condition.pk)
    if seen:
        return held
    refuse_changed(held.rev, rev, CHANGED)
    if to == ConditionStatus.REFUTED and not why:
        raise Refusal(_("Say why the diagnosis is refuted."), field="why")
    held.why_changed = why
    held.clean_fields(exclude=LINKED)
    with refusing(Condition):
        move(held, to=to, allowed=CONDITION_MOVES, also=["why_changed"])
    _record("patients.condition_judged", held, actor=actor, at=at)
    held.refresh_from_db(fields=["rev"])
    return held


@act
def choose_main_condition(*, condition: Condition, request_key: UUID, actor: Any, at: datetime) -> Condition:
    """Make this the encounter's main diagnosis; the one before it is one of the others."""
    body = [condition.pk]
    seen = requests.was_sent(request_key, "patients.choose_main_condition", actor=actor, body=body)
    lock(Encounter, condition.encounter_id)
    made = {one.pk: one for one in Condition.objects.locked().filter(encounter_id=condition.encounter_id)}
    held = made[condition.pk]
    if seen or held.is_main:
        return held
    if held.status == ConditionStatus.REFUTED:
        raise Refusal(_("This diagnosis is refuted."))
    for other in made.values():
        if other.is_main and other.status != ConditionStatus.REFUTED:
            other.is_main = False
            other.save(update_fields=["is_main"])
    held.is_main = True
    with refusing(Condition):
        held.save(update_fields=["is_main"])
    _record("patients.condition_kept", held, actor=actor, at=at)
    held.refresh_from_db(fields=["rev"])
    return held


KEPT = ("is_main", "is_problem", "onset_on", "onset_precision", "resolved_on")


@act
def keep_condition(
    *,
    condition: Condition,
    details: dict[str, Any],
    rev: int,
    request_key: UUID,
    actor: Any,
    at: datetime,
) -> Condition:
    """Put right what is kept of a diagnosis: main or not, on the problem list, since when, over since when.

    Refuses what somebody else changed meanwhile (`rev`), a day that lies ahead, and one that is refuted.
    """
    given = {name: details[name] for name in KEPT if name in details}
    body = [condition.pk, given]
    seen = requests.was_sent(request_key, "patients.keep_condition", actor=actor, body=body)
    held = lock(Condition, condition.pk)
    if seen:
        return held
    refuse_changed(held.rev, rev, CHANGED)
    if held.status == ConditionStatus.REFUTED:
        raise Refusal(_("This diagnosis is refuted."))
    for name, value in given.items():
        setattr(held, name, value)
    held.clean_fields(exclude=LINKED)
    for name in ("onset_on", "resolved_on"):
        _refuse_future(getattr(held, name), name, at=at)
    with refusing(Condition):
        held.save(update_fields=list(given))
    _record("patients.condition_kept", held, actor=actor, at=at)
    held.refresh_from_db(fields=["rev"])
    return held


def _refuse_future(day: date | None, field: str, *, at: datetime) -> None:
    if day and day > timezone.localdate(at):
        raise Refusal(_("This day lies ahead. Since when?"), field=field)


def _record(name: str, condition: Condition, *, actor: Any, at: datetime) -> None:
    facts.record(name, about=condition, actor=actor, at=at, patient_id=condition.patient_id)
