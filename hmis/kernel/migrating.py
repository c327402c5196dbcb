"""Models made in one stroke: without it Django draws the whole house anew for every line of a migration."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.core.management import CommandError
from django.db import connection
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import operations as made
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.migrations.state import ModelState, ProjectState, StateApps
from django.db.migrations.utils import resolve_relation
from pgtrigger.migrations import AddTrigger, RemoveTrigger

# What these do to a table they do from its model and those it points at; who points at it is not asked.
OF_ITS_MODEL = (
    *(made.CreateModel, made.DeleteModel, made.AddField, made.AlterField, made.RemoveField),
    *(made.AddIndex, made.RemoveIndex, made.AddConstraint, made.AlterConstraint, made.RemoveConstraint),
    *(AddTrigger, RemoveTrigger, made.RunSQL),
)


class Undrawn:
    """A state's models, drawn when one is asked for; Django's executor wants some before each migration."""

    def __init__(self, models: dict[tuple[str, str], ModelState], real_apps: set[str]) -> None:
        self.models, self.real_apps = models, real_apps

    def __getattr__(self, name: str) -> Any:
        return getattr(self.drawn, name)

    @cached_property
    def drawn(self) -> StateApps:
        return StateApps(list(self.real_apps), self.models)

    def clone(self) -> "Undrawn | StateApps":
        """The same for a copy of the state, whatever becomes of the state."""
        if "drawn" in self.__dict__:
            return self.drawn.clone()
        return Undrawn({key: one.clone() for key, one in self.models.items()}, self.real_apps)


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
        # A state that has drawn no models draws none when it changes.
        was_drawn = state.__dict__.pop("apps", None)
        for operation in self.operations:
            operation.state_forwards(app_label, state)
        if was_drawn:
            state.__dict__["apps"] = Undrawn(state.models, state.real_apps)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        from_state, to_state = self._part(app_label, from_state), self._part(app_label, to_state)
        for operation in self.operations:
            operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        from_state, to_state = self._part(app_label, from_state), self._part(app_label, to_state)
        for operation in reversed(self.operations):
            leads_to = to_state if self._is_there(operation, app_label, to_state) else from_state
            operation.database_backwards(app_label, schema_editor, from_state, leads_to)

    def _part(self, app_label: str, state: ProjectState) -> ProjectState:
        """Of this state the models that are changed and all that they point at: drawn are these alone."""
        apps = state.__dict__.get("apps")
        if not (apps is None or isinstance(apps, Undrawn)) or not all(map(_asks_its_model, self.operations)):
            return state
        part, asked = {}, [(app_label, _model_of(operation)) for operation in self.operations]
        while asked:
            key = asked.pop()
            if key not in part and key in state.models:
                part[key] = state.models[key]
                asked += _pointed_at(key, state)
        return ProjectState(part, state.real_apps)

    @staticmethod
    def _is_there(operation: Operation, app_label: str, state: ProjectState) -> bool:
        """Backwards a trigger asks the state it leads to for its table: one made here is gone there."""
        name = getattr(operation, "model_name", "")
        return not name or (app_label, name.lower()) in state.models

    def describe(self) -> str:
        return f"Make {len(self.operations)} things at once"


def _asks_its_model(operation: Operation) -> bool:
    """Whether no table is asked but the model's own; a key that changes changes whoever points at it."""
    field = isinstance(operation, made.AlterField) and operation.field
    return isinstance(operation, OF_ITS_MODEL) and not (field and (field.primary_key or field.unique))


def _model_of(operation: Operation) -> str:
    return str(getattr(operation, "model_name", "") or getattr(operation, "name", "")).lower()


def _pointed_at(key: tuple[str, str], state: ProjectState) -> list[tuple[str, str]]:
    """The models that this one points at, is made of, or is joined to others by."""
    model = state.models[key]
    joins = [field.remote_field for field in model.fields.values() if field.remote_field]
    ends = [*(join.model for join in joins), *(getattr(join, "through", None) for join in joins)]
    return [resolve_relation(end, *key) for end in (*ends, *model.bases) if isinstance(end, str)]


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
