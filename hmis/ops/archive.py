"""The archive: receives every change of the database as it happens, and seals it onto the shelf.

pg_receivewal writes the server's WAL into the spool and tells the server what is safely there; a slot keeps
the server from forgetting anything before that. Each finished segment is sealed and leaves the spool.
The server ends a segment every minute in which something happened (archive_timeout).
"""

import json
import logging
import os
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from datetime import time as clock
from pathlib import Path
from threading import Thread
from time import time
from typing import Any

import psycopg2
from django.conf import settings
from django.utils import timezone

from hmis.embedded import death_signal, stop
from hmis.ops import backup, restore
from hmis.ops.cluster import environment, program
from hmis.ops.shelf import FOLDER, HISTORY, SEGMENT, Backup, Shelf, ShelfError, write_synced
from hmis.stopping import Stopping

log = logging.getLogger(__name__)

SLOT = "hmis_archive"
LOOK_SECONDS = 1.0
SUNDAY = 6


@dataclass
class Archive:
    """One server's WAL on its way to the shelf."""

    shelf: Shelf
    address: dict[str, Any]
    spool: Path
    receiver: "subprocess.Popen[bytes] | None" = None

    @property
    def since(self) -> Path:
        """When the slot was made, by the server's clock: the WAL before it may be missing."""
        return self.spool.with_name(f"{self.spool.name}-since")

    def begin(self) -> None:
        """Make the slot if none holds, and receive.

        Refuses a role without the right to copy, and the shelf of another server.
        """
        with backup.session(self.address) as cursor:
            backup.refuse_anothers(self.shelf, cursor)
            if not self._holds(cursor):
                self._start_afresh(cursor)
        self.spool.mkdir(parents=True, mode=FOLDER, exist_ok=True)
        self.receiver = self._receivewal()

    def _holds(self, cursor: Any) -> bool:
        cursor.execute("SELECT wal_status FROM pg_replication_slots WHERE slot_name = %s", [SLOT])
        found = cursor.fetchone()
        if found and found[0] == "lost":
            cursor.execute("SELECT pg_drop_replication_slot(%s)", [SLOT])
            return False
        return found is not None

    def _start_afresh(self, cursor: Any) -> None:
        """Another server, a restored one, or one that could not wait: what the spool has is of before.

        The moment is written down before the slot is there: whoever is killed in between starts afresh again.
        """
        cursor.execute("SELECT clock_timestamp()")
        self.since.parent.mkdir(parents=True, mode=FOLDER, exist_ok=True)
        self.since.unlink(missing_ok=True)
        write_synced(self.since, cursor.fetchone()[0].isoformat().encode())
        try:
            cursor.execute("SELECT pg_create_physical_replication_slot(%s, true)", [SLOT])
        except psycopg2.errors.InsufficientPrivilege:
            raise backup.may_not_copy(self.address) from None
        if self.spool.is_dir() and any(self.spool.iterdir()):
            self.spool.rename(self.spool.with_name(f"{self.spool.name}.{int(time())}"))

    def last_backup(self) -> Backup | None:
        """The newest base backup that this slot's WAL follows. None: one must be taken at once."""
        newest = self.shelf.newest()
        if newest and self.since.exists():
            since = datetime.fromisoformat(self.since.read_text())
            return newest if newest.began >= since else None
        return newest

    def step(self) -> list[str]:
        """Seal what is finished; the names. A receiver that ended is begun anew."""
        if self.receiver is None or self.receiver.poll() is not None:
            self.begin()
        finished = sorted(p for p in self.spool.iterdir() if SEGMENT.match(p.name) or HISTORY.match(p.name))
        for path in finished:
            self.shelf.put_wal(path)
            path.unlink()
        return [path.name for path in finished]

    def end(self) -> None:
        if self.receiver is not None:
            stop(self.receiver)

    def _receivewal(self) -> "subprocess.Popen[bytes]":
        command: list[str | Path] = [
            *(program("pg_receivewal"), "--directory", self.spool, "--slot", SLOT),
            *("--synchronous", "--no-loop", "--no-password"),
        ]
        return subprocess.Popen(
            command, env=environment(self.address), preexec_fn=death_signal(signal.SIGTERM)
        )


@dataclass
class Night:
    """When a base backup is taken, tried out and old ones let go."""

    at: clock
    keep: timedelta
    trial: Callable[[datetime], bool]

    def is_due(self, last: datetime | None, now: datetime) -> bool:
        """At the first start, and once each night from that hour on."""
        if last is None:
            return True
        tonight = timezone.localtime(now).replace(
            hour=self.at.hour, minute=self.at.minute, second=0, microsecond=0
        )
        begun = tonight if tonight <= now else tonight - timedelta(days=1)
        return last < begun


@dataclass
class Keeper:
    """Runs the archive and its nights until told to stop."""

    archive: Archive
    night: Night
    room: Path
    stopping: Stopping = field(default_factory=Stopping)
    busy: Thread | None = None
    not_before: float = 0.0

    def run(self) -> None:
        try:
            self.archive.begin()
            while not self.stopping.wait(LOOK_SECONDS):
                self.look()
        finally:
            self.archive.end()
            if self.busy:
                self.busy.join()

    def look(self) -> None:
        """One round: seal, and begin the night's work beside it. What fails is said and tried again."""
        try:
            if sealed := self.archive.step():
                log.info("%d WAL files sealed.", len(sealed))
            note("archive")
        except (ShelfError, OSError, psycopg2.Error) as error:
            log.error("The archive stands still: %s", type(error).__name__)
            self.stopping.wait(10)
        if self.busy and self.busy.is_alive():
            return
        try:
            last = self.archive.last_backup()
        except (ShelfError, OSError) as error:
            log.error("The backups cannot be read: %s", type(error).__name__)
            self.stopping.wait(10)
            return
        ended = last.ended if last else None
        if time() >= self.not_before and self.night.is_due(ended, timezone.now()):
            self.not_before = time() + 600
            self.busy = Thread(target=self.work, name="night")
            self.busy.start()

    def work(self) -> None:
        """The night's work: copy, try out, let go."""
        shelf = self.archive.shelf
        try:
            taken = backup.take(shelf, self.archive.address)
            note("backup")
            log.info("Base backup %s: %d bytes.", taken.name, taken.sealed_bytes)
            if self.night.trial(taken.ended):
                rows = restore.try_out(shelf, taken, self.room / "trial").rows
                note("backup_trial")
                log.info("Base backup %s opened; %d rows read.", taken.name, rows)
            for name in shelf.prune(self.night.keep):
                log.info("Base backup %s let go.", name)
        except Exception as error:
            log.exception("The night's backup failed: %s", type(error).__name__)


def note(name: str) -> None:
    """Write down when this was last done, for /metrics."""
    path = settings.BACKUP_STATUS
    held = json.loads(path.read_text()) if path.exists() else {}
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps({**held, name: time()}))
    draft.replace(path)


def trial_on(choice: str) -> Callable[[datetime], bool]:
    """`daily`, `weekly` (Sundays) or `never`."""
    days = {"daily": set(range(7)), "weekly": {SUNDAY}, "never": set()}[choice]
    return lambda at: timezone.localtime(at).weekday() in days
