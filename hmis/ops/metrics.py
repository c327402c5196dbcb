"""What the web counts while it works. Each process counts in files of its own; /metrics adds them up.

No label is anything that a person typed: methods, routes as urls.py writes them, statuses, types of errors.
"""

import sys
from collections.abc import Callable
from functools import cache
from typing import Any

from django.core.signals import got_request_exception
from django.db import DatabaseError
from django.db.backends.signals import connection_created
from prometheus_client import CollectorRegistry, Counter, Histogram

BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

OWN = CollectorRegistry()
REQUESTS = Histogram(
    "hmis_request_seconds",
    "How long requests took; their number is _count.",
    ["method", "route", "status"],
    buckets=BUCKETS,
    registry=OWN,
)
DATABASE_ERRORS = Counter(
    "hmis_database_errors", "Statements that failed, by SQLSTATE.", ["sqlstate"], registry=OWN
)
FAULTS = Counter(
    "hmis_faults", "Requests that ended in an exception nobody expected.", ["type"], registry=OWN
)


@cache
def _requests_of(method: str, route: str, status: int) -> Any:
    return REQUESTS.labels(method, route, str(status))


def request_done(method: str, route: str, status: int, seconds: float) -> None:
    _requests_of(method, route, status).observe(seconds)


def connect() -> None:
    """Count what fails in the database and in views."""
    connection_created.connect(_watch_connection, dispatch_uid="ops.metrics.connection")
    got_request_exception.connect(_count_fault, dispatch_uid="ops.metrics.fault")


def _watch_connection(connection: Any, **_: Any) -> None:
    if _count_errors not in connection.execute_wrappers:
        connection.execute_wrappers.append(_count_errors)


def _count_errors(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
    try:
        return execute(sql, params, many, context)
    except DatabaseError as error:
        DATABASE_ERRORS.labels(getattr(error.__cause__, "pgcode", None) or "none").inc()
        raise


def _count_fault(request: Any = None, **_: Any) -> None:
    kind = sys.exc_info()[0]
    FAULTS.labels(kind.__name__ if kind else "none").inc()
