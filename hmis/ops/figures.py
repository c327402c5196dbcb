"""What database, broker and backups say, asked when Prometheus reads /metrics: no act pays for it.

A question that fails leaves its figures out and counts in `hmis_unanswered`; the rest of the page stands.
"""

import json
import logging
import os
from collections.abc import Iterator
from time import time
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from hmis.kernel.numbering import Series, financial_year
from hmis.ops import metrics
from hmis.ops.processes import QUEUE, STAMP

log = logging.getLogger(__name__)

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
PATIENCE = 0.1  # per step of the broker's line

WAITING = """
    SELECT count(*), coalesce(extract(epoch FROM now() - min(due_at)), 0), count(*) FILTER (WHERE tries > 0)
    FROM kernel_delivery WHERE due_at <= now()
"""
NUMBERS = """
    SELECT facility.code, series.last
    FROM kernel_numberseries series JOIN facilities_facility facility ON facility.id = series.facility_id
    WHERE series.series = %s AND series.financial_year = %s
"""
REGISTERED = """
    SELECT facility.code, sum(day.last_number)
    FROM opd_clinicday day JOIN facilities_facility facility ON facility.id = day.facility_id
    WHERE day.held_on = %s GROUP BY facility.code
"""
CONNECTIONS = """
    SELECT count(*), current_setting('max_connections')::int FROM pg_stat_activity
    WHERE backend_type = 'client backend'
"""
ARCHIVE = """
    SELECT active::int, coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)
    FROM pg_replication_slots WHERE slot_name = 'hmis_archive'
"""


def page() -> bytes:
    """Every web process of this machine or container, and what the others know."""
    whole = CollectorRegistry()
    if os.environ.get(SHARED_FOLDER):
        MultiProcessCollector(whole)  # type: ignore[no-untyped-call]
    else:
        whole.register(metrics.OWN)
    whole.register(Figures())
    return generate_latest(whole)


class Figures:
    """Prometheus' collector: asks each question, one after the other."""

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        unanswered = 0
        for question in (_deliveries, _acts, _connections, _archive, _queue, _backups):
            try:
                yield from question()
            except Exception as error:
                unanswered += 1
                log.warning("%s has no answer: %s", question.__name__, type(error).__name__)
        yield GaugeMetricFamily("hmis_unanswered", "Questions that had no answer just now.", unanswered)


def _asked(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def _deliveries() -> Iterator[Metric]:
    ((count, age, failing),) = _asked(WAITING)
    yield GaugeMetricFamily("hmis_deliveries_waiting", "Listeners that are due and not told.", count)
    yield GaugeMetricFamily("hmis_deliveries_failing", "Of these, told before in vain.", failing)
    yield GaugeMetricFamily(
        "hmis_deliveries_oldest_seconds", "How long the oldest of them has been due.", float(age)
    )


def _acts() -> Iterator[Metric]:
    now = timezone.now()
    receipts = CounterMetricFamily("hmis_receipts", "Receipts of this financial year.", labels=["facility"])
    for code, last in _asked(NUMBERS, Series.RECEIPT.value, financial_year(now)):
        receipts.add_metric([code], last)
    yield receipts
    registrations = GaugeMetricFamily(
        "hmis_registrations_today", "Tokens given today at the OPD.", labels=["facility"]
    )
    for code, count in _asked(REGISTERED, timezone.localdate(now)):
        registrations.add_metric([code], count)
    yield registrations


def _connections() -> Iterator[Metric]:
    ((count, most),) = _asked(CONNECTIONS)
    yield GaugeMetricFamily("hmis_database_connections", "Connections to PostgreSQL.", count)
    yield GaugeMetricFamily("hmis_database_connections_most", "Connections it allows.", most)


def _archive() -> Iterator[Metric]:
    for active, behind in _asked(ARCHIVE):
        yield GaugeMetricFamily("hmis_archive_connected", "Whether the archive receives WAL.", active)
        yield GaugeMetricFamily("hmis_archive_behind_bytes", "WAL that it has not yet.", float(behind))


def _queue() -> Iterator[Metric]:
    """The broker's list: messages are put in on the left, so the oldest is the last."""
    with Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=PATIENCE,
        socket_connect_timeout=PATIENCE,
        retry=Retry(NoBackoff(), 0),
    ) as broker:
        length, oldest = broker.llen(QUEUE), broker.lindex(QUEUE, -1)
    put_in = json.loads(oldest)["headers"].get(STAMP) if oldest else None  # type: ignore[arg-type]
    yield GaugeMetricFamily("hmis_queue_length", "Messages waiting for a worker.", length)  # type: ignore[arg-type]
    yield GaugeMetricFamily(
        "hmis_queue_oldest_seconds",
        "How long the oldest of them has waited.",
        max(0.0, time() - put_in) if put_in else 0.0,
    )


def _backups() -> Iterator[Metric]:
    """What `archive` and `backup` have written down beside their spool, where this machine sees it."""
    if settings.BACKUP_STATUS.exists():
        for name, at in json.loads(settings.BACKUP_STATUS.read_text()).items():
            yield GaugeMetricFamily(
                f"hmis_{name}_age_seconds", f"Since the last {name.replace('_', ' ')}.", time() - at
            )
