"""Westgard's rules against the given cases, and what must be so of any controls."""

import csv
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.westgard import WARNING, Rule, broken, distance, rejects

with (Path(__file__).parents[2] / "lab/data/westgard_cases.csv").open(encoding="utf-8", newline="") as file:
    CASES = list(csv.DictReader(file))
TWO_LEVELS = "last two are two levels of one run"
Z = st.decimals(-5, 5, places=2)


def of_case(row):
    """What the last control, or the last two of one run, break."""
    values = [Decimal(one) for one in row["z_scores_oldest_first"].split()]
    if row["layout"] == TWO_LEVELS:
        *before, one, other = values
        found = {*broken(one, before=before, beside=[other]), *broken(other, before=before, beside=[one])}
        return found - {WARNING} or found
    *before, last = values
    return set(broken(last, before=before))


@pytest.mark.parametrize("row", CASES, ids=[row["case"] for row in CASES])
def test_each_given_case(row):
    expected = set(row["rules_hit_by_last_point_or_pair"].split(";")) - {"none"}

    assert of_case(row) == expected


def test_the_cases_break_every_rule():
    assert {rule for row in CASES for rule in of_case(row)} == set(Rule)


@given(z=Z, before=st.lists(Z, max_size=12), beside=st.lists(Z, max_size=2))
def test_the_other_side_of_the_mean_is_judged_alike(z, before, beside):
    mirrored = broken(-z, before=[-one for one in before], beside=[-one for one in beside])

    assert broken(z, before=before, beside=beside) == mirrored


@given(z=Z, before=st.lists(Z, max_size=12), beside=st.lists(Z, max_size=2))
def test_the_warning_stands_alone_and_never_rejects(z, before, beside):
    rules = broken(z, before=before, beside=beside)

    if WARNING in rules:
        assert rules == (WARNING,)
        assert abs(z) > 2
        assert not rejects(rules)
    else:
        assert rejects(rules) == bool(rules)
    if abs(z) > 3:
        assert Rule.R_13S in rules


@given(z=st.decimals(-1, 1, places=2), before=st.lists(st.decimals(-5, 5, places=2), max_size=12))
def test_within_one_sd_only_the_ten_on_a_side_count(z, before):
    assert set(broken(z, before=before)) <= {Rule.R_10X}


@given(z=Z, before=st.lists(Z, min_size=9, max_size=30))
def test_older_controls_than_nine_change_nothing(z, before):
    assert broken(z, before=before) == broken(z, before=before[-9:])


def test_a_distance_has_four_places():
    assert distance(Decimal("146"), Decimal(140), Decimal(2)) == 3
    assert distance(Decimal("139"), Decimal(140), Decimal(3)) == Decimal("-0.3333")
