"""Many at once, each on a thread and a connection of its own; and an act that is lost before its commit."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier
from typing import Any

from django.db import connection, connections, transaction
from django.utils import translation

from hmis.kernel import scope


class PowerCut(Exception):
    """The transaction ends without a commit."""


def rolled_back(act: Callable[[], Any]) -> None:
    """Do this and lose it."""
    with suppress(PowerCut), transaction.atomic():
        act()
        raise PowerCut


# These threads keep their connections, which cost more to open than most acts take.
KEPT = 20
_kept = ThreadPoolExecutor(KEPT)


def all_at_once(acts: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each act returned, or the exception it raised, in the order of the acts."""
    barrier = Barrier(len(acts), timeout=30)

    def run(act: Callable[[], Any]) -> Any:
        try:
            with translation.override("en"), scope.within(scope.everywhere()):
                connection.ensure_connection()
                barrier.wait()
                return act()
        except Exception as error:
            return error
        finally:
            connection.close_if_unusable_or_obsolete()

    if len(acts) <= KEPT:
        return list(_kept.map(run, acts))
    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(lambda act: _closing(run, act), acts))


def _closing(run: Callable[[Any], Any], act: Any) -> Any:
    try:
        return run(act)
    finally:
        connections.close_all()
