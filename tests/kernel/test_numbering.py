"""Numbers without gaps, whoever fails and however many ask at once."""

from datetime import UTC, datetime
from functools import partial

import pytest
from django.db import transaction

from hmis.kernel.models import NumberSeries
from hmis.kernel.numbering import Series, financial_year, next_number, next_numbers
from tests.conftest import NOON
from tests.factories.facilities import make_facility
from tests.factories.parallel import PowerCut, all_at_once, rolled_back


def test_numbers_begin_at_one_and_go_on(rims):
    numbers = [next_number(rims, Series.RECEIPT, at=NOON) for _ in range(3)]

    assert numbers == ["RIMS/R26/0000001", "RIMS/R26/0000002", "RIMS/R26/0000003"]


def test_each_hospital_and_each_series_counts_alone(rims, sgml):
    next_number(rims, Series.RECEIPT, at=NOON)

    assert next_number(sgml, Series.RECEIPT, at=NOON) == "SGML/R26/0000001"
    assert next_number(rims, Series.INVOICE, at=NOON) == "RIMS/B26/0000001"


def test_two_series_at_once_come_in_the_order_asked(rims):
    next_number(rims, Series.INVOICE, at=NOON)

    both = next_numbers(rims, [Series.RECEIPT, Series.INVOICE], at=NOON)
    assert both == ["RIMS/R26/0000001", "RIMS/B26/0000002"]


@pytest.mark.parametrize(
    ("moment", "year"),
    [
        (datetime(2027, 3, 31, 18, 29, 59, tzinfo=UTC), 2026),  # one second to midnight in India
        (datetime(2027, 3, 31, 18, 30, 0, tzinfo=UTC), 2027),
        (datetime(2026, 4, 1, 0, 0, tzinfo=UTC), 2026),
        (datetime(2027, 1, 1, 0, 0, tzinfo=UTC), 2026),
    ],
)
def test_the_year_turns_at_midnight_in_india(moment, year):
    assert financial_year(moment) == year


def test_a_new_year_begins_at_one(rims):
    next_number(rims, Series.RECEIPT, at=datetime(2027, 3, 31, 18, 29, tzinfo=UTC))

    assert (
        next_number(rims, Series.RECEIPT, at=datetime(2027, 3, 31, 18, 30, tzinfo=UTC)) == "RIMS/R27/0000001"
    )


def test_the_longest_number_has_the_sixteen_characters_that_gst_allows(rims):
    NumberSeries.objects.create(facility_id=rims.pk, series="R", financial_year=2026, last=9_999_998)

    assert len(next_number(rims, Series.RECEIPT, at=NOON)) == 16


@pytest.mark.parametrize("series", Series)
def test_a_series_is_one_capital_letter(series):
    assert len(series) == 1
    assert series.isupper()
    assert series not in "GHIJKL"  # they wait for counters that work alone


def test_a_rolled_back_number_is_given_again(rims):
    rolled_back(partial(next_number, rims, Series.RECEIPT, at=NOON))

    assert next_number(rims, Series.RECEIPT, at=NOON) == "RIMS/R26/0000001"


def write_receipts(facility, count, writer):
    """The numbers this writer kept; every twentieth act is rolled back after it had its number."""
    kept = []
    for turn in range(count):
        try:
            with transaction.atomic():
                number = next_number(facility, Series.RECEIPT, at=NOON)
                if (writer + turn) % 20 == 0:
                    raise PowerCut
            kept.append(number)
        except PowerCut:
            continue
    return kept


@pytest.mark.django_db(transaction=True)
def test_sixteen_writers_with_rollbacks_leave_no_gap_and_no_double(rims):
    outcomes = all_at_once([partial(write_receipts, rims, 160, writer) for writer in range(16)])

    given = sorted(number for kept in outcomes for number in kept)
    assert len(given) == 16 * 160 * 19 // 20
    assert given == [f"RIMS/R26/{n:07d}" for n in range(1, len(given) + 1)]


def take_both(facility, asked, count):
    """Both numbers, again and again, each time in an act of its own."""
    return [number for _ in range(count) for number in next_numbers(facility, asked, at=NOON)]


@pytest.mark.django_db(transaction=True)
def test_counters_that_ask_for_two_series_in_either_order_never_wait_for_each_other(rims):
    orders = [[Series.INVOICE, Series.RECEIPT], [Series.RECEIPT, Series.INVOICE]] * 4

    outcomes = all_at_once([partial(take_both, rims, asked, 40) for asked in orders])
    assert len({number for taken in outcomes for number in taken}) == 8 * 40 * 2


@pytest.mark.django_db(transaction=True)
def test_the_first_number_of_a_year_is_given_once(ranchi):
    hospital = make_facility("NEW", ranchi)

    outcomes = all_at_once([partial(next_number, hospital, Series.RECEIPT, at=NOON)] * 8)
    assert sorted(outcomes) == [f"NEW/R26/{n:07d}" for n in range(1, 9)]
