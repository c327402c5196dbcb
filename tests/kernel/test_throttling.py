"""Tries are counted in PostgreSQL: every worker counts the same."""

from functools import partial
from time import monotonic

import pytest
import time_machine

from hmis.kernel import throttling
from hmis.kernel.models import Throttle
from tests.conftest import NOON
from tests.factories.parallel import all_at_once


def test_tries_are_counted(db):
    assert [throttling.count("login", "dev", window=60) for _ in range(3)] == [1, 2, 3]


def test_each_bucket_counts_alone(db):
    throttling.count("login", "dev", window=60)

    assert throttling.count("login", "bose", window=60) == 1
    assert throttling.count("logind", "ev", window=60) == 1


def test_asking_counts_nothing(db):
    throttling.count("login", "dev", window=60)

    assert [throttling.count("login", "dev", window=60, weight=0) for _ in range(2)] == [1, 1]


def test_a_window_ends(db):
    with time_machine.travel(NOON, tick=False) as clock:
        throttling.count("login", "dev", window=60)
        clock.shift(59)
        assert throttling.count("login", "dev", window=60) == 2
        clock.shift(1)
        assert throttling.count("login", "dev", window=60) == 1


def test_a_bucket_is_forgotten(db):
    throttling.count("login", "dev", window=60)
    throttling.forget("login", "dev")

    assert throttling.count("login", "dev", window=60) == 1


def test_what_was_typed_as_a_user_name_is_kept_nowhere(db):
    throttling.count("login", "my-password", window=60)

    assert "my-password" not in Throttle.objects.get().bucket


@pytest.fixture
def _untold(monkeypatch):
    monkeypatch.setattr(throttling, "_told", {})
    monkeypatch.setattr(throttling, "monotonic", lambda began=monotonic(): began)


def kept():
    return throttling.count("api", "dev", window=60, weight=0)


@pytest.mark.usefixtures("db", "_untold")
def test_a_large_limit_is_counted_in_steps_of_a_hundredth():
    counts = [throttling.count_in_steps("api", "dev", window=60, limit=1000) for _ in range(25)]

    assert counts == list(range(1, 26))
    assert kept() == 21  # the first one, then ten together, twice


@pytest.mark.usefixtures("db", "_untold")
def test_a_small_limit_is_counted_one_by_one():
    assert [throttling.count_in_steps("api", "dev", window=60, limit=3) for _ in range(4)] == [1, 2, 3, 4]
    assert kept() == 4


@pytest.mark.usefixtures("db", "_untold")
def test_what_is_untold_is_told_after_two_seconds(monkeypatch):
    throttling.count_in_steps("api", "dev", window=60, limit=3000)
    throttling.count_in_steps("api", "dev", window=60, limit=3000)
    assert kept() == 1

    later = monotonic() + throttling.TOLD_EACH
    monkeypatch.setattr(throttling, "monotonic", lambda: later)
    assert throttling.count_in_steps("api", "dev", window=60, limit=3000) == kept() == 3


@pytest.mark.usefixtures("db", "_untold")
def test_what_other_workers_counted_is_heard_at_the_next_step():
    throttling.count_in_steps("api", "dev", window=60, limit=300)
    throttling.count("api", "dev", window=60, weight=100)

    counts = [throttling.count_in_steps("api", "dev", window=60, limit=300) for _ in range(3)]
    assert counts == [2, 3, 104]


@pytest.mark.django_db(transaction=True)
def test_twenty_tries_at_once_are_twenty():
    counts = all_at_once([partial(throttling.count, "login", "dev", window=60)] * 20)

    assert sorted(counts) == list(range(1, 21))
