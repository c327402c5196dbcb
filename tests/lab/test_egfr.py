"""The laboratory's eGFR reaches the rules of doses: newest, authorised, of this patient."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from lab.models import ServiceRequest
from lab.states import OrderStatus
from patients.prescribing.alerts import Rule
from patients.queries import prescribing
from tests.factories.formulary import make_formulary
from tests.factories.lab import order
from tests.factories.notes import make_note
from tests.factories.prescribing import make_line
from tests.factories.results import make_report


@pytest.fixture
def note(encounter, bose):
    return make_note(encounter, bose)


@pytest.fixture
def kidneys(encounter, bose, tests, tara, pal):
    """Reports of kidney function by their eGFR."""

    def make(egfr, days_ago=0):
        at = timezone.now() - timedelta(days=days_ago)
        (one,) = order(encounter, bose, tests["CREAT"], at=at, again=True)
        return make_report(one, {"EGFR": egfr}, technician=tara, pathologist=pal, at=at)

    return make


def test_the_newest_authorised_one_is_known(note, kidneys):
    today = timezone.localdate()
    assert prescribing.person_of(note, today).egfr is None

    kidneys("55", days_ago=9)
    newest = kidneys("22")
    person = prescribing.person_of(note, today)
    assert (person.egfr, person.egfr_on) == (Decimal("22.0000"), today)

    ServiceRequest.objects.filter(pk=newest.order_id).update(
        status=OrderStatus.RESULTED, verified_by=None, verified_at=None, authorised_at=None
    )
    assert prescribing.person_of(note, today).egfr == Decimal("55.0000")


def rules_of(note, doctor):
    """What is asked when nitrofurantoin is written."""
    line = make_line(note, doctor, "nitrofurantoin 100 mg 1-0-1 5d")
    return set(line.issues.values_list("rule", flat=True))


def test_a_rule_of_doses_fires_by_it(note, kidneys, rims, bose):
    make_formulary(rims)
    kidneys("22")

    assert Rule.RENAL in rules_of(note, bose)


def test_without_one_it_does_not(note, kidneys, rims, bose):
    make_formulary(rims)
    kidneys("95")

    assert Rule.RENAL not in rules_of(note, bose)
