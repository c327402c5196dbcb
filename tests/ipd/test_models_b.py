"""Each rule of the rounds' tables refuses what it should: procedures, opinions, scores, answers, holds."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from ipd.models import EarlyWarning
from ipd.services import Performed, record_procedure
from ipd.states import OpinionStatus, Response
from patients.models import MedicationRequest
from patients.services import hold_medicine
from tests.factories.constraints import again, rule_broken_by
from tests.factories.facilities import make_department
from tests.factories.prescribing import make_prescription
from tests.factories.rounds import ILL, answer, ask, measure

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


def test_procedures(admission, bose, now):
    performed = Performed(name="Drainage", performed_by=bose, began_at=now, is_operation=True)
    done = record_procedure(admission=admission, performed=performed, request_key=uuid4(), actor=bose, at=now)
    other = {"number": "RIMS/U26/0000099"}
    for rule, changes in {
        "procedure_has_a_name": other | {"name": ""},
        "procedure_ends_after_it_begins": other | {"ended_at": now - timedelta(minutes=1)},
        "procedure_was_not_done_tomorrow": other | {"began_at": now + timedelta(minutes=1)},
        "operation_has_a_number": {"number": ""},
        "operation_number_is_given_once": {},
    }.items():
        assert rule_broken_by(again, done, **changes) == rule


def test_opinions(admission, bose, rims):
    asked = ask(admission, make_department(rims, "EYE", name="Eye", name_hi="आँख"), bose)
    for rule, changes in {
        "opinion_is_asked_about_something": {"question": ""},
        "answered_opinion_says_what_and_who": {"status": OpinionStatus.ANSWERED},
    }.items():
        assert rule_broken_by(again, asked, **changes) == rule


def test_scores_and_their_answers(admission, clara, bose):
    measure(admission, clara, ILL)
    measure(admission, clara, ILL)
    first, second = EarlyWarning.objects.order_by("pk")
    for rule, changes in {
        "set_of_vitals_is_scored_once": {},
        "news2_is_at_most_twenty": {"taken_together": uuid4(), "score": 21},
    }.items():
        assert rule_broken_by(again, first, **changes) == rule
    said = answer(first, bose)
    written_out = {"warning_id": second.pk, "response": Response.OTHER}
    assert rule_broken_by(again, said, **written_out) == "another_response_is_written_out"


def test_holds(admission, bose, clara, now):
    make_prescription(admission.encounter, bose, nurse=clara)
    line = MedicationRequest.objects.get()
    hold = hold_medicine(line=line, why="vomits", request_key=uuid4(), actor=bose, at=now)
    over = {"ended_at": now, "ended_by_id": bose.pk}
    for rule, changes in {
        "medicine_is_held_once_at_a_time": {},
        "medicine_is_held_for_a_reason": over | {"why": ""},
        "hold_ends_after_it_begins": {"ended_at": now},
    }.items():
        assert rule_broken_by(again, hold, **changes) == rule
