"""The tables are empty again after a test that has committed."""

import functools
import os
from pathlib import Path

import pgtrigger
import psycopg2
from django.db import connection, transaction

from hmis import embedded
from hmis.kernel import scope

# What is known of medicines and of results is loaded once for all tests (2,000 rows with their sources).
CONTENT = {
    *(f"patients_{name}" for name in ("ingredient", "medication", "interaction", "doselimit")),
    *(f"patients_{name}" for name in ("medicinesetline", "contentedition")),
    *(f"lab_{name}" for name in ("analytedefinition", "referencerange", "criticallimit", "deltalimit")),
}
KEPT = {"django_migrations", "django_content_type", "auth_permission", *CONTENT}
KEPT |= {f"{name}historyevent" for name in CONTENT}

# A table that has never had a row has no block of its file.
WITH_ROWS = """
    SELECT relname FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0
"""


def empty_tables(_test: object = None) -> None:
    """Delete what tests wrote. Django truncates every table, in a second; this takes a hundredth of it.

    The superuser of our own server deletes without a look at who points where; elsewhere the owner does,
    ten times slower.
    """
    server = _superuser()
    if server:
        with server.cursor() as cursor:
            _delete_all(cursor)
        return
    with (
        scope.within(scope.everywhere()),
        pgtrigger.ignore(),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        _delete_all(cursor)


def _delete_all(cursor) -> None:
    cursor.execute(WITH_ROWS)
    deletes = [f"DELETE FROM {name}" for (name,) in cursor.fetchall() if name not in KEPT]
    # Tests are loaded by whoever needs them, with their lines of the tariff.
    deletes.append("DELETE FROM patients_contentedition WHERE kind = 'lab_test'")
    cursor.execute("; ".join(deletes))


@functools.cache
def _superuser():
    """A line of its own to this worker's database, past all triggers; None on a server that is not ours."""
    own, memory = connection.settings_dict, embedded.Memory(Path(os.environ.get("VAR_DIR") or "var"))
    if embedded.SUPERUSER not in memory.kept:
        return None
    try:
        line = psycopg2.connect(
            host=own["HOST"],
            port=own["PORT"],
            dbname=own["NAME"],
            user=embedded.SUPERUSER,
            password=memory.password(embedded.SUPERUSER),
        )
    except psycopg2.OperationalError:
        return None
    line.autocommit = True
    with line.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica; SET synchronous_commit = off")
    return line


def hang_up() -> None:
    """Close the line: the database is dropped next."""
    if _superuser.cache_info().currsize and (line := _superuser()):
        line.close()
    _superuser.cache_clear()
