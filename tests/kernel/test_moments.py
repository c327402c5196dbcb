"""Hours as people say them, and the day that the act gives them."""

from datetime import time, timedelta

import pytest

from hmis.kernel.moments import moment_of, next_moment
from tests.conftest import NOON

HALF_PAST_MIDNIGHT = NOON.replace(hour=0, minute=30)


@pytest.mark.parametrize("moment", [None, NOON, time(12)])
def test_nothing_is_now_a_moment_is_itself_and_an_hour_is_of_today(moment):
    assert moment_of(moment, NOON) == NOON


def test_after_midnight_the_evening_was_yesterday_and_a_fast_watch_is_not():
    assert moment_of(time(23, 50), HALF_PAST_MIDNIGHT) == NOON.replace(hour=23, minute=50) - timedelta(days=1)
    assert moment_of(time(0, 35), HALF_PAST_MIDNIGHT) == NOON.replace(hour=0, minute=35)


def test_midnight_is_an_hour_too():
    assert moment_of(time(0, 0), HALF_PAST_MIDNIGHT) == NOON.replace(hour=0)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (time(18), NOON.replace(hour=18)),
        (time(12), NOON + timedelta(days=1)),
        (time(8), NOON.replace(hour=8) + timedelta(days=1)),
        (NOON - timedelta(hours=1), NOON - timedelta(hours=1)),
    ],
)
def test_an_hour_that_is_over_means_tomorrows(said, meant):
    assert next_moment(said, NOON) == meant
