"""Notes and diagnoses, made by their own services."""

import json
from functools import cache
from uuid import uuid4

from django.core.management import call_command
from django.utils import timezone

from hmis.kernel.composed import Composed
from patients.management.commands.load_note_templates import TEMPLATES
from patients.models import NoteTemplate
from patients.services import Diagnosis, Writing, begin_note, record_condition, save_note, sign_note
from patients.states import ConditionStatus
from tests.factories.facilities import make_doctor

TEXT = {
    "complaints": [{"text": "fever", "duration": 3, "unit": "day"}],
    "history": {"present": "with chills"},
    "plan": {"advice": "paracetamol, water"},
}


def make_templates():
    """The templates that every hospital has; {code: template}."""
    held = _templates()
    if not held.keys() >= _codes():
        call_command("load_note_templates", verbosity=0)
        held = _templates()
    return held


def _templates():
    return {one.code: one for one in _in_use()}


@Composed
def _in_use():
    return NoteTemplate.objects.filter(retired_at=None)


@cache
def _codes():
    return {row["code"] for row in json.loads(TEMPLATES.read_text("utf-8"))}


def make_graded(name, facility, grade, department=None):
    """A doctor of this grade."""
    user = make_doctor(name, facility)
    user.posting.grade, user.posting.department = grade, department
    user.posting.save()
    return user


def make_note(encounter, doctor, *, at=None, sections=TEXT, template="GENERAL", **more):
    """A draft with this text."""

    at = at or timezone.now()
    note = begin_note(
        encounter=encounter,
        template=make_templates()[template],
        request_key=uuid4(),
        actor=doctor,
        at=at,
        **more,
    )
    if not sections:
        return note
    writing = Writing(note.version, sections)
    return save_note(note=note, writing=writing, request_key=uuid4(), actor=doctor, at=at)


def make_signed_note(encounter, doctor, *, at=None, sections=TEXT):
    """A note with this doctor's signature."""
    at = at or timezone.now()
    note = make_note(encounter, doctor, at=at, sections=sections)
    writing = Writing(note.version, sections)
    return sign_note(note=note, writing=writing, request_key=uuid4(), actor=doctor, at=at)


def make_condition(encounter, doctor, code="I10", *, at=None, **said):
    """A diagnosis of this encounter."""
    said = {"status": ConditionStatus.FINAL} | said
    return record_condition(
        encounter=encounter,
        diagnosis=Diagnosis(code, **said),
        request_key=uuid4(),
        actor=doctor,
        at=at or timezone.now(),
    )
