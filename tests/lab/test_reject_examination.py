"""An examination of another patient: taken back as a rejected specimen is, and its report withdrawn."""

from functools import partial
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from facilities.roles import Role
from hmis.kernel.errors import KeyReused, Refusal
from hmis.kernel.models import AuditEntry
from lab.models import DiagnosticReport
from lab.services import (
    Findings,
    cancel_order,
    examine,
    print_reports,
    reject_examination,
    reopen_report,
    write_findings,
)
from lab.states import CancelReason, OrderStatus
from tests.factories.facilities import make_person
from tests.factories.lab import authorise, order, reported, verify
from tests.factories.parallel import all_at_once

WHY, SEEN = "of another patient", "Shadow in the left upper zone"


@pytest.fixture
def xray(encounter, bose, tests):
    (one,) = order(encounter, bose, tests["XRCH"], urgent=True)
    return one


@pytest.fixture
def uma(rims):
    """Another radiologist."""
    return make_person("Uma", Role.RADIOLOGIST, rims)


@pytest.fixture
def report(xray, roy, uma):
    """Authorised."""
    tell(xray, uma)
    verify(xray, uma)
    return authorise(xray, roy)


def tell(one, actor, findings=SEEN):
    revs = dict(one.lines.values_list("analyte__code", "rev"))
    write_findings(
        order=one,
        told=Findings(findings, "Tuberculosis?", revs),
        request_key=uuid4(),
        actor=actor,
        at=timezone.now(),
    )


def reject(one, actor, reason=WHY, *, key=None):
    return reject_examination(
        order=one, reason=reason, request_key=key or uuid4(), actor=actor, at=timezone.now()
    )


def reopen(report, actor):
    reopen_report(order=report.order, reason=WHY, request_key=uuid4(), actor=actor, at=timezone.now())


def cancel(one, actor):
    cancel_order(order=one, reason=CancelReason.MISTAKE, request_key=uuid4(), actor=actor, at=timezone.now())


def test_a_wrong_patients_report_of_imaging_is_withdrawn(client, settings, report, xray, roy, bose):
    paper = print_reports(report=report, request_key=uuid4(), actor=bose, at=timezone.now())
    reopen(report, roy)
    reject(xray, roy)
    cancel(xray, bose)

    report = DiagnosticReport.objects.get(pk=report.pk)
    assert (report.standing, report.standing_why) == ("withdrawn", f"{WHY} · ordered by mistake")
    with pytest.raises(Refusal, match="withdrawn"):
        print_reports(report=report, request_key=uuid4(), actor=bose, at=timezone.now())
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    public = client.get(reverse("report_check", args=[paper.check_key])).text
    assert "The hospital has withdrawn this report" in public
    assert WHY not in public
    client.force_login(bose)
    for page in ("lab:result_list", "lab:result_summary"):
        text = client.get(reverse(page, args=[report.patient_id])).text
        assert "Withdrawn: do not use" in text
        assert SEEN not in text


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_it_waits_to_be_made_anew_and_says_nothing_more(xray, roy, uma, steps):
    """Examined, told, verified."""
    doing = [
        lambda: examine(order=xray, request_key=uuid4(), actor=roy, at=timezone.now()),
        lambda: tell(xray, uma),
        lambda: verify(xray, uma),
    ]
    for step in doing[:steps]:
        step()

    held = reject(xray, roy)

    assert (held.status, held.reopen_reason, held.verified_by) == (OrderStatus.ORDERED, WHY, None)
    assert not xray.lines.exclude(value="").exists()
    assert AuditEntry.objects.filter(name="lab.examination_rejected", about_id=xray.pk).count() == 1


def test_made_anew_it_is_a_second_version_with_its_reason(report, xray, roy, uma):
    reopen(report, roy)
    reject(xray, roy)
    tell(xray, uma, "Lungs: clear")
    verify(xray, uma)

    second = authorise(xray, roy)

    assert (second.version, second.reason, second.standing) == (2, WHY, "valid")


def test_what_was_never_authorised_is_a_first_version_without_one(xray, roy, uma):
    tell(xray, uma)
    reject(xray, roy)
    tell(xray, uma, "Lungs: clear")
    verify(xray, uma)

    first = authorise(xray, roy)

    assert (first.version, first.reason) == (1, "")


def test_sent_twice_it_is_rejected_once(xray, roy):
    tell(xray, roy)
    key = uuid4()

    assert reject(xray, roy, key=key) == reject(xray, roy, key=key)
    with pytest.raises(KeyReused):
        reject(xray, roy, "blurred", key=key)
    assert AuditEntry.objects.filter(name="lab.examination_rejected").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_rejects_it(xray, roy, uma):
    tell(xray, roy)

    outcomes = all_at_once([partial(reject, xray, one) for one in (roy, uma)])

    assert sorted(type(one).__name__ for one in outcomes) == ["Refusal", "ServiceRequest"]


def test_what_is_authorised_not_made_or_no_imaging_is_not_rejected(
    encounter, report, xray, tests, bose, roy, rajesh, farhana
):
    with pytest.raises(Refusal, match="Amend it first"):
        reject(xray, roy)
    (waiting,) = order(encounter, bose, tests["ECG"], urgent=True)
    with pytest.raises(Refusal, match="is ordered"):
        reject(waiting, roy)
    cbc = reported(encounter, bose, rajesh, farhana, tests["CBC"], HB="6.1")
    with pytest.raises(Refusal, match="not an imaging examination"):
        reject(cbc.order, farhana)


def test_why_is_said_in_words_that_may_stand(xray, roy):
    tell(xray, roy)

    for reason, words in (("  ", "Say why"), ("2345 6789 0124", "Aadhaar")):
        with pytest.raises(Refusal, match=words):
            reject(xray, roy, reason)


def test_on_its_page_it_is_rejected_and_the_room_reads_why(client, report, xray, roy):
    client.force_login(roy)
    page = reverse("lab:result_detail", args=[xray.pk])
    assert "Reject the examination" not in client.get(page).text
    reopen(report, roy)
    assert "Reject the examination" in client.get(page).text

    empty = client.post(page, {"what": "reject", "reject-request_key": uuid4(), "reject-reason": " "})
    assert empty.status_code == 422
    hostile = "<script>alert(1)</script>"
    sent = client.post(page, {"what": "reject", "reject-request_key": uuid4(), "reject-reason": hostile})

    assert sent.status_code == 303
    rooms = client.get(reverse("lab:examination_list")).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in rooms
    assert hostile not in rooms
    told = client.get(reverse("lab:findings_edit", args=[xray.pk])).text
    assert "Heart and mediastinum:" in told
    assert SEEN not in told


def test_neither_the_laboratory_nor_another_hospital_rejects_it(client, xray, roy, rajesh, bose, sgml):
    tell(xray, roy)
    page = reverse("lab:result_detail", args=[xray.pk])
    form = {"what": "reject", "reject-request_key": uuid4(), "reject-reason": WHY}
    there = make_person("Vani", Role.RADIOLOGIST, sgml)

    for who, status in ((rajesh, 404), (there, 404), (bose, 403)):
        client.force_login(who)
        assert client.post(page, form).status_code == status
    with pytest.raises(Refusal, match="the work of others"):
        reject(xray, rajesh)
