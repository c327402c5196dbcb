"""What the second wall costs: the same load while no table has row-level security."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
from psycopg2 import sql

from hmis.kernel import walls


@contextmanager
def down(owner_address: str) -> Iterator[None]:
    """PostgreSQL shows every row to everybody, as before there was a wall."""
    _switch(owner_address, "DISABLE")
    try:
        yield
    finally:
        _switch(owner_address, "ENABLE")


def _switch(owner_address: str, how: str) -> None:
    connection = psycopg2.connect(owner_address)
    try:
        with connection, connection.cursor() as cursor:
            for model in walls.bound_models():
                table = sql.Identifier(model._meta.db_table)
                cursor.execute(sql.SQL("ALTER TABLE {} {} ROW LEVEL SECURITY").format(table, sql.SQL(how)))
    finally:
        connection.close()
