"""What is done at the OPD: registered, called, moved, cancelled, seen off; queues closed; screens hung up."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing import services as billing
from billing.models import Invoice, Scheme
from billing.services import Offer, Relief, Service
from billing.states import RefundAuthority
from facilities.models import Department, Unit
from hmis.kernel import facts, requests
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal, refusing
from hmis.kernel.ids import uuid7
from hmis.kernel.models import AuditEntry, IssuedDocument
from hmis.kernel.numbering import Series, next_block
from hmis.kernel.rows import write
from hmis.kernel.transitions import move
from opd import documents, queries
from opd.models import ClinicDay, Display, QueueToken
from opd.queries import Cancellation, Registration
from opd.states import TOKEN_MOVES, CancelReason, CloseReason, Lane, TokenStatus, lane_rank
from patients import services as patients
from patients.models import Encounter, EncounterClass, IdentifierKind, Patient

FREE = Decimal(100)
MOST_SHEETS = 100


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
    new: Sequence[models.Model] = ()
    who = patient.pk if isinstance(patient, Patient) else patients.claimed(patient)
    body = [who, visit.claimed()]
    encounter_id, seen = requests.claim(request_key, "opd.register_visit", actor=actor, body=body)
    if seen:
        return queries.registration(encounter_id)
    if isinstance(patient, Patient):
        abha = documents.abha_of(patient)
    else:
        abha = patient.get("identifiers", {}).get(IdentifierKind.ABHA_NUMBER, "")
        patient, new = patients.add_patient(details=patient, actor=actor, at=at, confirm_new=confirm_new)
    return _register(patient, visit, encounter_id, new=new, abha=abha, actor=actor, at=at)


@act
def note_seen(*, encounter: Encounter, actor: Any, at: datetime) -> None:
    """Write down that somebody opened a registration: its token, bill and papers."""
    facts.record(
        "opd.registration_viewed", about=encounter, actor=actor, at=at, patient_id=encounter.patient_id
    )


def _register(
    patient: Patient,
    visit: Visit,
    encounter_id: UUID,
    *,
    new: Sequence[models.Model],
    abha: str,
    actor: Any,
    at: datetime,
) -> Registration:
    """`new` are the rows of somebody who is new, still to be written."""
    department, today = visit.department, timezone.localdate(at)
    unit = _unit(visit, today)
    follows = None if new else queries.followed(patient, department, today)
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
    facts.record(
        "opd.visit_registered",
        about=encounter,
        actor=actor,
        at=at,
        patient_id=patient.pk,
        new=[*new, encounter, item, exemption],
        department=department.code,
        follow_up=bool(follows),
    )
    # From here on other counters wait: for this unit's tokens first, then for the facility's numbers.
    token = _give_token(encounter, unit, visit.lane, day=today, at=at)
    bill = billing.bill_at_once(
        encounter=encounter, item=item, exemption=exemption, offer=visit.offer, actor=actor, at=at
    )
    slip = documents.issue_slip(encounter=encounter, token=token, bill=bill, abha=abha, actor=actor)
    write(token, *bill.rows, slip)
    return Registration(encounter, token, bill.invoice, bill.payment, slip, bill.receipt)


def _unit(visit: Visit, day: date) -> Unit:
    """The unit asked for, else the department's open one with the shortest queue."""
    if not visit.department.is_active:
        raise Refusal(_("%(department)s is closed."), field="department", department=visit.department)
    if visit.unit is None:
        sitting = visit.department.units_today
        if sitting is None:
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
    if visit.scheme:
        return billing.relief_by(visit.scheme, visit.proof_number)
    if not visit.department.fee():
        return Relief(FREE, "no fee in this department", "इस विभाग में पर्ची नि:शुल्क")
    return None


def _give_token(encounter: Encounter, unit: Unit, lane: Lane, *, day: date, at: datetime) -> QueueToken:
    return _numbered(
        QueueToken(
            facility=encounter.facility,
            encounter=encounter,
            patient=encounter.patient,
            lane=lane,
            lane_rank=lane_rank(lane),
            senior_since=at,
        ),
        unit,
        day,
    )


TAKE_NUMBER = """
    UPDATE opd_clinicday SET last_number = last_number + 1 WHERE unit_id = %s AND held_on = %s
    RETURNING id, last_number, closed_at
"""


