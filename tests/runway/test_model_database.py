"""What each test begins with: what is known of medicines and tests, and nobody and nothing else."""

from django.db import connection

from tests.factories.emptying import KEPT
from tests.factories.lab import LIST


def rows_in(cursor, table):
    cursor.execute(f"SELECT count(*) FROM {table}")
    return cursor.fetchone()[0]


# `make test` asks for this one alone before all others: its database is what every worker copies.
def test_every_worker_begins_with_what_is_known_and_with_nobody(db):
    with connection.cursor() as cursor:
        tables = set(connection.introspection.django_table_names(only_existing=True))
        known = {
            name: rows_in(cursor, name) for name in tables & KEPT | {f"laid_aside.{one}" for one in LIST}
        }
        others = tables - KEPT
        left = [table for table in others if rows_in(cursor, table)]

    assert all(known.values()), known
    assert left == []
