"""Specimens: one tube for what shares it, money asked before it, rejected and taken once more."""

from collections import Counter
from datetime import timedelta
from functools import partial
from io import BytesIO
from uuid import uuid4

import pytest
from pypdf import PdfReader

from billing.models import ChargeItem
from hmis.kernel import pdf
from hmis.kernel.errors import KeyReused, Refusal
from hmis.kernel.models import AuditEntry, IssuedDocument
from lab.models import LaboratorySetting, ResultLine, ServiceRequest, Specimen
from lab.queries import people_waiting, pregnancy_of, to_be_collected_again
from lab.services import (
    add_on_test,
    receive_specimens,
    reject_specimen,
    reprint_labels,
)
from lab.states import OrderStatus, Pregnancy, RejectReason, SpecimenStatus
from patients.models import Encounter, EncounterClass
from tests.conftest import NOON
from tests.factories.billing import make_scheme
from tests.factories.lab import authorise, collect, enter, order, received, verify
from tests.factories.parallel import all_at_once


def reject(specimen, actor, reason=RejectReason.HAEMOLYSED, *, note="", key=None):
    return reject_specimen(
        specimen=specimen, reason=reason, note=note, request_key=key or uuid4(), actor=actor, at=NOON
    )


def test_what_shares_a_tube_is_one_specimen_with_one_label(encounter, bose, rajesh, tests):
    orders = order(encounter, bose, tests["CBC"], tests["ESR"], tests["LFT"], tests["KFT"], urgent=True)

    specimens = collect(encounter, orders, rajesh, at=NOON)

    assert [(one.specimen, one.accession_number) for one in specimens] == [
        ("blood", "Y260000001"),
        ("blood", "Y260000002"),
        ("serum", "Y260000003"),
    ]
    held = {one.test.code: one.specimen for one in ServiceRequest.objects.select_related("test", "specimen")}
    assert held["LFT"] == held["KFT"] == specimens[2]
    assert set(ServiceRequest.objects.values_list("status", flat=True)) == {OrderStatus.COLLECTED}
    labels = IssuedDocument.objects.get(template="lab/documents/labels.html")
    assert [one["tests"] for one in labels.context["labels"]] == ["CBC", "ESR", "KFT LFT"]
    assert AuditEntry.objects.get(name="lab.specimens_collected").detail == {"specimens": 3, "orders": 4}


def test_vessels_of_one_specimen_have_a_label_each(encounter, bose, rajesh, tests):
    (csf,) = order(encounter, bose, tests["CSF"], urgent=True)

    (specimen,) = collect(encounter, [csf], rajesh)

    labels = IssuedDocument.objects.get(template="lab/documents/labels.html")
    assert specimen.label_count == 3
    assert [one["vessel"] for one in labels.context["labels"]] == ["1/3", "2/3", "3/3"]
    assert len(PdfReader(BytesIO(pdf.bytes_of(labels))).pages) == 3


def test_what_is_to_be_paid_is_paid_first(encounter, bose, rajesh, tests):
    (cbc,) = order(encounter, bose, tests["CBC"])

    with pytest.raises(Refusal, match="not paid yet"):
        collect(encounter, [cbc], rajesh)

    assert not Specimen.objects.exists()
    cbc.refresh_from_db()
    assert cbc.status == OrderStatus.ORDERED


def test_free_urgent_unpriced_and_billed_later_are_collected_at_once(
    encounter, bose, rajesh, tests, asha, med
):
    (urgent,) = order(encounter, bose, tests["CBC"], urgent=True)
    (unpriced,) = order(encounter, bose, tests["TSH"])
    assert collect(encounter, [urgent, unpriced], rajesh)
    Encounter.objects.filter(pk=encounter.pk).update(encounter_class=EncounterClass.EMERGENCY)
    (later,) = order(encounter, bose, tests["LFT"])
    assert collect(encounter, [later], rajesh)
    Encounter.objects.filter(pk=encounter.pk).update(encounter_class=EncounterClass.AMBULATORY)
    make_scheme("FREE", name="Free diagnostics", is_for_all=True, kinds=["laboratory"], proof="")
    (free,) = order(encounter, bose, tests["GLU_R"])
    assert ChargeItem.objects.get(orders=free).net == 0
    assert collect(encounter, [free], rajesh)


def test_a_hospital_may_collect_before_it_is_paid(encounter, bose, rajesh, tests, rims):
    LaboratorySetting.objects.create(facility=rims, pays_first=False)
    (cbc,) = order(encounter, bose, tests["CBC"])

    assert collect(encounter, [cbc], rajesh)


def test_imaging_cancelled_and_collected_are_refused(encounter, bose, rajesh, tests, sgml_med):
    xray, cbc = order(encounter, bose, tests["XRCH"], tests["CBC"], urgent=True)
    with pytest.raises(Refusal, match="no specimen"):
        collect(encounter, [xray], rajesh)
    collect(encounter, [cbc], rajesh)
    with pytest.raises(Refusal, match="collected already"):
        collect(encounter, [cbc], rajesh)
    with pytest.raises(Refusal, match="Mark what"):
        collect(encounter, [], rajesh)


def test_sent_twice_it_is_collected_once(encounter, bose, rajesh, tests):
    orders = order(encounter, bose, tests["CBC"], tests["LFT"], urgent=True)
    key = uuid4()

    first = collect(encounter, orders, rajesh, key=key)

    assert collect(encounter, orders, rajesh, key=key) == first
    assert Specimen.objects.count() == 2
    with pytest.raises(KeyReused):
        collect(encounter, orders[:1], rajesh, key=key)


