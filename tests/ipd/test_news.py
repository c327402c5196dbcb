"""NEWS2 over its full table: every row, both edges of every band, every value that can be."""

import csv
from decimal import Decimal
from itertools import product

import pytest
from django.utils import translation

from ipd import news
from ipd.news import ADVICE, BANDS, VITALS
from ipd.states import Risk
from patients.models import Finding, Vital

# A set that scores nothing, from which each vital in turn is moved.
WELL = {
    "respiratory_rate": Decimal(16),
    "spo2": Decimal(97),
    "oxygen": "air",
    "blood_pressure": Decimal(120),
    "pulse": Decimal(70),
    "consciousness": "alert",
    "temperature": Decimal("36.8"),
}
# The chart itself, written here once more by hand: (vital, scale, on oxygen) to (up to, points).
CHART = {
    ("respiratory_rate", 1, False): [(8, 3), (11, 1), (20, 0), (24, 2), (None, 3)],
    ("spo2", 1, False): [(91, 3), (93, 2), (95, 1), (None, 0)],
    ("spo2", 1, True): [(91, 3), (93, 2), (95, 1), (None, 0)],
    ("spo2", 2, False): [(83, 3), (85, 2), (87, 1), (None, 0)],
    ("spo2", 2, True): [(83, 3), (85, 2), (87, 1), (92, 0), (94, 1), (96, 2), (None, 3)],
    ("blood_pressure", 1, False): [(90, 3), (100, 2), (110, 1), (219, 0), (None, 3)],
    ("pulse", 1, False): [(40, 3), (50, 1), (90, 0), (110, 1), (130, 2), (None, 3)],
    ("temperature", 1, False): [("35.0", 3), ("36.0", 1), ("38.0", 0), ("39.0", 1), (None, 2)],
}
# Every value that a thermometer, a cuff, a counter can show.
RANGES = {
    "respiratory_rate": [Decimal(n) for n in range(121)],
    "spo2": [Decimal(n) for n in range(101)],
    "blood_pressure": [Decimal(n) for n in range(301)],
    "pulse": [Decimal(n) for n in range(301)],
    "temperature": [Decimal(n) / 10 for n in range(200, 451)],
}


def by_hand(rows, value):
    return next(points for high, points in rows if high is None or value <= Decimal(high))


@pytest.mark.parametrize(("vital", "scale", "on_oxygen"), CHART)
def test_every_value_has_the_points_of_the_chart(vital, scale, on_oxygen):
    for value in RANGES[vital]:
        expected = by_hand(CHART[vital, scale, on_oxygen], value)
        assert news.points_of(vital, value, scale=scale, on_oxygen=on_oxygen) == expected, value


@pytest.mark.parametrize("scales", [{"1"}, {"2", "2 on air"}, {"2", "2 on oxygen"}])
def test_every_value_lies_in_exactly_one_row(scales):
    for vital, values in RANGES.items():
        rows = [
            one for one in BANDS if one.vital == vital and one.scale in ({""} if vital != "spo2" else scales)
        ]
        for value in values:
            assert len([one for one in rows if one.has(value)]) == 1, (vital, value)


def test_every_row_of_the_table_is_reached_at_both_edges():
    for row in BANDS:
        scale, on_oxygen = (2 if row.scale.startswith("2") else 1), row.scale != "2 on air"
        values = [row.finding] if row.finding else [one for one in (row.low, row.high) if one is not None]
        assert values
        for value in values:
            assert news.points_of(row.vital, value, scale=scale, on_oxygen=on_oxygen) == row.points, row


@pytest.mark.parametrize(
    ("finding", "points"),
    [("alert", 0), ("confused", 3), ("voice", 3), ("pain", 3), ("unresponsive", 3)],
)
def test_consciousness(finding, points):
    assert news.points_of("consciousness", finding) == points


def test_oxygen_costs_two():
    assert (news.points_of("oxygen", "air"), news.points_of("oxygen", "oxygen")) == (0, 2)


def test_the_findings_are_those_that_a_nurse_can_choose():
    assert {one.finding for one in BANDS if one.finding} <= set(Finding.values)
    assert all(vital.upper() in Vital.names for vital in VITALS)


