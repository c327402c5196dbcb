"""Where an inpatient lies: moved from bed to bed without gap or overlap, on leave and back, gone."""

from collections.abc import Iterable
from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.db.models import Manager, Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from facilities.models import Bed, BedKind
from facilities.states import BedStatus
from hmis.kernel import facts, requests
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal
from hmis.kernel.moments import next_moment
from hmis.kernel.rows import write
from ipd import queries
from ipd.models import Admission, Leave
from ipd.services.bed_days import count_bed_days
from ipd.services.holding import hold
from ipd.services.places import put_in_use
from ipd.states import OPEN_ADMISSIONS, AdmissionStatus, DischargeType
from patients import services as patients
from patients.models import BedStay, Patient

MOST_CRADLES = 6
# How much of the mother's bed fits into a number with its "-C1".
LONGEST_STEM = 9


def lock_admission(admission: Admission) -> Admission:
    """The admission, locked until the act ends. Refuses one that is over."""
    held = hold(admission)
    if held.status not in OPEN_ADMISSIONS:
        raise Refusal(_("This stay is over."))
    return held


def lock_with_beds(admission: Admission, *beds: Bed | None, along: Iterable[Patient] = ()) -> Admission:
    """The admission, locked after these beds and those in which its patient and who goes along lie.

    Refuses one that is over.
    """
    return patients.lock_beds_of(
        [admission.patient, *along], admission.facility_id, *beds, then=lambda: lock_admission(admission)
    )


def cradle_beside(mother: Admission | None, *, actor: Any, at: datetime) -> Bed:
    """The part of an act that puts up a cradle beside the mother's bed, which the act has locked.

    One that was put away stands again; one that is out of service, or a bed of that name, is passed over.
    """
    stay = queries.stay_now(mother) if mother else None
    if stay is None:
        raise Refusal(_("The mother is not in any bed here."), field="beside")
    room, number = stay.bed.room, stay.bed.number
    standing = {bed.number: bed for bed in Bed.objects.filter(room=room)}
    for n in range(1, MOST_CRADLES + 1):
        # Of a long number the end tells beds apart.
        name = f"{number[-LONGEST_STEM:]}-C{n}"
        bed = standing.get(name)
        if bed is None:
            bed = Bed(facility_id=stay.facility_id, room=room, number=name, kind=BedKind.CRADLE, status_at=at)
            write(bed)
            return bed
        if bed.kind != BedKind.CRADLE or bed.status == BedStatus.OUT_OF_SERVICE:
            continue
        if not bed.stays.filter(ended_at=None).exists():
            return put_in_use(patients.lock_beds([bed.pk])[bed.pk], True, actor=actor, at=at)
    raise Refusal(_("There are already six cradles beside this bed."), field="beside")


@act
def transfer_bed(
    *,
    admission: Admission,
    bed: Bed,
    why: str = "",
    request_key: UUID,
    actor: Any,
    at: datetime,
    confirm_bed: bool = False,
) -> BedStay:
    """Move an inpatient to another bed: it begins in the moment in which the old one ends. Newborns go along.

    Refuses a bed that is taken, the one the patient lies in, another ward without a reason, and who is on
    leave without a bed; raises DoubtfulBed unless `confirm_bed`.
    """
    body = [admission.pk, bed.pk, why]
    stay_id, seen = requests.claim(request_key, "ipd.transfer_bed", actor=actor, body=body)
    if seen:
        return queries.stay(stay_id)
    held = lock_with_beds(admission, bed, along=[one.patient for one in queries.cradled(admission)])
    children = queries.cradled(admission)  # who has left meanwhile goes nowhere
    now = queries.stay_now(held)
    if now is None:
        raise Refusal(_("This patient is not in any bed: first write down that they came back."))
    if now.bed_id == bed.pk:
        raise Refusal(_("The patient is already in this bed."), field="bed")
    if bed.room.ward_id != now.bed.room.ward_id and not why:
        raise Refusal(_("Say why the patient goes to another ward."), field="why")
    cleans = queries.setting(held.facility_id).cleans_beds
    at = patients.free_since(bed, held.patient, at)
    patients.leave_beds(patient=held.patient, facility_id=held.facility_id, at=at, cleans=cleans)
    stay = patients.take_bed(
        encounter=held.encounter, bed=bed, actor=actor, at=at, confirm=confirm_bed, why=why
    )
    stay.pk = stay_id
    stay.clean_fields(exclude=["facility", "bed", "encounter", "patient", "given_by"])
    facts.record(
        "ipd.patient_transferred",
        about=held,
        actor=actor,
        at=at,
        patient_id=held.patient_id,
        new=[stay],
        was=now.bed_id,
        now=stay.bed_id,
    )
    for child in children:
        _follow(child, held, actor=actor, at=at)
    return stay


