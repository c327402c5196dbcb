"""One process that runs the hospital on one machine: its servers, the web, the worker, the timetable.

    python -m hmis.supervisor

reads the environment (docs/running.md), starts what has no address given, brings a child back that
dies, and on SIGTERM or Ctrl-C stops all of them in order.

    python -m hmis.supervisor manage COMMAND …

runs one of manage.py's commands in the same environment, as the database's owner, whether or not
the hospital is open.
"""

import contextlib
import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urlsplit

from hmis import embedded
from hmis.embedded import EmbeddedError, Memory, Postgres, Server, Valkey, launch
from hmis.stopping import Stopping

BASE = Path(__file__).resolve().parent.parent
LOOK_SECONDS = 0.2
# Whoever works behind the web gives way to it. A slip waits for its worker, and so may a critical result:
# at 10 it had a twentieth of a busy machine, and took a minute to begin.
PAPERS_GIVE_WAY, REST_GIVES_WAY = 5, 10
LONGEST_PAUSE = 8.0
SETTLED_SECONDS = 10.0
LOG_BYTES = 10_000_000
PREPARED = "prepared"
NOT_FOR_CHILDREN = {"DATABASE_OWNER_URL", "DATABASE_BACKUP_URL", "BACKUP_KEY", "BACKUP_KEY_FILE"}
NOT_PREPARED = (
    ".",
    "__pycache__",
    "benchmarks",
    "docs",
    "tests",
    "var",
)  # folders that `prepare` never reads
DEMO_PASSWORD = "demo-hmis-2026"  # noqa: S105  # public on purpose: the demo refuses to run in production
DEMO_LOGINS = """\
  at RIMS Ranchi    clerk.rims doctor.rims resident.rims intern.rims nurse.rims
                    lab_technician.rims pathologist.rims radiologist.rims pharmacist.rims
                    cashier.rims billing_supervisor.rims records_officer.rims facility_admin.rims
  at Sadar Gumla    the same with .sgml
  above             district_admin.gumla state_admin.jh auditor.jh"""


def say(text: str) -> None:
    print(text, flush=True)


# ── The environment ──────────────────────────────────────────────────────────────────────────────


