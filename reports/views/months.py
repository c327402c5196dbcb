"""The month that a page is asked for."""

from datetime import date, timedelta


def month_asked(text: str, today: date) -> date:
    """The first day of the month that is asked for (2026-11); of this one where none is, or it lies ahead."""
    try:
        asked = date.fromisoformat(f"{text}-01")
    except ValueError:
        return today.replace(day=1)
    return min(asked, today.replace(day=1)) if asked.year >= 2000 else today.replace(day=1)


def months_beside(first: date, today: date) -> tuple[date, date | None]:
    """The first days of the month before and of the next one; None while it lies ahead."""
    before, after = first - timedelta(days=1), first + timedelta(days=31)
    after = after.replace(day=1)
    return before.replace(day=1), after if after <= today else None
