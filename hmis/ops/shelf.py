"""Where copies lie: one folder for each base backup, one for the WAL between them. Everything is sealed.

    BACKUP_DIR/base/20261125T213000Z/base.tar.gz.sealed  manifest.json  [verified.json]
    BACKUP_DIR/wal/000000010000000000000007.gz.sealed

A file gets its name only when it is whole and on the disk, and no file is ever written over.
"""

import gzip
import hashlib
import io
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import IO, Any

from hmis.ops.vault import Key, Unsealable, opened, seal

SEGMENT = re.compile(r"^[0-9A-F]{24}$")
HISTORY = re.compile(r"^[0-9A-F]{8}\.history$")
SEALED_WAL = ".gz.sealed"
BASE = "base.tar.gz.sealed"
MANIFEST, VERIFIED = "manifest.json", "verified.json"
# Others of the same group may read what is sealed: restoring runs as the database's user.
FILE, FOLDER = 0o640, 0o750


class ShelfError(RuntimeError):
    """A copy cannot be kept or had; the message says why."""


@dataclass(frozen=True)
class Backup:
    """A base backup: what a restore begins from."""

    name: str
    began_at: str
    ended_at: str
    system_identifier: str
    server: str
    code: str
    first_segment: str
    segment_bytes: int
    sealed_bytes: int
    sha256: str
    key: str

    @property
    def ended(self) -> datetime:
        return datetime.fromisoformat(self.ended_at)


