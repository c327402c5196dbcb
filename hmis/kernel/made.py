"""Rows as they come into memory: Django asks each field for each row, and a registration has thirty rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from inspect import getattr_static
from typing import Any

from django.db import DEFAULT_DB_ALIAS, models, router
from django.db.models.base import ModelState
from django.db.models.fields.related_descriptors import ForeignKeyDeferredAttribute
from django.db.models.query_utils import DeferredAttribute
from django.db.models.signals import post_init, pre_init

PLAIN = {DeferredAttribute, ForeignKeyDeferredAttribute}


@dataclass(frozen=True)
class _Relation:
    """A foreign key: its column, whose key that holds, and whether the other row learns nothing of it."""

    column: str
    model: type[models.Model]
    key: str
    is_plain: bool


@dataclass(frozen=True)
class _Made:
    """Of one model: its columns, the relations beside them, and what a new row holds unless it is said."""

    columns: list[str]
    relations: Mapping[str, _Relation]
    constants: Mapping[str, Any]
    asked: list[tuple[str, str, Callable[[], Any]]]


def filled(row: models.Model, values: tuple[Any, ...], given: Mapping[str, Any]) -> bool:
    """Fill a row as `Model.__init__` does; False, and nothing done, where only that knows how.

    `values` are those of a row that was read, in the order of its columns; `given` those of a new one.
    """
    made = _made(type(row))
    if made is None or pre_init.receivers or post_init.receivers:
        return False
    held = row.__dict__
    if values:
        if given or len(values) != len(made.columns) or models.DEFERRED in values:
            return False
        held["_state"] = ModelState()
        held.update(zip(made.columns, values, strict=True))
        return True
    related = given.keys() & made.relations.keys()
    own = given.keys() - related
    if not own <= made.constants.keys() or any(made.relations[name].column in own for name in related):
        return False
    state = held["_state"] = ModelState()
    held.update(made.constants)
    held.update({name: given[name] for name in own})
    for column, name, default in made.asked:
        if column not in own and name not in related:
            held[column] = default()
    for name in related:
        relation, other = made.relations[name], given[name]
        if relation.is_plain and isinstance(other, relation.model) and not router.routers:
            held[relation.column] = getattr(other, relation.key)
            state.fields_cache[name] = other
            state.db = other._state.db = other._state.db or DEFAULT_DB_ALIAS
        else:
            setattr(row, name, other)
    return True


@cache
def _made(model: type[models.Model]) -> _Made | None:
    """None for a model whose rows are more than their columns."""
    fields: Sequence[Any] = model._meta.concrete_fields
    is_plain = all(type(getattr_static(model, one.attname)) in PLAIN for one in fields)
    if model._meta.abstract or not is_plain or model.__setattr__ is not object.__setattr__:
        return None
    new = [one for one in fields if not one.generated]
    return _Made(
        columns=[one.attname for one in fields],
        relations={one.name: _relation(one) for one in new if one.remote_field},
        constants={one.attname: None if _is_asked(one) else one.get_default() for one in new},
        asked=[(one.attname, one.name, one.get_default) for one in new if _is_asked(one)],
    )


def _relation(field: Any) -> _Relation:
    other, target = field.remote_field.model._meta.concrete_model, field.target_field.attname
    return _Relation(field.attname, other, target, is_plain=type(field) is models.ForeignKey)


def _is_asked(field: Any) -> bool:
    """Whether each row has a default of its own."""
    return callable(field.default) if field.has_default() else field.has_db_default()
