"""The health page: what answers is said within half a second, whatever hangs."""

import os
import socket
import threading
from time import monotonic, sleep

import pytest
from django.db import connection

from hmis.kernel import health
from hmis.ops import gunicorn
from tests.factories.ports import free_port

pytestmark = pytest.mark.django_db

STILL_ASKED = "SELECT count(*) FROM pg_stat_activity WHERE query = %s AND datname = current_database()"
KEEPALIVE = ("TCP_USER_TIMEOUT", "TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT")


@pytest.fixture
def database_at(monkeypatch):
    """Points whoever opens a line to the database at another place; the test's own line stays."""

    def point(port):
        for name, value in {"HOST": "127.0.0.1", "PORT": port}.items():
            monkeypatch.setitem(connection.settings_dict, name, value)

    return point


@pytest.fixture
def hanging_database(database_at):
    """A database that accepts every line and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(2)
        database_at(listening.getsockname()[1])
        yield listening


def quickest(client, times=3):
    """The last answer, and the seconds of the quickest: other tests are at work beside it."""
    took = []
    for _ in range(times):
        began = monotonic()
        answer = client.get("/healthz")
        took.append(monotonic() - began)
    return answer, min(took)


def test_who_is_well_says_so(client, absent_broker):
    answer = client.get("/healthz")

    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    assert answer.json() == {"database": True, "broker": False, "waiting": 0}


def test_a_hanging_database_hangs_no_screen(
    client, dev, hanging_database, hanging_broker, django_assert_num_queries
):
    client.force_login(dev)
    before = threading.active_count()
    with django_assert_num_queries(0):  # no session either
        answer, took = quickest(client)

    assert (answer.status_code, answer.resolver_match.route) == (503, "healthz")
    assert answer.json() == {"database": False, "broker": False, "waiting": None}
    assert took < 0.5
    deadline = monotonic() + 2
    while threading.active_count() > before and monotonic() < deadline:
        sleep(0.01)
    assert threading.active_count() == before
    for _ in range(3):
        line, _from = hanging_database.accept()
        with line:
            line.settimeout(2)
            while line.recv(1024):
                pass  # it was hung up


def test_a_database_that_is_gone_is_said_to_a_screen(client, dev, database_at):
    client.force_login(dev)
    database_at(free_port())

    assert client.get("/healthz").status_code == 503


def test_what_waits_is_not_waited_for(client):
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE kernel_delivery IN ACCESS EXCLUSIVE MODE")
    answer, took = quickest(client, 2)

    assert (answer.status_code, answer.json()["waiting"]) == (200, None)
    assert took < 0.5
    with connection.cursor() as cursor:
        sleep(2 * health.PATIENCE)
        cursor.execute(STILL_ASKED, [health.WAITING])
        assert cursor.fetchone() == (0,)  # nor does the server for us


def test_a_line_to_a_host_that_vanished_is_given_up_before_its_worker_is():
    with socket.socket(fileno=os.dup(connection.connection.fileno())) as line:
        assert line.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        kept = {name: line.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)) for name in KEEPALIVE}

    assert 0 < kept["TCP_USER_TIMEOUT"] < gunicorn.timeout * 1000
    assert kept["TCP_KEEPIDLE"] + kept["TCP_KEEPINTVL"] * kept["TCP_KEEPCNT"] < gunicorn.timeout
