"""Counting tries in PostgreSQL, so that every worker counts the same and Redis may be away."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic

from django.db import connection
from django.utils import timezone

from hmis.kernel.ids import uuid7
from hmis.kernel.prepared import prepared

COUNT = """
    INSERT INTO kernel_throttle AS held (id, bucket, began_at, count) VALUES (%s, %s, %s, %s)
    ON CONFLICT (bucket) DO UPDATE SET
        count = CASE WHEN held.began_at <= %s THEN EXCLUDED.count ELSE held.count + EXCLUDED.count END,
        began_at = CASE WHEN held.began_at <= %s THEN EXCLUDED.began_at ELSE held.began_at END
    RETURNING count
"""


def count(*bucket: str, window: int, weight: int = 1) -> int:
    """Add `weight` to what was tried in this bucket within `window` seconds; the count so far.

    Weight 0 only asks. The bucket's text is hashed: a typed user name is kept nowhere.
    """
    now = timezone.now()
    stale = now - timedelta(seconds=window)
    name = hashlib.sha256("\x1f".join(bucket).encode()).hexdigest()
    with connection.cursor() as cursor:
        cursor.execute(prepared(COUNT, "throttle"), [uuid7(), name, now, weight, stale, stale])
        (so_far,) = cursor.fetchone()
    return int(so_far)


@dataclass
class _Told:
    """What this process knows of a bucket, and what it has not yet told the others."""

    count: int
    at: float
    more: int = 0


_told: dict[tuple[str, ...], _Told] = {}
TOLD_EACH = 2.0  # seconds, at the latest


def count_in_steps(*bucket: str, window: int, limit: int) -> int:
    """The count so far, told to PostgreSQL once for each hundredth of the limit and each two seconds.

    For limits that need no last digit: each worker may be a hundredth behind the others.
    """
    held, now = _told.get(bucket), monotonic()
    if held and held.more + 1 < limit // 100 and now - held.at < TOLD_EACH:
        held.more += 1
        return held.count + held.more
    so_far = count(*bucket, window=window, weight=1 + (held.more if held else 0))
    _told[bucket] = _Told(so_far, now)
    return so_far


def forget(*bucket: str) -> None:
    """Start this bucket afresh: the person was let in."""
    name = hashlib.sha256("\x1f".join(bucket).encode()).hexdigest()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM kernel_throttle WHERE bucket = %s", [name])
