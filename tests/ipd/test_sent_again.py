"""A form of the ward that comes again when the clock has gone on is done once."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from ipd.models import Admission, Death, Leave, Procedure
from patients.models import BedReservation, Observation
from tests.conftest import NOON
from tests.factories.ipd import admit, beds_in
from tests.factories.rounds import WELL

MIDNIGHT = NOON.replace(hour=0) + timedelta(1)
BEFORE = MIDNIGHT - timedelta(seconds=2)


@pytest.fixture(autouse=True)
def clock():
    """Two seconds before midnight."""
    with time_machine.travel(BEFORE, tick=False) as clock:
        yield clock


@pytest.fixture
def admission(asha, ward, clara):
    return admit(asha, beds_in(ward)[0], clara, at=NOON.replace(hour=9)).admission


@pytest.fixture
def twice(client, clock):
    """A form sent by somebody, and once more five seconds later: two redirects to the same page."""

    def send(who, page, about, **said):
        client.force_login(who)
        address = reverse(f"ipd:{page}", args=[about.pk] if about else [])
        form = {"request_key": uuid4(), **said}
        first = client.post(address, form)
        clock.shift(5)
        again = client.post(address, form)
        assert (first.status_code, again.status_code) == (303, 303), again.content.decode()
        assert again["Location"] == first["Location"]

    return send


DIES = {"immediate_cause": "Cardiac arrest", "manner": "natural"}
DIES |= {"was_pregnant": "no", "was_delivered": "unknown"}
DONE = {"name": "Incision", "anaesthesia": "none"}


@pytest.mark.parametrize(("hour", "died_at"), [("", BEFORE), ("10:42", NOON.replace(hour=10, minute=42))])
def test_a_death_is_certified_once(admission, bose, twice, hour, died_at):
    twice(bose, "death_new", admission, died_at=hour, **DIES)

    assert Death.objects.get().died_at == died_at


@pytest.mark.parametrize(("hour", "began_at"), [("", BEFORE), ("10:42", NOON.replace(hour=10, minute=42))])
def test_a_procedure_is_written_down_once(admission, bose, twice, hour, began_at):
    twice(bose, "procedure_new", admission, performed_by=bose.pk, began_at=hour, **DONE)

    assert Procedure.objects.get().began_at == began_at


def test_what_was_measured_at_an_hour_is_kept_once(admission, clara, twice):
    twice(clara, "vitals_new", admission, taken_at="10:42", **WELL)

    assert {one.taken_at for one in Observation.objects.all()} == {NOON.replace(hour=10, minute=42)}
    assert Observation.objects.values("taken_together").distinct().count() == 1


@pytest.mark.parametrize(
    ("hour", "due_at"),
    [
        ("18:00", NOON.replace(hour=18) + timedelta(1)),
        ("23-07-2026 08:00", NOON.replace(hour=8) + timedelta(1)),
        ("00:30", MIDNIGHT + timedelta(minutes=30)),
    ],
)
def test_leave_is_given_once_until_the_next_such_hour(admission, clara, twice, hour, due_at):
    twice(clara, "leave_new", admission, why="funeral", due_at=hour, keeps_bed="on")

    assert Leave.objects.get().due_at == due_at


def test_a_bed_is_kept_once_for_so_many_hours(ward, clara, twice):
    twice(clara, "reservation_new", beds_in(ward)[1], for_whom="from Bero", hours="4")

    assert BedReservation.objects.get().until == BEFORE + timedelta(hours=4)


def test_an_emergency_is_admitted_once(ward, clara, twice, med):
    bed = beds_in(ward)[1].pk
    said = {"kind": "unknown_unconscious", "station": "Bariatu", "unknown": "male", "age_band": "young"}
    twice(clara, "emergency_new", None, bed=bed, is_case="on", confirm_bed="on", **said)

    assert Admission.objects.count() == 1


def test_a_measurement_of_now_is_of_the_moment_in_which_it_came(admission, clara, twice):
    twice(clara, "vitals_new", admission, **WELL)

    assert {timezone.localtime(one.taken_at) for one in Observation.objects.all()} == {BEFORE}
