"""Statements that a connection knows: PostgreSQL reads and plans them once, not each time they are sent.

A third of a registration's time in the database went into planning the same dozen statements.
"""

from functools import cache
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, connections
from psycopg2.extensions import AsIs, register_adapter

from hmis.kernel import scope

NAME_BYTES = 40  # PostgreSQL cuts names off at 63


def prepared(text: str, name: str) -> str:
    """What to send in the place of `text`, with the same values: it, or `EXECUTE` where it is known by now.

    `text` has a `%s` for each value, and is the same each time: whatever differs is a value. Each connection
    learns it the second time. `name` is for whoever reads the database's own log of what it does.
    A pooler that hands connections on between transactions would mix up who knows what: PREPARE_STATEMENTS=0.
    """
    if not settings.PREPARE_STATEMENTS:
        return text
    asked = _asked()
    if text not in asked:
        asked[text] = False
        return text
    if not asked[text]:
        _learn(text, name)
        asked[text] = True
    return _written(text, name)[1]


def write_keys() -> None:
    """A registration sends ninety keys: the driver's own way to write one takes twice as long."""
    connections[DEFAULT_DB_ALIAS]  # Django sets that way when it first takes up the driver
    register_adapter(UUID, lambda key: AsIs(f"'{key}'::uuid"))


def _asked() -> dict[str, bool]:
    """What was asked for on this thread's connection, and whether it knows it by now."""
    line: Any = connections[DEFAULT_DB_ALIAS]  # `connection` would look for it at each name
    if line.connection is None or not line.health_check_done:
        line.close_if_health_check_failed()  # not after: a cursor of a new line would know nothing
        line.ensure_connection()
    held: tuple[object, dict[str, bool]] | None = getattr(line, "statements_known", None)
    if held is None or held[0] is not line.connection:
        held = line.statements_known = (line.connection, {})
    return held[1]


def _learn(text: str, name: str) -> None:
    """It outlives the transaction, whatever becomes of that; no hospital's rows are read."""
    scope.unsay(connection)
    with connection.wrap_database_errors, connection.connection.cursor() as cursor:
        cursor.execute(_written(text, name)[0])


@cache
def _written(text: str, name: str) -> tuple[str, str]:
    """(`PREPARE` with its numbered places, `EXECUTE` with a `%s` for each)."""
    parts = text.split("%s")
    numbered = "".join(f"{part}${place}" for place, part in enumerate(parts[:-1], 1)) + parts[-1]
    called = f'"{name[:NAME_BYTES]}_{sha256(text.encode()).hexdigest()[:12]}"'
    places = ", ".join(["%s"] * (len(parts) - 1))
    return (
        f"PREPARE {called} AS {numbered.replace('%%', '%')}",
        f"EXECUTE {called.replace('%', '%%')}" + (f"({places})" if places else ""),
    )