@dataclass
class Site:
    """Where this hospital runs, read from the environment."""

    mode: str
    host: str
    port: int
    var: Path
    environ: dict[str, str]

    @classmethod
    def read(cls, given: Mapping[str, str]) -> "Site":
        """The site as the environment describes it, with our defaults for what it leaves out."""
        environ = _with_files_read({name: value for name, value in given.items() if value != ""})
        mode = environ.get("HMIS_MODE", "demo")
        host, port = environ.get("HOST", "127.0.0.1"), int(environ.get("PORT", "8000"))
        var = Path(environ.get("VAR_DIR", BASE / "var")).resolve()
        public_url = environ.get("PUBLIC_URL", f"http://{_reachable(host)}:{port}")
        hosts = dict.fromkeys(["localhost", "127.0.0.1", "[::1]", urlsplit(public_url).hostname or ""])
        ours = {
            "HMIS_MODE": mode,
            "PORT": str(port),
            "PUBLIC_URL": public_url,
            "ALLOWED_HOSTS": ",".join(hosts),
            "PYTHONUNBUFFERED": "1",
        }
        return cls(mode, host, port, var, ours | environ | {"VAR_DIR": str(var)})

    def use(self, addresses: Mapping[str, str]) -> None:
        """Add the addresses of the servers we started, and what follows from them."""
        self.environ |= addresses
        self.environ.setdefault("DATABASE_OWNER_URL", self.environ["DATABASE_URL"])
        role = unquote(urlsplit(self.environ["DATABASE_URL"]).username or "")
        self.environ.setdefault("DATABASE_APP_ROLE", role)
        if not {"SECRET_KEY", "SECRET_KEY_FILE"} & self.environ.keys():
            self.environ["SECRET_KEY_FILE"] = str(_secret_key_file(self.var))

    def for_owner(self) -> dict[str, str]:
        """What `prepare` sees: it makes tables, so it works as the database's owner."""
        return self.environ | {"DATABASE_URL": self.environ["DATABASE_OWNER_URL"]}

    def for_children(self) -> dict[str, str]:
        """What the web and the worker see: never the passwords of the owner and of the archive."""
        return {name: value for name, value in self.environ.items() if name not in NOT_FOR_CHILDREN}

    def for_archive(self) -> dict[str, str]:
        """What the archive sees: the role that copies, and no other way to the database."""
        address = self.environ.get("DATABASE_BACKUP_URL", self.environ["DATABASE_OWNER_URL"])
        kept = {name: value for name, value in self.environ.items() if name != "DATABASE_OWNER_URL"}
        return kept | {"DATABASE_BACKUP_URL": address, "DATABASE_URL": address}

    def was_prepared(self) -> bool:
        """Whether `prepare` has already run for this database with the code as it is now."""
        path = self.var / PREPARED
        return path.exists() and path.read_text() == self._prepared_stamp()

    def remember_prepared(self) -> None:
        (self.var / PREPARED).write_text(self._prepared_stamp())

    def _prepared_stamp(self) -> str:
        """A digest of mode, database and every file's name, size and time of change."""
        digest = sha256(f"{self.mode} {self.environ['DATABASE_URL']}".encode())
        for folder, names, files in os.walk(BASE):
            names[:] = sorted(name for name in names if not name.startswith(NOT_PREPARED))
            for file in sorted(files):
                stat = os.stat(os.path.join(folder, file))
                digest.update(f"{folder}/{file} {stat.st_size} {stat.st_mtime_ns}\n".encode())
        return digest.hexdigest()

    def is_healthy(self) -> bool:
        """Whether GET /healthz answers 200."""
        line = http.client.HTTPConnection(_reachable(self.host), self.port, timeout=2)
        try:
            line.request("GET", "/healthz", headers={"Host": urlsplit(self.environ["PUBLIC_URL"]).netloc})
            return line.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            line.close()


def _with_files_read(environ: dict[str, str]) -> dict[str, str]:
    """DATABASE_URL_FILE and its like replaced by what the file holds: we ask whether a server is named."""
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_BACKUP_URL", "REDIS_URL"):
        if path := environ.pop(f"{name}_FILE", None):
            environ[name] = Path(path).read_text(encoding="utf-8").strip()
    return environ


def _reachable(host: str) -> str:
    """The address under which this very machine reaches what listens on `host`."""
    return "127.0.0.1" if host in {"0.0.0.0", "::", ""} else host  # noqa: S104


def _secret_key_file(var: Path) -> Path:
    """The file with this site's secret key, made on first use and readable by us alone."""
    path = var / "secret_key"
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(64))
    return path


# ── Children ─────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Child:
    """A process that must always run: how to start it, how to end it, when to try again."""

    name: str
    spawn: Callable[[], subprocess.Popen[bytes]]
    stop_signal: int = signal.SIGTERM
    patience: float = 3.0
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = 1.0

    def run(self) -> None:
        self.started = time.monotonic()
        self.process = self.spawn()

    def look_after(self) -> None:
        """Start it again if it died; one that keeps dying waits longer each time, up to LONGEST_PAUSE."""
        if self.process is None or self.process.poll() is None:
            return
        lived = time.monotonic() - self.started
        if lived > SETTLED_SECONDS:
            self.pause = 1.0
        if lived > self.pause:
            say(f"{self.name} ended with status {self.process.returncode}; starting it again.")
            self.pause = min(2 * self.pause, LONGEST_PAUSE)
            self.run()


def end_together(children: Iterable[Child]) -> None:
    """Each is told before any is waited for: a worker takes two seconds to end, and three take no longer."""
    running = [(child, child.process) for child in children if child.process is not None]
    for child, process in running:
        embedded.tell_to_end(process, child.stop_signal)
    for child, process in running:
        embedded.await_end(process, child.patience)


