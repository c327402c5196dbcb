"""Examinations by imaging: made, told in words, and an obstetric one only with its Form F."""

from functools import partial
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.db.utils import DatabaseError
from django.urls import reverse
from django.utils import timezone

from facilities.roles import Role
from hmis.kernel.errors import Refusal
from lab.models import DiagnosticReport, ResultLine
from lab.sections import HEADINGS, skeleton
from lab.services import Findings, examine, sign_findings, write_findings
from lab.states import FINDINGS, IMPRESSION, OrderStatus
from tests.factories.facilities import make_person
from tests.factories.lab import authorise, order, verify
from tests.factories.parallel import all_at_once
from tests.factories.results import make_lines

SEEN = "Lungs: clear"


@pytest.fixture
def xray(encounter, bose, tests):
    (one,) = order(encounter, bose, tests["XRCH"], urgent=True)
    return one


def tell(one, actor, findings=SEEN, impression="Normal study.", revs=None, key=None):
    return write_findings(
        order=one,
        told=Findings(findings, impression, revs or {}),
        request_key=key or uuid4(),
        actor=actor,
        at=timezone.now(),
    )


def do(one, actor):
    return examine(order=one, request_key=uuid4(), actor=actor, at=timezone.now())


def test_an_examination_is_made_told_and_waits_for_another(xray, roy):
    assert do(xray, roy).status == OrderStatus.RECEIVED

    tell(xray, roy)

    xray.refresh_from_db()
    assert xray.status == OrderStatus.RESULTED
    assert {one.analyte.code: one.value for one in xray.lines.select_related("analyte")} == {
        FINDINGS: SEEN,
        IMPRESSION: "Normal study.",
    }


def test_telling_it_notes_the_examination_too(xray, roy):
    tell(xray, roy)

    xray.refresh_from_db()
    assert xray.status == OrderStatus.RESULTED


def test_the_same_sent_twice_is_told_once(xray, roy):
    key = uuid4()
    assert len(tell(xray, roy, key=key)) == len(tell(xray, roy, key=key)) == 2
    assert ResultLine.objects.count() == 2


def test_nobody_overwrites_another_silently(xray, roy, rims):
    tell(xray, roy)
    seen = {FINDINGS: 0, IMPRESSION: 0}
    tell(xray, make_person("Uma", Role.RADIOLOGIST, rims), findings="Lungs: hazy", revs=seen)

    with pytest.raises(Refusal, match="Somebody else has written here"):
        tell(xray, roy, findings="Lungs: dense", revs=seen)
    assert xray.lines.get(analyte__code=FINDINGS).value == "Lungs: hazy"


def test_headings_alone_are_no_report(xray, roy):
    with pytest.raises(Refusal, match="What was seen"):
        tell(xray, roy, findings=skeleton("XRCH"))
    with pytest.raises(Refusal, match="What does it mean"):
        tell(xray, roy, impression=" ")


def test_headings_claim_nothing(tests):
    for code, headings in HEADINGS.items():
        assert tests[code].is_imaging
        said = " ".join(headings).lower()
        for word in ("normal", "clear", "no ", "unremarkable", "adequate"):
            assert word not in said


def test_who_has_not_paid_is_sent_to_the_counter_and_the_urgent_never(encounter, bose, tests, roy, xray):
    (unpaid,) = order(encounter, bose, tests["XRCH"], again=True)

    with pytest.raises(Refusal, match="not paid yet"):
        do(unpaid, roy)
    assert do(xray, roy).status == OrderStatus.RECEIVED


def test_a_test_of_the_laboratory_is_not_examined(encounter, bose, tests, roy):
    (one,) = order(encounter, bose, tests["CBC"])

    with pytest.raises(Refusal, match="not an imaging examination"):
        do(one, roy)


# ── One signature ──


def sign(one, actor, findings=SEEN, revs=None, key=None):
    return sign_findings(
        order=one,
        told=Findings(findings, "Normal study.", revs or {}),
        request_key=key or uuid4(),
        actor=actor,
        at=timezone.now(),
    )


def test_the_radiologist_writes_and_signs_at_once(xray, roy):
    key = uuid4()
    report = sign(xray, roy, key=key)

    assert sign(xray, roy, key=key) == report
    xray.refresh_from_db()
    assert xray.status == OrderStatus.AUTHORISED
    assert (report.verified_by, report.authorised_by, report.alone_note) == (roy, roy, "")
    assert report.is_signed_by_one
    assert [line["value"] for line in report.content["lines"]] == [SEEN, "Normal study."]
    assert DiagnosticReport.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_signed_by_two_at_once_it_is_one_report(xray, roy, rims):
    uma = make_person("Uma", Role.RADIOLOGIST, rims)

    outcomes = all_at_once([partial(sign, xray, roy), partial(sign, xray, uma)])

    assert {type(one) for one in outcomes} == {DiagnosticReport, Refusal}
    assert DiagnosticReport.objects.count() == 1


