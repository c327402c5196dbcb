"""A hospital trusts its database only if what was acknowledged outlives a power cut."""

from django.db import connection

from hmis.kernel.checks import durable


def test_a_durable_database_is_in_order(durable_line):
    assert durable(["default"]) == []


def test_nothing_is_asked_without_a_database():
    assert durable() == []


def test_commits_that_do_not_wait_for_the_disk_are_an_error(db):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")

    assert [str(error.msg) for error in durable(["default"])] == [
        "PostgreSQL must run with synchronous_commit = on."
    ]
