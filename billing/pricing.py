"""Price, discount, total: Decimals in, Decimals out. Rounded once, on the line; totals are sums of lines."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from hmis.kernel.money import to_money


@dataclass(frozen=True)
class Line:
    """One line of a bill, in rupees: what it costs, what is let off, what is asked."""

    gross: Decimal
    discount: Decimal

    @property
    def net(self) -> Decimal:
        return self.gross - self.discount


def line(unit_price: Decimal, quantity: int = 1, *, percent_off: Decimal = Decimal(0)) -> Line:
    """The line for `quantity` at `unit_price`, less `percent_off` (0–100) of it."""
    if not 0 <= percent_off <= 100:
        raise ValueError("A discount is between 0 and 100 percent.")
    gross = to_money(unit_price * quantity)
    return Line(gross, to_money(gross * percent_off / 100))


def total(lines: Iterable[Line]) -> Decimal:
    """What the lines ask together."""
    return sum((one.net for one in lines), Decimal("0.00"))