def test_what_was_written_first_is_verified_and_authorised_by_the_same(xray, roy):
    tell(xray, roy)
    verify(xray, roy)

    assert authorise(xray, roy).is_signed_by_one


def test_a_second_radiologist_signs_what_another_verified(xray, roy, rims):
    tell(xray, roy)
    verify(xray, roy)

    assert not authorise(xray, make_person("Uma", Role.RADIOLOGIST, rims)).is_signed_by_one


def test_signing_refuses_what_writing_refuses(xray, roy, tara, pal):
    for person in (tara, pal):
        with pytest.raises(Refusal, match="radiologist"):
            sign(xray, person)
    with pytest.raises(Refusal, match="What was seen"):
        sign(xray, roy, findings=skeleton("XRCH"))
    sign(xray, roy)
    with pytest.raises(Refusal, match="authorised already"):
        sign(xray, roy, findings="Other")
    assert ResultLine.objects.get(analyte__code=FINDINGS).value == SEEN


def test_the_report_page_signs(client, xray, roy, tara):
    page = reverse("lab:findings_edit", args=[xray.pk])
    body = {"request_key": uuid4(), "findings": SEEN, "impression": "Normal.", "sign": "1"}
    client.force_login(tara)
    assert client.post(page, body).status_code in (403, 404)
    client.force_login(roy)
    assert 'name="sign"' in client.get(page).text

    assert client.post(page, body | {"impression": ""}).status_code == 422
    assert client.post(page, body).status_code == 303
    assert client.post(page, body).status_code == 303

    report = DiagnosticReport.objects.get()
    shown = client.get(reverse("lab:report_detail", args=[report.patient_id, report.pk])).text
    assert "One person did both" not in shown


# ── The child's sex ──


def test_no_obstetric_result_stands_before_its_form_whoever_writes_it(encounter, bose, tests, roy):
    (scan,) = order(encounter, bose, tests["USGOB"], urgent=True)

    with pytest.raises(Refusal, match="Form F is filled and signed before"):
        do(scan, roy)
    with pytest.raises(Refusal, match="Form F is filled and signed before"):
        tell(scan, roy)
    with pytest.raises((IntegrityError, DatabaseError), match="Form F is signed"), transaction.atomic():
        make_lines(scan, {FINDINGS: SEEN})


# ── The pages ──


def test_the_worklist_is_narrowed_and_leads_to_the_form(client, encounter, bose, tests, roy, xray):
    order(encounter, bose, tests["USGOB"], tests["ECG"])
    client.force_login(roy)

    page = client.get(reverse("lab:examination_list")).text
    assert page.count("<tr data-row") == 3
    assert page.index("X-ray chest") < page.index("ECG 12 lead")
    assert "Form F first" in page
    page = client.get(reverse("lab:examination_list"), {"modality": "ecg"}).text
    assert page.count("<tr data-row") == 1


def test_a_report_is_written_on_its_page(client, xray, roy):
    client.force_login(roy)
    page = reverse("lab:findings_edit", args=[xray.pk])
    assert "Heart and mediastinum:" in client.get(page).text

    answer = client.post(page, {"request_key": uuid4(), "findings": SEEN, "impression": ""})
    assert answer.status_code == 422
    assert SEEN in answer.text
    answer = client.post(page, {"request_key": uuid4(), "findings": SEEN, "impression": "Normal."})
    assert answer.status_code == 303

    kept = client.get(page).text
    assert SEEN in kept
    assert 'name="findings_rev" value="0"' in kept


def test_without_the_form_the_page_leads_to_it(client, encounter, bose, tests, roy):
    (scan,) = order(encounter, bose, tests["USGOB"])
    client.force_login(roy)

    answer = client.get(reverse("lab:findings_edit", args=[scan.pk]))

    assert answer.url == reverse("lab:form_f_new", args=[scan.pk])


def test_a_technician_notes_that_it_was_made_and_reads_no_report(client, xray, tara, roy):
    client.force_login(tara)
    there = reverse("lab:examination_list")

    made = client.post(reverse("lab:examination_new", args=[xray.pk]))

    assert made["Location"] == there
    xray.refresh_from_db()
    assert xray.status == OrderStatus.RECEIVED
    report = reverse("lab:findings_edit", args=[xray.pk])
    assert report not in client.get(there).text
    client.force_login(roy)
    assert report in client.get(there).text


def test_another_hospitals_examination_is_not_there(client, xray, sgml):

    client.force_login(make_person("Uma", Role.RADIOLOGIST, sgml))

    assert client.get(reverse("lab:findings_edit", args=[xray.pk])).status_code == 404
    assert client.post(reverse("lab:examination_new", args=[xray.pk])).status_code == 404
    assert client.get(reverse("lab:examination_list")).text.count("<tr data-row") == 0