def web(site: Site) -> Child:
    """The web server: sync workers, two to a core."""
    command = [
        *(sys.executable, "-m", "gunicorn", "-c", "python:hmis.ops.gunicorn", "hmis.wsgi:application"),
        *("--bind", f"{site.host}:{site.port}"),
    ]
    own = {
        "ACCESS_LOG": str(site.var / "log" / "access.log"),
        "PROMETHEUS_MULTIPROC_DIR": str(site.var / "metrics"),
    }
    log = site.var / "log" / "web.log"
    return Child("web", lambda: launch(command, log=log, environ=own | site.for_children()))


def worker(site: Site) -> Child:
    """The Celery worker, giving way to the web where they compete for a core."""
    return _worker(site, "worker", "celery", PAPERS_GIVE_WAY)


def reporter(site: Site) -> Child:
    """A second one for what takes minutes: reports, and the nightly recount of the figures."""
    return _worker(site, "reporter", "reports", REST_GIVES_WAY)


def _worker(site: Site, name: str, queue: str, niceness: int) -> Child:
    told_apart = "-n", f"{name}@%h"
    return _celery(
        site,
        name,
        niceness,
        *("worker", "--concurrency", "1", "-Q", queue, *told_apart, "--without-mingle", "--without-gossip"),
    )


def beat(site: Site) -> Child:
    """The timetable."""
    return _celery(site, "beat", REST_GIVES_WAY, "beat", "--schedule", str(site.var / "beat-schedule"))


def _celery(site: Site, name: str, niceness: int, part: str, *options: str) -> Child:
    command = [sys.executable, "-m", "celery", "-A", "hmis", part, "--loglevel", "info", *options]
    log = site.var / "log" / f"{name}.log"
    return Child(name, lambda: launch(command, log=log, environ=site.for_children(), niceness=niceness))


def archive(site: Site) -> Child:
    """Receives the database's changes and seals them into BACKUP_DIR."""
    command = [sys.executable, str(BASE / "manage.py"), "archive"]
    log = site.var / "log" / "archive.log"
    # It finishes sealing what is in hand.
    return Child(
        "archive",
        lambda: launch(command, log=log, environ=site.for_archive(), niceness=REST_GIVES_WAY),
        patience=10.0,
    )


def analysers(site: Site) -> Child:
    """Takes the results of analysers on ANALYSER_PORTS."""
    command = [sys.executable, str(BASE / "manage.py"), "analyser_listen"]
    log = site.var / "log" / "analysers.log"
    return Child("analysers", lambda: launch(command, log=log, environ=site.for_children()))


