"""Ages: people often know no birth date. An age becomes an estimated date that keeps growing."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from patients.identifiers import plain_digits

OLDEST = 125
SHOWN = {"day": "%d-%m-%Y", "month": "%m-%Y", "year": "%Y"}


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
    return born <= today and not _is_too_old(born, today)


def _is_too_old(born: date, today: date) -> bool:
    return today.year - born.year > OLDEST


def birth_from_age(*, years: int = 0, months: int = 0, days: int = 0, today: date) -> tuple[date, str]:
    """(estimated birth date, precision "year" | "month" | "day"): on `today` it gives back the age said.

    Raises ValueError where nobody can be that old.
    """
    too_old = ValueError(_("Nobody is that old."))
    if min(years, months, days) < 0 or years + months / 12 + days / 366 > OLDEST:
        raise too_old
    month_index = today.year * 12 + today.month - 1 - years * 12 - months
    year, month = divmod(month_index, 12)
    day = min(today.day, monthrange(year, month + 1)[1])
    precision = "day" if days else "month" if months else "year"
    born = date(year, month + 1, day) - timedelta(days=days)
    if not could_be_born_on(born, today=today):
        raise too_old
    return born, precision


def born_as_said(text: str, *, today: date) -> tuple[date, str]:
    """(birth date, precision) of "23-11-1992", "11-1992", "1992" or the ISO form.

    What is not said is taken from the middle, or from the beginning where the middle is still to come. Raises
    ValueError, with a sentence for the screen, for anything else.
    """
    parts = [part for part in re.split(r"[-/.]", plain_digits(text).strip()) if part.strip("0-")]
    if parts and len(parts[0]) == 4:
        parts.reverse()
    if not parts or len(parts[-1]) != 4 or not all(re.fullmatch(r"[0-9]{1,4}", part) for part in parts):
        raise ValueError(_("Write the age as a number, or the birth date as 23-11-1992."))
    try:
        return _day_written(list(map(int, parts)), today)
    except ValueError as error:
        raise ValueError(_("The calendar has no such day: %(day)s.") % {"day": text}) from error


def _day_written(parts: list[int], today: date) -> tuple[date, str]:
    """(birth date, precision) of a year, of month and year, or of a whole date."""
    year = parts[-1]
    if len(parts) == 1:
        return _not_tomorrow(date(year, 7, 1), date(year, 1, 1), today), "year"
    if len(parts) == 2:
        month = parts[0]
        return _not_tomorrow(date(year, month, 15), date(year, month, 1), today), "month"
    day, month, _year = parts
    return date(year, month, day), "day"


def _not_tomorrow(middle: date, first: date, today: date) -> date:
    return middle if middle <= today else first


@dataclass(frozen=True)
class BirthSaid:
    """How old somebody is, or when born, as it was said: the day of the act makes a birth date of it.

    Sent again after midnight, "34 years" are the same words.
    """

    years: int = 0
    months: int = 0
    days: int = 0
    written: str | None = None

    def on(self, today: date) -> tuple[date, str]:
        """(birth date, precision). Raises ValueError, with a sentence, where nobody can be born then."""
        if self.written is None:
            return birth_from_age(years=self.years, months=self.months, days=self.days, today=today)
        born, precision = born_as_said(self.written, today=today)
        if born > today:
            raise ValueError(_("This birth date is still to come."))
        if _is_too_old(born, today):
            raise ValueError(_("Nobody is that old."))
        return born, precision


def birth_shown(born: date | None, precision: str) -> str:
    """As much of a birth date as is known, written as `born_as_said` takes it."""
    return f"{born:{SHOWN[precision]}}" if born else ""
