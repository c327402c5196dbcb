"""One act = one service function = one transaction, which knows who acts, where and how far that reaches."""

from collections.abc import Callable
from functools import wraps
from random import uniform
from time import sleep
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction

from hmis.kernel import scope

P = ParamSpec("P")
R = TypeVar("R")
APART = (0.0, 0.2)  # s
DEADLOCK, SERIALIZATION = "40P01", "40001"


def act(service: Callable[P, R]) -> Callable[P, R]:
    """Run the service in one transaction of its actor. A deadlock is tried once more, at the edge only."""

    @wraps(service)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        outermost = not connection.in_atomic_block
        try:
            return _once(service, *args, **kwargs)
        except OperationalError as error:
            if not outermost or getattr(error.__cause__, "pgcode", None) not in {DEADLOCK, SERIALIZATION}:
                raise
            # PostgreSQL sometimes ends both: they must not meet again.
            sleep(uniform(*APART))  # noqa: S311
            return _once(service, *args, **kwargs)

    return run


def _once(service: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    with scope.within(scope.acting(kwargs.get("actor"))), transaction.atomic():
        return service(*args, **kwargs)
