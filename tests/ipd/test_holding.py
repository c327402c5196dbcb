"""A running medicine is held and given again; its order stands all the time."""

from functools import partial
from uuid import uuid4

import pytest

from facilities.roles import Grade
from hmis.kernel.errors import Refusal
from hmis.kernel.models import AuditEntry
from patients.models import MedicationHold, MedicationRequest
from patients.services import hold_medicine, resume_medicine, stop_medicine
from patients.states import MedicationStatus
from tests.conftest import NOON
from tests.factories.facilities import make_doctor
from tests.factories.notes import make_graded, make_note
from tests.factories.parallel import all_at_once
from tests.factories.prescribing import make_line, make_prescription

pytestmark = pytest.mark.django_db


@pytest.fixture
def line(admission, bose, clara):
    make_prescription(admission.encounter, bose, nurse=clara)
    return MedicationRequest.objects.get()


def hold(line, doctor, why="vomits", key=None):
    return hold_medicine(line=line, why=why, request_key=key or uuid4(), actor=doctor, at=NOON)


def resume(line, doctor, key=None):
    return resume_medicine(line=line, request_key=key or uuid4(), actor=doctor, at=NOON)


def test_it_is_held_for_a_reason_and_given_again(line, bose):
    held = hold(line, bose)
    assert (held.why, held.began_by, held.ended_at) == ("vomits", bose, None)
    line.refresh_from_db()
    assert line.status == MedicationStatus.ACTIVE
    assert resume(line, bose).ended_by == bose
    hold(line, bose, "before the operation")
    assert line.holds.count() == 2
    names = AuditEntry.objects.filter(about_id=line.pk, name__contains="medicine_")
    assert {"patients.medicine_held", "patients.medicine_resumed"} <= set(
        names.values_list("name", flat=True)
    )


def test_sent_twice_it_is_held_once(line, bose):
    key = uuid4()
    assert hold(line, bose, key=key) == hold(line, bose, key=key)
    again = uuid4()
    assert resume(line, bose, again) == resume(line, bose, again)
    assert MedicationHold.objects.count() == 1


def test_what_is_not_held_and_what_is_held_already(line, bose):
    with pytest.raises(Refusal, match="not held"):
        resume(line, bose)
    with pytest.raises(Refusal, match="Say why"):
        hold(line, bose, " ")
    hold(line, bose)
    with pytest.raises(Refusal, match="held already"):
        hold(line, bose)


def test_an_intern_holds_nothing(line, rims):
    with pytest.raises(Refusal, match="intern"):
        hold(line, make_graded("Lal", rims, Grade.INTERN))


def test_what_does_not_run_is_not_held(line, bose, admission):
    draft = make_line(make_note(admission.encounter, bose), bose)
    with pytest.raises(Refusal, match="is not being given"):
        hold(draft, bose)
    stop_medicine(line=line, why="cured", request_key=uuid4(), actor=bose, at=NOON)
    with pytest.raises(Refusal, match="is not being given"):
        hold(line, bose)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_hold_it_at_once_one_does(line, rims):
    doctors = [make_doctor(f"d{n}", rims) for n in range(6)]
    outcomes = all_at_once([partial(hold, line, one) for one in doctors])
    assert sum(isinstance(one, MedicationHold) for one in outcomes) == 1
    assert sum(isinstance(one, Refusal) for one in outcomes) == 5
