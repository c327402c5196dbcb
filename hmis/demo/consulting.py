"""The demo's consultations: measured by the nurse, written and signed by the doctor. Nobody's illness."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import uuid4

from django.db.models import QuerySet
from django.utils import timezone

from facilities.models import User
from lab.models import TestDefinition
from lab.services import Wanted, order_tests
from opd import services as opd
from opd.models import ClinicDay, QueueToken
from opd.states import TokenStatus
from patients.queries import allergies_of
from patients.services import Allergy, Diagnosis, Vitals, Writing, record_condition
from patients.states import ConditionStatus

# From the call to the signature.
TALKS = timedelta(minutes=6)


@dataclass(frozen=True)
class Case:
    """What somebody complains of, for how long, and what the doctor makes of it. No medicine, no dose."""

    complaint: str
    duration: int
    unit: str
    code: str
    advice: str
    again: int = 0
    tests: tuple[str, ...] = ()


CASES = (
    Case("बुखार", 4, "day", "R50.9", "आराम करें, पानी ज़्यादा पिएँ। 3 दिन में न उतरे तो फिर आएँ।", 3, ("CBC", "MPS")),
    Case("खाँसी, बलगम", 1, "week", "J06.9", "भाप लें, धूल-धुएँ से बचें।", 5, ("XRCH",)),
    Case("शुगर की जाँच", 2, "year", "E11.9", "मीठा बंद, रोज़ आधा घंटा चलें।", 30, ("GLU_F", "HBA1C")),
    Case("चक्कर, सिरदर्द", 3, "week", "I10", "नमक कम करें, हर हफ़्ते बी.पी. नपवाएँ।", 14, ("KFT", "ECG")),
    Case("पेट दर्द, दस्त", 2, "day", "A09.9", "ओ.आर.एस. पिएँ, बाहर का खाना न खाएँ।"),
    Case("कमर दर्द", 1, "month", "M54.5", "भारी वज़न न उठाएँ, सख़्त बिस्तर पर सोएँ।"),
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
