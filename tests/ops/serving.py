"""A hospital served as in production: gunicorn with four workers, as the application's role, logs as JSON."""

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.db import connection

from tests.factories.ports import free_port

SECRET = "k7Qw-2mZ_9pLr4Xc8Vb1Nt6Hy3Jd5Fg0Sa-UeIoPqRtYxWz-MnBvCkLj"
TOKEN = "figures-are-for-prometheus-alone"


def as_application() -> str:
    """The address of this test's database, as the application's role."""
    served = urlsplit(os.environ["DATABASE_APP_URL"])
    return served._replace(path=f"/{connection.settings_dict['NAME']}").geturl()


def production(folder: Path, **changes: str) -> dict[str, str]:
    """The environment of a web in production."""
    left_out = ("DATABASE_OWNER_URL", "DJANGO_ALLOW_ASYNC_UNSAFE", "SECRET_KEY_FILE", "FONTCONFIG_FILE")
    own = {name: value for name, value in os.environ.items() if name not in left_out}
    return {
        **own,
        "HMIS_MODE": "production",
        "PUBLIC_URL": "https://hmis.example",
        "ALLOWED_HOSTS": "hmis.example,127.0.0.1",
        "HMIS_NODES": "121",
        "SECRET_KEY": SECRET,
        "DATABASE_URL": as_application(),
        "METRICS_TOKEN": TOKEN,
        "PROMETHEUS_MULTIPROC_DIR": str(folder / "metrics"),
        "VAR_DIR": str(folder / "var"),
        "WEB_CONCURRENCY": "4",
        "DJANGO_SETTINGS_MODULE": "hmis.settings",
        **changes,
    }


@dataclass
class Served:
    """An open hospital and what it has logged."""

    port: int
    log: Path

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        """Status and text of the answer, each time on a line of its own."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            given = {"Host": "hmis.example", "X-Forwarded-Proto": "https", **(headers or {})}
            line.request(method, path, body, given)
            answer = line.getresponse()
            return answer.status, answer.read().decode()
        finally:
            line.close()

    def send(self, raw: bytes) -> None:
        """Bytes that are no request."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as line:
            line.sendall(raw)
            line.settimeout(5)
            with contextlib.suppress(OSError):
                while line.recv(4096):
                    pass

    def figures(self) -> dict[str, float]:
        status, text = self.ask("GET", "/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert status == 200, text
        lines = [line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#")]
        return {name: float(value) for name, value in lines}


@contextlib.contextmanager
def serving(folder: Path, **changes: str) -> Iterator[Served]:
    port, log = free_port(), folder / "web.log"
    static = folder / "var" / "static"
    static.mkdir(parents=True, exist_ok=True)
    names = {name: name for finder in get_finders() for name, _ in finder.list([])}
    (static / "staticfiles.json").write_text(json.dumps({"version": "1.1", "hash": "", "paths": names}))
    command = [
        *(sys.executable, "-m", "gunicorn", "-c", "python:hmis.ops.gunicorn"),
        *("--bind", f"127.0.0.1:{port}", "hmis.wsgi:application"),
    ]
    with log.open("wb") as output:
        web = subprocess.Popen(
            command,
            cwd=settings.BASE_DIR,
            env=production(folder, **changes),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    served = Served(port, log)
    try:
        deadline = time.monotonic() + 60
        while True:
            assert web.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            with contextlib.suppress(OSError, http.client.HTTPException):
                if served.ask("GET", "/healthz")[0] == 200:
                    break
            time.sleep(0.1)
        yield served
    finally:
        web.terminate()
        web.wait(20)
