"""Who has left the demo's wards in the last weeks, by the same acts as everybody: summaries, gate passes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import uuid4

from facilities.models import Bed, BedKind, Facility, User, Ward
from facilities.roles import Role
from facilities.states import BedStatus
from hmis.demo.wards import ATTENDANTS, Plan, consultant_of, fitting, nobodys, plans_of
from ipd import queries, services
from ipd.models import Admission
from ipd.services import Admitting, Attendant, Causes, Ending
from ipd.states import Consent, DischargeItem, DischargeType
from patients.models import Patient
from patients.services import Writing, sign_note

# How they left, one after the other.
ENDINGS = (
    Ending(DischargeType.CURED),
    Ending(DischargeType.IMPROVED),
    Ending(DischargeType.IMPROVED),
    Ending(DischargeType.LAMA, lama_name="Budhni", lama_relation="mother"),
    Ending(DischargeType.CURED),
    Ending(DischargeType.REFERRED, referred_to="AIIMS Deoghar"),
    Ending(DischargeType.DIED),
)
# Every fifth leaves without a summary, for a reason that everybody reads.
NO_SUMMARY = 5
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Stay:
    """Somebody, the bed that they had, from when to when, and how it ended."""

    patient: Patient
    bed: Bed
    diagnosis: str
    came_at: datetime
    left_at: datetime
    ending: Ending


def discharge_some(facility: Facility, staff: Mapping[str, User], dice: Random, *, at: datetime) -> None:
    """A stay that is over for every two or three that are not, in beds that are free now; once."""
    if Admission.objects.filter(facility=facility, left_at__isnull=False).exists():
        return
    waiting = nobodys(facility)
    wards = {one.code: one for one in Ward.objects.filter(facility=facility).select_related("department")}
    number = 0
    for plan in (one for one in plans_of(facility) if one.code in wards and one.lying):
        beds = _free(wards[plan.code])
        for patient, bed in zip(fitting(waiting, plan, at, most=(plan.lying + 2) // 3), beds, strict=False):
            left_at = at - timedelta(hours=dice.randint(4, 20 * 24))
            stay = Stay(
                patient,
                bed,
                plan.diagnoses[number % len(plan.diagnoses)],
                left_at - timedelta(hours=dice.randint(30, 150)),
                left_at,
                ENDINGS[number % len(ENDINGS)],
            )
            _come(stay, plan, wards[plan.code], staff[Role.NURSE], number)
            _go(stay, staff, without_summary=number % NO_SUMMARY == NO_SUMMARY - 1)
            number += 1


def _free(ward: Ward) -> list[Bed]:
    """Beds that nobody has had yet."""
    beds = Bed.objects.filter(room__ward=ward, kind=BedKind.BED, status=BedStatus.VACANT, stays=None)
    return list(beds.order_by("-pk"))


def _come(stay: Stay, plan: Plan, ward: Ward, nurse: User, number: int) -> None:
    name, relation = ATTENDANTS[number % len(ATTENDANTS)]
    services.admit_patient(
        who=stay.patient,
        admitting=Admitting(
            department=ward.department,
            bed=stay.bed,
            consultant=consultant_of(ward.department),
            diagnosis=stay.diagnosis,
            attendant=Attendant(name, relation, ""),
            consent=Consent.RELATIVE,
            consent_name=name,
        ),
        request_key=uuid4(),
        actor=nurse,
        at=stay.came_at,
        confirm_bed=True,
    )


def _go(stay: Stay, staff: Mapping[str, User], *, without_summary: bool) -> None:
    """The doctor's word or a death, the points of the list, the bed, the gate."""
    nurse, doctor = staff[Role.NURSE], staff[Role.DOCTOR]
    begun = stay.left_at - 3 * HOUR
    admission = Admission.objects.select_related("encounter").get(encounter__patient=stay.patient)
    by_doctor = {"request_key": uuid4(), "actor": doctor, "at": begun}
    if stay.ending.discharge_type == DischargeType.DIED:
        causes = Causes(
            begun - HOUR, immediate_cause=stay.diagnosis, immediate_interval="some hours", underlying_cause=""
        )
        services.record_death(encounter=admission.encounter, causes=causes, **by_doctor)
    else:
        services.initiate_discharge(admission=admission, ending=stay.ending, **by_doctor)
    if not without_summary:
        note = services.draft_summary(
            admission=admission, request_key=uuid4(), actor=doctor, at=begun + HOUR / 2
        )
        text = note.sections | {
            "diagnosis": note.sections.get("diagnosis", {}) | {"final": stay.diagnosis},
            "condition": {"state": "अपने से चल लेते हैं, खाना खा रहे हैं"},
        }
        sign_note(
            note=note,
            writing=Writing(note.version, text),
            request_key=uuid4(),
            actor=doctor,
            at=begun + HOUR,
        )
    services.leave_bed(admission=admission, request_key=uuid4(), actor=nurse, at=stay.left_at)
    admission.refresh_from_db()
    said = {"admission": admission, "actor": nurse, "at": stay.left_at}
    for point in queries.checklist(admission).open:
        if point.item == DischargeItem.MEDICINES:
            services.tick_step(item=point.item, request_key=uuid4(), **said)
        else:
            services.pass_over_step(item=point.item, why="बाद में पूरा होगा", request_key=uuid4(), **said)
    services.complete_discharge(request_key=uuid4(), **said)
    services.ready_bed(bed=stay.bed, actor=nurse, at=stay.left_at + HOUR)
