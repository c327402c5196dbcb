"""Statements that a connection knows: asked with each asking's own values, wherever and whenever."""

from contextlib import closing
from uuid import uuid4

import pytest
from django.db import DataError, connection, transaction
from django.test.utils import CaptureQueriesContext
from psycopg2.extensions import AsIs, adapt

from hmis.kernel import scope
from hmis.kernel.prepared import prepared
from tests.factories.learning import forget_statements
from tests.factories.parallel import all_at_once

SUM = "SELECT %s::int + %s::int, '100 %%'"


def ask(*values, text=SUM):
    with connection.cursor() as cursor:
        cursor.execute(prepared(text, "sum of two"), values)
        return cursor.fetchone()


def sent(*values, text=SUM):
    with CaptureQueriesContext(connection) as asked:
        answer = ask(*values, text=text)
    (one,) = asked.captured_queries
    return answer, one["sql"]


@pytest.fixture
def _anew(db):
    """A connection that knows nothing yet."""
    forget_statements()
    yield
    forget_statements()


@pytest.mark.usefixtures("_anew")
def test_the_second_asking_is_known_and_each_has_its_values():
    assert sent(1, 2)[0] == (3, "100 %")
    answer, statement = sent(20, 22)

    assert answer == (42, "100 %")
    assert 'EXECUTE "sum of two_' in statement
    assert sent(5, 6)[0] == (11, "100 %")


@pytest.mark.usefixtures("_anew")
def test_what_was_learnt_outlives_a_rollback():
    ask(1, 1)
    with pytest.raises(DataError), transaction.atomic():
        ask("1", "no number")

    assert ask(2, 3) == (5, "100 %")


@pytest.mark.usefixtures("_anew")
def test_without_values():
    one = "SELECT 1"
    assert [ask(text=one), ask(text=one), ask(text=one)] == [(1,)] * 3


@pytest.mark.usefixtures("_anew")
def test_behind_a_pooler_nothing_is_learnt(settings):
    settings.PREPARE_STATEMENTS = False

    assert all("EXECUTE" not in sent(1, 2)[1] for _ in range(3))


@pytest.mark.django_db
def test_keys_are_written_in_the_short_way_and_arrive_as_they_are():
    key = uuid4()

    assert isinstance(adapt(key), AsIs)
    assert ask(key, [key], text="SELECT %s, %s") == (key, [key])


@pytest.mark.django_db(transaction=True)
def test_each_connection_learns_for_itself():
    def often():
        return [ask(1, 2) for _ in range(3)]

    assert all_at_once([often] * 3) == [[(3, "100 %")] * 3] * 3
    connection.close()
    assert often() == [(3, "100 %")] * 3


@pytest.mark.django_db(transaction=True)
def test_what_is_learnt_first_in_a_transaction_is_asked_in_this_ones_reach(rims, sgml):
    here = "SELECT current_setting('hmis.reach', true), %s::int"

    def reach_of(hospital):
        with scope.within(scope.at_hospitals(hospital.pk)), transaction.atomic():
            return ask(1, text=here)[0]

    assert [reach_of(one) for one in (rims, rims, sgml)] == [f"{{{one.pk}}}" for one in (rims, rims, sgml)]


@pytest.mark.django_db(transaction=True)
def test_a_line_lost_between_two_requests_is_noticed_before_its_statements_are_asked(monkeypatch):
    def ask_as_composed():
        statement = prepared(SUM, "sum of two")  # before there is a cursor
        with connection.cursor() as cursor:
            cursor.execute(statement, [1, 2])
            return cursor.fetchone()

    assert [ask_as_composed() for _ in range(3)] == [(3, "100 %")] * 3
    with closing(connection.copy()) as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
    connection.close_if_unusable_or_obsolete()  # a request begins
    monkeypatch.setattr(connection, "health_check_enabled", True)  # off in tests

    assert ask_as_composed() == (3, "100 %")
