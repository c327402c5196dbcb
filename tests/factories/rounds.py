"""Vital signs, scores and opinions of an inpatient, made by their own services."""

from decimal import Decimal
from uuid import uuid4

from django.utils import timezone

from ipd.services import answer_warning, ask_opinion, record_ward_vitals
from ipd.states import Response
from patients.services import Vitals, Writing, sign_note
from tests.factories.notes import make_note

WELL = {
    "systolic": "120",
    "diastolic": "80",
    "pulse": "72",
    "respiratory_rate": "16",
    "spo2": "98",
    "temperature": "36.9",
    "oxygen": "air",
    "consciousness": "alert",
}
# 1 + 2 + 0 + 2 = 5: a doctor is told, though no vital by itself scores 3.
ILL = WELL | {"respiratory_rate": "22", "pulse": "115", "temperature": "38.6"}
# Newly confused, and nothing else: one vital that scores 3.
CONFUSED = WELL | {"consciousness": "confused"}
VERY_ILL = ILL | {"spo2": "90", "systolic": "88", "diastolic": "50", "oxygen": "oxygen"}


def vitals_of(said):
    return Vitals(**{name: Decimal(one) if one[0].isdigit() else one for name, one in said.items()})


def measure(admission, nurse, said=WELL, *, key=None, at=None, confirm=True, **more):
    """One set of vital signs at the bedside."""
    return record_ward_vitals(
        admission=admission,
        vitals=vitals_of(said),
        request_key=key or uuid4(),
        actor=nurse,
        at=at or timezone.now(),
        confirm=confirm,
        **more,
    )


def answer(warning, person, *, response=Response.SEEN, key=None, at=None, **more):
    """Say what was done about a score."""
    return answer_warning(
        warning=warning,
        response=response,
        request_key=key or uuid4(),
        actor=person,
        at=at or timezone.now(),
        **more,
    )


def ask(admission, department, doctor, question="Fit for anaesthesia?", *, key=None, at=None, **more):
    """Ask a department for its opinion."""
    return ask_opinion(
        admission=admission,
        department=department,
        question=question,
        request_key=key or uuid4(),
        actor=doctor,
        at=at or timezone.now(),
        **more,
    )


def make_ward_note(admission, doctor):
    """A signed progress note."""
    note = make_note(admission.encounter, doctor, template="PROGRESS", sections=None)
    writing = Writing(note.version, {"history": {"since_last": "slept well"}})
    return sign_note(note=note, writing=writing, request_key=uuid4(), actor=doctor, at=timezone.now())