def _follow(child: BedStay, mother: Admission, *, actor: Any, at: datetime) -> None:
    """The cradle stands beside the mother's bed, wherever that is."""
    patients.leave_beds(patient=child.patient, facility_id=child.facility_id, at=at)
    cradle = cradle_beside(mother, actor=actor, at=at)
    write(patients.take_bed(encounter=child.encounter, bed=cradle, actor=actor, at=at))


@act
def begin_leave(
    *,
    admission: Admission,
    why: str,
    due_at: datetime | time,
    keeps_bed: bool,
    request_key: UUID,
    actor: Any,
    at: datetime,
) -> Leave:
    """Let an inpatient go out for a while; the bed is kept, or free for others meanwhile.

    An hour alone is the next one: nobody is let out into the past.

    Refuses whoever is on leave or being discharged, a time that is over, and a missing reason.
    """
    body = [admission.pk, why, due_at, keeps_bed]
    leave_id, seen = requests.claim(request_key, "ipd.begin_leave", actor=actor, body=body)
    if seen:
        return Leave.objects.get(pk=leave_id)
    held = lock_with_beds(admission)
    if held.status != AdmissionStatus.ADMITTED:
        raise Refusal(_("This patient is being discharged."))
    if not why:
        raise Refusal(_("Say why the patient goes on leave."), field="why")
    due_at = next_moment(due_at, at)
    if due_at <= at:
        raise Refusal(_("When is the patient to be back? This time is over."), field="due_at")
    leave = Leave(
        id=leave_id,
        facility_id=held.facility_id,
        admission=held,
        why=why,
        keeps_bed=keeps_bed,
        began_at=at,
        due_at=due_at,
        allowed_by=actor,
    )
    leave.clean_fields(exclude=["facility", "admission", "allowed_by", "ended_by"])
    if not keeps_bed:
        cleans = queries.setting(held.facility_id).cleans_beds
        patients.leave_beds(patient=held.patient, facility_id=held.facility_id, at=at, cleans=cleans)
    _record("ipd.leave_begun", held, actor=actor, at=at, new=[leave], keeps_bed=keeps_bed)
    return leave


@act
def end_leave(
    *,
    admission: Admission,
    bed: Bed | None = None,
    request_key: UUID,
    actor: Any,
    at: datetime,
    confirm_bed: bool = False,
) -> Leave:
    """The inpatient is back: in the bed that was kept, or in `bed` where it was given up.

    Refuses whoever is on no leave, and a return without a bed; raises DoubtfulBed unless `confirm_bed`.
    """
    body = [admission.pk, bed and bed.pk]
    if requests.was_sent(request_key, "ipd.end_leave", actor=actor, body=body):
        return admission.leaves.latest("began_at")
    held = lock_with_beds(admission, bed)
    leave = Leave.objects.locked().filter(admission=held, ended_at=None).first()
    if leave is None:
        raise Refusal(_("This patient is not on leave."))
    at = max(at, leave.began_at)  # this act may have waited for the one that let them go
    stay = None
    if queries.stay_now(held) is None:
        if bed is None:
            raise Refusal(_("The bed was given up. Choose one."), field="bed")
        stay = patients.take_bed(encounter=held.encounter, bed=bed, actor=actor, at=at, confirm=confirm_bed)
    leave.ended_at, leave.ended_by = at, actor
    leave.save(update_fields=["ended_at", "ended_by"])
    _record("ipd.leave_ended", held, actor=actor, at=at, new=[stay])
    return leave


