"""The list of all triggers, kept with what is asked of it at each start."""

from typing import Any

from pgtrigger import registry
from pgtrigger.core import Trigger


class Registry(registry._Registry):  # type: ignore[misc]
    """The library's own goes through all triggers for each one that is added: a tenth of a start."""

    def __init__(self) -> None:
        self._by_table: dict[tuple[str, str], Trigger] = {}
        self._functions: set[str] = set()
        super().__init__()

    @property
    def by_db_table(self) -> dict[tuple[str, str], Trigger]:
        return self._by_table

    @property
    def pg_function_names(self) -> set[str]:
        return self._functions

    def __setitem__(self, key: str, value: Any) -> None:
        super().__setitem__(key, value)
        model, trigger = value
        self._by_table[model._meta.db_table, trigger.name] = trigger
        self._functions.add(trigger.get_pgid(model))

    def __delitem__(self, key: str) -> None:
        model, trigger = self[key]
        super().__delitem__(key)
        del self._by_table[model._meta.db_table, trigger.name]
        self._functions.discard(trigger.get_pgid(model))


def keep_their_list() -> None:
    """Before the first model is made: from then on it is the list that triggers enter themselves in."""
    if not registry._registry:
        registry._registry = Registry()
