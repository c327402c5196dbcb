"""The live server of the browser's tests."""

import pytest
from django.db import connection

from tests.factories.server import Server


def hang_up():
    Server._close_connections(None)


def test_a_browser_that_hangs_up_when_its_test_is_over_asks_nothing(db, django_db_blocker):
    with django_db_blocker.block():
        hang_up()

    assert connection.connection is not None  # kept for whoever comes next


@pytest.mark.django_db(transaction=True)
def test_a_line_that_failed_is_not_kept():
    connection.ensure_connection()
    connection.errors_occurred = True
    hang_up()

    assert connection.connection is None
