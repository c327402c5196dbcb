"""Medicines written in a note, with nothing in the way."""

from uuid import uuid4

from django.utils import timezone

from facilities.roles import Role
from hmis.kernel.models import IssuedDocument
from patients.models import DetectedIssue
from patients.queries import PRESCRIPTION
from patients.services import (
    Allergy,
    Typed,
    Writing,
    answer_issue,
    dispense,
    keep_set,
    prescribe,
    record_allergy,
    sign_note,
)
from patients.states import DispenseOutcome
from tests.factories.facilities import make_person
from tests.factories.formulary import make_formulary
from tests.factories.notes import TEXT, make_note


def make_pharmacist(facility, name="Pushpa"):
    return make_person(name, Role.PHARMACIST, facility)


def ask_allergies(encounter, nurse, substance=""):
    """Somebody asked: this, or none known."""
    return record_allergy(
        encounter=encounter,
        allergy=Allergy(substance),
        request_key=uuid4(),
        actor=nurse,
        at=timezone.now(),
    )


def make_line(note, doctor, text="para 500 1-1-1 5d", **said):
    """A medicine written in one line."""
    return prescribe(
        note=note, typed=Typed(text, **said), request_key=uuid4(), actor=doctor, at=timezone.now()
    )


def sign(note, doctor, *, key=None, at=None, come_again=None):
    """The note with its medicines, signed."""
    note.refresh_from_db()
    return sign_note(
        note=note,
        writing=Writing(note.version, TEXT),
        come_again=come_again,
        request_key=key or uuid4(),
        actor=doctor,
        at=at or timezone.now(),
    )


def make_prescription(encounter, doctor, *texts, nurse=None):
    """A signed note with these medicines."""
    make_formulary(encounter.facility)
    ask_allergies(encounter, nurse or doctor)
    note = make_note(encounter, doctor)
    for text in texts or ("para 500 1-1-1 5d",):
        make_line(note, doctor, text)
    return sign(note, doctor)


def make_issue(line, **changes):
    """An alert of this line that waits for an answer."""
    details = {
        "rule": "interaction",
        "severity": "serious",
        "cause": "row|other",
        "about": {},
        "raised_at": line.written_at,
        "doctor": line.written_by,
    }
    return DetectedIssue.objects.create(
        facility_id=line.facility_id, patient_id=line.patient_id, request=line, **details | changes
    )


def answer_all(note, doctor):
    """Whatever stands in the way of the signature is given anyway."""
    for issue in DetectedIssue.objects.filter(request__note=note, answer="").select_related("request__note"):
        answer_issue(issue=issue, reason="seen", request_key=uuid4(), actor=doctor, at=timezone.now())


def make_set(note, doctor, name="Fever", *, is_shared=False):
    """The lines of this note, kept as the doctor's own set."""
    return keep_set(
        note=note, name=name, is_shared=is_shared, request_key=uuid4(), actor=doctor, at=timezone.now()
    )


def give(line, pharmacist, outcome="given", **said):
    """The counter's answer to a signed line."""
    return dispense(
        line=line,
        outcome=DispenseOutcome(outcome),
        request_key=uuid4(),
        actor=pharmacist,
        at=timezone.now(),
        **said,
    )


def check_key_of_prescription(line):
    """What the code of the paper opens."""
    return IssuedDocument.objects.get(about_id=line.note_id, template=PRESCRIPTION, copy=0).check_key
