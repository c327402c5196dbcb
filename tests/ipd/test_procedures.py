"""What was done on an inpatient, and the number of an operation in its register."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.utils import timezone

from hmis.kernel.errors import KeyReused, Refusal
from hmis.kernel.models import AuditEntry, NumberSeries
from ipd.models import Procedure
from ipd.services import BeforeEntry, Performed, record_procedure
from ipd.states import Anaesthesia
from tests.factories.facilities import make_doctor
from tests.factories.ipd import admit, beds_in
from tests.factories.looking import this_year
from tests.factories.parallel import all_at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def at():
    return timezone.now()


@pytest.fixture
def lying(asha, ward, clara, at):
    """Admitted yesterday."""
    return admit(asha, beds_in(ward)[0], clara, at=at - timedelta(days=1)).admission


@pytest.fixture
def operation(bose, at):
    return Performed(
        name="Appendicectomy",
        performed_by=bose,
        began_at=at - timedelta(hours=2),
        ended_at=at - timedelta(hours=1),
        is_operation=True,
        side="right",
        assisted_by="Dr. Rao",
        anaesthesia=Anaesthesia.REGIONAL,
        anaesthetist="Dr. Sen",
        place="OT 2",
        findings="inflamed appendix",
    )


def record(admission, performed, actor, at, key=None, **said):
    said |= {"request_key": key or uuid4(), "actor": actor, "at": at}
    return record_procedure(admission=admission, performed=performed, **said)


def test_an_operation_has_its_number(lying, operation, bose, at):
    done = record(lying, operation, bose, at)

    assert done.number.startswith(f"RIMS/U{this_year()}/")
    assert (done.performed_by, done.anaesthesia, done.side) == (bose, "regional", "right")
    assert (done.patient_id, done.recorded_by, done.recorded_at) == (lying.patient_id, bose, at)
    fact = AuditEntry.objects.get(name="ipd.procedure_recorded")
    assert fact.detail == {"is_operation": True}


def test_what_is_no_operation_takes_no_number(lying, operation, bose, at):
    done = record(lying, replace(operation, name="Ascitic tap", is_operation=False), bose, at)
    assert done.number == ""
    assert not NumberSeries.objects.filter(series="U").exists()


def test_sent_twice_it_was_done_once(lying, operation, bose, at):
    key = uuid4()
    assert record(lying, operation, bose, at, key) == record(lying, operation, bose, at, key)
    assert Procedure.objects.count() == 1
    with pytest.raises(KeyReused):
        record(lying, replace(operation, name="Other"), bose, at, key)


def test_an_operation_before_the_clerks_entry_is_asked_about_once(lying, operation, bose, at):
    early = replace(operation, began_at=lying.admitted_at - timedelta(hours=3))
    with pytest.raises(BeforeEntry, match="Was the patient here already"):
        record(lying, early, bose, at)
    assert not NumberSeries.objects.filter(series="U").exists()
    assert record(lying, early, bose, at, confirm_early=True).began_at == early.began_at


@pytest.mark.parametrize(
    ("changes", "words", "field"),
    [
        ({"name": " "}, "Write what was done", "name"),
        ({"began_at": timedelta(days=-3)}, "not here at that time", "began_at"),
        ({"began_at": timedelta(minutes=5), "ended_at": None}, "lies ahead", "began_at"),
        ({"ended_at": timedelta(minutes=5)}, "lies ahead", "began_at"),
        ({"ended_at": timedelta(hours=-3)}, "before it began", "ended_at"),
    ],
)
def test_what_cannot_be_is_refused_and_takes_no_number(lying, operation, bose, at, changes, words, field):
    said = {name: at + one if isinstance(one, timedelta) else one for name, one in changes.items()}
    with pytest.raises(Refusal, match=words) as refused:
        record(lying, replace(operation, **said), bose, at)
    assert refused.value.field == field
    assert not NumberSeries.objects.filter(series="U").exists()


def test_the_surgeon_is_a_doctor_here(lying, operation, bose, clara, esha, at):
    for nobody in (clara, esha):
        with pytest.raises(Refusal, match="no such doctor") as refused:
            record(lying, replace(operation, performed_by=nobody), bose, at)
        assert refused.value.field == "performed_by"


@pytest.mark.django_db(transaction=True)
def test_operations_at_once_are_numbered_without_a_gap(lying, operation, rims, at):
    doctors = [make_doctor(f"d{n}", rims) for n in range(6)]
    done = all_at_once([partial(record, lying, operation, one, at) for one in doctors])
    assert sorted(one.number for one in done) == [f"RIMS/U{this_year()}/{n:07}" for n in range(1, 7)]
