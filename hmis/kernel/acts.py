"""One act = one service function = one transaction, whose triggers know who acts and where."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction

P = ParamSpec("P")
R = TypeVar("R")
DEADLOCK, SERIALIZATION = "40P01", "40001"


def identify(actor: Any) -> None:
    """Tell the database, for this transaction only, who acts and at which facility."""
    posting = actor.posting if actor else None
    facility = posting.facility_id if posting else None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('hmis.actor', %s, true), set_config('hmis.facility', %s, true)",
            [str(actor.pk) if actor else "", str(facility or "")],
        )


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
    with transaction.atomic():
        identify(kwargs.get("actor"))
        return service(*args, **kwargs)