@pytest.mark.django_db(transaction=True)
def test_twenty_who_collect_the_same_at_once_take_one_tube(encounter, bose, rajesh, tests):
    orders = order(encounter, bose, tests["CBC"], urgent=True)

    outcomes = all_at_once([partial(collect, encounter, orders, rajesh)] * 20)

    assert Counter(map(type, outcomes)) == {list: 1, Refusal: 19}
    assert Specimen.objects.count() == 1


def test_pregnancy_is_what_was_said_last_while_it_may_hold(asha, encounter, clara):
    assert pregnancy_of(asha, NOON) == Pregnancy.ANY


# ── Received, rejected ──


def test_received_twice_it_is_received_once(encounter, bose, rajesh, tests):
    orders = order(encounter, bose, tests["CBC"], urgent=True)
    specimens = collect(encounter, orders, rajesh)

    for _time in range(2):
        receive_specimens(specimens=specimens, actor=rajesh, at=NOON)

    assert AuditEntry.objects.filter(name="lab.specimen_received").count() == 1
    assert ServiceRequest.objects.get().status == OrderStatus.RECEIVED
    assert Specimen.objects.get().received_by == rajesh


def test_a_rejected_specimen_keeps_its_orders_alive(encounter, bose, rajesh, tests, clara):
    cbc, lft = received(encounter, bose, rajesh, tests["CBC"], tests["LFT"])
    enter(cbc, rajesh, HB="12.1", PLT=5)
    rejected = cbc.specimen

    reject(rejected, rajesh)

    cbc.refresh_from_db()
    lft.refresh_from_db()
    assert [cbc.status, lft.status] == [OrderStatus.ORDERED, OrderStatus.RECEIVED]
    assert not ResultLine.objects.exclude(value="").exists()
    assert not ResultLine.objects.filter(critical_at__isnull=False).exists()
    (waiting,) = people_waiting(clara, NOON)
    assert "haemolysed" in waiting["again"]
    assert to_be_collected_again(clara, NOON) == [cbc]
    (again,) = collect(encounter, [cbc], rajesh)
    assert again.replaces == rejected
    assert again.accession_number != rejected.accession_number
    assert to_be_collected_again(clara, NOON) == []


def test_a_tube_rejected_days_after_the_order_is_still_to_be_taken_again(
    encounter, bose, rajesh, tests, clara
):
    (culture,) = received(encounter, bose, rajesh, tests["CBC"])
    reject(culture.specimen, rajesh)
    ServiceRequest.objects.filter(pk=culture.pk).update(ordered_at=NOON - timedelta(days=5))
    Specimen.objects.filter(pk=culture.specimen_id).update(rejected_at=NOON - timedelta(days=1))

    assert to_be_collected_again(clara, NOON) == [culture]
    assert len(people_waiting(clara, NOON)) == 1
    assert to_be_collected_again(clara, NOON + timedelta(days=3)) == []


def test_another_reason_is_said_in_words_and_a_second_rejection_refused(encounter, bose, rajesh, tests):
    (cbc,) = received(encounter, bose, rajesh, tests["CBC"])
    with pytest.raises(Refusal, match="in words"):
        reject(cbc.specimen, rajesh, RejectReason.OTHER)
    key = uuid4()
    reject(cbc.specimen, rajesh, key=key)
    assert reject(cbc.specimen, rajesh, key=key).status == SpecimenStatus.REJECTED
    with pytest.raises(Refusal):
        reject(cbc.specimen, rajesh)


def test_what_was_authorised_is_amended_and_not_rejected(encounter, bose, rajesh, farhana, tests):
    (cbc,) = received(encounter, bose, rajesh, tests["CBC"])
    enter(cbc, rajesh, HB="12.1")
    verify(cbc, rajesh, is_partial=True)
    authorise(cbc, farhana)

    with pytest.raises(Refusal, match="authorised already"):
        reject(cbc.specimen, rajesh)


# ── One more test ──


def add_on(specimen, test, actor, key=None):
    from lab.services import Asking

    return add_on_test(
        specimen=specimen,
        test=test,
        asking=Asking(requester_name="Dr. Bose"),
        request_key=key or uuid4(),
        actor=actor,
        at=NOON,
    )


def test_one_more_test_comes_from_the_same_tube(encounter, bose, rajesh, tests):
    (lft,) = received(encounter, bose, rajesh, tests["LFT"], at=NOON)

    key = uuid4()
    kft = add_on(lft.specimen, tests["KFT"], rajesh, key)

    assert add_on(lft.specimen, tests["KFT"], rajesh, key) == kft
    assert (kft.specimen, kft.status) == (lft.specimen, OrderStatus.RECEIVED)
    with pytest.raises(Refusal, match="another specimen"):
        add_on(lft.specimen, tests["CBC"], rajesh)
    reject(lft.specimen, rajesh)
    with pytest.raises(Refusal, match="rejected"):
        add_on(lft.specimen, tests["LIPID"], rajesh)


def test_a_label_is_printed_once_more(encounter, bose, rajesh, tests):
    (lft,) = received(encounter, bose, rajesh, tests["LFT"])

    paper = reprint_labels(specimen=lft.specimen, actor=rajesh, at=NOON)

    assert paper.context["labels"][0]["accession_number"] == lft.specimen.accession_number
