"""From the shelf back to a server: into a new folder, as of any second since the oldest backup ended."""

import json
import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath

from hmis.ops.cluster import Cluster, ClusterError, opened, program
from hmis.ops.shelf import SEGMENT, Backup, Shelf, ShelfError, held, segment_name, segment_number
from hmis.ops.timelines import histories, holding, leads_to, timeline_of

WAL = "hmis_wal"  # in the new folder while it recovers: what the server fetches its WAL from
PARTIAL = ".partial"
PATIENCE = 24 * 3600.0
LAST_CHANGE = re.compile(r"last completed transaction was at log time (.+)")


@dataclass
class Restored:
    """What a restore has brought back."""

    folder: Path
    backup: Backup
    timeline: int
    last_change: datetime | None
    counts: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        return sum(sum(tables.values()) for tables in self.counts.values())


def restore(
    shelf: Shelf,
    *,
    into: Path,
    to: datetime | None,
    timeline: int | None = None,
    base: str | None = None,
    spool: Path | None = None,
) -> Restored:
    """Bring the server back as it was at `to` (or at the last thing kept) into the new folder `into`.

    With the name of a `base` backup: as it was when that ended, without any WAL but its own.

    Refuses a folder that holds anything, a time before the oldest backup ended or after the last WAL, a
    time that two histories hold unless it is told which `timeline`, WAL with a gap, and files that are not
    what was sealed. Opens it once and reads every row.
    """
    if into.exists() and any(into.iterdir()):
        raise ShelfError(f"{into} is not empty: a restore never writes over anything.")
    if base is None:
        backup, along = way(shelf, to, timeline)
    else:
        backup = shelf.backup(base)
        along = timeline_of(backup)
    draft = into.with_name(f"{into.name}.draft")
    if draft.exists():
        raise ShelfError(f"{draft} is left over from a restore that broke off: delete it first.")
    draft.mkdir(parents=True, mode=0o700)
    try:
        unpack(shelf, backup, draft)
        target = {"recovery_target_time": to.isoformat()} if to else {}
        if base is None:
            lay_wal(shelf, backup, draft, spool)
        else:
            target = bare(draft)
        if along != timeline_of(backup):
            target["recovery_target_timeline"] = str(along)
        with _recovered(draft, target) as cluster:
            restored = _read(cluster, into, backup, along)
        shutil.rmtree(draft / WAL)
        if into.exists():
            into.rmdir()
        draft.rename(into)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return restored


def try_out(shelf: Shelf, backup: Backup, room: Path) -> Restored:
    """Restore this backup into a folder that is thrown away, and write down that every row was read.

    Refuses while another is tried out in this room. So what lies there before is of a trial that was killed.
    """
    room.mkdir(parents=True, exist_ok=True)
    with held(room.with_name(f"{room.name}.lock"), "A backup is being tried out: wait until that has ended."):
        for left in room.glob("trial-*"):
            shutil.rmtree(left)
        draft = room / f"trial-{backup.name}"
        draft.mkdir(mode=0o700)
        try:
            unpack(shelf, backup, draft)
            with _recovered(draft, bare(draft)) as cluster:
                restored = _read(cluster, draft, backup, timeline_of(backup))
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    shelf.write_verified(backup, {"tried_at": datetime.now().astimezone().isoformat(), "rows": restored.rows})
    return restored


def way(shelf: Shelf, to: datetime | None, timeline: int | None) -> tuple[Backup, int]:
    """The backup to begin from and the timeline to follow: the newest one unless a time or it is named."""
    known = histories(shelf)
    if to is not None and timeline is None:
        backup = chosen(shelf, to)
        return backup, holding(shelf, backup, to, known)
    if timeline is None:
        timeline = max([*known, *map(timeline_of, shelf.backups())], default=1)
    return chosen(shelf, to, timeline), timeline


def chosen(shelf: Shelf, to: datetime | None, timeline: int | None = None) -> Backup:
    """The newest backup that had ended by then and, if one is named, leads to that timeline."""
    backups = shelf.backups()
    if not backups and (others := {backup.key for backup in shelf.sealed_by_others()}):
        keys = ", ".join(sorted(others))
        raise ShelfError(f"Sealed with the key {keys}; the key given is {shelf.key.fingerprint}.")
    if not backups:
        raise ShelfError(f"There is no backup in {shelf.folder}.")
    alone = [backup for backup in backups if shelf.is_alone(backup)]
    backups = [backup for backup in backups if backup not in alone]
    as_it_was = f" As of {alone[-1].ended_at} alone: --base {alone[-1].name}." if alone else ""
    if not backups:
        raise ShelfError(f"No backup in {shelf.folder} has the WAL that followed it.{as_it_was}")
    if timeline is not None:
        known = histories(shelf)
        backups = [backup for backup in backups if leads_to(backup, timeline, known)]
        if not backups:
            raise ShelfError(f"No backup leads to timeline {timeline}.")
    fitting = [backup for backup in backups if to is None or backup.ended <= to]
    if not fitting:
        oldest = f"The oldest backup ended at {backups[0].ended_at}: nothing earlier can be had."
        raise ShelfError(f"{oldest}{as_it_was}")
    return fitting[-1]


