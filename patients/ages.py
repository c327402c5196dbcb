"""Ages: people often know no birth date. An age becomes an estimated date that keeps growing."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

OLDEST = 125


@dataclass(frozen=True)
class Age:
    """`34 year`, `5 month`, `3 day`: how old somebody is, as people say it."""

    number: int
    unit: str

    def __str__(self) -> str:
        words = {
            "year": ngettext("%(number)d year", "%(number)d years", self.number),
            "month": ngettext("%(number)d month", "%(number)d months", self.number),
            "day": ngettext("%(number)d day", "%(number)d days", self.number),
        }
        return words[self.unit] % {"number": self.number}

    def said_in(self, language: str) -> str:
        with override(language):
            return str(self)


def age_on(born: date, day: date) -> Age:
    """Years from the second birthday on, months under it, days under one month."""
    months = (day.year - born.year) * 12 + day.month - born.month - (day.day < born.day)
    if months >= 24:
        return Age(months // 12, "year")
    if months >= 1:
        return Age(months, "month")
    return Age(max(0, (day - born).days), "day")


def could_be_born_on(born: date, *, today: date) -> bool:
    """Not tomorrow, and not before anybody who lives."""
    return born <= today and today.year - born.year <= OLDEST


def birth_from_age(*, years: int = 0, months: int = 0, days: int = 0, today: date) -> tuple[date, str]:
    """(estimated birth date, precision "year" | "month" | "day"): on `today` it gives back the age said.

    Raises ValueError where nobody can be that old.
    """
    if min(years, months, days) < 0 or years + months / 12 > OLDEST:
        raise ValueError(_("Nobody is that old."))
    month_index = today.year * 12 + today.month - 1 - years * 12 - months
    year, month = divmod(month_index, 12)
    day = min(today.day, monthrange(year, month + 1)[1])
    precision = "day" if days else "month" if months else "year"
    return date(year, month + 1, day) - timedelta(days=days), precision
