"""Facts read in a row: who keeps counts looks at all that was written since, and costs the acts nothing.

A listener (facts.py) is told of each fact and costs its act a row; a reader comes round, reads what it has
not seen, and may treat a thousand facts as one. What it has seen is a snapshot and no time: a transaction
that commits late is read in its turn, whatever ids and times its rows bear (as the seals do, seals.py).
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet

from hmis.kernel.composed import Composed
from hmis.kernel.models import FactReading
from hmis.kernel.seals import this_server

# The rows that `seen` did not see and `now` does. The index of `xid` finds them.
UNREAD = """
    SELECT e.name, e.about, e.about_id, e.facility_id, e.detail
    FROM kernel_auditentry e
    WHERE e.xid >= pg_snapshot_xmin(%(seen)s::pg_snapshot)
      AND NOT pg_visible_in_snapshot(e.xid, %(seen)s::pg_snapshot)
      AND pg_visible_in_snapshot(e.xid, %(now)s::pg_snapshot)
      AND e.about = ANY(%(about)s)
"""


@dataclass(frozen=True)
class ReadFact:
    """A fact as a reader sees it: what was done, about what, where."""

    name: str
    about: str
    about_id: UUID | None
    facility_id: UUID | None
    detail: dict[str, Any]


@contextmanager
def held(reader: str) -> Iterator[FactReading]:
    """The reader's row, locked until the block's transaction ends: whoever counts beside it takes turns."""
    with transaction.atomic():
        row = _locked(reader)
        if not row:
            FactReading.objects.bulk_create([FactReading(reader=reader)], ignore_conflicts=True)
            row = _locked(reader)
        yield row[0]


@Composed
def _locked(reader: str) -> QuerySet[FactReading]:
    return FactReading.objects.select_for_update().filter(reader=reader)


def unread(reading: FactReading, *, about: list[str], at: datetime) -> list[ReadFact] | None:
    """What was written about these models since this reader last looked; read from now on.

    `reading` is held. None: it never looked, or at another server. Then whatever it keeps is made anew, and
    only afterwards it has read to where that began (`here`, `read_to`): broken off, it begins again.
    """
    if not knows(reading):
        return None
    now = here()
    found = since(reading, now, about=about)
    read_to(reading, now, at=at)
    return found


def knows(reading: FactReading | None) -> bool:
    """Whether this reader has looked, at this very server."""
    return reading is not None and bool(reading.seen) and reading.server == this_server()


def here() -> str:
    """What can be seen at this moment."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_snapshot()::text")
        return str(cursor.fetchone()[0])


def since(reading: FactReading, now: str, *, about: list[str]) -> list[ReadFact]:
    """What was written about these models since this reader last looked and can be seen `now`."""
    with connection.cursor() as cursor:
        cursor.execute(UNREAD, {"seen": reading.seen, "now": now, "about": about})
        return [
            ReadFact(name, model, row, facility, json.loads(detail))
            for name, model, row, facility, detail in cursor.fetchall()
        ]


def read_to(reading: FactReading, now: str, *, at: datetime) -> None:
    """This reader has read what could be seen then."""
    reading.seen, reading.server, reading.read_at = now, this_server(), at
    reading.save(update_fields=["seen", "server", "read_at"])
