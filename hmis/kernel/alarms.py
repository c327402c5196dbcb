"""Numbers at an entry of the bar: how many things there wait for this person to look at them."""

from collections.abc import Callable
from typing import Any

Count = Callable[[Any], int]
_counts: dict[str, Count] = {}


def alarm(page: str) -> Callable[[Count], Count]:
    """`@alarm("audit:entry_list")`: this function of an app's queries counts, for one who may open it."""

    def register(count: Count) -> Count:
        _counts[page] = count
        return count

    return register


def count(page: str, user: Any) -> int:
    """How many wait behind this page for this person."""
    asked = _counts.get(page)
    return asked(user) if asked else 0
