"""Clinic days and tokens, written past the services."""

from datetime import UTC, date, datetime
from uuid import uuid4

from django.utils import timezone

from opd.models import ClinicDay, Display, QueueToken
from opd.services import ComeAgain, sign_consultation, start_consultation
from opd.states import CloseReason, Lane, lane_rank
from patients.services import Writing
from tests.factories.facilities import written
from tests.factories.notes import TEXT
from tests.factories.patients import make_encounter, make_patient

DAY = date(2026, 7, 22)
OPENED = datetime(2026, 7, 22, 4, 0, tzinfo=UTC)


def make_clinic_day(unit, held_on=DAY, **changes):
    return written(ClinicDay(facility=unit.facility, unit=unit, held_on=held_on, **changes))


def make_token(clinic_day, patient=None, *, lane=Lane.NORMAL, senior_since=OPENED, **changes):
    """The next place in this queue, for this patient or for somebody new."""
    patient = patient or make_patient(clinic_day.facility, name=f"Patient {clinic_day.last_number + 1}")
    clinic_day.last_number += 1
    clinic_day.save(update_fields=["last_number"])
    details = {"number": clinic_day.last_number, "lane_rank": lane_rank(lane)}
    token = QueueToken(
        facility=clinic_day.facility,
        clinic_day=clinic_day,
        patient=patient,
        encounter=make_encounter(patient, clinic_day.unit.department, at=senior_since),
        lane=lane,
        senior_since=senior_since,
        **details | changes,
    )
    return written(token)


def close(clinic_day, person, at=OPENED):
    """Closed, with nobody carried over."""
    clinic_day.closed_at, clinic_day.closed_by = at, person
    clinic_day.closed_because = CloseReason.CALLED_AWAY
    clinic_day.save()


def make_display(units, person, name="OPD hall", **changes):
    """A screen of these rooms, written past the service: no key opens it."""
    details = {
        "name_hi": "ओपीडी हॉल",
        "key_hash": f"nobody's key to {name} at {units[0].facility.code}",
        "made_at": OPENED,
    }
    return Display.objects.create(
        facility=units[0].facility,
        name=name,
        unit_ids=[unit.pk for unit in units],
        made_by=person,
        **{"key_given_at": OPENED} | details | changes,
    )


def begin_consultation(token, doctor):
    """This patient is with this doctor. The templates of notes are loaded before."""
    return start_consultation(token=token, request_key=uuid4(), actor=doctor, at=timezone.now())


def make_consultation(token, doctor, sections=TEXT, *, come_again=None):
    """A consultation with this doctor's signature."""
    begun = begin_consultation(token, doctor)
    return sign_consultation(
        consultation=begun,
        writing=Writing(begun.note.version, sections),
        come_again=ComeAgain(come_again),
        request_key=uuid4(),
        actor=doctor,
        at=timezone.now(),
    )
