"""What was done is written with the act; who must hear of it hears after the commit, once."""

from datetime import timedelta
from decimal import Decimal
from functools import partial
from time import monotonic

import pytest
from django.db import transaction
from django.utils import timezone

from hmis.kernel import bell, facts
from hmis.kernel.models import AuditEntry, Delivery
from hmis.kernel.tasks import sweep as swept_by_the_worker
from tests.conftest import NOON
from tests.factories.parallel import all_at_once, rolled_back

FACT = "billing.payment_taken"
HEAR, FAIL = "tests.factories.hearing.hear", "tests.factories.hearing.fail"


def tell(patient, actor, **detail):
    return facts.record(FACT, about=patient, actor=actor, at=NOON, patient_id=patient.pk, **detail)


@pytest.fixture
def rung(monkeypatch):
    """How often the bell was rung."""
    rung = []
    monkeypatch.setattr(bell, "ring", lambda: rung.append("ring"))
    monkeypatch.setattr(facts, "_quiet_until", 0.0)
    return rung


@pytest.fixture
def broken_bell(monkeypatch):
    """How often a bell was tried that always fails."""
    tried = []

    def ring():
        tried.append("ring")
        raise ConnectionError("refused")

    monkeypatch.setattr(bell, "ring", ring)
    monkeypatch.setattr(facts, "_quiet_until", 0.0)
    return tried


def test_a_fact_says_who_where_when_and_about_whom(asha, dev):
    tell(asha, dev, amount=Decimal("5.00"), count=2, words=["a"])

    fact = AuditEntry.objects.get()
    assert (fact.actor, fact.facility_id, fact.at) == (dev, asha.facility_id, NOON)
    assert (fact.about, fact.about_id, fact.patient_id) == ("patients.patient", asha.pk, asha.pk)
    assert fact.detail == {"amount": "5.00", "count": 2, "words": ["a"]}


def test_a_fact_of_the_system_itself_has_no_actor(asha):
    facts.record("tests.nightly", about=asha, actor=None, at=NOON)

    fact = AuditEntry.objects.get()
    assert (fact.actor, fact.facility_id) == (None, None)


def test_a_fact_nobody_listens_to_waits_for_nobody(asha, dev):
    facts.record("tests.unheard", about=asha, actor=dev, at=NOON)

    assert not Delivery.objects.exists()


def test_a_listener_is_told_the_id_once(asha, dev, heard):
    tell(asha, dev)

    assert facts.sweep() == 1
    assert facts.sweep() == 0
    assert heard == [asha.pk]


def test_the_worker_sweeps(asha, dev, heard):
    tell(asha, dev)

    assert swept_by_the_worker() == 1
    assert heard == [asha.pk]


def test_the_bell_is_rung_after_the_commit_and_not_before(
    asha, dev, heard, rung, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        tell(asha, dev)
        assert rung == []

    assert rung == ["ring"]
    assert heard == []  # ringing delivers nothing by itself


def test_an_act_that_is_rolled_back_is_no_fact(asha, dev, heard):
    rolled_back(partial(tell, asha, dev))

    assert facts.sweep() == 0
    assert heard == []
    assert not AuditEntry.objects.exists()


def test_after_one_failure_the_broker_is_left_alone(broken_bell):
    for _ in range(5):
        facts.nudge()

    assert broken_bell == ["ring"]


def test_after_ten_seconds_the_broker_is_tried_again(broken_bell, monkeypatch):
    facts.nudge()
    monkeypatch.setattr(facts, "monotonic", lambda: monotonic() + facts.QUIET_SECONDS)
    facts.nudge()

    assert broken_bell == ["ring", "ring"]


def test_a_ring_is_one_try_of_three_tenths_of_a_second(hanging_broker, rings):
    for _ in range(3):
        with pytest.raises(Exception, match="Timeout"):
            bell.ring()

    assert min(rings) < 0.3  # the quickest: other tests are at work beside it


@pytest.fixture
def one_fails(heard, monkeypatch):
    """One listener always fails; the other is told after it."""
    monkeypatch.setitem(facts._listeners, FACT, [FAIL, HEAR])
    return heard


def test_a_failing_listener_keeps_nobody_else_from_hearing(asha, dev, one_fails):
    tell(asha, dev)
    facts.sweep()

    assert one_fails == [asha.pk]
    assert Delivery.objects.get().listener == FAIL


def test_a_failing_listener_waits_longer_each_time(asha, dev, one_fails):
    tell(asha, dev)
    waits = []
    for _ in range(4):
        Delivery.objects.update(due_at=NOON)
        began = timezone.now()
        facts.sweep()
        waits.append((Delivery.objects.get().due_at - began).total_seconds())

    assert [round(wait) for wait in waits] == [2, 4, 8, 16]
    assert facts.sweep() == 0  # it is not due


@pytest.mark.parametrize("tries", [12, 60, 2000])
def test_a_listener_that_failed_for_weeks_is_tried_each_hour_and_blocks_nobody(asha, dev, one_fails, tries):
    tell(asha, dev)
    Delivery.objects.filter(listener=FAIL).update(tries=tries)
    began = timezone.now()

    assert facts.sweep() == 2
    assert one_fails == [asha.pk]
    wait = Delivery.objects.get().due_at - began
    assert timedelta(hours=1) <= wait < timedelta(hours=1, minutes=1)


def test_a_listener_that_no_longer_exists_is_put_off(asha, dev, heard, monkeypatch):
    monkeypatch.setitem(facts._listeners, FACT, ["tests.factories.hearing.gone", HEAR])
    tell(asha, dev)
    facts.sweep()

    assert heard == [asha.pk]
    assert Delivery.objects.get().tries == 1


@pytest.mark.django_db(transaction=True)
def test_four_workers_that_sweep_at_once_tell_each_listener_once(rims, asha, dev, heard):
    for _ in range(20):
        tell(asha, dev)

    told = all_at_once([partial(facts.sweep)] * 4)
    assert sum(told) == len(heard) == 20


@pytest.mark.parametrize("broker", ["hanging_broker", "absent_broker"])
@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_gone_delays_nobody_and_loses_nothing(asha, dev, heard, rings, request, broker):
    request.getfixturevalue(broker)
    for _ in range(3):
        with transaction.atomic():
            tell(asha, dev)

    assert len(rings) == 1
    assert sum(rings) < 0.8  # left to itself, a hanging broker takes 15 s
    facts.sweep()
    assert heard == [asha.pk] * 3