def _numbered(token: QueueToken, unit: Unit, day: date) -> QueueToken:
    """The token with the unit's next number: 1…n without gaps: the counter is locked until the commit."""
    taken = _take_number(unit, day)
    if taken is None:  # the first patient opens the day
        opened = ClinicDay(unit=unit, facility_id=unit.facility_id, held_on=day)
        ClinicDay.objects.bulk_create([opened], ignore_conflicts=True)
        taken = _take_number(unit, day)
    clinic_day_id, token.number, closed_at = taken
    if closed_at:
        raise _is_closed(unit, day)
    token.clinic_day = ClinicDay(id=clinic_day_id, unit=unit, facility_id=unit.facility_id, held_on=day)
    return token


def _take_number(unit: Unit, day: date) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(TAKE_NUMBER, [unit.pk, day])
        return cursor.fetchone()


def _is_closed(unit: Unit, day: date) -> Refusal:
    """What the desk is told instead of a token: which unit of the department is open."""
    open_now = queries.other_units(unit, day)
    if not open_now:
        return Refusal(_("The queue of %(unit)s is closed for today."), field="unit", unit=unit)
    names = ", ".join(str(other) for other, _waiting in open_now)
    return Refusal(
        _("The queue of %(unit)s is closed for today. Open: %(others)s."),
        field="unit",
        unit=unit,
        others=names,
    )


@act
def call_next(*, clinic_day: ClinicDay, request_key: UUID, actor: Any, at: datetime) -> QueueToken | None:
    """Call whoever is next; None when nobody waits. Two who call at once call two different people."""
    call_id, seen = requests.claim(request_key, "opd.call_next", actor=actor, body=[clinic_day.pk])
    if seen:
        called = AuditEntry.objects.filter(pk=call_id).values("about_id")
        return clinic_day.tokens.filter(pk__in=called).first()
    waiting = queries.in_order(clinic_day.tokens.filter(status=TokenStatus.WAITING))
    token = waiting.select_for_update(of=("self",), skip_locked=True).first()
    return _call(token, actor=actor, at=at, call_id=call_id) if token else None


@act
def call_token(*, token: QueueToken, actor: Any, at: datetime) -> QueueToken:
    """Call this one (again): who was skipped, or has not come."""
    return _call(QueueToken.objects.locked().get(pk=token.pk), actor=actor, at=at)


def _call(token: QueueToken, *, actor: Any, at: datetime, call_id: UUID | None = None) -> QueueToken:
    move(token, to=TokenStatus.CALLED, allowed=TOKEN_MOVES)
    token.called_at, token.called_by, token.times_called = at, actor, token.times_called + 1
    token.save(update_fields=["called_at", "called_by", "times_called"])
    _note("opd.token_called", token, actor=actor, at=at, fact_id=call_id)
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
    encounter = patients.lock_encounter(token.encounter)
    held = QueueToken.objects.locked().select_related("facility", "patient").get(pk=token.pk)
    today = timezone.localdate(at)
    if not unit.sits_on(today):
        raise Refusal(_("%(unit)s does not sit today."), field="unit", unit=unit)
    if held.clinic_day_id in unit.clinic_days_held.values_list("pk", flat=True):
        raise Refusal(_("This patient already waits there."), field="unit")
    if unit.department_id != encounter.department_id:
        patients.send_to_department(encounter, unit.department)
    move(held, to=TokenStatus.MOVED, allowed=TOKEN_MOVES)
    moved = _numbered(_successor(held, encounter, token_id=token_id), unit, today)
    slip = queries.slips_of([held]).get(held.pk)
    paper = documents.issue_slip_again(moved, slip, actor=actor, at=at) if slip else None
    _note("opd.token_moved", moved, actor=actor, at=at, new=[moved, paper])
    return moved


def _successor(held: QueueToken, encounter: Encounter, *, token_id: UUID | None = None) -> QueueToken:
    """The place in another queue of somebody who waited in this one. Back from tests, they go first there."""
    back = held.status == TokenStatus.SENT_FOR_TESTS and held.lane == Lane.NORMAL
    lane = Lane.BACK_FROM_TESTS if back else Lane(held.lane)
    return QueueToken(
        id=token_id or uuid7(),
        facility_id=held.facility_id,
        encounter=encounter,
        patient=held.patient,
        lane=lane,
        lane_rank=lane_rank(lane),
        senior_since=held.senior_since,
        moved_from=held,
    )


# ── Cancelled on the same day ──


@dataclass(frozen=True)
class Regret:
    """Why a slip is cancelled, and the number of what UPI or the bank paid back, where it is known."""

    because: CancelReason
    note: str = ""
    reference: str = ""


