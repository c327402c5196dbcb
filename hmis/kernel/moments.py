"""When something was or will be, as people say it: an hour, or nothing for now. The act says which day.

A form that is sent again after midnight says the same words. A request key stands for them, not for what they
come to at the moment of one sending.
"""

from datetime import date, datetime, time, timedelta

from django.utils import timezone

# An hour alone, a day with its hour, or None: the act's own moment.
Said = datetime | time | None

HALF_A_DAY = timedelta(hours=12)


def moment_of(said: Said, at: datetime) -> datetime:
    """What was said at this moment: of an hour, the one of today, or shortly after midnight of yesterday."""
    if said is None:
        return at
    if isinstance(said, datetime):
        return said
    found = _hour_of(timezone.localdate(at), said)
    return found - timedelta(days=1) if found - at > HALF_A_DAY else found


def next_moment(said: datetime | time, at: datetime) -> datetime:
    """As `moment_of`, of what is still to come: an hour that is over means tomorrow's."""
    if isinstance(said, datetime):
        return said
    found = _hour_of(timezone.localdate(at), said)
    return found + timedelta(days=1) if found <= at else found


def _hour_of(day: date, hour: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, hour))
