"""The free-drug counter: one answer a line, put right by another; what was not there; the H1 register."""

import csv
from datetime import timedelta
from decimal import Decimal
from functools import partial
from io import StringIO
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from facilities.roles import Role
from hmis.kernel.errors import KeyReused, Refusal
from hmis.kernel.models import AuditEntry
from patients.models import CaseKind, MedicationDispense, MedicationRequest
from patients.queries import dispensing
from patients.services import stop_medicine
from tests.factories.chart import make_allergy
from tests.factories.facilities import make_person
from tests.factories.parallel import all_at_once
from tests.factories.patients import make_encounter, make_patient
from tests.factories.prescribing import give, make_pharmacist, make_prescription
from tests.patients.test_legal import mark

TODAY = timezone.localdate
HOSTILE = '"><img src=x onerror=alert(1)>'


@pytest.fixture
def pushpa(rims):
    return make_pharmacist(rims)


@pytest.fixture
def line(encounter, bose, clara):
    make_prescription(encounter, bose, "para 500 1-1-1 5d", nurse=clara)
    return MedicationRequest.objects.get()


@pytest.fixture
def counter(client, pushpa):
    client.force_login(pushpa)
    return client


def test_what_is_given_is_what_was_prescribed(line, pushpa):
    assert give(line, pushpa).quantity == Decimal(15)


def test_a_part_says_how_much_and_is_less(line, pushpa):
    with pytest.raises(Refusal, match="how much"):
        give(line, pushpa, "part")
    with pytest.raises(Refusal, match="not less"):
        give(line, pushpa, "part", quantity=Decimal(15))

    assert give(line, pushpa, "part", quantity=Decimal(10)).quantity == Decimal(10)


def test_an_answer_sent_twice_is_one(line, pushpa):
    from patients.services import dispense
    from patients.states import DispenseOutcome

    key = uuid4()
    for _ in range(2):
        given = dispense(
            line=line, outcome=DispenseOutcome.GIVEN, request_key=key, actor=pushpa, at=timezone.now()
        )
    assert MedicationDispense.objects.get() == given
    with pytest.raises(KeyReused):
        dispense(
            line=line, outcome=DispenseOutcome.NOT_AVAILABLE, request_key=key, actor=pushpa, at=timezone.now()
        )


@pytest.mark.django_db(transaction=True)
def test_two_counters_give_one_line_once(line, pushpa, rims):
    other = make_pharmacist(rims, "Prem")
    said = all_at_once([partial(give, line, one) for one in (pushpa, other)])

    assert sorted(type(one).__name__ for one in said) == ["MedicationDispense", "Refusal"]
    assert MedicationDispense.objects.count() == 1


def test_a_wrong_answer_is_put_right_by_another(line, pushpa):
    wrong = give(line, pushpa, "not_available")
    with pytest.raises(Refusal, match="meanwhile: Pushpa"):
        give(line, pushpa)
    right = give(line, pushpa, corrects=wrong.pk)

    assert right.corrects == wrong
    assert not dispensing.shortages(pushpa, TODAY(), TODAY())
    with pytest.raises(DatabaseError), transaction.atomic():
        MedicationDispense.objects.filter(pk=wrong.pk).update(outcome="given")


def test_nothing_is_given_of_what_was_stopped(line, pushpa, bose):
    stop_medicine(line=line, why="rash", request_key=uuid4(), actor=bose, at=timezone.now())

    with pytest.raises(Refusal, match="stopped"):
        give(line, pushpa)


def test_what_was_not_there_is_counted(line, pushpa):
    give(line, pushpa, "not_available")

    [row] = dispensing.shortages(pushpa, TODAY(), TODAY())
    assert (row["name"], row["asked"], row["not_available"], row["part"]) == ("Paracetamol", 1, 1, 0)


# ── Pages ──


def test_the_counter_too_reads_what_no_medicine_is_checked_against(line, counter, encounter, clara):
    make_allergy(encounter, clara, "Penicillin")
    path = reverse("patients:prescription_detail", args=[line.note_id])
    assert "not checked against medicines" not in counter.get(path).text
    make_allergy(encounter, clara, "penicilin")

    assert counter.get(path).text.count("not checked against medicines") == 1


def test_a_scanned_slip_opens_the_prescription(line, counter, asha):
    page = counter.post(reverse("patients:prescription_list"), {"q": asha.uhid})

    assert page.status_code == 303
    assert page.url == reverse("patients:prescription_detail", args=[line.note_id])
    page = counter.get(page.url)
    assert "PARACETAMOL" in page.text
    assert "1 गोली" in page.text


