"""A report that is opened is marked wherever it stands and leaves on no paper; cancelled, it is withdrawn."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from hmis.kernel.errors import Refusal
from lab.models import DiagnosticReport
from lab.services import (
    Handing,
    cancel_order,
    find_to_hand_out,
    hand_out,
    print_reports,
    reject_specimen,
    reopen_report,
)
from lab.states import CancelReason, OrderStatus, Proof, RejectReason
from tests.factories.lab import authorise, enter, reported, verify

AMENDING, WITHDRAWN, WHY = "Being amended: do not use", "Withdrawn: do not use", "label of somebody else"


@pytest.fixture
def report(encounter, bose, tests, rajesh, farhana):
    """Of a tube with somebody else's label: authorised."""
    at = timezone.now() - timedelta(hours=2)
    return reported(encounter, bose, rajesh, farhana, tests["CBC"], at=at, HB="6.1")


@pytest.fixture
def stranger(client, settings):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client


def opened(report, farhana):
    reopen_report(order=report.order, reason=WHY, request_key=uuid4(), actor=farhana, at=timezone.now())
    return DiagnosticReport.objects.get(pk=report.pk)


def withdrawn(report, farhana, rajesh, bose):
    """Opened, its specimen rejected, and its order taken back."""
    opened(report, farhana)
    report.order.refresh_from_db()
    reject_specimen(
        specimen=report.order.specimen,
        reason=RejectReason.MISLABELLED,
        request_key=uuid4(),
        actor=rajesh,
        at=timezone.now(),
    )
    cancel_order(
        order=report.order,
        reason=CancelReason.MISTAKE,
        request_key=uuid4(),
        actor=bose,
        at=timezone.now(),
    )
    return DiagnosticReport.objects.get(pk=report.pk)


def pages_of(report):
    key = [report.patient_id]
    yield reverse("lab:result_list", args=key)
    yield reverse("lab:result_summary", args=key)
    yield reverse("lab:report_detail", args=[*key, report.pk])


def test_what_is_opened_says_so_wherever_a_doctor_reads_it(client, report, farhana, bose):
    client.force_login(bose)
    for page in pages_of(report):
        assert AMENDING not in client.get(page).text

    opened(report, farhana)

    for page in pages_of(report):
        text = client.get(page).text
        assert AMENDING in text, page
        assert WHY in text, page
        assert "since" in text, page
    listed, summary, detail = (client.get(page).text for page in pages_of(report))
    for text in (listed, summary):
        assert "6.1" not in text
    assert "6.1" in detail
    assert "data-reprint-url" not in listed
    assert "data-reprint-url" not in detail


def test_what_is_opened_leaves_on_no_paper(report, farhana, bose):
    paper = print_reports(report=report, request_key=uuid4(), actor=bose, at=timezone.now())
    report = opened(report, farhana)

    for whole in (False, True):
        with pytest.raises(Refusal, match="being amended"):
            print_reports(report=report, whole=whole, request_key=uuid4(), actor=bose, at=timezone.now())
    paper.refresh_from_db()
    assert paper.context["versions"] == [f"{report.order_id}/1"]


def test_the_rest_of_its_slip_is_printed_without_it(encounter, report, tests, farhana, rajesh, bose):
    other = reported(encounter, bose, rajesh, farhana, tests["GLU_R"], GLU_R="110")
    opened(report, farhana)

    paper = print_reports(report=other, whole=True, request_key=uuid4(), actor=bose, at=timezone.now())

    assert paper.context["orders"] == [str(other.order_id)]


def test_the_counter_shows_it_marked_and_gives_nothing(client, report, farhana, kavita):
    asked = Handing(report.order.slip_number, Proof.SLIP)
    opened(report, farhana)

    assert find_to_hand_out(asked=asked, actor=kavita, at=timezone.now()).ready == set()
    with pytest.raises(Refusal, match="Nothing of this slip is ready"):
        hand_out(asked=asked, slip=asked.words, request_key=uuid4(), actor=kavita, at=timezone.now())
    client.force_login(kavita)
    page = client.post(
        reverse("lab:hand_out_new"), {"request_key": uuid4(), "words": asked.words, "proof": "slip"}
    ).text
    assert AMENDING in page
    assert WHY not in page
    assert "data-reprint-url" not in page


def test_the_public_check_says_it_and_neither_why_nor_whose(stranger, report, farhana, bose):
    paper = print_reports(report=report, request_key=uuid4(), actor=bose, at=timezone.now())
    opened(report, farhana)

    page = stranger.get(reverse("report_check", args=[paper.check_key])).text

    assert "The hospital is amending this report or a part of it: do not use it." in page
    assert "since" in page
    for secret in (WHY, "Asha", "6.1"):
        assert secret not in page


def test_authorised_anew_it_is_valid(client, report, farhana, rajesh, bose):
    opened(report, farhana)
    enter(report.order, rajesh, HB="9.9")
    verify(report.order, rajesh, is_partial=True)

    second = authorise(report.order, farhana)

    assert (second.version, second.reason, second.standing) == (2, WHY, "valid")
    assert second.order.reopened_at is None
    client.force_login(bose)
    assert AMENDING not in client.get(next(pages_of(second))).text
    assert print_reports(report=second, whole=True, request_key=uuid4(), actor=bose, at=timezone.now())


def test_a_wrong_patients_report_is_withdrawn(client, stranger, report, farhana, rajesh, bose, kavita):
    paper = print_reports(report=report, request_key=uuid4(), actor=bose, at=timezone.now())

    report = withdrawn(report, farhana, rajesh, bose)

    assert report.order.status == OrderStatus.CANCELLED
    public = stranger.get(reverse("report_check", args=[paper.check_key])).text
    assert "The hospital has withdrawn this report" in public
    assert WHY not in public
    with pytest.raises(Refusal, match="withdrawn"):
        print_reports(report=report, request_key=uuid4(), actor=bose, at=timezone.now())
    assert report.standing == "withdrawn"
    assert report.standing_why == f"{WHY} · ordered by mistake"
    client.force_login(bose)
    for page in pages_of(report):
        text = client.get(page).text
        assert WITHDRAWN in text, page
        assert WHY in text, page
        assert "ordered by mistake" in text, page
    assert (
        find_to_hand_out(
            asked=Handing(report.order.slip_number, Proof.SLIP), actor=kavita, at=timezone.now()
        ).ready
        == set()
    )
