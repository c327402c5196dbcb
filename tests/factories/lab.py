"""The tests that can be ordered, with prices, and orders made by their own service."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

from django.core.management import call_command
from django.utils import timezone

from billing.models import ChargeItemDefinition
from facilities.roles import Role
from hmis.kernel.composed import Composed
from hmis.kernel.rows import write
from lab import queries, reporting
from lab.models import AnalyteDefinition, ResultLine, ServiceRequest, TestDefinition
from lab.services import (
    Asking,
    Entry,
    Lot,
    Reading,
    Wanted,
    authorise_report,
    collect_specimens,
    enter_controls,
    enter_results,
    order_tests,
    receive_specimens,
    set_control_level,
    verify_results,
)
from lab.states import Consent, Pregnancy, Priority, Section
from tests.factories import laid_aside
from tests.factories.facilities import make_person
from tests.factories.tariffs import new_price


def make_tests():
    """The list that every hospital has; {code: test}."""
    if TestDefinition.objects.exists() or ChargeItemDefinition.objects.exists():
        load_list()
    else:
        laid_aside.take(LIST)
    return Listed()


class Listed(Mapping):
    """{code: test} of the list; one is read when it is asked for, as few tests ask for more than two."""

    def __init__(self):
        self.held = {}

    def __getitem__(self, code):
        if code not in self.held:
            found = one_test(code)
            if not found:
                raise KeyError(code)
            self.held[code] = found[0]
        return self.held[code]

    def __iter__(self):
        return iter(TestDefinition.objects.order_by("position", "code").values_list("code", flat=True))

    def __len__(self):
        return TestDefinition.objects.count()


@Composed
def one_test(code):
    return TestDefinition.objects.filter(code=code).select_related("service")


def load_list():
    """As `prepare` does: a hundred times the work of taking what is laid aside."""
    call_command("load_services", verbosity=0)
    call_command("load_tests", verbosity=0)


# Where these two write.
LIST = {
    "patients_contentedition": "kind = 'lab_test'",
    **dict.fromkeys(("billing_taxrule", "billing_taxrulehistoryevent"), "true"),
    **dict.fromkeys(("billing_chargeitemdefinition", "billing_chargeitemdefinitionhistoryevent"), "true"),
    **dict.fromkeys(("lab_testdefinition", "lab_testdefinitionhistoryevent"), "true"),
}


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
    held = [new_price(tests[code].service, facility, price) for code in codes]
    write(*held)
    return held


def order(encounter, doctor, *tests, at=None, urgent=False, key=None, **asking):
    """Order these for this encounter; who is tested for HIV has agreed."""
    priority = Priority.URGENT if urgent else Priority.ROUTINE
    return order_tests(
        encounter=encounter,
        wanted=[Wanted(test, priority) for test in tests],
        asking=Asking(**{"consent": Consent.PATIENT} | asking),
        request_key=key or uuid4(),
        actor=doctor,
        at=at or timezone.now(),
    )


# ── The laboratory at work ──


def make_technician(facility, name="Rajesh"):
    return make_person(name, Role.LAB_TECHNICIAN, facility)


def make_pathologist(facility, name="Farhana"):
    return make_person(name, Role.PATHOLOGIST, facility)


def collect(encounter, orders, actor, *, at=None, pregnancy=Pregnancy.ANY, key=None):
    """The specimens of these orders, collected."""
    return collect_specimens(
        encounter=encounter,
        orders=orders,
        pregnancy=pregnancy,
        request_key=key or uuid4(),
        actor=actor,
        at=at or timezone.now(),
    )


def received(encounter, doctor, technician, *tests, at=None, urgent=True, **said):
    """Ordered (urgently, so that no money is asked), collected and received: the orders."""
    orders = order(encounter, doctor, *tests, at=at, urgent=urgent, again=True)
    specimens = collect(encounter, orders, technician, at=at, **said)
    receive_specimens(specimens=specimens, actor=technician, at=at or timezone.now())
    for one in orders:
        one.refresh_from_db()
    return orders


def enter(one, technician, *, at=None, **values):
    """Enter these values of an order, as it stands now."""
    revs = dict(ResultLine.objects.filter(order=one).values_list("analyte__code", "rev"))
    entries = [Entry(one.pk, code, str(value), revs.get(code)) for code, value in values.items()]
    return enter_results(entries=entries, actor=technician, at=at or timezone.now())


def seal_of(one):
    """The seal of an order as it stands now."""
    return reporting.seal_of(ServiceRequest.objects.get(pk=one.pk), queries.lines_of(one))


def verify(one, technician, *, at=None, **said):
    seen = seal_of(one)
    return verify_results(order=one, seen=seen, actor=technician, at=at or timezone.now(), **said)


def authorise(one, pathologist, *, at=None, key=None, **said):
    seen = seal_of(one)
    return authorise_report(
        order=one,
        seen=seen,
        request_key=key or uuid4(),
        actor=pathologist,
        at=at or timezone.now(),
        **said,
    )


def reported(encounter, doctor, technician, pathologist, test, *, at=None, **values):
    """One order taken the whole way: its report."""
    (one,) = received(encounter, doctor, technician, test, at=at)
    enter(one, technician, at=at, **values)
    verify(one, technician, at=at, is_partial=True)
    return authorise(one, pathologist, at=at)


# ── Controls ──


def make_control_level(facility, pathologist, code="NA", *, at=None, analyser="", **changes):
    """A level of a lot in use: mean 140, SD 2."""
    at = at or timezone.now()
    details = {
        "material": "Level control",
        "level": 1,
        "lot": "L1",
        "mean": Decimal(140),
        "sd": Decimal(2),
        "valid_from": at.date() - timedelta(days=30),
        "valid_till": at.date() + timedelta(days=300),
        "section": Section.BIOCHEMISTRY,
    }
    return set_control_level(
        facility=facility,
        analyte=AnalyteDefinition.objects.get(code=code),
        lot=Lot(**details | changes, analyser=analyser),
        request_key=uuid4(),
        actor=pathologist,
        at=at,
    )


def run_controls(technician, *given, at=None, key=None):
    """These (level, value) as one run."""
    return enter_controls(
        readings=[Reading(level.pk, Decimal(value)) for level, value in given],
        request_key=key or uuid4(),
        actor=technician,
        at=at or timezone.now(),
    )