@act
def cancel_token(
    *, token: QueueToken, regret: Regret, request_key: UUID, actor: Any, at: datetime
) -> Cancellation:
    """Cancel a slip of today whose patient was not called yet: token and visit end, its bill is taken back by
    a credit note, and the fee goes back the way it came.

    Refuses another day's slip, one that was called, one with other bills, one that a free return leans on.
    """
    body = [token.pk, regret.because, regret.note, regret.reference]
    note_id, seen = requests.claim(request_key, "opd.cancel_token", actor=actor, body=body)
    if seen:
        return queries.cancellation(note_id)
    encounter = patients.lock_encounter(token.encounter)
    invoice = _only_invoice(encounter)
    held = QueueToken.objects.locked().get(pk=token.pk)
    _refuse_used(encounter, at)
    move(held, to=TokenStatus.CANCELLED, allowed=TOKEN_MOVES)
    patients.cancel_encounter(encounter, at=at)
    _note("opd.token_cancelled", held, actor=actor, at=at, because=regret.because)
    reason, reason_hi = documents.said_in_both(CancelReason, regret.because, regret.note)
    why = billing.Why(reason, reason_hi, RefundAuthority.SAME_DAY)
    back = billing.take_back(
        invoice=invoice, why=why, reference=regret.reference, note_id=note_id, actor=actor, at=at
    )
    return Cancellation(held, back.credit_note, back.refunds)


def _only_invoice(encounter: Encounter) -> Invoice:
    """The registration's own bill, locked; where something else was billed since, the visit has begun."""
    invoices = list(encounter.invoices.locked().select_related("facility", "patient"))
    if len(invoices) > 1:
        raise Refusal(_("Something else was already billed on this slip. It cannot be cancelled here."))
    if not invoices:
        raise Refusal(_("Nothing was billed on this slip yet. It cannot be cancelled here."))
    return invoices[0]


def _refuse_used(encounter: Encounter, at: datetime) -> None:
    if timezone.localdate(encounter.started_at) != timezone.localdate(at):
        raise Refusal(_("Only a slip of today can be cancelled with its fee back."))
    if encounter.tokens.filter(times_called__gt=0).exists():
        raise Refusal(_("The patient was already called. The fee is not paid back any more."))
    if queries.free_returns(encounter).exists():
        raise Refusal(_("A free return leans on this slip. Cancel that one first."))


# ── A queue closed early ──


@dataclass(frozen=True)
class Closing:
    """Why a queue is closed, and which unit takes those who wait: None for the unit's own next clinic day."""

    because: CloseReason
    note: str = ""
    to: Unit | None = None


@act
def close_clinic(
    *, clinic_day: ClinicDay, closing: Closing, request_key: UUID, actor: Any, at: datetime
) -> ClinicDay:
    """Close a queue before everybody was seen. Whoever waits is carried over, with their seniority and slip.

    Refuses a queue that is closed, a day that is over, and a unit that cannot take them.
    """
    to = closing.to
    body = [clinic_day.pk, closing.because, closing.note, to and to.pk]
    fact_id, seen = requests.claim(request_key, "opd.close_clinic", actor=actor, body=body)
    if seen:
        return clinic_day
    unit, day = clinic_day.unit, clinic_day.held_on
    if day < timezone.localdate(at):
        raise Refusal(_("This day is over. Its queue needs no closing."))
    held, there = _locked_days(clinic_day, _carried_to(unit, to, day))
    if held.closed_at:
        raise Refusal(_("The queue of %(unit)s is already closed."), unit=unit)
    held.closed_at, held.closed_by = at, actor
    held.closed_because, held.closed_note = closing.because, closing.note
    with refusing(ClinicDay):
        held.save(update_fields=["closed_at", "closed_by", "closed_because", "closed_note"])
    carried = _carry_over(held, there, to or unit, actor=actor, at=at)
    facts.record(
        "opd.clinic_closed",
        about=held,
        actor=actor,
        at=at,
        fact_id=fact_id,
        because=closing.because,
        carried=len(carried),
    )
    return held


def _carried_to(unit: Unit, to: Unit | None, day: date) -> tuple[Unit, date] | None:
    """Which queue takes them; None where the unit has no further clinic day."""
    if to is None:
        later = queries.next_clinic(unit, day)
        return (unit, later) if later else None
    if to.department_id != unit.department_id or to.pk == unit.pk or not to.sits_on(day):
        raise Refusal(_("%(unit)s cannot take these patients today."), field="to", unit=to)
    return to, day


