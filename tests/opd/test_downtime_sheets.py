"""Sheets for a day without the system: every number is given once, and each sheet says what it needs."""

import io
import subprocess
from functools import partial
from uuid import uuid4

import pytest
from django.urls import reverse
from pypdf import PdfReader

from facilities.roles import Role
from hmis.kernel import facts, pdf
from hmis.kernel.errors import KeyReused, Refusal
from hmis.kernel.models import AuditEntry, Delivery, IssuedDocument, NumberSeries, RequestKey
from opd.services import MOST_SHEETS, print_downtime_sheets
from tests.conftest import NOON
from tests.factories.facilities import make_department, make_person
from tests.factories.parallel import all_at_once


@pytest.fixture
def alok(rims):
    """RIMS's administrator."""
    return make_person("Alok", Role.FACILITY_ADMIN, rims)


def print_sheets(department, actor, count=3, key=None):
    return print_downtime_sheets(
        department=department, count=count, request_key=key or uuid4(), actor=actor, at=NOON
    )


def numbers(paper):
    return [sheet["number"] for sheet in paper.context["sheets"]]


def test_each_printing_goes_on_where_the_last_one_ended(med, alok):
    first, second = print_sheets(med, alok), print_sheets(med, alok, count=1)

    assert numbers(first) == ["RIMS/P26/0000001", "RIMS/P26/0000002", "RIMS/P26/0000003"]
    assert first.number == "RIMS/P26/0000001–0000003"
    assert numbers(second) == ["RIMS/P26/0000004"]
    assert [sheet["token"] for sheet in first.context["sheets"]] == ["P1", "P2", "P3"]


def test_that_sheets_were_printed_is_written_down(med, alok):
    paper = print_sheets(med, alok)

    fact = AuditEntry.objects.get()
    assert (fact.name, fact.about_id, fact.actor) == ("opd.downtime_sheets_printed", med.pk, alok)
    assert fact.detail == {"count": 3, "paper": str(paper.pk)}


@pytest.mark.parametrize("count", [0, -1, MOST_SHEETS + 1])
def test_more_than_fit_are_refused_and_leave_no_trace(med, alok, count):
    with pytest.raises(Refusal, match="Between 1 and 100"):
        print_sheets(med, alok, count)

    for model in IssuedDocument, AuditEntry, RequestKey, NumberSeries:
        assert not model.objects.exists()


def test_sent_twice_is_printed_once(med, alok):
    key = uuid4()
    assert print_sheets(med, alok, key=key) == print_sheets(med, alok, key=key)
    assert IssuedDocument.objects.count() == 1
    with pytest.raises(KeyReused):
        print_sheets(med, alok, count=4, key=key)


@pytest.mark.django_db(transaction=True)
def test_many_at_once_never_share_a_number(med, alok):
    papers = all_at_once([partial(print_sheets, med, alok, count=7)] * 12)

    given = sorted(number for paper in papers for number in numbers(paper))
    assert given == [f"RIMS/P26/{n:07d}" for n in range(1, 85)]


def test_one_page_for_each_slip_and_then_the_list(med, alok):
    names = {"name": '"><img src=x onerror=alert(1)>', "name_hi": "=1+1 " + "चिकित्सा " * 8}
    department = make_department(med.facility, "XSS", **names)
    paper = print_sheets(department, alok, count=12)

    pages = PdfReader(io.BytesIO(pdf.bytes_of(paper))).pages

    sizes = [(round(page.mediabox.width), round(page.mediabox.height)) for page in pages]
    assert sizes[:12] == [(420, 595)] * 12
    assert set(sizes[12:]) == {(595, 420)}
    for place in range(1, 13):
        text = text_of(paper, place, place)
        assert f"P{place}\n" in text
        assert f"RIMS/P26/{place:07d}" in text
    listed = text_of(paper, 13, len(pages))
    assert all(f"P{place}\n" in listed for place in range(1, 13))


def text_of(paper, first, last):
    command = ["pdftotext", "-f", str(first), "-l", str(last), "-", "-"]
    return subprocess.run(command, input=pdf.bytes_of(paper), capture_output=True, check=True).stdout.decode()


def test_the_worker_makes_them_ready(med, alok):
    paper = print_sheets(med, alok)
    assert Delivery.objects.count() == 1

    facts.sweep()

    paper.refresh_from_db()
    assert paper.pdf is not None


# ── The page ──


def test_the_administrator_prints_and_finds_them_again(med, alok, client, django_assert_max_num_queries):
    client.force_login(alok)
    page = client.get(reverse("opd:downtimesheet_list"))
    assert "No sheets were printed yet." in page.text

    form = {"department": med.pk, "count": "5", "request_key": uuid4()}
    answer = client.post(reverse("opd:downtimesheet_new"), form)
    assert (answer.status_code, answer.headers["Location"]) == (303, reverse("opd:downtimesheet_list"))
    with django_assert_max_num_queries(20):
        page = client.get(reverse("opd:downtimesheet_list"))
    paper = IssuedDocument.objects.get()
    assert paper.number in page.text
    assert reverse("paper_detail", args=[paper.pk]) in page.text
    assert client.get(reverse("paper_detail", args=[paper.pk])).content.startswith(b"%PDF")


@pytest.mark.parametrize("count", ["0", "101", "", "many", "1e3"])
def test_what_was_typed_stays_with_the_sentence_beside_it(med, alok, client, count):
    client.force_login(alok)

    answer = client.post(
        reverse("opd:downtimesheet_new"), {"department": med.pk, "count": count, "request_key": uuid4()}
    )

    assert answer.status_code == 422
    assert f'value="{count}"' in answer.text or count == ""
    assert "invalid-feedback" in answer.text
    assert not IssuedDocument.objects.exists()


def test_another_hospitals_department_is_no_choice(sgml_med, alok, client):
    client.force_login(alok)

    answer = client.post(
        reverse("opd:downtimesheet_new"), {"department": sgml_med.pk, "count": "5", "request_key": uuid4()}
    )

    assert answer.status_code == 422
    assert not IssuedDocument.objects.exists()


def test_without_a_broker_they_are_printed_all_the_same(med, alok, client, absent_broker):
    client.force_login(alok)
    form = {"department": med.pk, "count": "1", "request_key": uuid4()}

    assert client.post(reverse("opd:downtimesheet_new"), form).status_code == 303
    assert pdf.bytes_of(IssuedDocument.objects.get()).startswith(b"%PDF")
