"""Shares, medians and rises from sums that are kept."""

from decimal import Decimal
from statistics import median_high
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.indicators import (
    ALL,
    INDICATORS,
    LEAST_OF_A_RISE,
    WAIT_GOAL,
    is_rise,
    median,
    percent,
    total,
    wait,
)
from reports.measures import LONGEST_WAIT, MEASURES, WAIT_STEP

HERE, THERE = UUID(int=1), UUID(int=2)


def sums(**measures):
    """{measure: {part: value}} at one hospital."""
    return {
        key: {HERE: {part: Decimal(value) for part, value in parts.items()}}
        for key, parts in measures.items()
    }


def test_every_indicator_is_a_share_of_measures_that_are_kept():
    for one in ALL:
        assert {one.counted[0], one.of[0]} <= set(MEASURES)
    assert len(INDICATORS) == len(ALL)


@pytest.mark.parametrize(
    ("key", "said", "share"),
    [
        ("prescriptions", {"prescribed": {"": 37}, "visits": {"MED": 60, "EYE": 40}}, 37),
        ("prescriptions", {"prescribed": {}, "visits": {"MED": 3}}, 0),
        ("prescriptions", {}, None),
        ("summaries", {"summaries": {"": 1}, "discharges": {"improved": 2, "died": 1}}, 33),
        ("abha", {"abha": {"linked": 60, "assisted": 11, "declined": 9, "no_phone": 20}}, 71),
        ("phones", {"phones": {"phone": 5, "none_owned": 1, "declined": 1, "not_asked": 1}}, 88),
        ("called", {"waits": {"000": 3, "008": 1, "009": 4}}, 50),
        ("reports", {"turnaround": {"00": 1, "23": 1, "24": 1, "72": 1}}, 50),
        ("notes", {"notes": {"signed": 9, "draft": 1}}, 90),
        ("medicines", {"dispensed": {"given": 3, "part": 1, "not_available": 1}}, 60),
    ],
)
def test_a_share_is_of_what_it_says(key, said, share):
    assert INDICATORS[key].share(sums(**said)) == share


def test_a_place_counts_its_own_hospitals_only():
    both = sums(visits={"MED": 10}, prescribed={"": 1})
    both["visits"][THERE] = {"MED": Decimal(90)}

    assert INDICATORS["prescriptions"].share(both) == 1
    assert INDICATORS["prescriptions"].share(both, {HERE}) == 10
    assert total(both, "visits", None, {THERE}) == 90


@pytest.mark.parametrize(("share", "low"), [(24, True), (25, False), (None, False), (0, True)])
def test_low_is_less_than_half_of_the_goal(share, low):
    assert INDICATORS["prescriptions"].is_low(share) is low
    assert not INDICATORS["phones"].is_low(share)


@pytest.mark.parametrize(("part", "whole", "share"), [(1, 200, 1), (1, 201, 0), (5, 4, 100), (0, 0, None)])
def test_percent_is_whole_and_at_most_a_hundred(part, whole, share):
    assert percent(Decimal(part), Decimal(whole)) == share


@given(st.lists(st.integers(0, LONGEST_WAIT - 1), min_size=1, max_size=60))
def test_the_median_lies_in_the_step_of_the_true_one(waits):
    """From steps of five minutes nobody knows more."""
    steps = {}
    for one in waits:
        part = f"{one // WAIT_STEP:03d}"
        steps[part] = steps.get(part, 0) + 1
    found, true = wait(sums(waits=steps)), sorted(waits)

    low, high = true[(len(true) - 1) // 2] // WAIT_STEP * WAIT_STEP, median_high(true)
    assert low <= found <= (high // WAIT_STEP + 1) * WAIT_STEP


def test_nothing_has_no_median():
    assert median({}, "waits", 5) is None
    assert wait(sums(waits={"003": 0})) is None


def test_half_of_even_waits_is_in_the_middle():
    assert wait(sums(waits={f"{n:03d}": 1 for n in range(2 * WAIT_GOAL // WAIT_STEP)})) == WAIT_GOAL


@pytest.mark.parametrize(
    ("now", "usual", "rises"),
    [(4, 0, False), (5, 0, True), (14, 5, True), (11, 5, False), (130, 100, False), (131, 100, True)],
)
def test_a_rise_is_more_than_three_roots_above_the_mean(now, usual, rises):
    assert is_rise(Decimal(now), Decimal(usual)) is rises
    assert LEAST_OF_A_RISE == 5
