"""Each named rule of the OPD's day refuses what it should."""

from datetime import timedelta

import pytest

from hmis.kernel.ids import uuid7
from opd.models import TokenStep
from opd.services import Escort, call_token, see_off
from opd.states import BroughtBy, ConsultationStatus, Lane, Outcome, TokenStatus, Triage, lane_rank
from tests.conftest import NOON
from tests.factories.casualty import come
from tests.factories.constraints import again, by_row, rule_broken_by, rules_of
from tests.factories.notes import make_templates
from tests.factories.opd import DAY, begin_consultation, make_clinic_day, make_display, make_token
from tests.factories.patients import make_encounter, make_patient


@pytest.fixture
def clinic(unit):
    return make_clinic_day(unit)


@pytest.fixture
def token(clinic, asha):
    return make_token(clinic, asha)


@pytest.fixture
def arrival(emer, kavita, another):
    """Somebody who has left casualty: the same patient may come again."""
    made = come(emer, kavita, at=NOON, escort=Escort(BroughtBy.RELATIVE))
    see_off(arrival=made.arrival, outcome=Outcome.SENT_HOME, actor=kavita, at=NOON, confirm=True)
    made.arrival.refresh_from_db()
    made.arrival.encounter = another
    return made.arrival


@pytest.fixture
def here(emer, kavita, another):
    """Somebody who is in casualty now."""
    arrival = come(emer, kavita, at=NOON).arrival
    arrival.encounter = another
    return arrival


@pytest.fixture
def another(rims, emer):
    return make_encounter(make_patient(rims), emer)


GONE = {"outcome": Outcome.MORTUARY, "triage": Triage.BLACK}


@pytest.fixture
def display(unit, clara):
    return make_display([unit], clara)


@pytest.fixture
def taken(token, bose):
    """The step from the queue into the room."""
    call_token(token=token, actor=bose, at=NOON)
    return TokenStep.objects.get()


@pytest.fixture
def consultation(token, clara):
    make_templates()
    return begin_consultation(token, clara)


# The row to write again, and what is wrong with it the second time.
BREAKS = {
    "step_takes_no_time_back": ("taken", {"since": NOON + timedelta(days=9)}),
    "leaving_says_how_it_is_known": ("taken", {"now": TokenStatus.LEFT}),
    "tests_are_named_when_sent": ("taken", {"tests": "CBC"}),
    "unit_has_one_clinic_a_day": ("clinic", {}),
    "token_is_given_once_a_day": ("token", {"status": TokenStatus.MOVED}),
    "encounter_waits_in_one_queue": ("token", {"number": 2}),
    "closed_clinic_says_who_and_why": ("clinic", {"held_on": DAY + timedelta(days=1), "closed_at": NOON}),
    "display_key_opens_one_display": ("display", {"name": "Another"}),
    "display_name_is_unique_here": ("display", {"key_hash": "another"}),
    "display_shows_a_room": ("display", {"name": "Another", "key_hash": "another", "unit_ids": []}),
    "display_is_revoked_by_somebody": ("display", {"key_hash": "another", "revoked_at": NOON}),
    "token_starts_at_one": ("token", {"number": 0, "status": TokenStatus.MOVED}),
    "doctor_consults_once_an_encounter": ("consultation", {"note_id": uuid7()}),
    "signed_consultation_says_when": (
        "consultation",
        {"status": ConsultationStatus.SIGNED, "note_id": uuid7()},
    ),
    "patient_is_once_in_casualty": ("here", {}),
    "casualty_escort_phone_is_a_mobile": ("arrival", {"escort_phone": "12345"}),
    "police_who_bring_name_their_station": ("arrival", {"brought_by": BroughtBy.POLICE}),
    "brought_dead_is_black": ("arrival", {"declared_dead_at": NOON, "outcome": Outcome.MORTUARY}),
    "nobody_is_declared_dead_tomorrow": ("arrival", GONE | {"declared_dead_at": NOON + timedelta(hours=1)}),
    "casualty_is_left_in_some_way": ("arrival", {"left_at": None}),
    "cancelled_arrival_says_who_and_why": ("arrival", GONE | {"outcome": Outcome.CANCELLED}),
    "only_the_dead_go_to_the_mortuary": ("arrival", {"outcome": Outcome.MORTUARY}),
}


def test_every_rule_is_tried_here():
    assert set(BREAKS) == rules_of("opd")


@pytest.mark.parametrize("row", by_row(BREAKS))
def test_a_row_that_breaks_it_is_refused(row, request):
    held = request.getfixturevalue(row)
    for rule, changes in by_row(BREAKS)[row].items():
        assert rule_broken_by(again, held, **changes) == rule


def test_who_was_moved_or_cancelled_may_wait_again(token):
    token.status = TokenStatus.MOVED
    token.save()

    assert again(token, number=2, status=TokenStatus.WAITING)


@pytest.mark.parametrize("lane", Lane)
def test_an_emergency_goes_before_all_and_a_reason_before_none(lane):
    expected = {Lane.EMERGENCY: 0, Lane.NORMAL: 2}.get(lane, 1)

    assert lane_rank(lane) == expected
