"""The names of all triggers, kept: pgtrigger goes through every trigger there is for each that is added."""

from typing import Any, ClassVar

from pgtrigger import registry


class Registry(registry._Registry):  # type: ignore[misc]  # a UserDict without kinds
    """pgtrigger's own, with at hand what it looks up: four hundred triggers were a fifth of a start."""

    by_db_table: ClassVar[dict[tuple[str, str], Any]] = {}  # type: ignore[assignment]
    pg_function_names: ClassVar[set[str]] = set()  # type: ignore[assignment]

    def __setitem__(self, uri: str, value: tuple[Any, Any]) -> None:
        super().__setitem__(uri, value)
        model, trigger = value
        self.by_db_table[model._meta.db_table, trigger.name] = trigger
        self.pg_function_names.add(trigger.get_pgid(model))

    def __delitem__(self, uri: str) -> None:
        model, trigger = self[uri]
        super().__delitem__(uri)
        del self.by_db_table[model._meta.db_table, trigger.name]
        self.pg_function_names.remove(trigger.get_pgid(model))


def keep_names() -> None:
    """From here on; there may be triggers already. There is one registry in a process."""
    known = dict(registry._registry)
    registry._registry.__class__ = Registry
    registry._registry.update(known)
