"""Reads of shifts: who has one open, what should lie in a drawer, what waits to be accepted or paid in."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, DecimalField, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Abs, Coalesce

from billing.models import Payment, Refund, Shift, TreasuryDeposit
from billing.states import PaymentMode, ShiftStatus
from hmis.kernel import pdf
from hmis.kernel.composed import Composed
from hmis.kernel.models import IssuedDocument
from hmis.kernel.money import NOTHING, to_money

# Notes and coins in rupees, as they are counted: the largest first.
DENOMINATIONS = (500, 200, 100, 50, 20, 10, 5, 2, 1)
# Coins below a rupee are counted together, in paise.
PAISE = "paise"


def sum_of(count: Mapping[str, int]) -> Decimal:
    """₹ of so many notes and coins of each kind: {"500": 3, …, "paise": 50}."""
    rupees = sum(worth * count.get(str(worth), 0) for worth in DENOMINATIONS)
    return to_money(Decimal(rupees) + Decimal(count.get(PAISE, 0)) / 100)


def open_shift_of(user: Any) -> Shift | None:
    """This person's open shift at the hospital where they work now."""
    mine = Shift.objects.visible_to(user).filter(cashier=user, closed_at=None)
    return mine.select_related("facility", "cashier", "taken_over_from__cashier").first()


def last_shift_of(user: Any) -> Shift | None:
    """This person's newest closed shift here."""
    mine = Shift.objects.visible_to(user).filter(cashier=user).exclude(closed_at=None)
    return mine.select_related("cashier").order_by("-opened_at").first()


def closing_sheet_of(shift: Shift) -> IssuedDocument | None:
    """The sheet that was printed as it was closed."""
    return pdf.original_of(shift.pk)


def drawers_waiting(user: Any) -> QuerySet[Shift]:
    """Closed shifts whose drawer has money for the next cashier, who has not come yet."""
    left = Shift.objects.visible_to(user).filter(left_in_drawer__gt=0, taken_over_by=None)
    return left.select_related("cashier").order_by("-closed_at")


@dataclass(frozen=True)
class Taken:
    """What came in one way of payment and what went back, how often."""

    mode: str
    label: Any
    came: Decimal
    receipts: int
    back: Decimal
    vouchers: int

    @property
    def net(self) -> Decimal:
        return self.came - self.back


def taken_in(shift: Shift) -> list[Taken]:
    """What the shift received and paid back by each way of payment, cash first."""
    came, back = _by_mode(shift, Payment), _by_mode(shift, Refund)
    nothing = (NOTHING, 0)
    return [
        Taken(mode.value, mode.label, *came.get(mode.value, nothing), *back.get(mode.value, nothing))
        for mode in PaymentMode
        if mode == PaymentMode.CASH or mode.value in came or mode.value in back
    ]


def _by_mode(shift: Shift, moved: type[Payment] | type[Refund]) -> dict[str, tuple[Decimal, int]]:
    return {mode: (amount, times) for mode, amount, times in _summed(shift.pk, moved=moved)}


@Composed
def _summed(
    shift_id: UUID, *, moved: type[Payment] | type[Refund]
) -> QuerySet[Any, tuple[str, Decimal, int]]:
    found = moved.objects.filter(shift_id=shift_id).order_by()
    return found.values_list("mode").annotate(Sum("amount"), Count("pk"))


def expected_in(shift: Shift) -> Decimal:
    """₹ that should lie in the drawer: the float and the cash that came, less the cash that went back."""
    cash = taken_in(shift)[0]
    return shift.opening_float + cash.net


# What a shift brought to the safe: all but what was left in the drawer, less the float it had from there.
FROM_THE_SAFE = Case(
    When(taken_over_from=None, then=F("opening_float")), default=Value(NOTHING), output_field=DecimalField()
)
BROUGHT = F("counted") - F("left_in_drawer") - FROM_THE_SAFE


def brought_by(shift: Shift) -> Decimal:
    """₹ that a closed shift brought to the safe; less than nothing where its float stayed in the drawer."""
    assert shift.counted is not None
    assert shift.left_in_drawer is not None
    had = NOTHING if shift.taken_over_from_id else shift.opening_float
    return shift.counted - shift.left_in_drawer - had


def accepted(user: Any) -> QuerySet[Shift]:
    """Accepted shifts, whether or not their cash was paid in."""
    return Shift.objects.visible_to(user).filter(status=ShiftStatus.ACCEPTED)


def to_pay_in(user: Any) -> QuerySet[Shift]:
    """Accepted shifts whose cash has not been paid in yet, the oldest first, each with `brought`."""
    waiting = accepted(user).filter(treasury_deposit=None)
    return waiting.select_related("cashier").annotate(brought=BROUGHT).order_by("opened_at")


ALL, WAITING, DIFFERENT, OPEN, ALONE = "all", "waiting", "different", "open", "alone"
KINDS = {
    ALL: Q(),
    WAITING: Q(status=ShiftStatus.CLOSED),
    DIFFERENT: Q(counted__isnull=False) & ~Q(counted=F("expected")),
    OPEN: Q(closed_at=None),
    # Accepted by whoever held it, in small-facility mode.
    ALONE: Q(accepted_by=F("cashier")),
}


def shifts(user: Any, kind: str = ALL) -> QuerySet[Shift]:
    """Shifts within reach. Those that wait come first, the largest difference before all."""
    found = Shift.objects.visible_to(user).filter(KINDS[kind])
    waits = Case(When(status=ShiftStatus.CLOSED, then=0), When(status=ShiftStatus.OPEN, then=1), default=2)
    off = Case(
        When(status=ShiftStatus.CLOSED, then=Abs(F("counted") - F("expected"))),
        default=Value(NOTHING),
        output_field=DecimalField(),
    )
    linked = found.select_related("cashier", "facility", "accepted_by", "treasury_deposit")
    return linked.order_by(waits, off.desc(), "-opened_at", "pk")


def counts_by_kind(user: Any) -> dict[str, int]:
    """How many shifts wait to be accepted, are open, and were accepted by one person."""
    counted = {kind: Count("pk", filter=asked) for kind, asked in KINDS.items() if kind != ALL}
    found: dict[str, int] = Shift.objects.visible_to(user).aggregate(**counted)
    return found


def challans(user: Any) -> QuerySet[TreasuryDeposit]:
    """What was paid in, the newest first, each with how many shifts it holds."""
    found = TreasuryDeposit.objects.visible_to(user).select_related("recorded_by", "facility")
    return found.annotate(shift_count=Count("shifts")).order_by("-deposited_on", "-pk")


def shifts_of(challan: TreasuryDeposit) -> QuerySet[Shift]:
    """The shifts whose cash it paid in, each with `brought`."""
    return challan.shifts.select_related("cashier").annotate(brought=BROUGHT).order_by("opened_at")


def in_safe(user: Any) -> Decimal:
    """₹ of accepted shifts that wait to be paid in."""
    brought = to_pay_in(user).order_by().aggregate(sum=Coalesce(Sum("brought"), Value(NOTHING)))
    return Decimal(brought["sum"])