@pytest.mark.parametrize(("value", "points"), [("35.04", 3), ("35.05", 1), ("38.04", 0), ("39.05", 2)])
def test_between_two_rows_a_value_is_rounded_as_the_chart_is_read(value, points):
    assert news.points_of("temperature", Decimal(value)) == points


def test_whoever_is_well_scores_nothing():
    well = news.score(WELL)
    assert (well.total, well.reds, well.advice.risk, well.advice.minutes) == (0, (), Risk.LOW, 720)
    assert not well.advice.escalates


@pytest.mark.parametrize("vital", VITALS)
def test_an_incomplete_set_has_no_score_and_says_what_is_missing(vital):
    for nothing in (None, ""):
        assert news.score(WELL | {vital: nothing}) is None
        assert news.missing(WELL | {vital: nothing}) == [vital]
    assert news.score({}) is None
    assert news.missing(WELL) == []


def test_nought_is_a_value():
    assert news.score(WELL | {"pulse": Decimal(0)}).points["pulse"] == 3


def test_the_worst_set_scores_twenty():
    worst = {
        "respiratory_rate": Decimal(30),
        "spo2": Decimal(80),
        "oxygen": "oxygen",
        "blood_pressure": Decimal(80),
        "pulse": Decimal(140),
        "consciousness": "unresponsive",
        "temperature": Decimal("34.0"),
    }
    scored = news.score(worst)
    assert scored.total == news.MOST == 20
    assert set(scored.reds) == set(VITALS) - {"oxygen"}


def test_scale_two_forgives_what_the_lungs_are_used_to():
    low = WELL | {"spo2": Decimal(90), "oxygen": "oxygen"}
    assert (news.score(low).points["spo2"], news.score(low, scale=2).points["spo2"]) == (3, 0)
    high = WELL | {"spo2": Decimal(98), "oxygen": "oxygen"}
    assert (news.score(high).points["spo2"], news.score(high, scale=2).points["spo2"]) == (0, 3)


# (up to which total, without a red vital, with one): risk, minutes, whether a doctor is told.
EXPECTED = {
    False: {
        range(1): (Risk.LOW, 720, False),
        range(1, 5): (Risk.LOW, 360, False),
        range(5, 7): (Risk.MEDIUM, 60, True),
        range(7, 21): (Risk.HIGH, 0, True),
    },
    True: {
        range(5): (Risk.LOW_MEDIUM, 60, True),
        range(5, 7): (Risk.MEDIUM, 60, True),
        range(7, 21): (Risk.HIGH, 0, True),
    },
}


@pytest.mark.parametrize(("total", "has_red"), list(product(range(21), (False, True))))
def test_every_total_with_and_without_a_red_vital(total, has_red):
    advice = news.advice_for(total, has_red=has_red)
    (expected,) = [its for totals, its in EXPECTED[has_red].items() if total in totals]
    assert (advice.risk, advice.minutes, advice.escalates) == expected


def test_a_single_red_vital_asks_for_a_doctor():
    scored = news.score(WELL | {"consciousness": "confused"})
    assert (scored.total, scored.reds) == (3, ("consciousness",))
    assert scored.advice.risk == Risk.LOW_MEDIUM
    assert scored.advice.escalates


def test_continuous_is_written_down_as_often_as_the_most_frequent_round():
    assert news.minutes_to_next(news.advice_for(9, has_red=False)) == news.MOST_OFTEN == 60
    assert news.minutes_to_next(news.advice_for(0, has_red=False)) == 720


@pytest.mark.parametrize(
    ("months", "pregnant", "applies"),
    [(16 * 12, False, True), (16 * 12 - 1, False, False), (300, True, False), (None, False, True)],
)
def test_for_grown_ups_who_are_not_pregnant(months, pregnant, applies):
    assert news.applies(months=months, pregnant=pregnant) is applies


def test_every_row_has_its_source_and_nobody_approved_it_yet():
    for name in ("news2.csv", "news2_response.csv"):
        with (news.DATA / name).open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
        assert all("Royal College of Physicians" in row["source"] for row in rows)
    assert not news.IS_APPROVED
    assert "Royal College of Physicians" in (news.DATA / "SOURCES.md").read_text(encoding="utf-8")


def test_what_the_table_says_is_said_in_words_of_the_page():
    with translation.override("en"):
        for one in ADVICE:
            assert str(news.WORDS[one.response]) == one.response
            assert str(news.WORDS[one.monitoring]) == one.monitoring
