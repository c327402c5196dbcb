"""What is done at the OPD: registered, called, skipped, moved, seen off."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing import services as billing
from billing.models import Scheme
from billing.services import Offer, Relief, Service
from facilities.models import Department, Unit
from hmis.kernel import facts, requests
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal
from hmis.kernel.transitions import move
from opd import documents, queries
from opd.models import ClinicDay, QueueToken
from opd.queries import Registration
from opd.states import TOKEN_MOVES, Lane, TokenStatus, lane_rank
from patients import services as patients
from patients.models import Encounter, EncounterClass, Patient

FREE = Decimal(100)


@dataclass(frozen=True)
class Visit:
    """What the desk asks for: where, in which lane, and how it is paid or why it is not."""

    department: Department
    unit: Unit | None = None
    lane: Lane = Lane.NORMAL
    scheme: Scheme | None = None
    proof_number: str = ""
    offer: Offer | None = None

    def claimed(self) -> list[Any]:
        """What a request key stands for."""
        places = [self.department.pk, self.unit and self.unit.pk, self.scheme and self.scheme.code]
        paid = [self.offer.mode, self.offer.reference] if self.offer else []
        return [*places, self.lane, self.proof_number, *paid]


@act
def register_visit(
    *,
    patient: Patient | Mapping[str, Any],
    visit: Visit,
    request_key: UUID,
    actor: Any,
    at: datetime,
    confirm_new: bool = False,
) -> Registration:
    """Register a patient at the OPD: encounter, token, bill, payment, slip and receipt in one act.

    `patient` is somebody on file, or the details of somebody new (as `patients.services.register_patient`).
    A return inside the validity window is free. Refuses a closed unit, a missing proof, a likely duplicate.
    """
    known = isinstance(patient, Patient)
    who = patient.pk if isinstance(patient, Patient) else patients.claimed(patient)
    body = [who, visit.claimed()]
    encounter_id, seen = requests.claim(request_key, "opd.register_visit", actor=actor, body=body)
    if seen:
        return queries.registration(encounter_id)
    if not isinstance(patient, Patient):
        patient = patients.add_patient(details=patient, actor=actor, at=at, confirm_new=confirm_new)
    return _register(patient, visit, encounter_id, known=known, actor=actor, at=at)


def _register(
    patient: Patient, visit: Visit, encounter_id: UUID, *, known: bool, actor: Any, at: datetime
) -> Registration:
    department, today = visit.department, timezone.localdate(at)
    unit = _unit(visit, today)
    follows = queries.followed(patient, department, today) if known else None
    encounter = patients.open_encounter(
        patient=patient,
        facility=department.facility,
        encounter_class=EncounterClass.EMERGENCY
        if visit.lane == Lane.EMERGENCY
        else EncounterClass.AMBULATORY,
        department=department,
        at=at,
        encounter_id=encounter_id,
        follows=follows,
        valid_till=follows.valid_till if follows else today + timedelta(days=department.validity_days()),
    )
    item, exemption = billing.add_charge(
        encounter=encounter, service=_service(encounter), relief=_relief(visit, follows), actor=actor, at=at
    )
    abha = documents.abha_of(patient)
    facts.record(
        "opd.visit_registered",
        about=encounter,
        actor=actor,
        at=at,
        patient_id=patient.pk,
        department=department.code,
        follow_up=bool(follows),
    )
    # From here on other counters wait: for this unit's tokens first, then for the facility's numbers.
    token = _give_token(encounter, unit, visit.lane, day=today, at=at)
    bill = billing.bill_at_once(
        encounter=encounter, item=item, exemption=exemption, offer=visit.offer, actor=actor, at=at
    )
    slip = documents.issue_slip(encounter=encounter, token=token, bill=bill, abha=abha, actor=actor)
    return Registration(encounter, token, bill.invoice, bill.payment, slip, bill.receipt)


def _unit(visit: Visit, day: date) -> Unit:
    """The unit asked for, else the department's open one with the shortest queue."""
    if not visit.department.is_active:
        raise Refusal(_("%(department)s is closed."), field="department", department=visit.department)
    if visit.unit is None:
        units = visit.department.units.filter(is_active=True).select_related("room", "doctor", "facility")
        sitting = [unit for unit in units if unit.sits_on(day)]
        if not sitting:
            raise Refusal(
                _("No unit of %(department)s sits today."), field="department", department=visit.department
            )
        return queries.shortest_queue(sitting, day)
    if visit.unit.department_id != visit.department.pk or not visit.unit.sits_on(day):
        raise Refusal(_("%(unit)s does not sit today."), field="unit", unit=visit.unit)
    return visit.unit


def _service(encounter: Encounter) -> Service:
    department = encounter.department
    return Service(
        code=f"OPD-{department.code}",
        description=f"OPD registration ({department.name})",
        description_hi=f"ओपीडी पर्ची ({department.name_hi})",
        price=department.fee(),
        source="patients.encounter",
        source_id=encounter.pk,
    )


def _relief(visit: Visit, follows: Encounter | None) -> Relief | None:
    if follows:
        day = f"{timezone.localtime(follows.started_at):%d-%m-%Y}"
        return Relief(FREE, f"follow-up of {day}", f"{day} की पर्ची का दोबारा आना")
    return billing.relief_by(visit.scheme, visit.proof_number) if visit.scheme else None


