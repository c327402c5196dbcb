"""Wards with beds, and somebody who lies in one."""

from itertools import count
from uuid import uuid4

from django.utils import timezone

from facilities.models import Bed, BedKind, Department, Room, Ward
from facilities.states import WardKind
from hmis.kernel.composed import Composed
from hmis.kernel.numbering import Series, next_number
from hmis.kernel.rows import write
from ipd.models import Procedure
from ipd.services import (
    Admitting,
    Causes,
    Ending,
    admit_patient,
    complete_discharge,
    draft_summary,
    initiate_discharge,
    leave_bed,
    pass_over_step,
    record_death,
    tick_step,
)
from ipd.states import DischargeItem, DischargeType
from patients.services import Writing, sign_note
from tests.factories.notes import make_templates

# Of one length, so that names stand in the order in which they were given.
_numbers = count(1001)


def make_ward(department, *, beds=4, floor=1, kind=WardKind.GENERAL, **changes):
    """A ward of this department with one room, so many beds and mattresses on the floor."""
    n = next(_numbers)
    details = {"name": f"Ward {n}", "name_hi": f"वार्ड {n}", "code": f"W{n}"}
    ward = Ward(facility=department.facility, department=department, kind=kind, **details | changes)
    room = Room(facility=ward.facility, ward=ward, number=f"{n}01")
    kinds = enumerate([BedKind.BED] * beds + [BedKind.FLOOR] * floor, start=1)
    put_up = [Bed(facility=ward.facility, room=room, number=str(number), kind=one) for number, one in kinds]
    write(ward, room, *put_up)
    return ward


def beds_in(ward):
    """The places of a ward, in the order in which they were put up."""
    return _beds_in(ward.pk)


@Composed
def _beds_in(ward_id):
    return Bed.objects.filter(room__ward=ward_id).order_by("pk")


@Composed
def _department_of(bed_id):
    return Department.objects.filter(ward__rooms__beds=bed_id)


def admit(patient, bed, actor, *, at=None, key=None, confirm_bed=False, confirm_new=False, **changes):
    """Lay somebody into this bed, under its ward's department."""
    details = ({"department": next(iter(_department_of(bed.pk)), None), "bed": bed} if bed else {}) | changes
    return admit_patient(
        who=patient,
        admitting=Admitting(**details),
        request_key=key or uuid4(),
        actor=actor,
        at=at or timezone.now(),
        confirm_bed=confirm_bed,
        confirm_new=confirm_new,
    )


# ── Leaving ──


def begin_discharge(admission, actor, kind=DischargeType.IMPROVED, *, at=None, key=None, **said):
    """The doctor's word."""
    return initiate_discharge(
        admission=admission,
        ending=Ending(kind, **said),
        request_key=key or uuid4(),
        actor=actor,
        at=at or timezone.now(),
    )


def tick(admission, actor, item=DischargeItem.MEDICINES, *, at=None):
    return tick_step(
        admission=admission, item=item, request_key=uuid4(), actor=actor, at=at or timezone.now()
    )


def pass_over(admission, actor, item, why, *, at=None):
    return pass_over_step(
        admission=admission, item=item, why=why, request_key=uuid4(), actor=actor, at=at or timezone.now()
    )


def leave(admission, actor, *, at=None):
    return leave_bed(admission=admission, request_key=uuid4(), actor=actor, at=at or timezone.now())


def complete(admission, actor, *, at=None, key=None):
    return complete_discharge(
        admission=admission, request_key=key or uuid4(), actor=actor, at=at or timezone.now()
    )


def draft(admission, doctor, *, at=None):
    """The summary as far as the rows know it."""
    make_templates()
    return draft_summary(admission=admission, request_key=uuid4(), actor=doctor, at=at or timezone.now())


def sign_summary(admission, doctor, *, at=None, advice="नमक कम खाएँ", come_again=None):
    """Drafted, with this advice and what no summary lacks, and signed."""
    note = draft(admission, doctor, at=at)
    said = note.sections
    text = said | {
        "diagnosis": {"final": "Pneumonia"} | said.get("diagnosis", {}),
        "condition": {"state": "Walks, eats"},
        "plan": said.get("plan", {}) | {"advice": advice},
    }
    return sign_note(
        note=note,
        writing=Writing(note.version, text),
        come_again=come_again,
        request_key=uuid4(),
        actor=doctor,
        at=at or timezone.now(),
    )


def die(encounter, doctor, *, died_at, at=None, key=None, confirm=False, confirm_early=False, **causes):
    """Certified with a cause."""
    said = {"immediate_cause": "Septic shock", "died_at": died_at} | causes
    return record_death(
        encounter=encounter,
        causes=Causes(**said),
        request_key=key or uuid4(),
        actor=doctor,
        at=at or timezone.now(),
        confirm_no_post_mortem=confirm,
        confirm_early=confirm_early,
    )


def make_operation(admission, surgeon, *, name="Appendicectomy", at, **changes):
    """A line of the operation register, past the service."""
    number = next_number(admission.facility, Series.OPERATION, at=at)
    details = {"is_operation": True, "number": number, "name": name, "began_at": at, "recorded_at": at}
    return Procedure.objects.create(
        facility=admission.facility,
        admission=admission,
        patient=admission.patient,
        performed_by=surgeon,
        recorded_by=surgeon,
        **details | changes,
    )
