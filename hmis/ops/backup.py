"""A base backup: the server's own pg_basebackup, compressed and sealed while it arrives."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg2
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from hmis.env import env_database
from hmis.ops.cluster import environment, program
from hmis.ops.shelf import BASE, FILE, Backup, Shelf, ShelfError
from hmis.ops.vault import read_key, seal

# The WAL that the copy itself needs must stay on the server until it is copied too: a slot holds it,
# and goes by itself when this session ends.
HOLD_WAL = """
    SELECT pg_walfile_name(lsn), clock_timestamp() FROM pg_create_physical_replication_slot(%s, true, true)
"""
ABOUT = """
    SELECT (SELECT system_identifier FROM pg_control_system())::text, current_setting('server_version'),
        pg_size_bytes(current_setting('wal_segment_size'))
"""


def own_shelf() -> Shelf:
    """The shelf and the key that the environment names."""
    if not settings.BACKUP_DIR:
        raise ImproperlyConfigured("Set BACKUP_DIR: a folder on another disk than the database's.")
    return Shelf(Path(settings.BACKUP_DIR).resolve(), read_key())


def own_address() -> dict[str, Any]:
    """Who copies: DATABASE_BACKUP_URL, a role with REPLICATION; else the owner, if it has that right."""
    given = ("DATABASE_BACKUP_URL", "DATABASE_OWNER_URL", "DATABASE_URL")
    name = next(n for n in given if os.environ.get(n) or os.environ.get(f"{n}_FILE") or n == given[-1])
    return env_database(name)


@contextlib.contextmanager
def session(address: dict[str, Any]) -> Iterator[Any]:
    """An ordinary connection of the role that copies."""
    line = psycopg2.connect(
        host=address["HOST"] or None,
        port=address["PORT"] or None,
        user=address["USER"],
        password=address["PASSWORD"] or None,
        dbname=address["NAME"],
        connect_timeout=10,
        application_name="hmis_backup",
    )
    line.autocommit = True
    with contextlib.closing(line), line.cursor() as cursor:
        yield cursor


def may_not_copy(address: dict[str, Any]) -> ShelfError:
    return ShelfError(f"{address['USER']} may not copy the server: ALTER ROLE {address['USER']} REPLICATION.")


def refuse_anothers(shelf: Shelf, cursor: Any) -> None:
    """A server's copies never join those of another: `--latest` would bring back whichever came last."""
    cursor.execute(ABOUT)
    (identifier, *_) = cursor.fetchone()
    if shelf.server() not in {None, identifier}:
        raise ShelfError(
            f"The newest backup in {shelf.folder} is of another server than the one that runs here. "
            "Restore it first, or name a folder of this server's own."
        )


def take(shelf: Shelf, address: dict[str, Any]) -> Backup:
    """Copy the whole server into a new backup of the shelf.

    Refuses a role without the right to copy, and the shelf of another server.
    """
    with session(address) as cursor, shelf.new_base() as draft:
        refuse_anothers(shelf, cursor)
        try:
            cursor.execute(HOLD_WAL, [f"hmis_base_{os.getpid()}"])
        except psycopg2.errors.InsufficientPrivilege:
            raise may_not_copy(address) from None
        first_segment, began = cursor.fetchone()
        length, digest = _copy(draft / BASE, shelf, address)
        cursor.execute("SELECT clock_timestamp()")
        (ended,) = cursor.fetchone()
        cursor.execute(ABOUT)
        identifier, server, segment_bytes = cursor.fetchone()
        backup = Backup(
            name=draft.name.removesuffix(".draft"),
            began_at=_iso(began),
            ended_at=_iso(ended),
            system_identifier=identifier,
            server=server,
            code=code_version(),
            first_segment=first_segment,
            segment_bytes=segment_bytes,
            sealed_bytes=length,
            sha256=digest,
            key=shelf.key.fingerprint,
        )
        shelf.write_manifest(draft, backup)
    return backup


def _copy(path: Path, shelf: Shelf, address: dict[str, Any]) -> tuple[int, str]:
    command: list[str | Path] = [
        *(program("pg_basebackup"), "--pgdata", "-", "--format", "tar", "--wal-method", "fetch"),
        *("--checkpoint", "fast", "--manifest-checksums", "SHA256", "--compress", "client-gzip:1"),
        *("--no-password", "--label", "hmis"),
    ]
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE), "wb") as target:
        copying = subprocess.Popen(
            command, env=environment(address), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert copying.stdout is not None
        assert copying.stderr is not None
        with copying:
            sealed = seal(copying.stdout, target, shelf.key)
            said = copying.stderr.read().decode(errors="replace").strip()
        if copying.returncode != 0:
            raise ShelfError(f"pg_basebackup failed: {said}")
        target.flush()
        os.fsync(target.fileno())
    return sealed


def code_version() -> str:
    """Which code ran, as whoever deploys names it: HMIS_VERSION."""
    return os.environ.get("HMIS_VERSION", "")


def _iso(at: datetime) -> str:
    return at.isoformat()
