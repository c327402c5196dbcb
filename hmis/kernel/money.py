"""Rupees: Decimal, two places, rounded half up once, on the line."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import models

NOTHING = Decimal("0.00")
PAISA = Decimal("0.01")
# What a MoneyField holds.
LARGEST = Decimal("99999999999.99")


class MoneyField(models.DecimalField):  # type: ignore[type-arg]
    """Rupees with two places, up to ₹99,99,99,99,999.99."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **({"max_digits": 13, "decimal_places": 2} | options))


def to_money(amount: Decimal | int | str) -> Decimal:
    """The amount in rupees, rounded half up to the paisa. A float is a TypeError: it has lost it already."""
    if isinstance(amount, float):
        raise TypeError("Money is never a float.")
    return Decimal(amount).quantize(PAISA, ROUND_HALF_UP)


def gst(amount: Decimal, percent: Decimal) -> Decimal:
    """The tax on a line's amount at `percent`, rounded on the line."""
    return to_money(amount * percent / 100)
