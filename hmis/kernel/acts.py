"""One act = one service function = one transaction, whose triggers know who acts and where."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction

P = ParamSpec("P")
R = TypeVar("R")
DEADLOCK, SERIALIZATION = "40P01", "40001"


IDENTIFY = "SELECT set_config('hmis.actor', %s, true), set_config('hmis.facility', %s, true)"


def identify(actor: Any) -> None:
    """Tell the database, for this transaction only, who acts and at which facility."""
    with connection.cursor() as cursor:
        cursor.execute(IDENTIFY, _identity(actor))


def _identity(actor: Any) -> list[str]:
    posting = actor.posting if actor else None
    facility = posting.facility_id if posting else None
    return [str(actor.pk) if actor else "", str(facility or "")]


class _Introduction:
    """Says who acts with an act's first statement: one journey to the database less."""

    def __init__(self, actor: Any) -> None:
        self.who, self.is_said = _identity(actor), False

    def __call__(self, execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        if self.is_said:
            return execute(sql, parameters, many, context)
        self.is_said = True
        if many or parameters is None:  # a savepoint above all: what follows it may be rolled back alone
            execute(IDENTIFY, self.who, False, context)
            return execute(sql, parameters, many, context)
        return execute(f"{IDENTIFY};\n{sql}", [*self.who, *parameters], many, context)


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
            return _once(service, *args, **kwargs)

    return run


def _once(service: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    introduction = _Introduction(kwargs.get("actor"))
    with transaction.atomic(), connection.execute_wrapper(introduction):
        return service(*args, **kwargs)