def unpack(shelf: Shelf, backup: Backup, draft: Path) -> None:
    """The base backup's files, each compared with the SHA-256 that the server itself wrote down."""
    with shelf.open_base(backup) as stream, tarfile.open(fileobj=stream, mode="r|") as tar:
        _lay_out(tar, draft)
    done = subprocess.run(
        [program("pg_verifybackup"), "--quiet", str(draft)],
        env={"PATH": os.defpath},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise ShelfError(f"The backup {backup.name} is damaged: {done.stderr.strip()}")
    (draft / "recovery.signal").touch()


def _lay_out(tar: tarfile.TarFile, draft: Path) -> None:
    """Its folders and files below `draft`, for us alone; nothing else is in a base backup, or is made.

    `extractall` with a filter would do the same, but Debian 12's Python does not know filters yet.
    """
    for member in tar:
        name = PurePosixPath(member.name)
        if name.is_absolute() or ".." in name.parts or not (member.isdir() or member.isreg()):
            raise ShelfError(f"The backup holds {member.name}, which is no file of a database.")
        if content := tar.extractfile(member):
            with open(draft / name, "xb", opener=_for_us_alone) as file:
                shutil.copyfileobj(content, file)
        else:
            (draft / name).mkdir(mode=0o700, exist_ok=True)


def _for_us_alone(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)


def bare(draft: Path) -> dict[str, str]:
    """No WAL beside it, and the target: a base backup brings the WAL that it needs for itself."""
    (draft / WAL).mkdir()
    return {"recovery_target": "immediate"}


def lay_wal(shelf: Shelf, backup: Backup, draft: Path, spool: Path | None) -> None:
    """What happened since, beside the backup; with the spool's unfinished segment where that was saved."""
    folder = draft / WAL
    folder.mkdir()
    names = shelf.wal_from(backup)
    _refuse_late_wal(backup, draft, [name for name in names if SEGMENT.match(name)])
    for name in names:
        (folder / name).write_bytes(shelf.get_wal(name))
    for path in sorted(spool.iterdir()) if spool and spool.is_dir() else ():
        name = path.name.removesuffix(PARTIAL)
        if SEGMENT.match(name) and not (folder / name).exists():
            shutil.copyfile(path, folder / name)


def _refuse_late_wal(backup: Backup, draft: Path, segments: list[str]) -> None:
    """The backup brings its own WAL up to its end: what was kept since must go on right there."""
    ranges = json.loads((draft / "backup_manifest").read_text())["WAL-Ranges"]
    high, low = (int(part, 16) for part in ranges[-1]["End-LSN"].split("/"))
    last_own = ((high << 32) + low) // backup.segment_bytes
    kept = [segment_number(name, backup.segment_bytes) for name in segments]
    if kept and min(kept) > last_own + 1:
        missing = segment_name(last_own + 1, backup.segment_bytes)
        raise ShelfError(f"WAL segment …{missing} is missing. Take a new backup now.")


@contextmanager
def _recovered(draft: Path, target: dict[str, str]) -> Iterator[Cluster]:
    """The folder, its WAL replayed up to the target, open for writing."""
    parameters = {
        "restore_command": f'cp "{WAL}/%f" "%p"',
        "recovery_target_action": "promote",
        "recovery_target_timeline": "current",  # the backup's own
        **target,
    }
    try:
        with opened(draft, patience=PATIENCE, **parameters) as cluster:
            yield cluster
    except ClusterError as error:
        if "before configured recovery target was reached" in str(error):
            last = LAST_CHANGE.search(str(error))
            known = f" The last change kept is of {last[1]}." if last else ""
            raise ShelfError(f"The WAL ends before that time.{known} Use --latest.") from None
        raise ShelfError(f"The restored server does not open:\n{error}") from None


def _read(cluster: Cluster, folder: Path, backup: Backup, timeline: int) -> Restored:
    """Every row, and when the last change was made that the recovery brought."""
    last_change = cluster.ask("SELECT pg_last_xact_replay_timestamp()")
    counts = {name: cluster.counts(name) for name in cluster.databases()}
    return Restored(folder, backup, timeline, last_change, counts)
