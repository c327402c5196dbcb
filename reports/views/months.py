"""The month that a page is asked for."""

from datetime import date


def month_asked(text: str, today: date) -> date:
    """The first day of the month that is asked for (2026-11); of this one where none is, or it lies ahead."""
    try:
        asked = date.fromisoformat(f"{text}-01")
    except ValueError:
        return today.replace(day=1)
    return min(asked, today.replace(day=1)) if asked.year >= 2000 else today.replace(day=1)
