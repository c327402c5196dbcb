"""Where copies lie: one folder for each base backup, one for the WAL between them. Everything is sealed.

    BACKUP_DIR/base/20261125T213000Z/base.tar.gz.sealed  manifest.json  [verified.json] [alone.json]
    BACKUP_DIR/wal/000000010000000000000007.gz.sealed

A file gets its name only when it is whole and on the disk, and no file is ever written over. Copies of
several keys may lie side by side: what works with one key passes over those of another.
"""

import fcntl
import gzip
import hashlib
import io
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import IO, Any

from hmis.ops.vault import Key, Unsealable, key_of, opened, seal

SEGMENT = re.compile(r"^[0-9A-F]{24}$")
HISTORY = re.compile(r"^[0-9A-F]{8}\.history$")
SEALED_WAL = ".gz.sealed"
WAL_FILE = re.compile(r"^([0-9A-F]{24}|[0-9A-F]{8}\.history)(\.[0-9a-f]{16})?\.gz\.sealed$")
BASE = "base.tar.gz.sealed"
MANIFEST, VERIFIED, ALONE = "manifest.json", "verified.json", "alone.json"
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
    def began(self) -> datetime:
        return datetime.fromisoformat(self.began_at)

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
        """A draft folder to fill; it gets its name when the block ends well, and goes when it does not.

        Refuses while another one is being filled. So a draft that lies here before is of one that was killed.
        """
        _make(self.bases)
        with held(self.folder / "taking.lock", "A backup is being taken: wait until it has ended."):
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
        """Every base backup of this key, oldest first. A manifest that the key did not sign is refused."""
        manifests = (self._manifest(name) for name in self._names())
        return [self._proved(*read) for read in manifests if self._is_own(read[0])]

    def sealed_by_others(self) -> list[Backup]:
        """Those of other keys, as their manifests say: with this key nothing of it can be proved."""
        manifests = (self._manifest(name)[0] for name in self._names())
        return [backup for backup in manifests if not self._is_own(backup)]

    def newest(self) -> Backup | None:
        """This key's newest base backup that can be read: a bad one keeps no other from being taken."""
        for name in reversed(self._names()):
            with suppress(ShelfError):
                return self.backup(name)
        return None

    def server(self) -> str | None:
        """Which server the newest copy is of, whatever key sealed it. None: no copy lies here yet."""
        for name in reversed(self._names()):
            with suppress(ShelfError):
                return self._manifest(name)[0].system_identifier
        return None

    def backup(self, name: str) -> Backup:
        backup, signature = self._manifest(name)
        if not self._is_own(backup):
            raise ShelfError(f"Sealed with the key {backup.key}; the key given is {self.key.fingerprint}.")
        return self._proved(backup, signature)

    def _names(self) -> list[str]:
        return sorted(path.name for path in self.bases.glob("*Z")) if self.bases.is_dir() else []

    def _manifest(self, name: str) -> tuple[Backup, str]:
        """What a manifest says, and its signature."""
        path = self.bases / name / MANIFEST
        try:
            held = json.loads(path.read_text(encoding="utf-8"))
            signature = held.pop("signature")
            return Backup(**held), signature
        except (OSError, ValueError, TypeError, KeyError):
            raise ShelfError(f"{path} cannot be read.") from None

    def _is_own(self, backup: Backup) -> bool:
        return backup.key == self.key.fingerprint

    def _proved(self, backup: Backup, signature: str) -> Backup:
        if signature != self.key.sign(_signed(backup)):
            raise ShelfError(f"{self.bases / backup.name / MANIFEST} was changed since it was written.")
        return backup

    def write_manifest(self, draft: Path, backup: Backup) -> None:
        text = {**asdict(backup), "signature": self.key.sign(_signed(backup))}
        write_synced(draft / MANIFEST, json.dumps(text, indent=2).encode())

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

    def is_alone(self, backup: Backup) -> bool:
        """Whether the WAL after it was let go: it can be had as of its own end only."""
        return (self.bases / backup.name / ALONE).exists()

    def write_verified(self, backup: Backup, found: dict[str, Any]) -> None:
        path = self.bases / backup.name / VERIFIED
        path.unlink(missing_ok=True)
        write_synced(path, json.dumps(found, indent=2).encode())

    # ── WAL ──

    def put_wal(self, path: Path) -> None:
        """Seal one segment under its name. The same contents again are no matter; others are refused."""
        _make(self.wal)
        target = self._sealed_wal(path.name)
        contents = path.read_bytes()
        if target.exists():
            if self.get_wal(path.name) != contents:
                raise ShelfError(f"{target} holds another segment of this name: two servers share a shelf.")
            return
        sealed = io.BytesIO()
        seal(io.BytesIO(gzip.compress(contents, 1, mtime=0)), sealed, self.key)
        draft = target.with_suffix(".draft")
        draft.unlink(missing_ok=True)
        write_synced(draft, sealed.getvalue())
        os.link(draft, target)  # refuses a name that is taken, as no rename does
        draft.unlink()
        _sync(self.wal)

    def has_wal(self, name: str) -> bool:
        return self._sealed_wal(name).exists()

    def get_wal(self, name: str) -> bytes:
        path = self._sealed_wal(name)
        try:
            with path.open("rb") as file:
                return gzip.decompress(b"".join(opened(file, self.key)))
        except Unsealable as error:
            raise ShelfError(f"{path}: {error}") from None

    def wal_names(self) -> list[str]:
        """Every segment and timeline history here, in order, whatever key they are sealed with."""
        return sorted({name for name, _ in self._wal_files()})

    def last_wal(self) -> tuple[str, datetime] | None:
        """The last segment's name, and when it was laid down here."""
        files = [(name, path.stat().st_mtime) for name, path in self._wal_files()]
        if not files:
            return None
        name, at = max(files)
        return name, datetime.fromtimestamp(at, UTC)

    def _wal_files(self) -> Iterator[tuple[str, Path]]:
        for path in self.wal.iterdir() if self.wal.is_dir() else ():
            if found := WAL_FILE.match(path.name):
                yield found[1], path

    def _sealed_wal(self, name: str) -> Path:
        """Where this key has it, or would: what another key has sealed keeps its name."""
        usual = self.wal / f"{name}{SEALED_WAL}"
        beside = self.wal / f"{name}.{self.key.fingerprint}{SEALED_WAL}"
        if beside.exists() or (usual.exists() and not self._opens(usual)):
            return beside
        return usual

    def _opens(self, path: Path) -> bool:
        try:
            with path.open("rb") as file:
                return key_of(file) == self.key.fingerprint
        except Unsealable as error:
            raise ShelfError(f"{path}: {error}") from None

    def wal_from(self, backup: Backup) -> list[str]:
        """Histories and the segments from the backup's first one on; refuses a gap among them.

        None for one that stands alone: what WAL there is begins long after it.
        """
        if self.is_alone(backup):
            return []
        names = [
            name
            for name in self.wal_names()
            if (HISTORY.match(name) or segment_number(name, backup.segment_bytes) >= _first_number(backup))
            and self.has_wal(name)
        ]
        wanted = [name for name in names if SEGMENT.match(name)]
        numbers = sorted({segment_number(name, backup.segment_bytes) for name in wanted})
        for before, after in pairwise(numbers):
            if after != before + 1:
                missing = segment_name(before + 1, backup.segment_bytes)
                raise ShelfError(f"WAL segment …{missing} is missing. Take a new backup now.")
        return [name for name in names if HISTORY.match(name)] + wanted

    # ── Keeping ──

    def prune(self, keep: timedelta, *, at_least: int = 2) -> list[str]:
        """Let go of base backups older than `keep`, and of WAL that no remaining one needs.

        The newest `at_least` stay however old they are. So does the newest that was tried out, but alone: it
        brings the WAL of its own end, and what followed would grow without end while none is tried out.
        Those of another key go after the same days, but none before this key has `at_least` of its own, and
        the newest that was tried out not before one of this key was.
        """
        own, others = self.backups(), self.sealed_by_others()
        limit = datetime.now(UTC) - keep
        followed = {*own[-at_least:], *(backup for backup in [*others, *own] if backup.ended >= limit)}
        if len(own) < at_least:
            followed |= set(others)
        tried = [b for b in own if self.is_verified(b)] or [b for b in others if self.is_verified(b)]
        alone = set(tried[-1:]) - followed
        for backup in alone:
            (self.bases / backup.name / ALONE).touch(FILE)
        gone = [backup for backup in [*others, *own] if backup not in followed | alone]
        for backup in gone:
            shutil.rmtree(self.bases / backup.name)
        if needing := [backup for backup in followed if not self.is_alone(backup)]:
            self._prune_wal(min(needing, key=_first_number))
        return [backup.name for backup in gone]

    def _prune_wal(self, oldest: Backup) -> None:
        for name, path in list(self._wal_files()):
            if SEGMENT.match(name) and segment_number(name, oldest.segment_bytes) < _first_number(oldest):
                path.unlink()


@contextmanager
def held(path: Path, refusal: str) -> Iterator[None]:
    """Nobody else is in a block of this lock; who is killed lets go of it."""
    with path.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ShelfError(refusal) from None
        yield


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


def _first_number(backup: Backup) -> int:
    return segment_number(backup.first_segment, backup.segment_bytes)


def _signed(backup: Backup) -> bytes:
    return json.dumps(asdict(backup), sort_keys=True).encode()


def _make(folder: Path) -> None:
    folder.mkdir(mode=FOLDER, parents=True, exist_ok=True)


def write_synced(path: Path, contents: bytes) -> None:
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
