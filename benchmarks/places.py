"""What runs while the bench runs: the environment, web servers, the worker."""

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from hmis import embedded, supervisor

BASE = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
STARTS_WITHIN = 30.0


def environ(given: Mapping[str, str]) -> dict[str, str]:
    """The environment of a demo that nothing throttles, with as many web workers as in a hospital."""
    port = _free_port()
    ours = {
        "HMIS_MODE": "demo",
        "DJANGO_SETTINGS_MODULE": "hmis.settings",
        "HOST": HOST,
        "PORT": str(port),
        "API_REQUESTS_PER_MINUTE": "10000000",
        "HMIS_NODES": nodes(int(given.get("BENCH_PATIENTS") or 0)),
        "WEB_CONCURRENCY": str(min(2 * (os.cpu_count() or 1), 8)),
    }
    site = supervisor.Site.read({**given, **ours})
    (site.var / "log").mkdir(parents=True, exist_ok=True)
    site.use({})
    # The table stands alone: what was asked goes into a file, as in a hospital.
    return site.environ | ours | {"ACCESS_LOG": str(site.var / "log" / "bench-access.log")}


def nodes(patients: int) -> str:
    """The issuing nodes that so many patients need: a node has ten million UHIDs."""
    return ",".join(str(node) for node in range(121, 122 + patients // 9_000_000))


@dataclass(frozen=True)
class Web:
    """A web server that runs: its port, and the process that its workers belong to."""

    port: int
    master: int

    def workers(self) -> list[int]:
        """The workers' process ids."""
        children = Path(f"/proc/{self.master}/task/{self.master}/children")
        return [int(pid) for pid in children.read_text().split()]

    def resident(self) -> list[float]:
        """MB resident of each worker, what it shares with the others included."""
        return [_resident(pid) for pid in self.workers()]


@contextlib.contextmanager
def web(application: str) -> Iterator[Web]:
    """Serve a WSGI application as the supervisor serves ours: sync workers, loaded before the fork."""
    port = _free_port()
    command = [
        *(sys.executable, "-m", "gunicorn", application, "--bind", f"{HOST}:{port}"),
        *("--workers", os.environ["WEB_CONCURRENCY"], "--preload", "--no-control-socket"),
        *("--log-level", "warning"),
    ]
    surroundings = os.environ | {"PUBLIC_URL": f"http://{HOST}:{port}"}
    with _running(command, surroundings, "web") as process:
        _await_answer(port, process)
        yield Web(port, process.pid)


@contextlib.contextmanager
def worker() -> Iterator[None]:
    """The Celery worker that renders papers while the web registers, as polite as in a hospital."""
    command = [sys.executable, "-m", "celery", "-A", "hmis", "worker", "--concurrency", "1", "-Q", "celery"]
    with _running(command, os.environ, "worker", niceness=supervisor.PAPERS_GIVE_WAY):
        time.sleep(4)  # it says nothing when it is ready
        yield


def prepare() -> None:
    """Migrate and seed, as at every start."""
    owner = os.environ | {"DATABASE_URL": os.environ["DATABASE_OWNER_URL"]}
    subprocess.run([sys.executable, BASE / "manage.py", "prepare"], env=owner, check=True)


@contextlib.contextmanager
def _running(
    command: list[str], surroundings: Mapping[str, str], name: str, *, niceness: int = 0
) -> Iterator[subprocess.Popen[bytes]]:
    log = Path(os.environ["VAR_DIR"]) / "log" / f"bench-{name}.log"
    process = embedded.launch(command, log=log, environ=surroundings, niceness=niceness)
    try:
        yield process
    finally:
        embedded.stop(process, seconds=5)


def _await_answer(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        line = http.client.HTTPConnection(HOST, port, timeout=2)
        with contextlib.suppress(OSError, http.client.HTTPException):
            line.request("GET", "/healthz")
            if line.getresponse().status == http.HTTPStatus.OK:
                return
        line.close()
        time.sleep(0.1)
    raise RuntimeError(f"No answer from {' '.join(map(str, process.args))}.")  # type: ignore[arg-type]


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as once:
        return int(once.getsockname()[1])


def _resident(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024
