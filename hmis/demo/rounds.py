"""The demo's rounds: inpatients are measured, written about, treated, operated on. Nobody's illness."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import uuid4

from facilities.models import Department, Facility, User
from facilities.roles import Role
from hmis.demo.consulting import CASES
from ipd import queries
from ipd.models import Admission, EarlyWarning
from ipd.services import Performed, answer_warning, ask_opinion, record_procedure, record_ward_vitals
from ipd.states import OPEN_ADMISSIONS, Anaesthesia, Response
from patients.models import MedicationRequest, NoteKind
from patients.queries import allergies_of, templates_for
from patients.services import (
    Allergy,
    Typed,
    Vitals,
    Writing,
    begin_note,
    hold_medicine,
    prescribe,
    record_allergy,
    remove_line,
    sign_note,
)

EVERY = timedelta(hours=6)
MOST_SETS = 12
WRITES_EVERY = timedelta(days=1)
# Before that, the first morning's note alone: forty stays of nine days took a third of the demo's time.
WRITTEN_SINCE = timedelta(days=2)


@dataclass(frozen=True)
class Course:
    """How somebody does: how far the vital signs lie from a well person's, and where they tend to."""

    pulse: int = 78
    breaths: int = 16
    spo2: int = 98
    upper: int = 122
    temperature: str = "36.9"
    oxygen: str = "air"
    drift: int = 0
    every: timedelta = EVERY


# Most do well, and are measured twice a day; some get better, one in five is a matter for the doctor.
SELDOM = 2 * EVERY
COURSES = (
    Course(every=SELDOM),
    Course(temperature="37.6", pulse=88, every=SELDOM),
    Course(pulse=104, breaths=21, temperature="38.4", drift=-4),
    Course(every=SELDOM),
    Course(pulse=116, breaths=23, spo2=94, upper=98, temperature="38.8", oxygen="oxygen", drift=3),
)
ASKED = ("MED", "OBG", "SUR")
PROGRESS = "Slept well. Takes food and water."
# As the demo's consultations write them for a fever.
MEDICINES = CASES[0].medicines


def seed_rounds(facility: Facility, staff: Mapping[str, User], dice: Random, *, at: datetime) -> int:
    """Give whoever lies here and was not measured yet a course until `at`; how many."""
    nurse, doctor = staff[Role.NURSE], staff[Role.DOCTOR]
    lying = Admission.objects.filter(facility=facility, status__in=OPEN_ADMISSIONS, admitted_at__lt=at)
    lying = lying.select_related("patient", "encounter__department", "facility").order_by("admitted_at", "pk")
    fresh = [one for one in lying if not one.encounter.observations.exists()]
    for place, admission in enumerate(fresh):
        course = COURSES[place % len(COURSES)]
        _measure(admission, course, nurse, dice, at=at)
        _write(admission, doctor, dice, at=at)
        if place % 4 == 1:
            _operate(admission, doctor, at=at)
        if place % 3 == 2:
            _ask(admission, doctor, at=at)
    _answer_older(fresh, doctor, at=at)
    return len(fresh)


def _measure(admission: Admission, course: Course, nurse: User, dice: Random, *, at: datetime) -> None:
    if not allergies_of(admission.patient).is_asked:
        record_allergy(
            encounter=admission.encounter,
            allergy=Allergy(),
            request_key=uuid4(),
            actor=nurse,
            at=admission.admitted_at,
        )
    moment, number = max(admission.admitted_at, at - EVERY * MOST_SETS) + timedelta(minutes=20), 0
    while moment < at:
        step = course.drift * number // 2
        record_ward_vitals(
            admission=admission,
            vitals=Vitals(
                systolic=Decimal(course.upper - step + dice.randint(-4, 4)),
                diastolic=Decimal(70 + dice.randint(-6, 6)),
                pulse=Decimal(course.pulse + step + dice.randint(-4, 4)),
                respiratory_rate=Decimal(course.breaths + dice.randint(-1, 1)),
                spo2=Decimal(min(100, course.spo2 + dice.randint(-1, 1))),
                temperature=Decimal(course.temperature) + Decimal(dice.randint(-2, 2)) / 10,
                oxygen=course.oxygen,
                oxygen_flow=Decimal(4) if course.oxygen == "oxygen" else None,
                consciousness="alert",
            ),
            confirm=True,
            request_key=uuid4(),
            actor=nurse,
            at=moment,
        )
        moment, number = moment + course.every, number + 1


def _write(admission: Admission, doctor: User, dice: Random, *, at: datetime) -> None:
    """Progress notes of the stay's mornings, the first with medicines."""
    templates = templates_for(admission.encounter.department, NoteKind.PROGRESS)
    if not templates:
        return
    for number, day in enumerate(_mornings(admission, at)):
        note = begin_note(
            encounter=admission.encounter,
            template=templates[0],
            request_key=uuid4(),
            actor=doctor,
            at=day,
        )
        if number == 0:
            for line in MEDICINES:
                prescribe(note=note, typed=Typed(line), request_key=uuid4(), actor=doctor, at=day)
            for raised in MedicationRequest.objects.filter(note=note, issues__answer="").distinct():
                remove_line(line=raised, request_key=uuid4(), actor=doctor, at=day)
        writing = Writing(note.version, {"history": {"since_last": PROGRESS}})
        sign_note(note=note, writing=writing, request_key=uuid4(), actor=doctor, at=day)
        if number == 0 and dice.random() < 0.3:
            for line in note.medicines.filter(signed_at__isnull=False):
                hold_medicine(line=line, why="vomits", request_key=uuid4(), actor=doctor, at=day)


def _mornings(admission: Admission, at: datetime) -> list[datetime]:
    """When something is written: on the first of the stay, and on those of its last days."""
    first = admission.admitted_at + timedelta(hours=2)
    days = [first + number * WRITES_EVERY for number in range(-((first - at) // WRITES_EVERY))]
    return [*days[:1], *(day for day in days[1:] if day > at - WRITTEN_SINCE)]


def _operate(admission: Admission, doctor: User, *, at: datetime) -> None:
    began = admission.admitted_at + (at - admission.admitted_at) / 2
    record_procedure(
        admission=admission,
        performed=Performed(
            name="Incision and drainage",
            performed_by=doctor,
            began_at=began,
            ended_at=began + (at - began) / 8,
            is_operation=True,
            anaesthesia=Anaesthesia.LOCAL,
            findings="Done without event.",
        ),
        request_key=uuid4(),
        actor=doctor,
        at=at,
    )


def _ask(admission: Admission, doctor: User, *, at: datetime) -> None:
    team = queries.team_now(admission)
    others = Department.objects.filter(
        facility=admission.facility, is_active=True, code__in=["MED", "SUR", "OBG"]
    )
    others = others.exclude(pk=team.department_id) if team else others
    for department in others.order_by("code")[:1]:
        ask_opinion(
            admission=admission,
            department=department,
            question="Please see and advise.",
            request_key=uuid4(),
            actor=doctor,
            at=at,
        )


def _answer_older(admissions: list[Admission], doctor: User, *, at: datetime) -> None:
    """What is older than a shift was answered; the last one waits."""
    waiting = queries.unanswered().filter(admission__in=admissions, taken_at__lt=at - EVERY)
    for admission in admissions:
        last = waiting.filter(admission=admission).order_by("taken_at").last()
        if last:
            _answer(last, doctor)


def _answer(warning: EarlyWarning, doctor: User) -> None:
    answer_warning(
        warning=warning,
        response=Response.SEEN,
        request_key=uuid4(),
        actor=doctor,
        at=warning.taken_at + timedelta(minutes=12),
    )