def _locked_days(
    clinic_day: ClinicDay, target: tuple[Unit, date] | None
) -> tuple[ClinicDay, ClinicDay | None]:
    """This queue and the one that takes its patients, locked in one order so that two closings never wait
    for each other."""
    wanted = Q(pk=clinic_day.pk)
    if target:
        unit, day = target
        opened = ClinicDay(unit=unit, facility_id=unit.facility_id, held_on=day)
        ClinicDay.objects.bulk_create([opened], ignore_conflicts=True)
        wanted |= Q(unit=unit, held_on=day)
    days = {one.pk: one for one in ClinicDay.objects.locked().filter(wanted).select_related("unit")}
    held = days.pop(clinic_day.pk)
    return held, next(iter(days.values()), None)


def _carry_over(
    held: ClinicDay, there: ClinicDay | None, unit: Unit, *, actor: Any, at: datetime
) -> list[QueueToken]:
    """Tokens of the other queue for whoever waits in this one, numbered in the order of call."""
    linked = ("patient", "encounter__department", "encounter__facility")
    waiting = list(queries.to_carry(held).select_for_update(of=("self",)).select_related(*linked))
    if not waiting:
        return []
    if there is None:
        raise Refusal(_("%(unit)s has no further clinic day. Choose another unit."), field="to", unit=unit)
    if there.closed_at:
        raise Refusal(_("The queue of %(unit)s is closed for today."), field="to", unit=unit)
    slips = queries.slips_of(waiting)
    carried = [_carry(token, there, slips.get(token.pk), actor=actor, at=at) for token in waiting]
    there.save(update_fields=["last_number"])
    return carried


def _carry(
    token: QueueToken, there: ClinicDay, slip: IssuedDocument | None, *, actor: Any, at: datetime
) -> QueueToken:
    carried = _successor(token, token.encounter)
    move(token, to=TokenStatus.MOVED, allowed=TOKEN_MOVES)
    there.last_number += 1
    carried.clinic_day, carried.number, carried.carried_over = there, there.last_number, True
    patients.keep_valid(token.encounter, there.held_on)
    paper = documents.issue_slip_again(carried, slip, actor=actor, at=at) if slip else None
    _note("opd.token_moved", carried, actor=actor, at=at, new=[carried, paper])
    return carried


@act
def open_clinic(*, clinic_day: ClinicDay, actor: Any, at: datetime) -> ClinicDay:
    """Open a queue again that was closed by mistake.

    Whoever was carried over and not called there comes back, with the token that their first slip says.
    """
    held = ClinicDay.objects.locked().select_related("unit").get(pk=clinic_day.pk)
    if not held.closed_at:
        raise Refusal(_("The queue of %(unit)s is open."), unit=held.unit)
    if held.held_on < timezone.localdate(at):
        raise Refusal(_("This day is over."))
    held.closed_at = held.closed_by = None
    held.closed_because = held.closed_note = ""
    held.save(update_fields=["closed_at", "closed_by", "closed_because", "closed_note"])
    back = [_bring_back(token, actor=actor, at=at) for token in _carried_away(held)]
    facts.record("opd.clinic_opened", about=held, actor=actor, at=at, brought_back=len(back))
    return held


def _carried_away(clinic_day: ClinicDay) -> list[QueueToken]:
    """Whoever the closing sent away and nobody has called since, locked."""
    encounters = clinic_day.tokens.filter(status=TokenStatus.MOVED).values("encounter_id")
    there = QueueToken.objects.locked().filter(encounter_id__in=encounters, moved_from__clinic_day=clinic_day)
    untouched = there.filter(carried_over=True, status=TokenStatus.WAITING, times_called=0)
    return list(untouched.select_related("moved_from"))


def _bring_back(token: QueueToken, *, actor: Any, at: datetime) -> QueueToken:
    move(token, to=TokenStatus.MOVED, allowed=TOKEN_MOVES)
    first = QueueToken.objects.locked().get(pk=token.moved_from.pk)  # type: ignore[union-attr]
    move(first, to=TokenStatus.WAITING, allowed=TOKEN_MOVES)
    _note("opd.token_brought_back", first, actor=actor, at=at)
    return first


def _note(
    name: str,
    token: QueueToken,
    *,
    actor: Any,
    at: datetime,
    new: Sequence[Any] = (),
    fact_id: UUID | None = None,
    **detail: Any,
) -> None:
    facts.record(
        name,
        about=token,
        actor=actor,
        at=at,
        patient_id=token.patient_id,
        new=new,
        fact_id=fact_id,
        number=token.number,
        **detail,
    )


# ── The hall's screens ──

