"""The demo's patients, and a morning at both hospitals: made by the same services as a real one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4

from django.utils import timezone
from stdnum import luhn

from billing.models import Scheme
from billing.services import Offer
from billing.states import PaymentMode
from facilities.models import Department, District, Facility, User
from hmis.demo import consulting
from hmis.demo.names import people
from opd import services as opd
from opd.models import ClinicDay, QueueToken
from opd.services import Visit
from opd.states import SENIOR_AGE, Lane
from patients.models import AbhaStatus, Encounter, IdentifierKind, Patient, Sex
from patients.services import register_patient

OPENS = timedelta(hours=8, minutes=30)
FIRST_REGISTERED = timedelta(days=12)
# From one call to the next; a consultation is over by then.
EACH_TAKES = timedelta(minutes=7)
MEDICINE = "MED"
FOR_WOMEN, FOR_CHILDREN = {"OBG", "LABOUR"}, {"PAED", "IMM"}
GROWN_UP = 14
SCHEMES = (None,) * 6 + ("BPL", "PINK")
MODES = (PaymentMode.CASH,) * 4 + (PaymentMode.UPI,)

# As at a counter where it is asked, and sometimes forgotten.
ABHA_ANSWERS = (
    *(AbhaStatus.LINKED,) * 4,
    *(AbhaStatus.NOT_ASKED,) * 3,
    *(AbhaStatus.ASSISTED, AbhaStatus.DECLINED, AbhaStatus.NO_PHONE),
)

Arrival = tuple[Patient, Department]


@dataclass(frozen=True)
class Morning:
    """How many come to Medicine and elsewhere, how many return, how many Medicine's units have called.

    A morning with `called=None` is over: everybody in every room has been seen.
    """

    in_medicine: int
    elsewhere: int
    returning: int
    called: int | None


@dataclass
class Desk:
    """The front desk of one hospital in the demo: its people and its dice."""

    facility: Facility
    clerk: User
    doctor: User
    nurse: User
    dice: Random


def add_patients(desk: Desk, count: int, *, at: datetime) -> None:
    """Register so many people of Jharkhand at this desk, some days before `at`."""
    districts = {one.name: one for one in District.objects.all()}
    for number, person in enumerate(people(count, desk.dice)):
        register_patient(
            details=dict(person) | {"district": districts[person["district"]]} | _numbers(desk, number),
            request_key=uuid4(),
            actor=desk.clerk,
            at=at - FIRST_REGISTERED + timedelta(minutes=3 * number),
            confirm_new=True,
        )


def _numbers(desk: Desk, number: int) -> dict[str, Any]:
    """What this one answered about the ABHA, and for some an old number of the hospital. Nobody's numbers."""
    answer = ABHA_ANSWERS[number % len(ABHA_ANSWERS)]
    body = f"91{desk.facility.district.lgd_code:04d}{number:07d}"
    given = {}
    if answer in {AbhaStatus.LINKED, AbhaStatus.ASSISTED}:
        given[IdentifierKind.ABHA_NUMBER.value] = body + luhn.calc_check_digit(body)
    if number % 7 == 0:
        given[IdentifierKind.OLD_NUMBER.value] = f"MRD/{2015 + number % 9}/{1000 + number}"
    return {"abha_status": answer, "identifiers": given, "issuer": desk.facility}


def hold_morning(desk: Desk, morning: Morning, *, ends: datetime) -> None:
    """Register a morning's patients one after the other until `ends`; the doctors see the first of them."""
    day = timezone.localdate(ends)
    arrivals = [*_returning(desk, morning.returning, day), *_newly_come(desk, morning, day)]
    desk.dice.shuffle(arrivals)
    begins = max(_opening(ends), ends - timedelta(hours=3))
    step = (ends - begins) / (len(arrivals) + 1)
    schemes = {one.code: one for one in Scheme.objects.all()}
    for number, (patient, department) in enumerate(arrivals, start=1):
        opd.register_visit(
            patient=patient,
            visit=_visit(desk.dice, patient, department, schemes, day),
            request_key=uuid4(),
            actor=desk.clerk,
            at=begins + number * step,
        )
    _call_some(desk, morning.called, at=ends)


def _returning(desk: Desk, count: int, day: date) -> list[Arrival]:
    """Whoever was here some days ago and comes again to the same department, free of charge."""
    held = Encounter.objects.filter(facility=desk.facility, follows=None, valid_till__gte=day)
    linked = ("patient__district", "patient__facility", "department__facility")
    sitting = {department.pk for department in _sitting(desk.facility, day)}
    earlier = held.filter(department__in=sitting).select_related(*linked).order_by("started_at")
    return [(one.patient, one.department) for one in earlier[:count]]


