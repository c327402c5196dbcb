"""Which days of a stay are charged: plain arithmetic, without a database (docs/adr/0381)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypeVar

from hmis.kernel.numbering import INDIA
from ipd.states import BedDayRule

DAY = timedelta(days=1)
L = TypeVar("L", bound="Lain")


@dataclass(frozen=True)
class Counted:
    """A bed-day: the calendar day, or the one on which its 24 hours began; and the moment that decides
    which ward it counts for, its end."""

    day: date
    ends_at: datetime


def midnight(day: date) -> datetime:
    """The moment at which this day begins in India."""
    return datetime.combine(day, time.min, tzinfo=INDIA)


def bed_days(rule: str, came_at: datetime, until: datetime, *, is_leaving: bool) -> list[Counted]:
    """The days of a stay that are counted at the moment `until`, the first first.

    By the calendar, the day of admission counts and the day of leaving does not, unless it is the only one;
    by hours, each 24 hours that were begun. While nobody is leaving, only what is over counts: an admission
    that was a mistake can be taken back on its first day.
    """
    if until < came_at:
        return []
    if rule == BedDayRule.HOURS:
        return list(_by_hours(came_at, until, is_leaving=is_leaving))
    return list(_by_calendar(came_at, until, is_leaving=is_leaving))


def _by_calendar(came_at: datetime, until: datetime, *, is_leaving: bool) -> Iterator[Counted]:
    first, last = (at.astimezone(INDIA).date() for at in (came_at, until))
    if first == last and is_leaving:
        yield Counted(first, until)
    for n in range((last - first).days):
        day = first + n * DAY
        yield Counted(day, midnight(day + DAY))


def _by_hours(came_at: datetime, until: datetime, *, is_leaving: bool) -> Iterator[Counted]:
    n = 0
    while (began := came_at + n * DAY) < until or (n == 0 and is_leaving):
        ends_at = came_at + (n + 1) * DAY
        if ends_at > until and not is_leaving:
            return
        yield Counted(began.astimezone(INDIA).date(), min(ends_at, until))
        n += 1


@dataclass(frozen=True)
class Lain:
    """From when until when somebody lay in a place, or was away."""

    began_at: datetime
    ended_at: datetime | None

    def covers(self, at: datetime) -> bool:
        """Whether it held at this moment; who left at this very moment was still there."""
        return self.began_at < at and (self.ended_at is None or self.ended_at >= at)


def at_moment(stays: Sequence[L], at: datetime) -> L | None:
    """The stay that held at this moment."""
    return next((one for one in stays if one.covers(at)), None)
