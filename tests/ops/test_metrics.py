"""The figures: for Prometheus alone, true over every web process, and without a person in them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from time import process_time, time
from uuid import uuid4

import pytest
from celery import current_app
from django.db import DataError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from redis import Redis

from billing.services import Offer
from billing.states import PaymentMode
from hmis.kernel.models import AuditEntry, Delivery
from hmis.ops import metrics
from hmis.ops.processes import QUEUE
from opd.services import Visit, register_visit
from tests.ops.serving import TOKEN, serving


@pytest.fixture
def page(client, settings, db):
    """Asks for the page, as Prometheus does, of a process that has answered nobody yet: the tests before have
    asked for a thousand routes, and each is a dozen lines of the page."""
    metrics.REQUESTS.clear()
    metrics._requests_of.cache_clear()
    settings.METRICS_TOKEN = TOKEN
    return lambda: client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})


@pytest.fixture
def read(page):
    """The page as {(name, labels): value}."""

    def ask():
        answer = page()
        assert answer.status_code == 200
        families = text_string_to_metric_families(answer.text)
        return {(s.name, *sorted(s.labels.items())): s.value for f in families for s in f.samples}

    return ask


def test_without_the_token_there_is_no_such_page(client, settings, db):
    settings.METRICS_TOKEN = TOKEN
    for headers in {}, {"Authorization": "Bearer guess"}, {"Authorization": TOKEN}:
        assert client.get("/metrics", headers=headers).status_code == 404


def test_where_no_token_is_set_nobody_gets_in(client, settings, db):
    settings.METRICS_TOKEN = ""
    for headers in {}, {"Authorization": "Bearer "}, {"Authorization": "Bearer None"}:
        assert client.get("/metrics", headers=headers).status_code == 404


def test_requests_are_counted_by_route_and_status(read, client):
    key = ("hmis_request_seconds_count", ("method", "GET"), ("route", "login/"), ("status", "200"))
    before = read().get(key, 0)
    client.get("/login/")
    client.get("/login/?name=Sunita")

    assert read()[key] == before + 2


def test_registrations_and_receipts_are_counted_by_hospital(read, asha, med, unit, kavita):
    for _ in range(2):
        register_visit(
            patient=asha,
            visit=Visit(department=med, offer=Offer(PaymentMode.CASH)),
            request_key=uuid4(),
            actor=kavita,
            at=timezone.now(),
            confirm_again=True,
        )
    found = read()

    assert found["hmis_registrations_today", ("facility", "RIMS")] == 2
    assert found["hmis_receipts_total", ("facility", "RIMS")] == 1  # the second visit was free
    assert asha.name not in str(found)


def test_what_waits_for_listeners_is_counted_with_its_age(read, asha, kavita):
    now = timezone.now()
    fact = AuditEntry.objects.create(name="test", actor=kavita, at=now, about="x", about_id=asha.pk)
    Delivery.objects.create(fact=fact, listener="x", due_at=now - timedelta(minutes=5))
    Delivery.objects.create(fact=fact, listener="x", due_at=now - timedelta(minutes=1), tries=2)
    Delivery.objects.create(fact=fact, listener="x", due_at=now + timedelta(minutes=5))
    found = read()

    assert found[("hmis_deliveries_waiting",)] == 2
    assert found[("hmis_deliveries_failing",)] == 1
    assert 299 <= found[("hmis_deliveries_oldest_seconds",)] < 360


def test_a_statement_that_fails_is_counted_by_its_state(read):
    with pytest.raises(DataError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1/0")

    assert read()["hmis_database_errors_total", ("sqlstate", "22012")] >= 1


def test_a_fault_is_counted_by_its_type(read, kavita, monkeypatch):
    def broken(*_, **__):
        raise LookupError

    monkeypatch.setattr("patients.views.people.show", broken)
    client = Client(raise_request_exception=False)
    client.force_login(kavita)
    client.get(reverse("patients:patient_list"))

    assert read()["hmis_faults_total", ("type", "LookupError")] >= 1


def test_the_queue_has_a_length_and_an_age(read, settings, monkeypatch):
    # One of its own: other tests of the same broker ring the worker, too.
    queue = f"{QUEUE}-{uuid4()}"
    monkeypatch.setattr("hmis.ops.figures.QUEUE", queue)
    broker = Redis.from_url(settings.REDIS_URL)
    try:
        with current_app.connection_for_write() as line:
            before = time()
            for _ in range(2):
                current_app.send_task("kernel.sweep", connection=line, queue=queue)
        found = read()
    finally:
        broker.delete(queue)

    assert found[("hmis_queue_length",)] == 2
    assert 0 <= found[("hmis_queue_oldest_seconds",)] <= time() - before
    assert found[("hmis_unanswered",)] == 0


def test_a_broker_that_is_away_leaves_the_other_figures(read, absent_broker):
    found = read()

    assert found[("hmis_unanswered",)] == 1
    assert ("hmis_deliveries_waiting",) in found
    assert ("hmis_queue_length",) not in found


def test_a_broker_that_hangs_costs_a_fraction_of_a_second(page, hanging_broker):
    def took():
        before = time() - process_time()
        assert "hmis_unanswered 1.0" in page().text
        return time() - process_time() - before

    assert min(took() for _ in range(3)) < 2  # waiting: what the machine does beside it is not the page's


def test_the_age_of_backups_is_told_where_this_machine_sees_it(read, settings, tmp_path):
    settings.BACKUP_STATUS = tmp_path / "backup.json"
    settings.BACKUP_STATUS.write_text(f'{{"backup": {time() - 7200}, "archive": {time()}}}')
    found = read()

    assert 7200 <= found[("hmis_backup_age_seconds",)] < 7300
    assert found[("hmis_archive_age_seconds",)] < 100


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_four_workers_are_added_up(tmp_path):
    with serving(tmp_path) as served:
        key = 'hmis_request_seconds_count{method="GET",route="healthz",status="200"}'
        before = served.figures()[key]
        with ThreadPoolExecutor(8) as pool:
            statuses = list(pool.map(lambda _: served.ask("GET", "/healthz?q=9876543210")[0], range(80)))
        assert set(statuses) == {200}
        # Whichever worker answers, the sum is the same.
        assert {served.figures()[key] for _ in range(8)} == {before + 80}
        assert served.ask("GET", "/metrics")[0] == 404
        workers = {path.name.split("_")[-1] for path in (tmp_path / "metrics").glob("histogram_*.db")}
        assert len(workers) > 2