@act
def leave_bed(*, admission: Admission, request_key: UUID, actor: Any, at: datetime) -> Admission:
    """The patient has left the bed on the way out: it is free, whatever the discharge still waits for.

    Refuses before the doctor has begun the discharge. Said twice, it stays as it was said first; sent twice,
    it is not done again to who was laid back meanwhile.
    """
    if requests.was_sent(request_key, "ipd.leave_bed", actor=actor, body=[admission.pk]):
        return Admission.objects.get(pk=admission.pk)
    held = patients.lock_beds_of([admission.patient], admission.facility_id, then=lambda: hold(admission))
    if held.left_at:
        return held
    if held.status != AdmissionStatus.DISCHARGE_INITIATED:
        raise Refusal(_("The doctor begins the discharge first; then the bed is left."))
    leave_for_good(held, actor=actor, at=at)
    return held


def leave_for_good(held: Admission, *, actor: Any, at: datetime) -> None:
    """The part of an act after which the patient lies here no more: its days are counted to the last.

    The act has locked the beds and the admission.
    """
    cleans = queries.setting(held.facility_id).cleans_beds
    patients.leave_beds(patient=held.patient, facility_id=held.facility_id, at=at, cleans=cleans)
    end_running(held.leaves, at, ended_by=actor)
    held.left_at = at
    held.save(update_fields=["left_at"])
    _record("ipd.bed_left", held, actor=actor, at=at)
    count_bed_days(held, actor=actor, at=at)


def lie_again(
    held: Admission, bed: Bed | None, why: str, *, confirm: bool, actor: Any, at: datetime
) -> list[BedStay | Leave | None]:
    """The part of an act that lays who has left back into a bed of the same stay: rows for it to write.

    Into the same one, where nobody lay since: it was never left. Otherwise the time between is a leave
    without a bed, as it is of whoever ran away. The act has locked the beds and the admission.
    """
    if bed is None:
        raise Refusal(_("The bed was given up. Choose one."), field="bed")
    if not why:
        raise Refusal(_("Say why."), field="why")
    was = queries.stay_last(held)
    assert was
    assert was.ended_at
    stood_empty = patients.free_since(bed, held.patient, was.ended_at) == was.ended_at
    stay = patients.take_bed(encounter=held.encounter, bed=bed, actor=actor, at=at, confirm=confirm, why=why)
    stay.clean_fields(exclude=["facility", "bed", "encounter", "patient", "given_by"])
    ran_away = held.discharge_type == DischargeType.ABSCONDED
    if bed.pk == was.bed_id and stood_empty and was.ended_at == held.left_at and not ran_away:
        stay.began_at = was.ended_at
    return [stay, _out_between(held, was.ended_at, stay)]


def _out_between(held: Admission, since: datetime, stay: BedStay) -> Leave | None:
    """That nobody lay anywhere from then until this stay: a new row, or a leave that lasts so much longer."""
    if stay.began_at == since:
        return None
    known = held.leaves.filter(keeps_bed=False, began_at=since, ended_at=held.left_at).first()
    if known:
        known.ended_at, known.ended_by = stay.began_at, stay.given_by
        known.save(update_fields=["ended_at", "ended_by"])
        return None
    return Leave(
        facility_id=held.facility_id,
        admission=held,
        why=stay.why,
        keeps_bed=False,
        began_at=since,
        due_at=stay.began_at,
        allowed_by=stay.given_by,
        ended_at=stay.began_at,
        ended_by=stay.given_by,
    )


def end_running(rows: Manager[Any], at: datetime, **also: Any) -> None:
    """The part of an act that ends what still runs of these: now, or as it began, if the act has waited."""
    rows.filter(ended_at=None).update(ended_at=Greatest("began_at", Value(at)), **also)


def _record(name: str, admission: Admission, *, actor: Any, at: datetime, **detail: Any) -> None:
    facts.record(name, about=admission, actor=actor, at=at, patient_id=admission.patient_id, **detail)
