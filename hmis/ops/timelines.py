"""Timelines: a restored server writes a history of its own, and the one that it left stays on the shelf too.

The server writes down for each timeline which it left where, and after a restore to a second also the time of
the next change there: `1	0/3019E70	before 2026-11-25 10:31:02.1+05:30`.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from hmis.ops.shelf import HISTORY, SEGMENT, Backup, Shelf, ShelfError, segment_number

LEFT = re.compile(r"^(\d+)\t([0-9A-F]+)/([0-9A-F]+)\t(?:before (\d{4}-\d\d-\d\d \S+))?", re.MULTILINE)


@dataclass(frozen=True)
class Fork:
    """Where a timeline was left, and when its next change was made if the server knew of one."""

    left: int
    place: int
    next_change: datetime | None

    def leaves(self, backup: Backup) -> bool:
        """Whether it was left after this backup, and so with it."""
        if timeline_of(backup) != self.left:
            return False
        first = segment_number(backup.first_segment, backup.segment_bytes)
        in_time = self.next_change is None or backup.ended < self.next_change
        return first <= self.place // backup.segment_bytes and in_time


Histories = dict[int, list[Fork]]


def histories(shelf: Shelf) -> Histories:
    """{timeline: what it left on its way}. The first one left none."""
    return {
        int(name[:8], 16): forks_of(shelf.get_wal(name).decode())
        for name in shelf.wal_names()
        if HISTORY.match(name) and shelf.has_wal(name)
    }


def forks_of(history: str) -> list[Fork]:
    return [
        Fork(int(left), (int(high, 16) << 32) + int(low, 16), datetime.fromisoformat(at) if at else None)
        for left, high, low, at in LEFT.findall(history)
    ]


def timeline_of(backup: Backup) -> int:
    return int(backup.first_segment[:8], 16)


def leads_to(backup: Backup, timeline: int, known: Histories) -> bool:
    """Whether what happened after this backup can be followed to the end of that timeline."""
    return timeline_of(backup) == timeline or any(fork.leaves(backup) for fork in known.get(timeline, []))


def holding(shelf: Shelf, backup: Backup, to: datetime, known: Histories) -> int:
    """The timeline that holds `to` after this backup. Refuses where two do: only a person knows which.

    Without this the newest would be followed: past the fork it has nothing of the time before it was opened,
    and the restore would end well with less than was asked for.
    """
    own = timeline_of(backup)
    leaving = {
        number: fork
        for number, forks in known.items()
        for fork in forks
        if fork.leaves(backup) and (not fork.next_change or fork.next_change <= to)
    }
    goes_on = any(f.next_change or _is_left_behind(shelf, backup, f) for f in leaving.values())
    found = [own, *leaving] if goes_on or not leaving else [*leaving]
    if len(found) == 1:
        return found[0]
    where = "; ".join(
        f"timeline {number} left timeline {own}"
        + (f" before its change of {fork.next_change}" if fork.next_change else "")
        for number, fork in leaving.items()
    )
    choice = " or ".join(f"--timeline {number}" for number in found)
    raise ShelfError(f"Several histories hold that time ({where}). Say which one is wanted: {choice}.")


def _is_left_behind(shelf: Shelf, backup: Backup, fork: Fork) -> bool:
    """Whether the shelf has anything of a timeline after it was left."""
    return any(
        int(name[:8], 16) == fork.left
        and segment_number(name, backup.segment_bytes) >= fork.place // backup.segment_bytes
        and shelf.has_wal(name)
        for name in shelf.wal_names()
        if SEGMENT.match(name)
    )
