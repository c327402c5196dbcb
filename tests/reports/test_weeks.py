"""The weeks are what their days are, whoever writes them and however; and sums are read from both alike."""

import random
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from threading import Event, Thread, Timer

import pytest
from django.db import connections, transaction

from hmis.kernel import scope
from reports import queries
from reports.indicators import TOLD_APART
from reports.models import DailyFigure, WeeklyFigure
from reports.queries.invariants import week_faults
from reports.queries.spans import weeks_of
from tests.factories.cases import of_each

DAY = timedelta(days=1)
MONDAY = date(2026, 11, 23)


@pytest.fixture(autouse=True)
def whole_state():
    with scope.within(scope.everywhere()):
        yield


def figure(facility, day, value, measure="visits", part="MED"):
    return DailyFigure.objects.create(
        facility=facility, day=day, measure=measure, part=part, value=Decimal(value)
    )


def weeks():
    return {(one.week, one.part): one.value for one in WeeklyFigure.objects.all()}


@of_each(product([MONDAY + n * DAY for n in range(7)], [1, 2, 6, 7, 8, 13, 14, 20, 31]))
def test_a_span_is_its_whole_weeks_and_the_days_beside_them(first, days):
    mondays, edges = weeks_of((first, first + (days - 1) * DAY))

    in_weeks = [monday + n * DAY for monday in mondays for n in range(7)]
    assert all(monday.weekday() == 0 for monday in mondays)
    assert sorted(in_weeks + edges) == [first + n * DAY for n in range(days)]
    assert len(edges) <= 12


@pytest.mark.django_db
def test_the_week_follows_what_is_written_changed_and_taken_away(rims):
    sunday, monday = figure(rims, MONDAY - DAY, 4), figure(rims, MONDAY, 5)
    figure(rims, MONDAY + 6 * DAY, 2)
    assert weeks() == {(MONDAY - 7 * DAY, "MED"): 4, (MONDAY, "MED"): 7}

    DailyFigure.objects.filter(pk__in=[sunday.pk, monday.pk]).update(value=1)
    assert weeks() == {(MONDAY - 7 * DAY, "MED"): 1, (MONDAY, "MED"): 3}

    monday.delete()
    assert weeks() == {(MONDAY - 7 * DAY, "MED"): 1, (MONDAY, "MED"): 2}
    assert not list(week_faults())


@pytest.mark.django_db
def test_one_statement_that_writes_and_changes_is_summed_right(rims):
    figure(rims, MONDAY, 5)
    DailyFigure.objects.bulk_create(
        [
            DailyFigure(facility=rims, day=MONDAY + n * DAY, measure="visits", part="MED", value=Decimal(9))
            for n in range(3)
        ],
        update_conflicts=True,
        unique_fields=["facility", "day", "measure", "part"],
        update_fields=["value"],
    )

    assert weeks() == {(MONDAY, "MED"): 27}


@pytest.mark.django_db
def test_verify_names_a_week_that_is_not_its_days(rims):
    figure(rims, MONDAY, 5)
    WeeklyFigure.objects.update(value=6)

    (fault,) = week_faults()
    assert fault.row == "RIMS"
    assert "6.00" in str(fault)
    assert "5.00" in str(fault)


@pytest.mark.django_db(transaction=True)
def test_two_who_write_days_of_one_week_at_once_are_both_in_it(rims):
    written, seen = Event(), Event()

    def other():
        try:
            with scope.within(scope.everywhere()), transaction.atomic():
                figure(rims, MONDAY, 3)
                written.set()
                assert seen.wait(20)
        finally:
            connections.close_all()

    thread = Thread(target=other)
    thread.start()
    assert written.wait(20)
    # It commits only while this one, which can see nothing of it, waits for its week.
    Timer(0.5, seen.set).start()
    figure(rims, MONDAY + DAY, 4)
    assert seen.is_set()
    thread.join(20)

    assert weeks() == {(MONDAY, "MED"): 7}
    assert not list(week_faults())


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(3))
def test_sums_are_those_of_the_days_for_any_spans(rims, sgml, seed):
    chance = random.Random(seed)
    asked = ("visits", "waits", "collected")
    plain = defaultdict(Decimal)
    for facility in (rims, sgml):
        for measure in asked:
            for part in ("1", "2"):
                for n in chance.sample(range(60), 25):
                    value = Decimal(chance.randint(0, 900)) / 4
                    figure(facility, MONDAY + n * DAY, value, measure, part)
                    plain[facility.pk, MONDAY + n * DAY, measure, part] = value
    begins = [MONDAY + chance.randrange(50) * DAY for _span in range(4)]
    spans = [(first, first + chance.randrange(40) * DAY) for first in begins]
    places = [rims.pk, sgml.pk]

    for by_hospital in (True, False):
        found = queries.sums(asked, places, *spans, by_hospital=by_hospital)
        for (first, last), held in zip(spans, found, strict=True):
            true = defaultdict(Decimal)
            for (place, day, measure, part), value in plain.items():
                if first <= day <= last:
                    told = part if measure in TOLD_APART else ""
                    true[measure, place if by_hospital else None, told] += value
            flat = {
                (measure, place, part): value
                for measure, its in held.items()
                for place, parts in its.items()
                for part, value in parts.items()
            }
            assert flat == true


@pytest.mark.django_db
def test_a_span_without_anything_has_nothing(rims):
    figure(rims, MONDAY, 5)

    week, later = queries.sums(["visits"], [rims.pk], (MONDAY, MONDAY + 6 * DAY), (MONDAY + 7 * DAY,) * 2)

    assert week == {"visits": {rims.pk: {"": 5}}}
    assert later == {}
