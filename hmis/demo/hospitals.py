"""The demo's two hospitals: their departments, rooms and units. Only what is missing is added."""

import csv
from dataclasses import dataclass, field
from itertools import cycle, islice

from django.conf import settings
from django.contrib.auth.hashers import make_password

from facilities.models import Bed, BedKind, Department, Facility, Posting, Room, Unit, User, Ward
from facilities.roles import Role
from facilities.states import WardKind
from hmis.demo.staff import STARTED_ON, made_up_registration

NAMES = settings.BASE_DIR / "opd" / "data" / "departments.csv"
EVERY_DAY, WORKING_DAYS = list(range(7)), list(range(6))
EMERGENCY = "EMER"
NUMERALS = {1: ("Unit I", "यूनिट I"), 2: ("Unit II", "यूनिट II")}


@dataclass(frozen=True)
class Clinic:
    """A department as the demo opens it: a unit for each of its rooms, at RIMS and at a sadar hospital."""

    code: str
    rooms: tuple[str, ...]
    sadar_rooms: tuple[str, ...]
    days: list[int] = field(default_factory=lambda: EVERY_DAY)


# In the order of the favourites.
CLINICS = (
    Clinic("MED", ("101", "102"), ("1", "2")),
    Clinic("OBG", ("110", "111"), ("5",)),
    Clinic("PAED", ("115", "116"), ("6",)),
    Clinic("ORTH", ("120", "121"), ("7",)),
    Clinic("EYE", ("125",), ("8",)),
    Clinic("SURG", ("130", "131"), ("9",)),
    Clinic("EMER", ("E1",), ("E1",)),
    Clinic("ENT", ("135",), ("10",)),
    Clinic("SKIN", ("140",), ("11",)),
    Clinic("DENT", ("145",), ("12",), WORKING_DAYS),
    Clinic("PSY", ("150",), (), WORKING_DAYS),
    Clinic("CHEST", ("155",), ("14",)),
    Clinic("NCD", ("160",), ("15",), WORKING_DAYS),
    Clinic("LABOUR", ("L1",), ("L1",)),
    Clinic("IMM", ("165",), ("16",), WORKING_DAYS),
    Clinic("AYUSH", ("170",), ("17",), WORKING_DAYS),
)

DOCTORS = (
    ("Dr. Meena Tirkey", "डॉ. मीना तिर्की"),
    ("Dr. Rakesh Kumar Sinha", "डॉ. राकेश कुमार सिन्हा"),
    ("Dr. Sushma Kujur", "डॉ. सुषमा कुजूर"),
    ("Dr. Arvind Prasad", "डॉ. अरविंद प्रसाद"),
    ("Dr. Nazia Parveen", "डॉ. नाज़िया परवीन"),
    ("Dr. Birsa Hembrom", "डॉ. बिरसा हेम्ब्रम"),
    ("Dr. Pallavi Kumari", "डॉ. पल्लवी कुमारी"),
    ("Dr. Sanjay Mahto", "डॉ. संजय महतो"),
    ("Dr. Anita Lakra", "डॉ. अनीता लकड़ा"),
    ("Dr. Imran Ansari", "डॉ. इमरान अंसारी"),
    ("Dr. Suresh Soren", "डॉ. सुरेश सोरेन"),
    ("Dr. Kavita Singh", "डॉ. कविता सिंह"),
)


def open_hospital(facility: Facility, *, head_doctor: User) -> None:
    """Departments with rooms and units; Medicine's first unit is `head_doctor`'s, each other has its own."""
    with NAMES.open(encoding="utf-8", newline="") as file:
        named = {row["code"]: (row["name"], row["name_hi"]) for row in csv.DictReader(file)}
    doctors = cycle(DOCTORS)
    for position, clinic in enumerate(CLINICS, start=1):
        rooms = clinic.rooms if facility.code == "RIMS" else clinic.sadar_rooms
        if not rooms:
            continue
        name, name_hi = named[clinic.code]
        department, is_new = Department.objects.get_or_create(
            facility=facility,
            code=clinic.code,
            defaults={"name": name, "name_hi": name_hi, "position": position},
        )
        if is_new:
            sitting = _doctors(department, list(islice(doctors, len(rooms))), head_doctor)
            _open_units(department, clinic, rooms, sitting)
        if clinic.code == EMERGENCY:
            _put_up_beds(department)


def _open_units(department: Department, clinic: Clinic, rooms: tuple[str, ...], doctors: list[User]) -> None:
    for number, (room, doctor) in enumerate(zip(rooms, doctors, strict=True), start=1):
        name, name_hi = NUMERALS[number]
        Unit.objects.create(
            facility=department.facility,
            department=department,
            name=name,
            name_hi=name_hi,
            clinic_days=clinic.days,
            room=Room.objects.create(facility=department.facility, number=room),
            doctor=doctor,
        )


def _put_up_beds(department: Department) -> None:
    """The observation beds of casualty, and the trolleys that stand by when they are full."""
    facility = department.facility
    if Ward.objects.filter(department=department).exists():
        return
    ward = Ward.objects.create(
        facility=facility,
        department=department,
        code="OBS",
        kind=WardKind.EMERGENCY,
        name="Observation",
        name_hi="निगरानी वार्ड",
    )
    room = Room.objects.create(facility=facility, ward=ward, number="E2")
    kinds = [BedKind.BED] * 4 + [BedKind.TROLLEY] * 2
    for number, kind in enumerate(kinds, start=1):
        Bed.objects.create(facility=facility, room=room, number=str(number), kind=kind)


def _doctors(department: Department, names: list[tuple[str, str]], head_doctor: User) -> list[User]:
    own = [_doctor(department, number, *name) for number, name in enumerate(names, start=1)]
    return [head_doctor, *own[1:]] if department.code == "MED" else own


def _doctor(department: Department, number: int, name: str, name_hi: str) -> User:
    """Who sits in a room of the demo, and does not log in: the demo's logins are few and listed."""
    facility = department.facility
    username = f"doctor.{department.code.lower()}{number}.{facility.code.lower()}"
    user = User.objects.create(
        username=username,
        name=name,
        name_hi=name_hi,
        password=make_password(None),
        **made_up_registration(username),
    )
    Posting.objects.create(
        user=user, role=Role.DOCTOR, facility=facility, department=department, starts_on=STARTED_ON
    )
    return user
