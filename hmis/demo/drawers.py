"""The demo's drawers: whoever takes money has a shift open, and those of an earlier day are closed."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import uuid4

from billing import services as billing
from billing.queries import DENOMINATIONS, PAISE, expected_in, open_shift_of
from facilities.models import User
from facilities.roles import Role

AT_COUNTERS = (Role.CLERK, Role.CASHIER, Role.BILLING_SUPERVISOR)
FLOAT, BEFORE = Decimal("500.00"), timedelta(hours=4)


def open_drawers(staff: Mapping[str, User], *, at: datetime) -> None:
    """Open a shift for each who takes money and has none, some hours before."""
    for role in AT_COUNTERS:
        if open_shift_of(staff[role]) is None:
            billing.open_shift(opening_float=FLOAT, request_key=uuid4(), actor=staff[role], at=at - BEFORE)


def close_drawers(staff: Mapping[str, User], *, at: datetime) -> None:
    """Count and close them, ten rupees short at the clerk's; the supervisor accepts the cashier's."""
    for role in AT_COUNTERS:
        shift = open_shift_of(staff[role])
        if shift is None:
            continue
        short = Decimal(10) if role == Role.CLERK else Decimal(0)
        closed = billing.close_shift(
            shift=shift,
            count=notes_of(expected_in(shift) - short),
            explanation="खुल्ले पैसे देने में गलती" if short else "",
            request_key=uuid4(),
            actor=staff[role],
            at=at,
        )
        if role == Role.CASHIER:
            billing.accept_shift(shift=closed, actor=staff[Role.BILLING_SUPERVISOR], at=at)


def notes_of(amount: Decimal) -> dict[str, int]:
    """So much money in as few notes and coins as possible."""
    rupees, paise = divmod(int(amount * 100), 100)
    count = {PAISE: paise}
    for worth in DENOMINATIONS:
        count[str(worth)], rupees = divmod(rupees, worth)
    return count
