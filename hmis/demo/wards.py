"""The demo's wards, and who lies in them: laid there by the same service as everybody."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4

from django.db.models import Exists, OuterRef

from facilities.models import Bed, BedKind, Department, Facility, Posting, Room, Unit, User, Ward
from facilities.roles import Role
from facilities.states import WardKind, WardTakes
from ipd import services
from ipd.models import Admission
from ipd.services import Admitting, Attendant
from ipd.states import Consent, Source
from patients.models import Encounter, Patient, Sex

# Whoever lies in a ward does not come to the counter of a later morning.
LEFT_FOR_MORNINGS = 14

WOMEN, MEN, ANYBODY = WardTakes.WOMEN, WardTakes.MEN, WardTakes.ANYBODY
CHILD, GROWN_UP = 14, 18


@dataclass(frozen=True)
class Plan:
    """A ward as it is built: its rooms with their beds, what stands in its corridor, how many lie there."""

    code: str
    name: str
    name_hi: str
    department: str
    kind: WardKind
    takes: WardTakes
    storey: str
    rooms: tuple[tuple[str, int], ...]
    floor: int = 0
    trolleys: int = 0
    lying: int = 0
    diagnoses: tuple[str, ...] = ()
    youngest: int | None = None
    oldest: int | None = None


MEDICAL = ("Pneumonia", "Cerebral malaria", "Acute gastroenteritis", "Stroke", "Snake bite", "Severe anaemia")
SURGICAL = (
    "Appendicitis",
    "Inguinal hernia",
    "Fracture of femur",
    "Cellulitis of leg",
    "Intestinal obstruction",
)
OF_CHILDREN = ("Pneumonia", "Severe acute malnutrition", "Febrile seizure", "Dengue fever")
OF_MOTHERS = ("Pre-eclampsia", "After caesarean section", "Labour pains", "Anaemia in pregnancy")

RIMS = (
    Plan(
        "D1",
        "Medicine Ward, Women",
        "मेडिसिन वार्ड, महिला",
        "MED",
        WardKind.GENERAL,
        WOMEN,
        "पहली मंज़िल",
        (("201", 4), ("202", 4), ("203", 4), ("204", 4)),
        5,
        2,
        13,
        MEDICAL,
        youngest=CHILD,
    ),
    Plan(
        "D2",
        "Medicine Ward, Men",
        "मेडिसिन वार्ड, पुरुष",
        "MED",
        WardKind.GENERAL,
        MEN,
        "पहली मंज़िल",
        (("211", 4), ("212", 4), ("213", 4)),
        4,
        2,
        9,
        MEDICAL,
        youngest=CHILD,
    ),
    Plan(
        "S1",
        "Surgery Ward, Men",
        "सर्जरी वार्ड, पुरुष",
        "SURG",
        WardKind.GENERAL,
        MEN,
        "दूसरी मंज़िल",
        (("301", 6), ("302", 6)),
        2,
        2,
        5,
        SURGICAL,
        youngest=CHILD,
    ),
    Plan(
        "S2",
        "Surgery Ward, Women",
        "सर्जरी वार्ड, महिला",
        "SURG",
        WardKind.GENERAL,
        WOMEN,
        "दूसरी मंज़िल",
        (("311", 6), ("312", 4)),
        2,
        1,
        4,
        SURGICAL,
        youngest=CHILD,
    ),
    Plan(
        "MAT",
        "Maternity Ward",
        "प्रसूति वार्ड",
        "OBG",
        WardKind.MATERNITY,
        WOMEN,
        "नीचे का तल",
        (("121M", 6), ("122M", 6)),
        3,
        0,
        4,
        OF_MOTHERS,
        youngest=CHILD,
    ),
    Plan("LR", "Labour Room", "प्रसव कक्ष", "LABOUR", WardKind.LABOUR, WOMEN, "नीचे का तल", (("LR", 4),)),
    Plan(
        "CH",
        "Children's Ward",
        "बाल वार्ड",
        "PAED",
        WardKind.CHILDREN,
        ANYBODY,
        "पहली मंज़िल",
        (("221", 6), ("222", 4)),
        2,
        0,
        3,
        OF_CHILDREN,
        oldest=CHILD - 1,
    ),
    Plan(
        "SNCU",
        "Newborn Care (SNCU)",
        "नवजात देखभाल (एस.एन.सी.यू.)",
        "PAED",
        WardKind.NEWBORN,
        ANYBODY,
        "पहली मंज़िल",
        (("SNCU", 8),),
        oldest=0,
    ),
    Plan(
        "ICU",
        "Intensive Care",
        "आई.सी.यू.",
        "MED",
        WardKind.ICU,
        ANYBODY,
        "तीसरी मंज़िल",
        (("ICU", 8),),
        lying=3,
        diagnoses=("Septic shock", "Stroke", "Organophosphate poisoning"),
    ),
    Plan(
        "PVT",
        "Private Rooms",
        "प्राइवेट कमरे",
        "MED",
        WardKind.PRIVATE,
        ANYBODY,
        "चौथी मंज़िल",
        tuple((f"{n}P", 1) for n in range(401, 405)),
        lying=1,
        diagnoses=("Diabetic foot",),
    ),
)
SADAR = (
    Plan(
        "MW",
        "Men's Ward",
        "पुरुष वार्ड",
        "MED",
        WardKind.GENERAL,
        MEN,
        "",
        (("W1", 6),),
        2,
        1,
        2,
        MEDICAL,
    ),
    Plan(
        "FW",
        "Women's Ward",
        "महिला वार्ड",
        "MED",
        WardKind.GENERAL,
        WOMEN,
        "",
        (("W2", 6),),
        2,
        1,
        3,
        MEDICAL,
    ),
    Plan(
        "MAT",
        "Maternity Ward",
        "प्रसूति वार्ड",
        "OBG",
        WardKind.MATERNITY,
        WOMEN,
        "",
        (("W3", 6),),
        1,
        0,
        1,
        OF_MOTHERS,
    ),
    Plan("LR", "Labour Room", "प्रसव कक्ष", "LABOUR", WardKind.LABOUR, WOMEN, "", (("LR", 2),)),
    Plan(
        "SNCU",
        "Newborn Care (SNCU)",
        "नवजात देखभाल (एस.एन.सी.यू.)",
        "PAED",
        WardKind.NEWBORN,
        ANYBODY,
        "",
        (("SNCU", 6),),
        oldest=0,
    ),
    Plan("ICU", "Intensive Care", "आई.सी.यू.", "MED", WardKind.ICU, ANYBODY, "", (("ICU", 2),)),
)
ATTENDANTS = (("Sukhram", "husband"), ("Etwari", "mother"), ("Mangal", "son"), ("Phulmani", "wife"))


def open_wards(facility: Facility) -> None:
    """Its wards with their rooms and places. Only what is missing is added."""
    standing = set(Ward.objects.filter(facility=facility).values_list("code", flat=True))
    departments = {one.code: one for one in Department.objects.filter(facility=facility)}
    for position, plan in enumerate(plans_of(facility), start=1):
        if plan.code not in standing and plan.department in departments:
            _build(facility, plan, departments[plan.department], position)


def _build(facility: Facility, plan: Plan, department: Department, position: int) -> None:
    ward = Ward.objects.create(
        facility=facility,
        department=department,
        code=plan.code,
        name=plan.name,
        name_hi=plan.name_hi,
        kind=plan.kind,
        takes=plan.takes,
        youngest=plan.youngest,
        oldest=plan.oldest,
        storey=plan.storey,
        position=position,
    )
    rooms = [Room(facility=facility, ward=ward, number=number) for number, _beds in plan.rooms]
    corridor = Room(facility=facility, ward=ward, number=f"{plan.code}-X")
    extra = [(f"F{n}", BedKind.FLOOR) for n in range(1, plan.floor + 1)]
    extra += [(f"T{n}", BedKind.TROLLEY) for n in range(1, plan.trolleys + 1)]
    Room.objects.bulk_create([*rooms, *([corridor] if extra else [])])
    beds = [
        Bed(facility=facility, room=room, number=str(n))
        for room, (_number, count) in zip(rooms, plan.rooms, strict=True)
        for n in range(1, count + 1)
    ]
    beds += [Bed(facility=facility, room=corridor, number=number, kind=kind) for number, kind in extra]
    Bed.objects.bulk_create(beds)


def admit_some(facility: Facility, staff: dict[str, User], dice: Random, *, at: datetime) -> None:
    """Some forty inpatients at RIMS, a few elsewhere, come over the last nine days; beds in every state."""
    if Admission.objects.filter(facility=facility).exists():
        return
    waiting = nobodys(facility)
    wards = {one.code: one for one in Ward.objects.filter(facility=facility).select_related("department")}
    laid: list[tuple[Patient, Bed, Plan, int]] = []
    for plan in (one for one in plans_of(facility) if one.code in wards):
        places = _places(wards[plan.code], plan, dice)
        for patient, bed in zip(fitting(waiting, plan, at, most=plan.lying), places, strict=False):
            laid.append((patient, bed, plan, dice.randint(60, 9 * 24 * 60)))
    laid.sort(key=lambda one: -one[3])
    for number, (patient, bed, plan, minutes) in enumerate(laid):
        name, relation = ATTENDANTS[number % len(ATTENDANTS)]
        services.admit_patient(
            who=patient,
            admitting=Admitting(
                department=wards[plan.code].department,
                bed=bed,
                consultant=consultant_of(wards[plan.code].department),
                source=Source.CASUALTY if plan.kind == WardKind.ICU else Source.OPD,
                diagnosis=plan.diagnoses[number % len(plan.diagnoses)],
                attendant=Attendant(name, relation, ""),
                consent=Consent.RELATIVE,
                consent_name=name,
            ),
            request_key=uuid4(),
            actor=staff[Role.NURSE],
            at=at - timedelta(minutes=minutes),
            confirm_bed=True,
        )
    _leave_some_beds_otherwise(facility, staff[Role.NURSE], at)


def plans_of(facility: Facility) -> tuple[Plan, ...]:
    """The wards that this hospital has in the demo."""
    return RIMS if facility.code == "RIMS" else SADAR


def nobodys(facility: Facility) -> list[Patient]:
    """Who was registered here and has not come yet; some are left for the mornings to come."""
    contacts = Encounter.objects.filter(patient=OuterRef("pk"))
    found = Patient.objects.filter(facility=facility).exclude(Exists(contacts)).exclude(birth_date=None)
    return list(found.order_by("pk"))[:-LEFT_FOR_MORNINGS]


def fitting(waiting: list[Patient], plan: Plan, at: datetime, *, most: int) -> Iterator[Patient]:
    """Whom the ward takes, out of those who wait; nobody twice."""
    left = most
    for patient in list(waiting):
        if not left:
            return
        age = patient.age_on(at.date())
        years = age.number if age and age.unit == "year" else 0
        sex = {WOMEN: Sex.FEMALE, MEN: Sex.MALE}.get(plan.takes)
        mother = plan.kind != WardKind.MATERNITY or GROWN_UP <= years <= 40
        fits = (plan.youngest or 0) <= years <= (120 if plan.oldest is None else plan.oldest)
        if fits and mother and (sex is None or patient.sex == sex):
            waiting.remove(patient)
            left -= 1
            yield patient


def _places(ward: Ward, plan: Plan, dice: Random) -> list[Bed]:
    """Beds first, then the floor; a few beds stay empty between others."""
    beds = list(Bed.objects.filter(room__ward=ward, kind=BedKind.BED).order_by("pk"))
    extra = list(Bed.objects.filter(room__ward=ward, kind=BedKind.FLOOR).order_by("pk"))[: plan.floor // 2]
    empty = {one.pk for one in dice.sample(beds, min(3, len(beds) - 1))}
    return [one for one in [*beds[:2], *extra, *beds[2:]] if one.pk not in empty]


def consultant_of(department: Department) -> User | None:
    """The doctor of its first unit who has one."""
    unit = Unit.objects.filter(department=department, doctor__isnull=False).order_by("name").first()
    doctor = unit.doctor if unit else None
    posted = Posting.objects.filter(user=doctor, facility=department.facility_id, role=Role.DOCTOR)
    return doctor if doctor and posted.exists() else None


def _leave_some_beds_otherwise(facility: Facility, nurse: User, at: datetime) -> None:
    """One bed being cleaned, one out of service, one kept for somebody on the way."""
    free = Bed.objects.filter(facility=facility, kind=BedKind.BED, room__ward__code__in=["D1", "MW"])
    empty: list[Any] = list(free.exclude(stays__ended_at=None, stays__isnull=False).order_by("pk")[:3])
    if len(empty) == 3:
        cleaned, shut, kept = empty
        services.start_cleaning(bed=cleaned, actor=nurse, at=at)
        services.take_out_of_service(bed=shut, why="ऑक्सीजन लाइन ख़राब", actor=nurse, at=at)
        services.reserve_bed(bed=kept, for_whom="आपात से: मंजू साहू", request_key=uuid4(), actor=nurse, at=at)
