"""Each named rule about the roll-out refuses what it should."""

from datetime import date

import pytest

from reports.states import RolloutStatus
from tests.factories.constraints import again, rule_broken_by
from tests.factories.rollout import make_expectation, make_hour, make_setting, make_step, make_use

DAY = date(2026, 7, 22)


@pytest.fixture
def step(rims):
    return make_step(rims)


@pytest.fixture
def setting(rims):
    return make_setting(rims)


@pytest.fixture
def expectation(rims):
    return make_expectation(rims)


@pytest.fixture
def use(rims):
    return make_use(rims, DAY)


@pytest.fixture
def hour(rims):
    return make_hour(rims, DAY)


# The row to write again, and what is wrong with it the second time.
BREAKS = {
    "rollout_step_stands_once": ("step", {}),
    "rollout_step_done_says_when": ("step", {"kind": "wifi", "status": RolloutStatus.DONE}),
    "rollout_step_due_names_who": ("step", {"kind": "wifi", "responsible": ""}),
    "hospital_says_its_hours_once": ("setting", {}),
    "hospital_opens_before_it_closes": ("setting", {"opens_at": 15}),
    "hospital_is_open_on_weekdays": ("setting", {"open_days": [0, 7]}),
    "module_is_expected_once": ("expectation", {}),
    "use_is_counted_once_a_day": ("use", {}),
    "use_of_a_week_lies_in_its_month": ("use", {"module": "lab", "transactions_7": 11}),
    "link_is_counted_once_an_hour": ("hour", {}),
    "link_hour_is_of_a_day": ("hour", {"hour": 24}),
    "link_readings_lie_in_their_buckets": ("hour", {"hour": 11, "readings": 2}),
    "link_slowest_reading_is_one_of_them": ("hour", {"hour": 11, "worst_ms": 91}),
}


@pytest.mark.parametrize("rule", BREAKS)
def test_a_row_that_breaks_it_is_refused(rule, request):
    row, changes = BREAKS[rule]

    assert rule_broken_by(again, request.getfixturevalue(row), **changes) == rule


def test_a_hospital_is_open_on_some_day(setting, sgml):
    assert rule_broken_by(again, setting, open_days=[], facility_id=sgml.pk) == "hospital_is_open_on_weekdays"


def test_what_is_not_done_has_no_day_of_doing(step):
    assert rule_broken_by(again, step, kind="wifi", done_on=DAY) == "rollout_step_done_says_when"


def test_an_hour_without_readings_has_no_ms(hour):
    changes = {"hour": 11, "readings": 0, "to_100": 0}

    assert rule_broken_by(again, hour, **changes) == "link_slowest_reading_is_one_of_them"


def test_a_step_is_late_after_its_day_while_it_is_open(step):
    assert step.is_late(date(2026, 7, 2))
    assert not step.is_late(date(2026, 7, 1))

    step.status = RolloutStatus.NOT_NEEDED
    assert not step.is_late(date(2026, 7, 2))
