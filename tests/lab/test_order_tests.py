"""Tests are ordered: each with its charge, once, whoever sends it twice."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from functools import partial
from uuid import uuid4

import pytest

from billing.models import ChargeItem, Exemption
from hmis.kernel.errors import KeyReused, Refusal
from hmis.kernel.models import AuditEntry, NumberSeries
from lab.models import ServiceRequest
from lab.services import OrderedAlready, offers
from lab.states import OrderStatus, Priority, Uncharged
from patients.states import EncounterStatus
from tests.conftest import NOON
from tests.factories.billing import make_scheme
from tests.factories.lab import make_test, order
from tests.factories.parallel import all_at_once
from tests.factories.tariffs import make_cover

HOSTILE = '"><img src=x onerror=alert(1)>'


def test_an_order_is_charged_at_once_by_the_tariff(encounter, bose, tests):
    cbc, xray = order(encounter, bose, tests["CBC"], tests["XRCH"], at=NOON)

    assert [cbc.status, cbc.priority, cbc.requester] == [OrderStatus.ORDERED, Priority.ROUTINE, bose]
    assert cbc.slip_number == xray.slip_number == "RIMS/S26/0000001"
    assert cbc.charge_item.net == xray.charge_item.net == Decimal("60.00")
    assert (cbc.charge_item.source, cbc.charge_item.source_id) == ("lab.servicerequest", cbc.pk)
    assert cbc.charge_item.kind == "laboratory"
    assert xray.charge_item.kind == "imaging"
    assert ServiceRequest.objects.count() == ChargeItem.objects.count() == 2
    told = AuditEntry.objects.get(name="lab.tests_ordered")
    assert told.detail == {"count": 2, "urgent": 0, "uncharged": 0}


def test_what_is_ordered_later_that_day_stands_on_the_same_slip(encounter, bose, tests):
    (first,) = order(encounter, bose, tests["CBC"], at=NOON)
    (second,) = order(encounter, bose, tests["LFT"], at=NOON + timedelta(hours=2))
    (tomorrow,) = order(encounter, bose, tests["LFT"], at=NOON + timedelta(days=1))

    assert first.slip_number == second.slip_number == "RIMS/S26/0000001"
    assert tomorrow.slip_number == "RIMS/S26/0000002"


def test_a_free_list_lets_the_whole_price_off_and_says_why(encounter, bose, tests):
    make_scheme("FREE", name="Free diagnostics", is_for_all=True, kinds=["laboratory"], proof="")

    cbc, xray = order(encounter, bose, tests["CBC"], tests["XRCH"])

    assert (cbc.charge_item.gross, cbc.charge_item.net) == (Decimal("60.00"), 0)
    assert Exemption.objects.get().charge_item == cbc.charge_item
    assert xray.charge_item.net == Decimal("60.00")


def test_a_granted_scheme_is_asked_before_the_price(encounter, bose, tests, kavita):
    make_cover(encounter, kavita)

    (xray,) = order(encounter, bose, tests["XRCH"])

    assert xray.charge_item.net == 0
    assert Exemption.objects.get().scheme.code == "PMJAY"


def test_what_has_no_price_is_ordered_and_says_so(encounter, bose, tests):
    (tsh,) = order(encounter, bose, tests["TSH"])
    (other,) = order(encounter, bose, make_test("NEWTEST"))

    assert (tsh.charge_item, tsh.uncharged) == (None, Uncharged.NO_PRICE)
    assert (other.charge_item, other.uncharged) == (None, Uncharged.NO_SERVICE)
    assert AuditEntry.objects.filter(name="lab.tests_ordered", detail__uncharged=1).count() == 2


def test_offers_say_what_it_would_cost_and_write_nothing(encounter, bose, tests):
    make_scheme("FREE", name="Free diagnostics", is_for_all=True, kinds=["imaging"], proof="")

    said = offers(
        encounter=encounter, tests=[tests[one] for one in ("CBC", "XRCH", "TSH")], actor=bose, at=NOON
    )

    assert [(one.asked, one.why_free) for one in said] == [
        (Decimal("60.00"), ""),
        (Decimal("0.00"), "Free diagnostics"),
        (None, ""),
    ]
    assert not ChargeItem.objects.exists()


def test_the_same_test_twice_a_day_is_asked_and_leaves_no_trace(encounter, bose, tests):
    order(encounter, bose, tests["CBC"], at=NOON)

    with pytest.raises(OrderedAlready, match="Complete blood count is ordered already today, at 12:00"):
        order(encounter, bose, tests["LFT"], tests["CBC"], at=NOON + timedelta(hours=1))
    assert ServiceRequest.objects.count() == ChargeItem.objects.count() == 1


def test_who_means_it_orders_once_more(encounter, bose, tests):
    order(encounter, bose, tests["GLU_R"], at=NOON)
    (again,) = order(encounter, bose, tests["GLU_R"], again=True, at=NOON + timedelta(hours=4))
    (third,) = order(encounter, bose, tests["GLU_R"], again=True, at=NOON + timedelta(hours=8))

    assert [again.repeat, third.repeat] == [1, 2]
    assert ChargeItem.objects.count() == 3


def test_the_next_day_needs_no_question(encounter, bose, tests):
    order(encounter, bose, tests["CBC"], at=NOON)
    order(encounter, bose, tests["CBC"], at=NOON + timedelta(days=1))

    assert ServiceRequest.objects.count() == 2


def test_one_test_typed_twice_is_one_order(encounter, bose, tests):
    assert len(order(encounter, bose, tests["CBC"], tests["CBC"])) == 1


def test_sent_twice_it_is_one_order_with_one_charge(encounter, bose, tests):
    key = uuid4()
    first = order(encounter, bose, tests["CBC"], tests["LFT"], key=key)
    again = order(encounter, bose, tests["CBC"], tests["LFT"], key=key)

    assert [one.pk for one in first] == [one.pk for one in again]
    assert ChargeItem.objects.count() == 2
    with pytest.raises(KeyReused):
        order(encounter, bose, tests["CBC"], key=key)


def test_a_visit_that_is_over_takes_no_order(encounter, bose, tests):
    for status, said in (EncounterStatus.CANCELLED, "cancelled"), (EncounterStatus.FINISHED, "is over"):
        type(encounter).objects.filter(pk=encounter.pk).update(status=status)
        with pytest.raises(Refusal, match=said):
            order(encounter, bose, tests["CBC"])
    assert not ServiceRequest.objects.exists()
    assert not NumberSeries.objects.filter(series="S").exists()


def test_nothing_too_much_and_what_is_out_of_use_are_refused(encounter, bose, tests):
    with pytest.raises(Refusal, match="Which test"):
        order(encounter, bose)
    with pytest.raises(Refusal, match="At most 20"):
        order(encounter, bose, *list(tests.values())[:21])
    tests["CBC"].is_active = False
    with pytest.raises(Refusal, match="not ordered any more"):
        order(encounter, bose, tests["CBC"])


def test_a_clerk_says_which_doctor_asks(encounter, kavita, tests):
    with pytest.raises(Refusal, match="Which doctor") as refused:
        order(encounter, kavita, tests["CBC"])
    assert refused.value.field == "requester_name"

    (cbc,) = order(encounter, kavita, tests["CBC"], requester_name=f"Dr. {HOSTILE}")
    assert (cbc.requester, cbc.ordered_by, cbc.entered_by) == (None, f"Dr. {HOSTILE}", kavita)


def test_an_aadhaar_number_in_the_words_is_refused(encounter, bose, tests):
    for field in "note", "requester_name":
        with pytest.raises(Refusal) as refused:
            order(encounter, bose, tests["CBC"], **{field: "of 2341 2341 2346"})
        assert refused.value.field == field


def test_the_audit_names_no_test(encounter, bose, tests):
    order(encounter, bose, tests["HIVR"])

    for entry in AuditEntry.objects.all():
        assert "HIV" not in str(entry.detail)


@pytest.mark.django_db(transaction=True)
def test_two_who_order_the_same_at_once_order_it_once(encounter, bose, clara, tests):
    acts = [partial(order, encounter, bose, tests["CBC"])] * 4
    acts += [partial(order, encounter, clara, tests["CBC"], requester_name="Dr. Roy")] * 4

    outcomes = all_at_once(acts)

    assert Counter(map(type, outcomes)) == {list: 1, OrderedAlready: 7}, outcomes
    assert ServiceRequest.objects.count() == ChargeItem.objects.count() == 1
    assert NumberSeries.objects.get(series="S").last == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_click_ten_times_is_one_order(encounter, bose, tests):
    outcomes = all_at_once([partial(order, encounter, bose, tests["CBC"], key=uuid4())] * 10)

    assert len({one[0].pk for one in outcomes}) == 1
    assert ChargeItem.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down_delays_no_order(encounter, bose, tests, absent_broker):
    assert order(encounter, bose, tests["CBC"])[0].charge_item_id