def test_one_key_answers_a_line_and_it_waits_no_more(line, counter):
    assert "PARACETAMOL" not in counter.get(reverse("patients:prescription_list")).text
    assert str(line.note_id) in counter.get(reverse("patients:prescription_list")).text
    sent = {"outcome": "given", "request_key": uuid4()}
    counter.post(reverse("patients:dispense_new", args=[line.pk]), sent)

    assert MedicationDispense.objects.get().outcome == "given"
    assert str(line.note_id) not in counter.get(reverse("patients:prescription_list")).text


def test_a_part_without_an_amount_is_asked_again_and_nothing_is_lost(line, counter):
    sent = {"outcome": "part", "request_key": uuid4(), f"quantity-{line.pk}": "many"}
    page = counter.post(reverse("patients:dispense_new", args=[line.pk]), sent)

    assert page.status_code == 422
    assert "how much" in page.text


def test_another_hospitals_prescription_is_not_there(line, client, sgml):
    client.force_login(make_pharmacist(sgml, "Stranger"))

    assert client.get(reverse("patients:prescription_detail", args=[line.note_id])).status_code == 404
    sent = {"outcome": "given", "request_key": uuid4()}
    assert client.post(reverse("patients:dispense_new", args=[line.pk]), sent).status_code == 404


def test_the_h1_register_says_what_the_rule_asks(rims, med, bose, clara, counter, pushpa):
    patient = make_patient(rims, "=1+1")
    bose.council_number = "JHMC/2019/00421"
    bose.save(update_fields=["council_number"])
    make_prescription(make_encounter(patient, med), bose, "cefixime 200 bd 5d", "para 500 bd 3d", nurse=clara)
    for line in MedicationRequest.objects.all():
        give(line, pushpa)

    page = counter.get(reverse("patients:h1_register"))
    assert "CEFIXIME" in page.text
    assert "PARACETAMOL" not in page.text
    note = MedicationRequest.objects.first().note_id
    assert reverse("patients:prescription_detail", args=[note]) in page.text
    sheet = counter.get(reverse("patients:h1_register"), {"as": "csv"})
    head, row = csv.reader(StringIO(b"".join(sheet).decode("utf-8-sig")))
    said = dict(zip(head, row, strict=True))
    assert said["patient"] == "'=1+1"
    assert (said["council number"], said["quantity"]) == ("JHMC/2019/00421", "10 tablets")
    assert said["given by"] == "Pushpa"


def test_the_counter_and_the_register_do_not_name_a_survivor(line, counter, pushpa, asha, encounter, clara):
    asha.name_hi, asha.phone, asha.village = "आशा देवी", "9431155555", "Bero"
    asha.save()
    mark(encounter, clara, CaseKind.SEXUAL_ASSAULT)
    waiting, shown = reverse("patients:prescription_list"), str(line.note_id)

    page = counter.get(waiting).text
    assert (shown in page, "name withheld" in page) == (True, True)
    assert not any(said in page for said in (asha.name, asha.name_hi))
    for words in asha.name, asha.phone:
        assert shown not in counter.post(waiting, {"q": words}).text
    assert counter.post(waiting, {"q": asha.uhid}).status_code == 303

    line.medication.schedule = "H1"
    line.medication.save()
    give(line, pushpa)
    register = reverse("patients:h1_register")
    sheet = b"".join(counter.get(register, {"as": "csv"})).decode()
    for told in counter.get(register).text, sheet:
        assert "name withheld" in told
        assert not any(said in told for said in (asha.name, "Bero"))


def test_the_register_of_another_span_is_empty(line, counter):
    day = (TODAY() - timedelta(days=400)).isoformat()

    for name in "patients:h1_register", "patients:shortage_list":
        assert counter.get(reverse(name), {"first": day, "last": day}).status_code == 200


def test_a_wrong_day_of_a_span_is_told_and_no_other_days_are_shown(line, counter):
    for name in "patients:h1_register", "patients:shortage_list":
        for sent in {"first": "no day"}, {"last": "2026-13-45"}, {"first": HOSTILE, "as": "csv"}:
            page = counter.get(reverse(name), sent)
            assert "invalid-feedback" in page.text
            assert escape(sent.get("first", "2026-13-45")) in page.text
            assert "<table" not in page.text
            assert 'href="?first' not in page.text
    assert not AuditEntry.objects.filter(name="patients.schedule_register_exported").exists()


def test_a_clerk_gives_no_medicines(line, client, rims):
    client.force_login(make_person("Kiran", Role.CLERK, rims))

    assert client.get(reverse("patients:prescription_list")).status_code == 403