def _newly_come(desk: Desk, morning: Morning, day: date) -> Iterator[Arrival]:
    """For each place wanted in a department, somebody whom it suits and who has not been here yet."""
    waiting = list(
        Patient.objects.filter(facility=desk.facility, encounters=None)
        .select_related("facility", "district")
        .order_by("uhid")
    )
    desk.dice.shuffle(waiting)
    for department in _wanted(desk, morning, day):
        patient = next((one for one in waiting if _suits(one, department.code, day)), None)
        if patient:
            waiting.remove(patient)
            yield patient, department


def _wanted(desk: Desk, morning: Morning, day: date) -> list[Department]:
    sitting = _sitting(desk.facility, day)
    medicine = [one for one in sitting if one.code == MEDICINE] * morning.in_medicine
    others = [one for one in sitting if one.code != MEDICINE]
    return medicine + [others[number % len(others)] for number in range(morning.elsewhere)]


def _sitting(facility: Facility, day: date) -> list[Department]:
    """The departments with a unit that sits on this day."""
    listed = facility.departments.select_related("facility").prefetch_related("units")
    return [one for one in listed if any(unit.sits_on(day) for unit in one.units.all())]


def _suits(patient: Patient, department: str, day: date) -> bool:
    """Women to Obstetrics, children to Paediatrics, everybody else to the others."""
    grown_up = _years(patient, day) >= GROWN_UP
    if department in FOR_WOMEN:
        return patient.sex == Sex.FEMALE and GROWN_UP + 4 <= _years(patient, day) < 45
    return grown_up != (department in FOR_CHILDREN)


def _years(patient: Patient, day: date) -> int:
    return (day - patient.birth_date).days // 365 if patient.birth_date else GROWN_UP


def _opening(moment: datetime) -> datetime:
    """Half past eight of that day, or midnight where the demo is started before."""
    midnight = timezone.localtime(moment).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + OPENS if midnight + OPENS < moment else midnight


def _visit(
    dice: Random, patient: Patient, department: Department, schemes: dict[str, Scheme], day: date
) -> Visit:
    code = "PREGNANT" if department.code in FOR_WOMEN else dice.choice(SCHEMES)
    scheme = schemes.get(code or "")
    return Visit(
        department=department,
        lane=_lane(dice, patient, department.code, day),
        scheme=scheme,
        proof_number=f"DEMO{dice.randrange(10**8):08d}" if scheme and scheme.needs_proof else "",
        offer=None if scheme else _offer(dice),
    )


def _lane(dice: Random, patient: Patient, department: str, day: date) -> Lane:
    if department == "EMER":
        return Lane.EMERGENCY
    if department in FOR_WOMEN:
        return Lane.PREGNANT
    if _years(patient, day) >= SENIOR_AGE:
        return Lane.ELDERLY
    return Lane.DISABLED if dice.random() < 0.05 else Lane.NORMAL


def _offer(dice: Random) -> Offer:
    mode = dice.choice(MODES)
    return Offer(mode, f"9{dice.randrange(10**11):011d}" if mode == PaymentMode.UPI else "")


def _call_some(desk: Desk, count: int | None, *, at: datetime) -> None:
    """Medicine's units call `count` people, the last of whom is still inside; None: all units, everybody."""
    clinics = ClinicDay.objects.filter(facility=desk.facility, held_on=timezone.localdate(at))
    consulting.measure_some(clinics, desk.nurse, desk.dice, at=at)
    if count is not None:
        clinics = clinics.filter(unit__department__code=MEDICINE)
    for clinic_day in clinics.order_by("unit__department__position", "unit__name"):
        last = clinic_day.last_number + 1 if count is None else count
        for number in range(1, last + 1):
            called_at = at - (last - number) * EACH_TAKES
            token = opd.call_next(clinic_day=clinic_day, request_key=uuid4(), actor=desk.doctor, at=called_at)
            if token and number < last:
                _leave(desk, token, came=number % 4 != 0 or count is None, at=called_at)


def _leave(desk: Desk, token: QueueToken, *, came: bool, at: datetime) -> None:
    """Whoever came leaves with a signed note; in the departments where somebody else writes, as seen."""
    if not came:
        opd.skip_token(token=token, actor=desk.doctor, at=at)
    elif token.encounter.department.code == MEDICINE:
        consulting.consult(token, desk.doctor, desk.dice, at=at)
    else:
        opd.finish_token(token=token, actor=desk.doctor, at=at)
