"""How gunicorn serves the hospital: `gunicorn -c python:hmis.ops.gunicorn hmis.wsgi:application`.

Sync workers were the fastest for our short writes; the application is loaded once and then forked.
"""

import os
from pathlib import Path
from typing import Any

from gunicorn.glogging import Logger
from prometheus_client.multiprocess import mark_process_dead

from hmis.ops.logs import JsonFormatter

METRICS = os.environ.get("PROMETHEUS_MULTIPROC_DIR")


class JsonLogger(Logger):  # type: ignore[misc]
    """Gunicorn's own messages in the form of ours."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(JsonFormatter())

    def access(self, *_: Any) -> None:
        """Nothing: its line would hold the address that was typed. `hmis.ops.watch` tells of each request."""


# What it is called among the processes where setproctitle is installed; elsewhere its command says the same.
proc_name = "gunicorn hmis"
workers = int(os.environ.get("WEB_CONCURRENCY") or min(2 * (os.cpu_count() or 1), 8))
preload_app = True
timeout = 60
graceful_timeout = int(os.environ.get("GRACEFUL_SECONDS") or 3)
keepalive = 5
# Where workers say that they live: memory, for a slow disk must not have them killed.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108
control_socket_disable = True
loglevel = "warning"
if os.environ.get("HMIS_MODE", "production") == "production":
    logger_class = JsonLogger
    loglevel = "info"


def on_starting(_: Any) -> None:
    """Forget what the processes of an earlier run have counted."""
    if METRICS:
        folder = Path(METRICS)
        folder.mkdir(parents=True, exist_ok=True)
        for left in folder.glob("*.db"):
            left.unlink()


def child_exit(_: Any, worker: Any) -> None:
    """A worker that is gone counts no more as one at work; what it counted stays in the sums."""
    if METRICS:
        mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
