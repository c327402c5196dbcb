"""What every Celery process does beside its tasks: refuses an unsafe start, shows life, dates messages."""

import os
from pathlib import Path
from time import time
from typing import Any

from celery import signals
from django.conf import settings

from hmis.ops.start import refuse_unsafe_or_end

QUEUE = "celery"
STAMP = "hmis_put_in"  # the header that says when a message was put into the queue
ALIVE = os.environ.get("ALIVE_FILE")  # in a container: touched after each task, by beat at each ring


def connect() -> None:
    signals.before_task_publish.connect(_date, dispatch_uid="ops.date", weak=False)
    signals.worker_init.connect(_begin, dispatch_uid="ops.worker", weak=False)
    signals.beat_init.connect(_begin_beat, dispatch_uid="ops.beat", weak=False)
    signals.task_postrun.connect(_show_life, dispatch_uid="ops.alive", weak=False)


def _date(headers: dict[str, Any] | None = None, **_: Any) -> None:
    if headers is not None:
        headers[STAMP] = time()


def _begin(**_: Any) -> None:
    if settings.PRODUCTION:
        refuse_unsafe_or_end()


def _begin_beat(**_: Any) -> None:
    _begin()
    signals.after_task_publish.connect(_show_life, dispatch_uid="ops.beat.alive", weak=False)


def _show_life(**_: Any) -> None:
    """For the container's health check; elsewhere nobody looks."""
    if ALIVE:
        Path(ALIVE).touch()
