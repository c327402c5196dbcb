"""A whole hospital, as `make run` starts it: for tests that need every process of it."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import psutil

from hmis.supervisor import PREPARED, Site
from tests.factories.ports import free_port

SERVERS = ("postgres -D", "valkey-server")
CLIENTS = ("gunicorn hmis", "-Q celery", "-Q reports", "hmis beat")
WORDS = SERVERS + CLIENTS


class Hospital:
    """A whole hospital on a free port, as `make run` starts it."""

    def __init__(self, var: Path, command: list[str], servers: Mapping[str, str] | None = None) -> None:
        self.var, self.port = var, free_port()
        given = {"PORT": str(self.port), "VAR_DIR": str(var), "WEB_CONCURRENCY": "2", "HMIS_MODE": "demo"}
        left_out = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "SECRET_KEY", "DJANGO_SETTINGS_MODULE")
        kept = {name: value for name, value in os.environ.items() if name not in left_out}
        self.environ = kept | given | dict(servers or {})
        self.started = time.monotonic()
        self.process = subprocess.Popen(command, env=self.environ)
        self.site = Site.read(given)

    def opens(self, seconds: float) -> float:
        """Wait until /healthz answers 200; returns how long it took since the start."""
        deadline = time.monotonic() + seconds
        while not self.site.is_healthy():
            assert self.process.poll() is None, "the supervisor ended"
            assert time.monotonic() < deadline, f"not open: {sorted((self.var / 'log').iterdir())}"
            time.sleep(0.05)
        return time.monotonic() - self.started

    def children(self, words: Sequence[str] = WORDS) -> dict[str, psutil.Process]:
        """The supervisor's own children by a word of their command; waits until all of `words` are there."""
        supervisor = psutil.Process(self.process.pid)
        if supervisor.name() == "make":
            (supervisor,) = supervisor.children()
        deadline = time.monotonic() + 20
        while True:
            lines = {_line_of(child): child for child in supervisor.children()}
            found = {word: child for word in WORDS for line, child in lines.items() if word in line}
            if found.keys() >= set(words):
                return found
            assert time.monotonic() < deadline, f"only {', '.join(found)} came"
            time.sleep(0.1)

    def worked(self) -> float:
        """The seconds of processor that all its processes have taken so far, those that have ended too."""
        supervisor = psutil.Process(self.process.pid)
        taken = 0.0
        for one in (supervisor, *supervisor.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                taken += sum(
                    one.cpu_times()[:4]
                )  # its own and its ended children's, for users and the system
        return taken

    def everyone(self) -> list[psutil.Process]:
        """Every process below ours, once all children are there."""
        self.children()
        return psutil.Process(self.process.pid).children(recursive=True)

    def ends_by(self, number: int) -> bool:
        """Whether this signal, to the one that was started, ends every process in time."""
        everyone = self.everyone()
        self.process.send_signal(number)
        self.process.wait(12)
        return not psutil.wait_procs(everyone, timeout=12)[1]


def _line_of(child: psutil.Process) -> str:
    """The command of a child; "" of one that has just ended."""
    try:
        return " ".join(child.cmdline())
    except psutil.Error:
        return ""


# Of those that found everything prepared: how long each took, and how much of the processor, in seconds.
second_starts: list[tuple[float, float]] = []


@contextlib.contextmanager
def hospital(var: Path, *command: str, servers: Mapping[str, str] | None = None) -> Iterator[Hospital]:
    is_second = (var / PREPARED).exists()
    run = Hospital(var, list(command) or [sys.executable, "-m", "hmis.supervisor"], servers)
    try:
        took = run.opens(400)
        if is_second:
            second_starts.append((took, run.worked()))
        yield run
    finally:
        run.process.terminate()
        run.process.wait(20)
