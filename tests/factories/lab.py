"""The tests that can be ordered, with prices, and orders made by their own service."""

from uuid import uuid4

from django.core.management import call_command
from django.utils import timezone

from lab.models import TestDefinition
from lab.services import Asking, Wanted, order_tests
from lab.states import Priority
from tests.factories.tariffs import make_price


def make_tests():
    """The list that every hospital has; {code: test}."""
    call_command("load_services", verbosity=0)
    call_command("load_tests", verbosity=0)
    return {one.code: one for one in TestDefinition.objects.select_related("service")}


def make_test(code="CBC", **changes):
    """One test without a list around it, and without a line of the tariff."""
    details = {
        "name": "Complete blood count",
        "name_hi": "सी.बी.सी.",
        "section": "haematology",
        "source": "a list",
    }
    return TestDefinition.objects.create(**{"code": code, "key": code} | details | changes)


def set_prices(facility, tests, price="60.00", codes=("CBC", "GLU_R", "XRCH", "LFT")):
    """These tests cost so much here."""
    return [make_price(tests[code].service, facility, price) for code in codes]


def order(encounter, doctor, *tests, at=None, urgent=False, key=None, **asking):
    """Order these for this encounter."""
    priority = Priority.URGENT if urgent else Priority.ROUTINE
    return order_tests(
        encounter=encounter,
        wanted=[Wanted(test, priority) for test in tests],
        asking=Asking(**asking),
        request_key=key or uuid4(),
        actor=doctor,
        at=at or timezone.now(),
    )