SEEN_AGAIN_AFTER = timedelta(seconds=30)


@dataclass(frozen=True)
class Hung:
    """A screen, and its key: known now and never again. "" where the key was given before."""

    display: Display
    key: str = ""


def _hash(key: str) -> str:
    """Of 192 random bits: nobody finds them by trying, so that the hash need not be slow."""
    return hashlib.sha256(key.encode()).hexdigest()


@act
def make_display(
    *, names: tuple[str, str], units: Sequence[Unit], request_key: UUID, actor: Any, at: datetime
) -> Hung:
    """Give the hall's screen an address of its own. Refuses a second one of the same name."""
    unit_ids = [unit.pk for unit in units]
    display_id, seen = requests.claim(request_key, "opd.make_display", actor=actor, body=[names, unit_ids])
    if seen:
        return Hung(Display.objects.get(pk=display_id))
    key = secrets.token_urlsafe(24)
    name, name_hi = names
    display = Display(
        id=display_id,
        facility=actor.posting.facility,
        name=name,
        name_hi=name_hi,
        unit_ids=unit_ids,
        key_hash=_hash(key),
        made_by=actor,
        made_at=at,
        key_given_at=at,
    )
    facts.record("opd.display_made", about=display, actor=actor, at=at, new=[display])
    return Hung(display, key)


@act
def edit_display(
    *, display: Display, names: tuple[str, str], units: Sequence[Unit], actor: Any, at: datetime
) -> Display:
    """Give the screen other rooms or another name; its address stays."""
    held = _held(display)
    (held.name, held.name_hi), held.unit_ids = names, [unit.pk for unit in units]
    with refusing(Display):
        held.save(update_fields=["name", "name_hi", "unit_ids"])
    facts.record("opd.display_edited", about=held, actor=actor, at=at)
    return held


@act
def renew_display_key(*, display: Display, request_key: UUID, actor: Any, at: datetime) -> Hung:
    """A new address for the screen; the old one opens nothing from now on."""
    fact_id, seen = requests.claim(request_key, "opd.renew_display_key", actor=actor, body=[display.pk])
    if seen:
        return Hung(display)
    held, key = _held(display), secrets.token_urlsafe(24)
    held.key_hash, held.key_given_at, held.last_seen_at = _hash(key), at, None
    held.save(update_fields=["key_hash", "key_given_at", "last_seen_at"])
    facts.record("opd.display_key_renewed", about=held, actor=actor, at=at, fact_id=fact_id)
    return Hung(held, key)


@act
def revoke_display(*, display: Display, actor: Any, at: datetime) -> Display:
    """The screen's address opens nothing from now on, for good."""
    held = _held(display)
    held.revoked_at, held.revoked_by = at, actor
    held.save(update_fields=["revoked_at", "revoked_by"])
    facts.record("opd.display_revoked", about=held, actor=actor, at=at)
    return held


def _held(display: Display) -> Display:
    held = Display.objects.locked().select_related("facility").get(pk=display.pk)
    if held.revoked_at:
        raise Refusal(_("This screen was switched off. Make a new one."))
    return held


def display_with(key: str, *, at: datetime) -> Display | None:
    """The screen that this key opens; that it was seen is noted twice a minute at most."""
    display = Display.objects.select_related("facility").filter(key_hash=_hash(key), revoked_at=None).first()
    if display and (display.last_seen_at is None or at - display.last_seen_at > SEEN_AGAIN_AFTER):
        Display.objects.filter(pk=display.pk).update(last_seen_at=at)
    return display


@act
def print_downtime_sheets(
    *, department: Department, count: int, request_key: UUID, actor: Any, at: datetime
) -> IssuedDocument:
    """Numbered empty slips for a day without the system, and the list to enter them from afterwards.

    Refuses more than fit into one printing.
    """
    body = [department.pk, count]
    paper_id, seen = requests.claim(request_key, "opd.print_downtime_sheets", actor=actor, body=body)
    if seen:
        return IssuedDocument.objects.get(pk=paper_id)
    if not 1 <= count <= MOST_SHEETS:
        raise Refusal(
            _("Between 1 and %(most)s sheets can be printed at once."), field="count", most=MOST_SHEETS
        )
    facts.record(
        "opd.downtime_sheets_printed", about=department, actor=actor, at=at, count=count, paper=paper_id
    )
    numbers = next_block(department.facility, Series.PAPER, count, at=at)
    paper = documents.issue_downtime_sheets(
        department=department, paper_id=paper_id, numbers=numbers, actor=actor, at=at
    )
    write(paper)
    return paper