# ── The run ──────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Run:
    """One run of the hospital, from the lock on its folder to the last child's end."""

    site: Site
    servers: list[Child] = field(default_factory=list)
    clients: list[Child] = field(default_factory=list)
    stopping: Stopping = field(default_factory=Stopping)

    def __call__(self) -> None:
        """Start, look after the children until told to stop, stop."""
        with embedded.hold(self.site.var), self._ended_in_order():
            _refuse_taken_port(self.site)
            _shorten_logs(self.site.var / "log")
            self._start_servers()
            # The same code prepared this folder before: the web need not wait for a check that finds nothing.
            if not (unchanged := self.site.was_prepared()):
                self._prepare()
            self._add(web(self.site))
            if unchanged:
                self._prepare()
            errors = Tail(self.site.var / "log" / "web.log")
            is_open = False
            while not self.stopping.wait(LOOK_SECONDS):
                for child in (*self.servers, *self.clients):
                    child.look_after()
                errors.show()
                if not is_open and self.site.is_healthy():
                    is_open = True
                    self._open()

    def _add(self, child: Child) -> None:
        child.run()
        self.clients.append(child)

    def _start_servers(self) -> None:
        """Start PostgreSQL and Valkey where the environment names no others."""
        addresses: dict[str, str] = {}
        memory = Memory(self.site.var)
        if "DATABASE_URL" not in self.site.environ:
            postgres = Postgres(self.site.var, memory)
            self._add_server(postgres)
            postgres.set_up()
            addresses |= embedded.postgres_addresses(memory)
        if "REDIS_URL" not in self.site.environ:
            self._add_server(Valkey(self.site.var, memory))
            addresses |= embedded.valkey_addresses(memory)
        self.site.use(addresses)

    def _add_server(self, server: Server) -> None:
        child = Child(server.name, server.spawn, server.stop_signal)
        child.process, child.started = embedded.start(server), time.monotonic()
        self.servers.append(child)

    def _prepare(self) -> None:
        """Migrate, load the places, seed the demo, collect static files: one process, as the owner."""
        log = self.site.var / "log" / "prepare.log"
        log.unlink(missing_ok=True)
        process = launch(
            [sys.executable, str(BASE / "manage.py"), "prepare"], log=log, environ=self.site.for_owner()
        )
        while process.poll() is None and not self.stopping.told:
            time.sleep(LOOK_SECONDS / 4)
        embedded.stop(process)
        if process.returncode != 0 and not self.stopping.told:
            raise EmbeddedError(f"The database could not be prepared:\n{log.read_text(errors='replace')}")
        if process.returncode == 0:
            self.site.remember_prepared()

    def _open(self) -> None:
        """The web answers: start what works behind it, and tell the people at the terminal."""
        self._add(worker(self.site))
        self._add(reporter(self.site))
        self._add(beat(self.site))
        if "BACKUP_DIR" in self.site.environ:
            self._add(archive(self.site))
        if "ANALYSER_PORTS" in self.site.environ:
            self._add(analysers(self.site))
        say(f"\nThe hospital is open at {self.site.environ['PUBLIC_URL']}   (Ctrl-C closes it)")
        if self.site.mode == "demo":
            say(f"\nDemo logins, password {DEMO_PASSWORD}:\n{DEMO_LOGINS}\n")

    @contextlib.contextmanager
    def _ended_in_order(self) -> Iterator[None]:
        """Web, worker and beat before the servers they talk to; PostgreSQL last."""
        try:
            yield
        finally:
            end_together(self.clients)
            for server in reversed(self.servers):
                end_together([server])


class Tail:
    """Shows on the terminal what a child adds to its log."""

    def __init__(self, log: Path) -> None:
        self.file: IO[str] = log.open(encoding="utf-8", errors="replace")
        self.file.seek(0, os.SEEK_END)

    def show(self) -> None:
        sys.stderr.write(self.file.read())
        sys.stderr.flush()


def _shorten_logs(folder: Path) -> None:
    for log in folder.glob("*.log"):
        if log.stat().st_size > LOG_BYTES:
            log.replace(log.with_suffix(".log.1"))


def _refuse_taken_port(site: Site) -> None:
    with socket.socket(socket.AF_INET6 if ":" in site.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((site.host, site.port))
        except OSError as error:
            raise EmbeddedError(
                f"{site.host}:{site.port}: {error.strerror}. Set another PORT or HOST."
            ) from None


def _stop_on_signals(run: Run) -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup means it
            signal.signal(number, run.stopping)
    if "MAKELEVEL" in os.environ:  # `make run` handed over to us: we end with it, however it ends
        embedded.death_signal(signal.SIGTERM)()


def manage(site: Site, arguments: list[str]) -> int:
    """Run `manage.py` with these arguments; returns its exit status."""
    with embedded.beside(site.var, site.environ, alone=False) as addresses:
        site.use(addresses)
        return embedded.run_to_end([sys.executable, BASE / "manage.py", *arguments], site.for_owner())


def main(arguments: list[str]) -> int:
    site = Site.read(os.environ)
    try:
        if arguments[:1] == ["manage"]:
            return manage(site, arguments[1:])
        run = Run(site)
        _stop_on_signals(run)
        run()
    except (EmbeddedError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
