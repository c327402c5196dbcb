"""Whom the night brought: who is in casualty now, one of them unknown, and a birth in the labour room."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from django.utils import timezone

from facilities.models import Bed, BedKind, Facility, User, Ward
from facilities.roles import Role
from facilities.states import WardKind
from hmis.demo.hospitals import EMERGENCY
from hmis.demo.wards import consultant_of, nobodys
from ipd.services import Admitting, Attendant, admit_patient
from ipd.states import Consent, Source
from opd.models import CasualtyArrival
from opd.services import Coming, Escort, register_casualty, see_off
from opd.states import BroughtBy, Outcome, Triage
from patients.models import CaseKind, Patient, Sex
from patients.queries import free_beds
from patients.services import CaseDetails, Intimation, Newborn, Unknown, register_newborns


@dataclass(frozen=True)
class Comer:
    """Somebody who came to casualty: how old they may be, how urgent, with whom, and so long before now."""

    ages: range
    sex: Sex
    triage: Triage
    escort: Escort
    complaint: str
    minutes: int
    lies: bool = False
    case: CaseKind | None = None
    is_unknown: bool = False


GROWN_UP, MOTHERS = range(18, 60), range(18, 36)
COMERS = (
    Comer(
        GROWN_UP,
        Sex.MALE,
        Triage.RED,
        Escort(BroughtBy.AMBULANCE_108, "", "", "NH 33"),
        "मोटरसाइकिल से गिरा, बेहोश",
        95,
        lies=True,
        case=CaseKind.ROAD_ACCIDENT,
        is_unknown=True,
    ),
    Comer(
        GROWN_UP,
        Sex.FEMALE,
        Triage.RED,
        Escort(BroughtBy.RELATIVE, "Sukhram"),
        "साँप ने पैर में काटा",
        40,
        lies=True,
        case=CaseKind.BITE,
    ),
    Comer(
        range(1, 6),
        Sex.MALE,
        Triage.YELLOW,
        Escort(BroughtBy.RELATIVE, "Etwari"),
        "तेज़ बुखार, दौरा पड़ा",
        22,
    ),
    Comer(GROWN_UP, Sex.MALE, Triage.GREEN, Escort(BroughtBy.SELF), "हाथ कट गया, ख़ून बंद है", 7),
)
# A mother came in so long ago, and her child was born so long ago.
CAME, BORN = timedelta(hours=6), timedelta(hours=2)


def pass_the_night(facility: Facility, staff: dict[str, User], *, at: datetime) -> None:
    """Who is in casualty from another day is sent on, and today's come; with the first of them a birth."""
    came = CasualtyArrival.objects.filter(facility=facility)
    if came.filter(arrived_at__date=timezone.localdate(at)).exists():
        return
    is_first = not came.exists()
    nurse = staff[Role.NURSE]
    for arrival in came.filter(left_at=None):
        see_off(arrival=arrival, outcome=Outcome.REFERRED, actor=nurse, at=at - timedelta(hours=2))
    waiting = nobodys(facility)
    _fill_casualty(facility, nurse, waiting, at)
    if is_first:
        _bear_a_child(facility, nurse, waiting, at)


def _fill_casualty(facility: Facility, nurse: User, waiting: list[Patient], at: datetime) -> None:
    ward = Ward.objects.select_related("department").get(facility=facility, department__code=EMERGENCY)
    free = iter(free_beds(facility, ward.department).filter(kind=BedKind.BED).order_by("number"))
    for one in COMERS:
        patient = Unknown(one.sex) if one.is_unknown else _somebody(waiting, one.sex, one.ages, at)
        if patient is None:
            continue
        told = Intimation(f"{facility.district.name} Sadar", officer="Duty officer")
        register_casualty(
            who=patient,
            coming=Coming(
                department=ward.department,
                triage=one.triage,
                escort=one.escort,
                complaint=one.complaint,
                case=CaseDetails(one.case, intimation=told) if one.case else None,
                bed=next(free, None) if one.lies else None,
            ),
            request_key=uuid4(),
            actor=nurse,
            at=at - timedelta(minutes=one.minutes),
        )


def _bear_a_child(facility: Facility, nurse: User, waiting: list[Patient], at: datetime) -> None:
    mother = _somebody(waiting, Sex.FEMALE, MOTHERS, at)
    ward = Ward.objects.select_related("department").get(facility=facility, kind=WardKind.LABOUR)
    if mother is None:
        return
    admit_patient(
        who=mother,
        admitting=Admitting(
            department=ward.department,
            bed=Bed.objects.filter(room__ward=ward).order_by("number")[0],
            consultant=consultant_of(ward.department),
            source=Source.CASUALTY,
            diagnosis="Labour pains",
            attendant=Attendant("Phulmani", "mother", ""),
            consent=Consent.PATIENT,
        ),
        request_key=uuid4(),
        actor=nurse,
        at=at - CAME,
        confirm_bed=True,
    )
    register_newborns(
        mother=mother,
        babies=[Newborn(Sex.FEMALE, at - BORN, 2850)],
        request_key=uuid4(),
        actor=nurse,
        at=at - BORN / 2,
    )


def _somebody(waiting: list[Patient], sex: Sex, ages: range, at: datetime) -> Patient | None:
    """Of those who wait the first of this sex and age, taken out of them."""
    for patient in waiting:
        age = patient.age_on(at.date())
        if patient.sex == sex and age and age.unit == "year" and age.number in ages:
            waiting.remove(patient)
            return patient
    return None
