"""A data folder of PostgreSQL opened for us alone: no network, a socket in a closed folder, no password.

Nothing of the folder's own configuration is read: a copy of a server must not begin to behave like it.
"""

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2 import sql

from hmis.embedded import last_lines, launch, postgres_person, programs, stop

SUPERUSER = "postgres"
SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "64MB",
    "max_wal_size": "1GB",
    "hot_standby": "off",  # else it would ask for as many connections as the copied server allowed
    "jit": "off",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
TABLES = """
    SELECT format('%I.%I', nspname, relname)
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE relkind = 'r' AND relpersistence = 'p' AND nspname NOT IN ('pg_catalog', 'information_schema')
    ORDER BY 1
"""


class ClusterError(RuntimeError):
    """The folder does not open; the message ends with what the server said."""


def program(name: str) -> Path:
    """One of PostgreSQL's programs: those of PG_BIN, else the wheel's."""
    given = os.environ.get("PG_BIN")
    return (Path(given) if given else programs(open_to_all=os.geteuid() == 0)) / name


@contextlib.contextmanager
def opened(data: Path, *, patience: float, **parameters: str) -> Iterator["Cluster"]:
    """The folder, opened and out of recovery within `patience` seconds; shut down in order at the end."""
    room = Path(tempfile.mkdtemp(prefix="hmis-room-"))
    person = postgres_person(data) if os.geteuid() == 0 else None
    if person:
        _hand_over(data, person.uid, person.gid)
        os.chown(room, person.uid, person.gid)
    (room / "postgresql.conf").touch()
    (room / "pg_hba.conf").write_text("local all all trust\n")
    (room / "pg_ident.conf").touch()
    own = {
        "config_file": room / "postgresql.conf",
        "hba_file": room / "pg_hba.conf",
        "ident_file": room / "pg_ident.conf",
        "unix_socket_directories": room,
    }
    options = [
        part
        for name, value in {**SETTINGS, **own, **parameters}.items()
        for part in ("-c", f"{name}={value}")
    ]
    log = room / "log"
    handle = os.open(data, os.O_RDONLY | os.O_DIRECTORY)
    server = launch(
        [program("postgres"), "-D", f"/dev/fd/{handle}", *options],
        log=log,
        environ={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
        person=person,
        pass_fds=[handle],
    )
    try:
        cluster = Cluster(room)
        _wait(cluster, server, log, patience)
        yield cluster
    finally:
        stop(server, 2, seconds=120)  # SIGINT: sessions are ended, everything is written
        os.close(handle)
        shutil.rmtree(room, ignore_errors=True)


def _hand_over(data: Path, uid: int, gid: int) -> None:
    for folder, _, files in os.walk(data):
        for path in (folder, *(os.path.join(folder, file) for file in files)):
            os.chown(path, uid, gid, follow_symlinks=False)


def _wait(cluster: "Cluster", server: "subprocess.Popen[bytes]", log: Path, patience: float) -> None:
    deadline = time.monotonic() + patience
    while True:
        with contextlib.suppress(psycopg2.OperationalError):
            if cluster.ask("SELECT NOT pg_is_in_recovery()"):
                return
        if server.poll() is not None:
            raise ClusterError(last_lines(log))
        if time.monotonic() > deadline:
            raise ClusterError(f"It did not open within {patience:.0f} s.\n{last_lines(log)}")
        time.sleep(0.1)


class Cluster:
    """Questions to an opened folder, as its superuser."""

    def __init__(self, room: Path) -> None:
        self.room = room

    def connect(self, database: str = "postgres") -> Any:
        return psycopg2.connect(host=str(self.room), user=SUPERUSER, dbname=database, connect_timeout=5)

    def ask(self, question: str, database: str = "postgres") -> Any:
        """The first value of the answer."""
        with contextlib.closing(self.connect(database)) as line, line.cursor() as cursor:
            cursor.execute(question)
            return cursor.fetchone()[0]

    def databases(self) -> list[str]:
        with contextlib.closing(self.connect()) as line, line.cursor() as cursor:
            cursor.execute("SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY 1")
            return [name for (name,) in cursor.fetchall()]

    def counts(self, database: str) -> dict[str, int]:
        """The rows of every table that a restart keeps: each row of each page is read."""
        with contextlib.closing(self.connect(database)) as line:
            return counts(line)


def counts(line: Any) -> dict[str, int]:
    """{table: rows} of a connection's database, in one snapshot."""
    with line.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute(TABLES)
        found = {}
        for (table,) in cursor.fetchall():
            cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.SQL(table)))
            found[table] = cursor.fetchone()[0]
        line.rollback()
        return found


def environment(address: Mapping[str, Any]) -> dict[str, str]:
    """A database's address (as settings hold it) for PostgreSQL's own programs: no password in a command."""
    named = {
        "PGHOST": address["HOST"],
        "PGPORT": address["PORT"],
        "PGUSER": address["USER"],
        "PGPASSWORD": address["PASSWORD"],
        "PGCONNECT_TIMEOUT": "10",
        "PGAPPNAME": "hmis_backup",
    }
    return {"PATH": os.defpath, **{name: str(value) for name, value in named.items() if value}}
