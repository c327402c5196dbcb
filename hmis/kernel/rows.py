"""Writing new rows: many INSERTs, one journey to the database."""

from enum import Enum
from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, models

from hmis.kernel.errors import refusing
from hmis.kernel.prepared import prepared

Special = list[tuple[int, "models.Field[Any, Any]"]]
FEW = 4
AS_THEY_ARE = (
    models.UUIDField,
    models.CharField,
    models.IntegerField,
    models.BooleanField,
    models.ForeignKey,
    models.DateField,
    models.DecimalField,
)


def write(*rows: models.Model | None) -> None:
    """INSERT these new rows, one statement for each table in the order in which they come.

    None is passed over, so that an absent row needs no `if`. Foreign keys are asked at the commit: a row may
    stand before the one it points to. An act writes a dozen small rows while others wait for its locks: one
    journey for all, with statements that are composed once, takes a fifth of the time of a `save()` each. A
    broken constraint of these models refuses in its own words.
    """
    tables: dict[type[models.Model], list[models.Model]] = {}
    for row in rows:
        if row is not None:
            tables.setdefault(type(row), []).append(row)
    if not tables:
        return
    with refusing(*tables), connection.cursor() as cursor:
        statements = [_sent(model, len(held)) for model, held in tables.items()]
        values = [value for held in tables.values() for row in held for value in _values(row)]
        cursor.execute(";\n".join(statements), values)
    for held in tables.values():
        for row in held:
            row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


def _sent(model: type[models.Model], count: int) -> str:
    """What few rows are written with again and again, the connection learns."""
    text = _statement(model, count)
    return prepared(text, f"write_{count}_{model._meta.db_table}") if count <= FEW else text


@cache
def _statement(model: type[models.Model], count: int) -> str:
    head, names, _special = _insert(model)
    one = f"({', '.join(['%s'] * len(names))})"
    return f"{head} VALUES {', '.join([one] * count)}" + " ON CONFLICT DO NOTHING" * _is_listed_once(model)


@cache
def _insert(model: type[models.Model]) -> tuple[str, list[str], Special]:
    fields = [field for field in model._meta.local_concrete_fields if not field.generated]
    quote: Any = connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in fields)
    special = [(place, one) for place, one in enumerate(fields) if not _is_as_it_is(one)]
    head = f"INSERT INTO {quote(model._meta.db_table)} ({columns})"
    return head, [field.attname for field in fields], special


def _is_as_it_is(field: Any) -> bool:
    """Whether the row holds what the driver writes; other kinds of field have their own way there."""
    sets_itself = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    return isinstance(field, AS_THEY_ARE) and not sets_itself


def _is_listed_once(model: type[models.Model]) -> bool:
    return bool(getattr(model, "listed_once", False))


def _values(row: models.Model) -> list[Any]:
    _head, names, special = _insert(type(row))
    held = row.__dict__  # past the descriptors: a new row has all its values
    values = [held[name] for name in names]
    for place, field in special:
        values[place] = field.get_db_prep_save(field.pre_save(row, add=True), connection)
    return [value.value if isinstance(value, Enum) else value for value in values]
