"""Every page that lists keeps to its number of SQL queries, however many rows it shows.

The numbers stand in query_budgets.json. A new page gets its line there; twenty is the most for any.
"""

import json
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from billing.services import Offer
from billing.states import PaymentMode
from opd.services import Visit, register_visit
from tests.architecture.test_access import ACCESS
from tests.factories.patients import make_patient

BUDGETS = json.loads(Path(__file__).with_name("query_budgets.json").read_text())
# What a search asks is sent, so that no name stands in an address.
SENT = {"opd:search_new": {"q": "munda"}, "patients:patient_list": {"q": "munda"}}
# Papers and the public page show one thing; a list of blocks is one query by its nature.
NO_LISTS = {"paper_list", "paper_detail", "patients:block_list", "opd:duplicate_list"}


@pytest.fixture
def register(med, unit, kavita):
    """Registers a patient today; nobody in particular, or the one named."""

    def registered(patient=None):
        return register_visit(
            patient=patient or make_patient(med.facility, "Budhni Munda", "", phone="9431100001"),
            visit=Visit(department=med, offer=Offer(PaymentMode.CASH)),
            request_key=uuid4(),
            actor=kavita,
            at=timezone.now(),
        )

    return registered


@pytest.fixture
def page(client, kavita, register):
    """Opens a page by its name, of one registration; gives the number of queries."""
    client.force_login(kavita)
    made = register()
    named = {
        "opd:clinicday_detail": made.token.clinic_day_id,
        "opd:registration_detail": made.encounter.pk,
        "opd:move_new": made.token.pk,
        "patients:patient_detail": made.encounter.patient_id,
        "patients:patient_edit": made.encounter.patient_id,
        "billing:invoice_detail": made.invoice.pk,
    }

    def opened(name):
        path = reverse(name, args=[named[name]] if name in named else [])
        with CaptureQueriesContext(connection) as asked:
            answer = client.post(path, SENT[name]) if name in SENT else client.get(path)
        assert answer.status_code == 200
        return len(asked)

    opened.patient = made.encounter.patient
    return opened


def settled(page, name):
    """The number of queries once what a process remembers for seconds is remembered."""
    return min(page(name), page(name))


def test_every_page_that_lists_has_a_budget():
    lists = {name for name in ACCESS if name.endswith(("_list", "_detail")) and not name.startswith("api-")}

    assert lists - NO_LISTS <= set(BUDGETS), "Give each its line in query_budgets.json."
    assert max(BUDGETS.values()) <= 20


@pytest.mark.parametrize(("name", "budget"), BUDGETS.items())
def test_a_page_asks_no_more_however_many_rows_it_shows(page, register, name, budget):
    few = settled(page, name)
    for _ in range(4):
        register()
        register(page.patient)
    many = settled(page, name)

    assert many <= budget
    assert many <= few
