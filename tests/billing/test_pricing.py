"""Prices: rounded once, on the line; the total is the sum of what the lines show."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.pricing import line, total

prices = st.decimals(0, 10**7, places=2, allow_nan=False)
percents = st.decimals(0, 100, places=2, allow_nan=False)


def test_a_slip_of_five_rupees_costs_five_rupees():
    one = line(Decimal("5.00"))

    assert (one.gross, one.discount, one.net) == (Decimal("5.00"), Decimal("0.00"), Decimal("5.00"))


def test_everything_may_be_let_off():
    one = line(Decimal("5.00"), percent_off=Decimal(100))

    assert (one.discount, one.net) == (Decimal("5.00"), Decimal("0.00"))


def test_half_a_paisa_is_let_off_for_the_patient():
    one = line(Decimal("0.05"), percent_off=Decimal(50))

    assert (one.discount, one.net) == (Decimal("0.03"), Decimal("0.02"))


@pytest.mark.parametrize("percent", ["-0.01", "100.01"])
def test_no_discount_is_more_than_everything_or_less_than_nothing(percent):
    with pytest.raises(ValueError, match="between 0 and 100"):
        line(Decimal(5), percent_off=Decimal(percent))


@given(prices, st.integers(1, 500), percents)
def test_a_line_never_asks_less_than_nothing_or_more_than_its_price(price, quantity, percent):
    one = line(price, quantity, percent_off=percent)

    assert one.gross == price * quantity
    assert 0 <= one.net <= one.gross
    assert one.net + one.discount == one.gross


@given(st.lists(st.tuples(prices, percents), max_size=20))
def test_the_total_is_the_sum_of_the_lines(asked):
    lines = [line(price, percent_off=percent) for price, percent in asked]

    assert total(lines) == sum((one.net for one in lines), Decimal("0.00"))


def test_nothing_costs_nothing():
    assert str(total([])) == "0.00"