@dataclass(frozen=True)
class Shelf:
    """The folder of copies and the key to it."""

    folder: Path
    key: Key

    @property
    def bases(self) -> Path:
        return self.folder / "base"

    @property
    def wal(self) -> Path:
        return self.folder / "wal"

    # ── Base backups ──

    @contextmanager
    def new_base(self) -> Iterator[Path]:
        """A draft folder to fill; it gets its name when the block ends well, and goes when it does not."""
        _make(self.bases)
        for left in self.bases.glob("*.draft"):
            shutil.rmtree(left)
        name = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        draft = self.bases / f"{name}.draft"
        draft.mkdir(mode=FOLDER)
        try:
            yield draft
            if (self.bases / name).exists():
                raise ShelfError(f"There is a backup {name} already.")
            _sync(draft)
            draft.rename(self.bases / name)
            _sync(self.bases)
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def backups(self) -> list[Backup]:
        """Every base backup, oldest first. A manifest that the key did not sign is refused."""
        names = sorted(path.name for path in self.bases.glob("*Z")) if self.bases.is_dir() else []
        return [self.backup(name) for name in names]

    def backup(self, name: str) -> Backup:
        path = self.bases / name / MANIFEST
        try:
            held = json.loads(path.read_text(encoding="utf-8"))
            signature = held.pop("signature")
            backup = Backup(**held)
        except (OSError, ValueError, TypeError, KeyError):
            raise ShelfError(f"{path} cannot be read.") from None
        if backup.key != self.key.fingerprint:
            raise ShelfError(
                f"{name} is sealed with the key {backup.key}; the key given is {self.key.fingerprint}."
            )
        if signature != self.key.sign(_signed(backup)):
            raise ShelfError(f"{path} was changed since it was written.")
        return backup

    def write_manifest(self, draft: Path, backup: Backup) -> None:
        text = {**asdict(backup), "signature": self.key.sign(_signed(backup))}
        _write(draft / MANIFEST, json.dumps(text, indent=2).encode())

    def open_base(self, backup: Backup) -> IO[bytes]:
        """The base backup's tar, decompressed, unsealed while it is read; its bytes are compared first."""
        path = self.bases / backup.name / BASE
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest != backup.sha256:
            raise ShelfError(f"{path} is not what was written: its SHA-256 differs.")
        return gzip.GzipFile(fileobj=Pieces(path.open("rb"), self.key))  # type: ignore[return-value]

    def is_verified(self, backup: Backup) -> bool:
        return (self.bases / backup.name / VERIFIED).exists()

    def write_verified(self, backup: Backup, found: dict[str, Any]) -> None:
        path = self.bases / backup.name / VERIFIED
        path.unlink(missing_ok=True)
        _write(path, json.dumps(found, indent=2).encode())

    # ── WAL ──

    def put_wal(self, path: Path) -> None:
        """Seal one segment under its name. The same contents again are no matter; others are refused."""
        _make(self.wal)
        target = self.wal / f"{path.name}{SEALED_WAL}"
        contents = path.read_bytes()
        if target.exists():
            if self.get_wal(path.name) != contents:
                raise ShelfError(f"{target} holds another segment of this name: two servers share a shelf.")
            return
        sealed = io.BytesIO()
        seal(io.BytesIO(gzip.compress(contents, 1, mtime=0)), sealed, self.key)
        draft = target.with_suffix(".draft")
        draft.unlink(missing_ok=True)
        _write(draft, sealed.getvalue())
        os.link(draft, target)  # refuses a name that is taken, as no rename does
        draft.unlink()
        _sync(self.wal)

    def get_wal(self, name: str) -> bytes:
        path = self.wal / f"{name}{SEALED_WAL}"
        try:
            with path.open("rb") as file:
                return gzip.decompress(b"".join(opened(file, self.key)))
        except Unsealable as error:
            raise ShelfError(f"{path}: {error}") from None

    def wal_names(self) -> list[str]:
        """Every segment and timeline history here, in order."""
        if not self.wal.is_dir():
            return []
        names = (path.name.removesuffix(SEALED_WAL) for path in self.wal.glob(f"*{SEALED_WAL}"))
        return sorted(name for name in names if SEGMENT.match(name) or HISTORY.match(name))

    def wal_from(self, backup: Backup) -> list[str]:
        """Histories and the segments from the backup's first one on; refuses a gap among them."""
        names = self.wal_names()
        first = segment_number(backup.first_segment, backup.segment_bytes)
        wanted = [n for n in names if SEGMENT.match(n) and segment_number(n, backup.segment_bytes) >= first]
        numbers = sorted({segment_number(name, backup.segment_bytes) for name in wanted})
        for before, after in pairwise(numbers):
            if after != before + 1:
                missing = segment_name(before + 1, backup.segment_bytes)
                raise ShelfError(f"WAL segment …{missing} is missing. Take a new backup now.")
        return [name for name in names if HISTORY.match(name)] + wanted

    # ── Keeping ──

    def prune(self, keep: timedelta, *, at_least: int = 2) -> list[str]:
        """Let go of base backups older than `keep`, and of WAL that no remaining one needs.

        The newest `at_least` stay however old they are, and so does the newest that was tried out.
        """
        backups = self.backups()
        verified = [backup for backup in backups if self.is_verified(backup)]
        kept = {*backups[-at_least:], *verified[-1:]}
        limit = datetime.now(UTC) - keep
        gone = [backup for backup in backups if backup not in kept and backup.ended < limit]
        for backup in gone:
            shutil.rmtree(self.bases / backup.name)
        remaining = [backup for backup in backups if backup not in gone]
        if remaining:
            self._prune_wal(min(remaining, key=lambda one: one.ended))
        return [backup.name for backup in gone]

    def _prune_wal(self, oldest: Backup) -> None:
        first = segment_number(oldest.first_segment, oldest.segment_bytes)
        for name in self.wal_names():
            if SEGMENT.match(name) and segment_number(name, oldest.segment_bytes) < first:
                (self.wal / f"{name}{SEALED_WAL}").unlink()


class Pieces(io.RawIOBase):
    """A sealed file read as a stream of what was sealed."""

    def __init__(self, file: IO[bytes], key: Key) -> None:
        self.file = file
        self.pieces = opened(file, key)
        self.rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self.rest:
            self.rest = memoryview(next(self.pieces, b""))
        part, self.rest = self.rest[: len(buffer)], self.rest[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)

    def close(self) -> None:
        self.file.close()
        super().close()


def segment_number(name: str, segment_bytes: int) -> int:
    """Where in the whole WAL a segment stands, whatever its timeline."""
    return int(name[8:16], 16) * (0x100000000 // segment_bytes) + int(name[16:], 16)


def segment_name(number: int, segment_bytes: int) -> str:
    """The sixteen digits of a segment's name that are the same on every timeline."""
    log, part = divmod(number, 0x100000000 // segment_bytes)
    return f"{log:08X}{part:08X}"


def _signed(backup: Backup) -> bytes:
    return json.dumps(asdict(backup), sort_keys=True).encode()


def _make(folder: Path) -> None:
    folder.mkdir(mode=FOLDER, parents=True, exist_ok=True)


def _write(path: Path, contents: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE), "wb") as file:
        file.write(contents)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
