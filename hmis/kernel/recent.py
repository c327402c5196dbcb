"""What many requests read and few change: kept by each process for some seconds."""

from collections.abc import Callable, Hashable
from functools import wraps
from time import monotonic
from typing import Any, TypeVar

from django.conf import settings

R = TypeVar("R")


_everything: list[dict[Any, Any]] = []


def forget() -> None:
    """Read everything anew, in this process."""
    for kept in _everything:
        kept.clear()


def recent(read: Callable[..., R]) -> Callable[..., R]:
    """Remember the answer for `settings.RECENT_SECONDS`: departments, hospitals, an empty form.

    For reference only: never for rights, money, queues or anything that a person has just changed. What it
    returns is shared by requests and must not be changed.
    """
    kept: dict[tuple[Hashable, ...], tuple[float, R]] = {}
    _everything.append(kept)

    @wraps(read)
    def ask(*key: Hashable) -> R:
        held = kept.get(key)
        if held and monotonic() < held[0]:
            return held[1]
        answer = read(*key)
        if settings.RECENT_SECONDS:
            kept[key] = (monotonic() + settings.RECENT_SECONDS, answer)
        return answer

    return ask
