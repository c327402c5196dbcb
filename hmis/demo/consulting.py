"""The demo's consultations: measured by the nurse, written and signed by the doctor. Nobody's illness."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import uuid4

from django.db.models import QuerySet
from django.utils import timezone

from facilities.models import Posting, User
from facilities.roles import Role
from lab.models import TestDefinition
from lab.services import Wanted, order_tests
from opd import services as opd
from opd.models import ClinicDay, QueueToken
from opd.states import TokenStatus
from patients.models import ClinicalNote
from patients.queries import allergies_of, prescribing
from patients.services import (
    Allergy,
    Diagnosis,
    Typed,
    Vitals,
    Writing,
    dispense,
    prescribe,
    record_condition,
    remove_line,
)
from patients.states import ConditionStatus, DispenseOutcome

# From the call to the signature.
TALKS = timedelta(minutes=6)
# From the room to the counter.
WALKS = timedelta(minutes=9)
AT_THE_COUNTER = (*[DispenseOutcome.GIVEN] * 6, DispenseOutcome.NOT_AVAILABLE, None, None)


@dataclass(frozen=True)
class Case:
    """What somebody complains of, for how long, and what the doctor makes of it.

    Medicines as the project's own sets and highest doses have them, with their sources (`patients/data`).
    """

    complaint: str
    duration: int
    unit: str
    code: str
    advice: str
    again: int = 0
    tests: tuple[str, ...] = ()
    medicines: tuple[str, ...] = ()


CASES = (
    Case(
        "बुखार",
        4,
        "day",
        "R50.9",
        "आराम करें, पानी ज़्यादा पिएँ। 3 दिन में न उतरे तो फिर आएँ।",
        3,
        ("CBC", "MPS"),
        ("para 500 1-1-1 3d",),
    ),
    Case("खाँसी, बलगम", 1, "week", "J06.9", "भाप लें, धूल-धुएँ से बचें।", 5, ("XRCH",)),
    Case(
        "शुगर की जाँच",
        2,
        "year",
        "E11.9",
        "मीठा बंद, रोज़ आधा घंटा चलें।",
        30,
        ("GLU_F", "HBA1C"),
        ("metformin 500 od 30d after food",),
    ),
    Case(
        "चक्कर, सिरदर्द",
        3,
        "week",
        "I10",
        "नमक कम करें, हर हफ़्ते बी.पी. नपवाएँ।",
        14,
        ("KFT", "ECG"),
        ("amlodipine 5 od 30d",),
    ),
    Case(
        "पेट दर्द, दस्त",
        2,
        "day",
        "A09.9",
        "ओ.आर.एस. पिएँ, बाहर का खाना न खाएँ।",
        medicines=("ors after each stool 3d",),
    ),
    Case(
        "कमर दर्द", 1, "month", "M54.5", "भारी वज़न न उठाएँ, सख़्त बिस्तर पर सोएँ।", medicines=("para 500 1-0-1 5d",)
    ),
)
SUBSTANCES = ("", "", "", "", "Penicillin", "Sulfonamide")


def measure(token: QueueToken, nurse: User, dice: Random, *, at: datetime) -> None:
    """The nurse's row for somebody who waits; allergies are asked where nobody has."""
    known = allergies_of(token.encounter.patient).is_asked
    opd.triage_token(
        token=token,
        vitals=Vitals(
            systolic=Decimal(dice.randrange(108, 152)),
            diastolic=Decimal(dice.randrange(66, 94)),
            pulse=Decimal(dice.randrange(66, 104)),
            spo2=Decimal(dice.randrange(95, 100)),
            temperature=Decimal(dice.randrange(366, 388)) / 10,
            weight=Decimal(dice.randrange(44, 78)),
        ),
        allergy=None if known else Allergy(dice.choice(SUBSTANCES)),
        confirm=True,
        request_key=uuid4(),
        actor=nurse,
        at=at,
    )


def measure_some(clinics: QuerySet[ClinicDay], nurse: User, dice: Random, *, at: datetime) -> None:
    """Three of four who wait in Medicine are measured; the others stand before the nurse."""
    waiting = QueueToken.objects.filter(clinic_day__in=clinics, status=TokenStatus.WAITING)
    medicine = waiting.filter(encounter__department__code="MED").select_related("encounter__patient")
    for token in medicine.order_by("number"):
        if token.number % 4:
            measure(token, nurse, dice, at=at)


def consult(token: QueueToken, doctor: User, dice: Random, *, at: datetime) -> None:
    """The doctor brings the patient in, writes, orders tests, and signs; some are to come again."""
    case = dice.choice(CASES)
    begun = opd.start_consultation(token=token, request_key=uuid4(), actor=doctor, at=at)
    record_condition(
        encounter=token.encounter,
        diagnosis=Diagnosis(case.code, is_main=True, status=ConditionStatus.FINAL),
        request_key=uuid4(),
        actor=doctor,
        at=at + TALKS / 2,
    )
    wanted = TestDefinition.objects.filter(code__in=case.tests)
    if wanted:
        order_tests(
            encounter=token.encounter,
            wanted=[Wanted(test) for test in wanted],
            request_key=uuid4(),
            actor=doctor,
            at=at + TALKS / 2,
        )
    prescribe_for(case, begun.note, doctor, at=at + TALKS / 2)
    again = timezone.localdate(at) + timedelta(days=case.again) if case.again else None
    complaint = {"text": case.complaint, "duration": case.duration, "unit": case.unit}
    opd.sign_consultation(
        consultation=begun,
        writing=Writing(begun.note.version, {"complaints": [complaint], "plan": {"advice": case.advice}}),
        come_again=opd.ComeAgain(again),
        request_key=uuid4(),
        actor=doctor,
        at=at + TALKS,
    )
    at_the_counter(begun.note, dice, at=at + TALKS + WALKS)


def prescribe_for(case: Case, note: ClinicalNote, doctor: User, *, at: datetime) -> None:
    """The case's medicines, where somebody has asked for allergies; what raises an alert is taken off."""
    if not allergies_of(note.patient).is_asked:
        return
    for text in case.medicines:
        line = prescribe(note=note, typed=Typed(text), request_key=uuid4(), actor=doctor, at=at)
        raised = prescribing.review(note, [line], today=timezone.localdate(at)).raised
        if any(one.alert.must_be_answered for one in raised):
            remove_line(line=line, request_key=uuid4(), actor=doctor, at=at)


def at_the_counter(note: ClinicalNote, dice: Random, *, at: datetime) -> None:
    """Most go to the free-drug counter at once; some of it is not there, some still wait or walk there."""
    if at > timezone.now():
        return
    post = Posting.objects.filter(facility_id=note.facility_id, role=Role.PHARMACIST)
    pharmacist = post.select_related("user").first()
    for line in prescribing.signed_lines(note):
        outcome = dice.choice(AT_THE_COUNTER)
        if pharmacist and outcome:
            dispense(
                line=line,
                outcome=outcome,
                request_key=uuid4(),
                actor=pharmacist.user,
                at=at,
            )
