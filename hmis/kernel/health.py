"""Is the hospital up? Asked on lines of our own and with a deadline: what hangs must not hang the answer."""

from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from functools import partial
from select import select
from threading import Thread
from time import monotonic
from typing import Any, Generic, TypeVar

import psycopg2
from django.conf import settings
from django.db import connection
from psycopg2.extensions import POLL_OK, POLL_READ
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

T = TypeVar("T")
PATIENCE = 0.3
ANSWERED_WITHIN = 0.4
ANSWERS = "SELECT 1"
# Counted up to a thousand: a long queue must not make the question slow.
WAITING = "SELECT count(*) FROM (SELECT FROM kernel_delivery LIMIT 1000) AS few"


def asked() -> dict[str, Any]:
    """Whether `database` and `broker` answer, and how many deliveries are `waiting` (None: not known)."""
    until = monotonic() + ANSWERED_WITHIN
    broker = _Answer(_broker_answers, otherwise=False)
    database: _Answer[list[int]] = _Answer(partial(_database_says, _address()), otherwise=[])
    said = database.at(until)
    return {
        "database": bool(said),
        "broker": broker.at(until),
        "waiting": said[1] if len(said) > 1 else None,
    }


class _Answer(Generic[T]):
    """A question asked on the side: its answer, or `otherwise` where it takes too long."""

    def __init__(self, ask: Callable[[], T], *, otherwise: T) -> None:
        self.answer = otherwise
        self.thread = Thread(target=lambda: setattr(self, "answer", ask()), daemon=True)
        self.thread.start()

    def at(self, until: float) -> T:
        self.thread.join(max(0.0, until - monotonic()))
        return self.answer


def _broker_answers() -> bool:
    patience = PATIENCE / 3
    retry = Retry(NoBackoff(), 0)
    try:
        with Redis.from_url(
            settings.REDIS_URL, socket_timeout=patience, socket_connect_timeout=patience, retry=retry
        ) as broker:
            return bool(broker.ping())
    except Exception:
        return False


def _address() -> dict[str, Any]:
    """Ours, and the server gives up, too: who waits behind a lock there does not see that we have gone."""
    own = connection.get_connection_params()
    return own | {"options": f"{own.get('options', '')} -c statement_timeout={PATIENCE * 1000:.0f}"}


def _database_says(address: Mapping[str, Any]) -> list[int]:
    """What it answers in time. The line gives up by itself, so that a database that hangs collects none."""
    until, said = monotonic() + PATIENCE, list[int]()
    with (
        suppress(psycopg2.Error, TimeoutError),
        closing(psycopg2.connect(**address, async_=True)) as line,
    ):
        _await(line, until)
        for question in (ANSWERS, WAITING):
            cursor = line.cursor()
            cursor.execute(question)
            _await(line, until)
            said.append(cursor.fetchone()[0])
    return said


def _await(line: Any, until: float) -> None:
    while (state := line.poll()) != POLL_OK:
        left = max(0.0, until - monotonic())
        reads, writes = ([line], []) if state == POLL_READ else ([], [line])
        if not any(select(reads, writes, [], left)):
            raise TimeoutError
