"""Prices: rounded once, on the line; the total is the sum of what the lines show."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.pricing import Tax, line, total

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
    with pytest.raises(ValueError, match=r"^A discount is between 0 and 100 percent\.$"):
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


# ── Taxes, by cases worked out by hand ──

ROOM = Tax(Decimal(5), above=Decimal(5000), spares_intensive_care=True)
MEDICINE = Tax(Decimal(5), outpatients_only=True)


@pytest.mark.parametrize(
    ("tax", "price", "is_outpatient", "is_intensive", "percent"),
    [
        (ROOM, "5000.00", False, False, 0),  # at the limit it is still exempt
        (ROOM, "5000.01", False, False, 5),
        (ROOM, "9000.00", False, True, 0),
        (MEDICINE, "12.00", True, False, 5),
        (MEDICINE, "12.00", False, False, 0),  # part of the care of a stay
        (Tax(Decimal(0)), "12.00", True, False, 0),
    ],
)
def test_a_service_is_taxed_as_its_rule_says(tax, price, is_outpatient, is_intensive, percent):
    assert tax.on(Decimal(price), is_outpatient=is_outpatient, is_intensive=is_intensive) == percent


@pytest.mark.parametrize(
    ("price", "quantity", "off", "percent", "gross", "discount", "tax", "net"),
    [
        ("6000.00", 2, "0", "5", "12000.00", "0.00", "600.00", "12600.00"),
        ("6000.00", 2, "50", "5", "12000.00", "6000.00", "300.00", "6300.00"),
        ("0.10", 1, "0", "5", "0.10", "0.00", "0.01", "0.11"),  # half a paisa is rounded up
        ("0.09", 1, "0", "5", "0.09", "0.00", "0.00", "0.09"),
        ("0.05", 2, "0", "5", "0.10", "0.00", "0.01", "0.11"),  # on the line, not on each piece
        ("33.33", 1, "33.33", "0", "33.33", "11.11", "0.00", "22.22"),  # 11.108889
        ("33.33", 3, "33.33", "5", "99.99", "33.33", "3.33", "69.99"),  # 33.326667; 5 % of 66.66 is 3.333
        ("0.01", 1, "50", "0", "0.01", "0.01", "0.00", "0.00"),  # half of a paisa is let off whole
        ("0.01", 1, "49.99", "0", "0.01", "0.00", "0.00", "0.01"),
        ("0.03", 1, "50", "18", "0.03", "0.02", "0.00", "0.01"),
        ("5000.01", 3, "0", "5", "15000.03", "0.00", "750.00", "15750.03"),  # 750.0015
        ("99999.99", 10, "0", "5", "999999.90", "0.00", "50000.00", "1049999.90"),  # 49,999.995
        ("123456.78", 1, "12.50", "12", "123456.78", "15432.10", "12962.96", "120987.64"),  # 15432.0975
        ("0.00", 5, "50", "5", "0.00", "0.00", "0.00", "0.00"),
        ("100.00", 3, "100", "5", "300.00", "300.00", "0.00", "0.00"),
    ],
)
def test_tax_is_on_what_is_left_and_rounded_on_the_line(
    price, quantity, off, percent, gross, discount, tax, net
):
    one = line(Decimal(price), quantity, percent_off=Decimal(off), tax_percent=Decimal(percent))

    assert [one.gross, one.discount, one.tax, one.net] == [
        Decimal(each) for each in (gross, discount, tax, net)
    ]
