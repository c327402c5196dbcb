"""The month that a page is asked for."""

from datetime import date, timedelta

from hmis.kernel.said import month_said


def month_asked(text: str, today: date) -> date:
    """The first day of the month that is asked for (2026-11); of this one where none is, or it lies ahead."""
    this = today.replace(day=1)
    return min(month_said(text) or this, this)


def months_beside(first: date, today: date) -> tuple[date, date | None]:
    """The first days of the month before and of the next one; None while it lies ahead."""
    before, after = first - timedelta(days=1), first + timedelta(days=31)
    after = after.replace(day=1)
    return before.replace(day=1), after if after <= today else None
