"""Models made in one stroke: without it Django draws the whole house anew for every line of a migration."""

from collections.abc import Sequence
from typing import Any

from django.core.management import CommandError
from django.db import connection
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.migrations.state import ProjectState


class AtOnce(Operation):
    """
    Operations that do not build on one another's columns, applied to the state that all of them lead to.

    A model that is made here has every field, index and constraint in its `CreateModel`; it may point at one
    that follows it: foreign keys are made at the end. `RunPython`, which asks for the state between two
    operations, and a field that is changed a second time stay operations of their own.
    """

    category = OperationCategory.MIXED
    serialization_expand_args = ["operations"]

    def __init__(self, operations: Sequence[Operation]) -> None:
        self.operations = list(operations)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__qualname__, [], {"operations": self.operations}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        # A state that has drawn no models draws none when it changes; whoever asks for them draws them once.
        state.__dict__.pop("apps", None)
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for operation in self.operations:
            operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for operation in reversed(self.operations):
            leads_to = to_state if self._is_there(operation, app_label, to_state) else from_state
            operation.database_backwards(app_label, schema_editor, from_state, leads_to)

    @staticmethod
    def _is_there(operation: Operation, app_label: str, state: ProjectState) -> bool:
        """Backwards a trigger asks the state it leads to for its table: one made here is gone there."""
        name = getattr(operation, "model_name", "")
        return not name or (app_label, name.lower()) in state.models

    def describe(self) -> str:
        return f"Make {len(self.operations)} things at once"


def refuse_half_way() -> None:
    """
    Refuse a database that some of the replaced migrations have reached and others have not.

    Django leaves such an app out of its plan without a word: the files of the replaced ones are gone.

    Raises:
        CommandError: which app must come to which migration first, by the version before this one.
    """
    loader = MigrationLoader(connection)
    left_out = sorted(loader.disk_migrations.keys() - loader.graph.nodes.keys())
    if left_out:
        needed = ", ".join(
            f"{app} {loader.disk_migrations[app, one].replaces[-1][1]}" for app, one in left_out
        )
        raise CommandError(
            f"This database is of an older version. First start the one that ends with {needed}."
        )
