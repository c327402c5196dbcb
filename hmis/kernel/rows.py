"""Writing new rows: many INSERTs, one journey to the database."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from django.db import connection, models

Columns = list["models.Field[Any, Any]"]


def write(*rows: models.Model | None) -> None:
    """INSERT these new rows in this order; None is passed over, so that an absent one needs no `if`.

    An act writes a dozen small rows while others wait for its locks: one journey for all of them, with
    statements that are composed once, takes a fifth of the time of a `save()` each. Raises IntegrityError
    as `save()` does; around it `refusing()` gives a constraint its words.
    """
    new = [row for row in rows if row is not None]
    if not new:
        return
    statements = [_insert(type(row))[0] for row in new]
    with connection.cursor() as cursor:
        cursor.execute(";\n".join(statements), [value for row in new for value in _values(row)])
    for row in new:
        row._state.adding, row._state.db = False, connection.alias


@cache
def _insert(model: type[models.Model]) -> tuple[str, Columns]:
    fields = [field for field in model._meta.local_concrete_fields if not field.generated]
    quote: Any = connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    return f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({places})", fields  # noqa: S608


def _values(row: models.Model) -> Iterable[Any]:
    for field in _insert(type(row))[1]:
        yield field.get_db_prep_save(field.pre_save(row, add=True), connection)
