"""An order is taken back: its charge with it, or its money is asked back."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from functools import partial
from threading import Event
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from billing.models import ChargeReversal, RefundRequest
from billing.services import Ask, ask_refund, issue_invoice, take_payment
from billing.states import InvoiceKind, PaymentMode, RefundKind
from hmis.kernel.errors import Refusal
from hmis.kernel.models import AuditEntry
from hmis.kernel.verifying import Fault
from lab.models import ServiceRequest
from lab.queries import orders_of
from lab.queries.orders import order_faults
from lab.services import cancel_order, charge_order, collect_specimens, examine, set_priority
from lab.states import CancelReason, OrderStatus, Owing, Priority
from tests.conftest import NOON
from tests.factories.lab import collect, make_test, order
from tests.factories.parallel import all_at_once
from tests.factories.tariffs import make_price


def cancel(made, actor, **changes):
    details = {"reason": CancelReason.MISTAKE, "request_key": uuid4(), "at": timezone.now()}
    return cancel_order(order=made, actor=actor, **details | changes)


def bill(encounter, clerk):
    return issue_invoice(
        encounter=encounter, kind=InvoiceKind.INTERIM, request_key=uuid4(), actor=clerk, at=timezone.now()
    )


def see(_encounter, orders, actor):
    examine(order=orders[0], request_key=uuid4(), actor=actor, at=timezone.now())


def owing_of(encounter):
    return [one.owing for one in orders_of(encounter)]


def test_what_is_not_billed_yet_is_not_charged_any_more(encounter, bose, tests):
    (cbc,) = order(encounter, bose, tests["CBC"])

    made = cancel(cbc, bose)

    assert (made.status, made.cancelled_by, made.why_cancelled) == ("cancelled", bose, "ordered by mistake")
    assert ChargeReversal.objects.get().charge_item == cbc.charge_item
    assert owing_of(encounter) == [Owing.TAKEN_BACK]
    assert not list(order_faults())
    assert AuditEntry.objects.filter(name="lab.order_cancelled", about_id=cbc.pk).count() == 1


def test_what_is_billed_is_asked_back_for_a_second_person_to_approve(encounter, bose, tests, kavita):
    cbc, _lft = order(encounter, bose, tests["CBC"], tests["LFT"])
    invoice = bill(encounter, kavita)

    cancel(cbc, bose)

    asked = RefundRequest.objects.get()
    assert (asked.invoice, asked.amount, asked.reason) == (invoice, Decimal("60.00"), "ordered by mistake")
    assert asked.asked_by == bose
    assert not ChargeReversal.objects.exists()
    assert owing_of(encounter) == [Owing.REFUND_ASKED, Owing.TO_PAY]
    assert not list(order_faults())


def test_a_second_sending_asks_once(encounter, bose, tests, kavita):
    (cbc,) = order(encounter, bose, tests["CBC"])
    bill(encounter, kavita)
    key = uuid4()

    assert cancel(cbc, bose, request_key=key).pk == cancel(cbc, bose, request_key=key).pk
    assert RefundRequest.objects.count() == 1


def test_what_a_cashier_asks_back_already_is_cancelled_and_asked_back_all_the_same(
    encounter, bose, tests, kavita
):
    """Whatever is answered to the cashier, the line of what was not done goes back."""
    cbc, _lft = order(encounter, bose, tests["CBC"], tests["LFT"])
    invoice = bill(encounter, kavita)
    ask = Ask(RefundKind.CREDIT, invoice=invoice)
    ask_refund(ask=ask, reason="went home", request_key=uuid4(), actor=kavita, at=NOON)

    cancel(cbc, bose)

    assert [one.amount for one in RefundRequest.objects.order_by("pk")] == [invoice.total, Decimal("60.00")]


@pytest.mark.parametrize("is_whole", [True, False])
def test_what_is_asked_back_is_not_collected_meanwhile(encounter, bose, tests, kavita, is_whole):
    (cbc,) = order(encounter, bose, tests["CBC"])
    invoice = bill(encounter, kavita)
    lines = () if is_whole else (invoice.lines.get().pk,)
    ask = Ask(RefundKind.CREDIT, invoice=invoice, lines=lines)
    ask_refund(ask=ask, reason="went home", request_key=uuid4(), actor=kavita, at=NOON)

    assert owing_of(encounter) == [Owing.REFUND_ASKED]
    with pytest.raises(Refusal):
        collect_specimens(
            encounter=encounter, orders=[cbc], request_key=uuid4(), actor=bose, at=timezone.now()
        )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("act", [collect, see], ids=["collected", "examined"])
def test_who_collects_or_examines_waits_for_a_question_that_is_being_asked(
    encounter, bose, tests, kavita, act
):
    made = order(encounter, bose, tests["CBC" if act is collect else "XRCH"], urgent=True)
    ask = Ask(RefundKind.CREDIT, invoice=bill(encounter, kavita))
    is_asked, is_done = Event(), Event()

    def asks():
        with transaction.atomic():
            ask_refund(ask=ask, reason="went home", request_key=uuid4(), actor=kavita, at=NOON)
            is_asked.set()
            is_done.wait(0.3)

    def acts():
        is_asked.wait(10)
        try:
            act(encounter, made, bose)
        finally:
            is_done.set()

    _asked, refused = all_at_once([asks, acts])

    assert "is being refunded" in str(refused)


def test_what_was_never_charged_is_simply_cancelled(encounter, bose, tests):
    (tsh,) = order(encounter, bose, tests["TSH"])

    assert cancel(tsh, bose).status == OrderStatus.CANCELLED
    assert owing_of(encounter) == [Owing.TAKEN_BACK]


def test_after_it_the_test_may_be_ordered_anew(encounter, bose, tests):
    (cbc,) = order(encounter, bose, tests["CBC"])
    cancel(cbc, bose)

    (again,) = order(encounter, bose, tests["CBC"])
    assert again.repeat == 0
    assert not list(order_faults())


@pytest.mark.parametrize("status", [OrderStatus.COLLECTED, OrderStatus.RESULTED])
def test_what_was_collected_stays(encounter, bose, tests, status):
    (cbc,) = order(encounter, bose, tests["CBC"])
    ServiceRequest.objects.filter(pk=cbc.pk).update(status=status)

    with pytest.raises(
        Refusal, match=f"Complete blood count cannot be taken back: it is {status.label} already"
    ):
        cancel(cbc, bose)
    with pytest.raises(Refusal, match="already"):
        set_priority(order=cbc, priority=Priority.URGENT, request_key=uuid4(), actor=bose, at=NOON)
    assert not ChargeReversal.objects.exists()


def test_cancelled_twice_is_refused(encounter, bose, tests):
    (cbc,) = order(encounter, bose, tests["CBC"])
    cancel(cbc, bose)

    with pytest.raises(Refusal, match="cannot become cancelled"):
        cancel(cbc, bose)


def test_another_reason_is_said_in_words_and_holds_no_aadhaar(encounter, bose, tests):
    (cbc,) = order(encounter, bose, tests["CBC"])

    for note, said in ("", "in words"), ("of 2341 2341 2346", "Aadhaar"):
        with pytest.raises(Refusal, match=said) as refused:
            cancel(cbc, bose, reason=CancelReason.OTHER, note=note)
        assert refused.value.field == "note"
    assert cancel(cbc, bose, reason=CancelReason.OTHER, note="power cut").why_cancelled.endswith("power cut")


@pytest.mark.django_db(transaction=True)
def test_cancelled_by_two_at_once_is_taken_back_once(encounter, bose, clara, tests):
    (cbc,) = order(encounter, bose, tests["CBC"])

    outcomes = all_at_once([partial(cancel, cbc, bose), partial(cancel, cbc, clara)])

    assert Counter(map(type, outcomes)) == {ServiceRequest: 1, Refusal: 1}, outcomes
    assert ChargeReversal.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_billed_and_cancelled_at_once_never_leaves_a_charge_of_nothing(encounter, bose, kavita, tests):
    (cbc,) = order(encounter, bose, tests["CBC"])

    all_at_once([partial(cancel, cbc, bose), partial(bill, encounter, kavita)])

    assert ChargeReversal.objects.count() + RefundRequest.objects.count() == 1
    assert not list(order_faults())


# ── Urgent, and a price that came later ──


def test_an_order_becomes_urgent_and_routine_again(encounter, bose, tests):
    (cbc,) = order(encounter, bose, tests["CBC"])

    for priority in Priority.URGENT, Priority.URGENT, Priority.ROUTINE:
        made = set_priority(order=cbc, priority=priority, request_key=uuid4(), actor=bose, at=NOON)
        assert made.priority == priority
    assert AuditEntry.objects.filter(name="lab.priority_changed").count() == 2


def test_a_price_that_is_set_later_is_charged_once(encounter, bose, tests, rims, kavita):
    (tsh,) = order(encounter, bose, tests["TSH"])
    with pytest.raises(Refusal, match="no price here yet"):
        charge_order(order=tsh, request_key=uuid4(), actor=kavita, at=timezone.now())
    make_price(tests["TSH"].service, rims, "150.00")

    for _twice in range(2):
        made = charge_order(order=tsh, request_key=uuid4(), actor=kavita, at=timezone.now())

    assert (made.charge_item.net, made.uncharged) == (Decimal("150.00"), "")
    assert owing_of(encounter) == [Owing.TO_PAY]
    assert not list(order_faults())
    cancel(tsh, bose)
    (other,) = order(encounter, bose, make_test("NEWTEST"))
    cancel(other, bose)
    with pytest.raises(Refusal, match="cancelled already"):
        charge_order(order=other, request_key=uuid4(), actor=kavita, at=timezone.now())


# ── What verify finds ──


def test_verify_finds_each_break(encounter, bose, tests):
    cbc, lft = order(encounter, bose, tests["CBC"], tests["LFT"])
    held = ServiceRequest.objects
    assert not list(order_faults())

    held.filter(pk=cbc.pk).update(
        status=OrderStatus.CANCELLED, cancelled_by=bose, cancelled_at=NOON, cancel_reason="mistake"
    )
    assert "still charged" in str(*order_faults())
    held.filter(pk=cbc.pk).update(charge_item=None, uncharged="no_price")
    assert "nobody ordered" in str(*order_faults())
    held.filter(pk=lft.pk).update(charge_item=cbc.charge_item)
    assert {str(one).split(" ", 2)[0] for one in order_faults()} == {"A", "Charge"}
    assert all(isinstance(one, Fault) for one in order_faults())
    held.filter(pk=lft.pk).update(charge_item=lft.charge_item)
    held.filter(pk=cbc.pk).update(charge_item=cbc.charge_item, uncharged="")
    cancel(lft, bose)
    held.filter(pk=lft.pk).update(
        status=OrderStatus.ORDERED, cancelled_by=None, cancelled_at=None, cancel_reason=""
    )
    assert any("its charge was taken back" in str(one) for one in order_faults())


def test_paid_free_and_billed_later_are_told_apart(encounter, bose, tests, kavita, emer, asha):
    from patients.models import EncounterClass
    from tests.factories.billing import make_scheme
    from tests.factories.patients import make_encounter

    order(encounter, bose, tests["CBC"])
    invoice = bill(encounter, kavita)
    take_payment(
        invoice=invoice,
        amount=invoice.total,
        mode=PaymentMode.UPI,
        reference="123456789012",
        request_key=uuid4(),
        actor=kavita,
        at=timezone.now(),
    )
    make_scheme("FREE", name="Free X-ray", is_for_all=True, kinds=["imaging"], proof="")
    order(encounter, bose, tests["XRCH"], tests["TSH"], tests["LFT"])
    assert owing_of(encounter) == [Owing.PAID, Owing.FREE, Owing.UNPRICED, Owing.TO_PAY]
    assert [one.freed_by for one in orders_of(encounter)][1] == "Free X-ray"

    for place in EncounterClass.EMERGENCY, EncounterClass.DAYCARE:
        later = make_encounter(asha, emer, encounter_class=place, at=NOON)
        order(later, bose, tests["CBC"], at=NOON + timedelta(minutes=1))
        assert owing_of(later) == [Owing.ON_ACCOUNT]