def _give_token(encounter: Encounter, unit: Unit, lane: Lane, *, day: date, at: datetime) -> QueueToken:
    """The unit's next token: 1…n without gaps, since its counter's row is locked until the commit."""
    clinic = _clinic_day(unit, day)
    token = QueueToken(
        facility=encounter.facility,
        encounter=encounter,
        patient=encounter.patient,
        lane=lane,
        senior_since=at,
    )
    token.lane_rank = lane_rank(lane)
    return _number(token, clinic)


def _number(token: QueueToken, clinic: ClinicDay) -> QueueToken:
    clinic.last_number += 1
    clinic.save(update_fields=["last_number"])
    token.clinic_day, token.number = clinic, clinic.last_number
    token.save(force_insert=True)
    return token


def _clinic_day(unit: Unit, day: date) -> ClinicDay:
    """The unit's row of this day, locked; the first patient of the day opens it."""
    held = ClinicDay.objects.locked().filter(unit=unit, held_on=day).first()
    if held is None:
        new = ClinicDay(unit=unit, facility_id=unit.facility_id, held_on=day)
        ClinicDay.objects.bulk_create([new], ignore_conflicts=True)
        held = ClinicDay.objects.locked().get(unit=unit, held_on=day)
    if held.closed_at:
        raise Refusal(_("The queue of %(unit)s is closed for today."), field="unit", unit=unit)
    held.unit = unit
    return held


@act
def call_next(*, clinic_day: ClinicDay, request_key: UUID, actor: Any, at: datetime) -> QueueToken | None:
    """Call whoever is next; None when nobody waits. Two who call at once call two different people."""
    _id, seen = requests.claim(request_key, "opd.call_next", actor=actor, body=[clinic_day.pk])
    if seen:
        return clinic_day.tokens.filter(called_by=actor).order_by("-called_at").first()
    waiting = queries.in_order(clinic_day.tokens.filter(status=TokenStatus.WAITING))
    token = waiting.select_for_update(of=("self",), skip_locked=True).first()
    return _call(token, actor=actor, at=at) if token else None


@act
def call_token(*, token: QueueToken, actor: Any, at: datetime) -> QueueToken:
    """Call this one (again): who was skipped, or has not come."""
    return _call(QueueToken.objects.locked().get(pk=token.pk), actor=actor, at=at)


def _call(token: QueueToken, *, actor: Any, at: datetime) -> QueueToken:
    move(token, to=TokenStatus.CALLED, allowed=TOKEN_MOVES)
    token.called_at, token.called_by, token.times_called = at, actor, token.times_called + 1
    token.save(update_fields=["called_at", "called_by", "times_called"])
    _note("opd.token_called", token, actor=actor, at=at)
    return token


@act
def skip_token(*, token: QueueToken, actor: Any, at: datetime) -> QueueToken:
    """Whoever was called did not come: kept aside, to be called again."""
    token = QueueToken.objects.locked().get(pk=token.pk)
    move(token, to=TokenStatus.SKIPPED, allowed=TOKEN_MOVES)
    _note("opd.token_skipped", token, actor=actor, at=at)
    return token


@act
def finish_token(*, token: QueueToken, actor: Any, at: datetime) -> QueueToken:
    """Whoever was called has been seen."""
    token = QueueToken.objects.locked().get(pk=token.pk)
    move(token, to=TokenStatus.DONE, allowed=TOKEN_MOVES)
    token.done_at = at
    token.save(update_fields=["done_at"])
    _note("opd.token_done", token, actor=actor, at=at)
    return token


@act
def move_token(*, token: QueueToken, unit: Unit, request_key: UUID, actor: Any, at: datetime) -> QueueToken:
    """Send somebody on to the right unit in one step: a token there, with the time of the first one kept."""
    token_id, seen = requests.claim(request_key, "opd.move_token", actor=actor, body=[token.pk, unit.pk])
    if seen:
        return QueueToken.objects.select_related("clinic_day__unit__room").get(pk=token_id)
    held = QueueToken.objects.locked().select_related("encounter", "facility", "patient").get(pk=token.pk)
    if not unit.sits_on(timezone.localdate(at)):
        raise Refusal(_("%(unit)s does not sit today."), field="unit", unit=unit)
    if held.clinic_day_id in unit.clinic_days_held.values_list("pk", flat=True):
        raise Refusal(_("This patient already waits there."), field="unit")
    move(held, to=TokenStatus.MOVED, allowed=TOKEN_MOVES)
    moved = QueueToken(
        id=token_id,
        facility=held.facility,
        encounter=held.encounter,
        patient=held.patient,
        lane=held.lane,
        lane_rank=held.lane_rank,
        senior_since=held.senior_since,
        moved_from=held,
    )
    _number(moved, _clinic_day(unit, timezone.localdate(at)))
    _note("opd.token_moved", moved, actor=actor, at=at)
    return moved


def _note(name: str, token: QueueToken, *, actor: Any, at: datetime) -> None:
    facts.record(name, about=token, actor=actor, at=at, patient_id=token.patient_id, number=token.number)
