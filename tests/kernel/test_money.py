"""Rupees: half up, once, and never a float."""

from decimal import Decimal

import pytest

from hmis.kernel.money import MoneyField, gst, to_money


@pytest.mark.parametrize(
    ("given_amount", "kept"),
    [
        ("0.005", "0.01"),
        ("0.015", "0.02"),
        ("0.025", "0.03"),
        ("2.6749", "2.67"),
        ("2.675", "2.68"),
        ("0.0049999", "0.00"),
        ("0.00", "0.00"),
        ("99999.995", "100000.00"),
        ("99999999999.994", "99999999999.99"),
        ("-0.005", "-0.01"),
        ("7", "7.00"),
        (5, "5.00"),
    ],
)
def test_half_a_paisa_is_rounded_up(given_amount, kept):
    assert str(to_money(given_amount)) == kept


def test_a_float_is_refused():
    with pytest.raises(TypeError, match=r"^Money is never a float\.$"):
        to_money(0.1)


@pytest.mark.parametrize(
    ("amount", "percent", "tax"),
    [
        ("100.00", "18", "18.00"),
        ("0.25", "18", "0.05"),  # 4.5 paise
        ("33.33", "5", "1.67"),  # 166.65 paise
        ("10.00", "0", "0.00"),
        ("0.10", "5", "0.01"),  # half a paisa
        ("0.09", "5", "0.00"),
        ("0.30", "5", "0.02"),  # one and a half
        ("0.50", "5", "0.03"),  # two and a half: never to the even one
        ("0.04", "12", "0.00"),
        ("0.03", "18", "0.01"),
        ("19.99", "2.5", "0.50"),  # 49.975 paise
        ("7500.00", "5", "375.00"),
        ("999999.90", "5", "50000.00"),  # 49,999.995: five digits become six on the way
        ("10000000.00", "5", "500000.00"),
    ],
)
def test_tax_is_rounded_on_its_line(amount, percent, tax):
    assert str(gst(Decimal(amount), Decimal(percent))) == tax


def test_a_field_of_rupees_has_two_places_below_ten_thousand_crore():
    field = MoneyField("amount")

    assert (field.verbose_name, field.max_digits, field.decimal_places) == ("amount", 13, 2)
    assert MoneyField(max_digits=15).max_digits == 15
