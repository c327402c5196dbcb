"""Price, discount, tax, total: Decimals in, Decimals out. Rounded once, on the line; totals are sums."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from hmis.kernel.money import NOTHING, gst, to_money


@dataclass(frozen=True)
class Tax:
    """How a service is taxed, in percent; `above`: only once one unit costs more than so many rupees."""

    percent: Decimal
    above: Decimal | None = None
    outpatients_only: bool = False
    spares_intensive_care: bool = False

    def on(self, unit_price: Decimal, *, is_outpatient: bool, is_intensive: bool) -> Decimal:
        """The percent on one unit at this price, for this patient in this place."""
        if self.outpatients_only and not is_outpatient:
            return NOTHING
        if self.spares_intensive_care and is_intensive:
            return NOTHING
        if self.above is not None and unit_price <= self.above:
            return NOTHING
        return self.percent


@dataclass(frozen=True)
class Line:
    """One line of a bill, in rupees: what it costs, what is let off, the tax on the rest, what is asked."""

    gross: Decimal
    discount: Decimal
    tax: Decimal = NOTHING

    @property
    def net(self) -> Decimal:
        return self.gross - self.discount + self.tax


def line(
    unit_price: Decimal,
    quantity: int = 1,
    *,
    percent_off: Decimal = Decimal(0),
    tax_percent: Decimal = Decimal(0),
) -> Line:
    """The line for `quantity` at `unit_price`, less `percent_off` (0–100) of it, with tax on what is left."""
    if not 0 <= percent_off <= 100:
        raise ValueError("A discount is between 0 and 100 percent.")
    gross = to_money(unit_price * quantity)
    discount = to_money(gross * percent_off / 100)
    return Line(gross, discount, gst(gross - discount, tax_percent))


def total(lines: Iterable[Line]) -> Decimal:
    """What the lines ask together."""
    return sum((one.net for one in lines), NOTHING)
