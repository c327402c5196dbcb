"""Each rule of the tables refuses what it should; the list is loaded once."""

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from billing.models import ChargeItemDefinition
from lab.models import ServiceRequest, TestDefinition
from lab.states import OrderStatus
from tests.conftest import NOON
from tests.factories.constraints import again, rule_broken_by, rules_of
from tests.factories.lab import make_test, make_tests, order

CANCELLED = {"status": OrderStatus.CANCELLED, "cancelled_at": NOON, "cancel_reason": "mistake"}


@pytest.fixture
def cbc(encounter, bose, tests):
    return order(encounter, bose, tests["CBC"])[0]


@pytest.fixture
def tsh(encounter, bose, tests):
    return order(encounter, bose, tests["TSH"])[0]


def test_every_rule_of_an_order_is_broken_once(cbc, tsh, bose, tests):
    other = {"charge_item_id": None, "uncharged": "no_price"}
    nobody = {"requester_id": None, "requester_name": ""}
    broken = {
        rule_broken_by(again, cbc, **other): "test_is_ordered_once_a_day",
        rule_broken_by(again, cbc, test_id=tests["MRI"].pk): "charge_is_of_one_order",
        rule_broken_by(again, tsh, repeat=1, uncharged=""): "order_is_charged_or_says_why_not",
        rule_broken_by(again, tsh, repeat=1, **nobody): "order_is_somebodys",
        rule_broken_by(again, tsh, repeat=1, **CANCELLED): "cancelled_order_says_by_whom_and_why",
        rule_broken_by(
            again,
            tsh,
            **CANCELLED | {"cancelled_by_id": bose.pk, "cancel_reason": "other"},
        ): "another_reason_is_said_in_words",
    }
    broken |= {rule_broken_by(make_test, "T"): "test_code_is_unique" for _one in [make_test("T")]}
    broken |= {
        rule_broken_by(make_test, "t"): "test_code_is_capitals",
        rule_broken_by(make_test, "T1", loinc_code="718"): "test_loinc_code_has_its_shape",
        rule_broken_by(make_test, "T1", source=""): "test_has_a_source",
        rule_broken_by(make_test, "T1", approved_on=NOON.date()): "test_is_approved_by_somebody",
    }
    assert {name: name for name in broken} == broken
    assert set(broken) == rules_of("lab")


def test_a_charge_already_given_stays(cbc, as_application):
    with pytest.raises(IntegrityError), transaction.atomic():
        ServiceRequest.objects.filter(pk=cbc.pk).update(uncharged="no_price")


def test_what_was_ordered_is_not_rewritten_nor_deleted(cbc, tests, as_application):
    for act in (
        lambda: ServiceRequest.objects.filter(pk=cbc.pk).update(test=tests["LFT"]),
        lambda: ServiceRequest.objects.filter(pk=cbc.pk)._raw_delete("default"),
    ):
        with pytest.raises(Exception, match="permission denied"), transaction.atomic():
            act()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM lab_servicerequest")
        assert cursor.fetchone() == (1,)


def test_the_list_is_loaded_once_and_edited_rows_are_kept(db):
    tests = make_tests()
    assert len(tests) == 160
    assert all(one.service for one in tests.values())
    assert tests["K"].service.code == "K-SERUM"
    assert tests["CBC"].routine_minutes > tests["CBC"].urgent_minutes
    assert tests["XRCH"].is_imaging
    assert not tests["CBC"].is_imaging
    TestDefinition.objects.filter(code="CBC").update(name="Blood picture", service=None)

    call_command("load_tests", verbosity=0)

    cbc = TestDefinition.objects.get(code="CBC")
    assert (cbc.name, cbc.service) == ("Blood picture", ChargeItemDefinition.objects.get(code="CBC"))
    assert TestDefinition.objects.count() == 160
