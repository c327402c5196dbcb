"""Days that are held against each other."""

from dataclasses import dataclass
from datetime import date, timedelta

Days = tuple[date, date]
DAY, WEEK = timedelta(days=1), timedelta(days=7)


def month_of(day: date) -> tuple[date, date]:
    """The first and the last day of its month."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


@dataclass(frozen=True)
class Spans:
    """Days that are held against each other: of the month, of the one before, of the year before."""

    month: Days
    before: Days
    year_ago: Days


def spans_of(first: date, today: date) -> Spans:
    """The month that begins on `first` up to today, and as many days of what it is compared with.

    Half a month is held against half a month; a whole one against a whole one, however long.
    """
    whole = month_of(first)[1]
    last = min(whole, today)
    earlier, ago = month_of(first - DAY)[0], first.replace(year=first.year - 1)
    return Spans((first, last), _as_far(earlier, first, last, whole), _as_far(ago, first, last, whole))


def _as_far(start: date, first: date, last: date, whole: date) -> Days:
    end = month_of(start)[1]
    return start, end if last == whole else min(start + (last - first), end)


def so_far(span: Days, today: date) -> Days:
    """The same days; those that end today with the rest of its week, of which nothing is counted yet."""
    first, last = span
    return (first, today + (6 - today.weekday()) * DAY) if last == today else span


def weeks_of(span: Days) -> tuple[list[date], list[date]]:
    """The Mondays of the whole weeks (to Sunday) of these days, and the days before and after them."""
    first, last = span
    monday, after = first - first.weekday() % -7 * DAY, last + DAY - (last + DAY).weekday() * DAY
    if monday >= after:
        return [], _each(first, last + DAY, DAY)
    return _each(monday, after, WEEK), [*_each(first, monday, DAY), *_each(after, last + DAY, DAY)]


def _each(first: date, until: date, step: timedelta) -> list[date]:
    return [first + n * step for n in range(-((first - until) // step))]
