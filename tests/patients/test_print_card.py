"""The patient's card: one original, each further one counted with its reason; and labels."""

from functools import partial
from io import BytesIO
from subprocess import run
from uuid import uuid4

import pytest
from django.urls import reverse
from pypdf import PdfReader

from hmis.kernel import pdf
from hmis.kernel.errors import KeyReused, Refusal
from hmis.kernel.models import AuditEntry, IssuedDocument
from patients.queries import cards_of
from patients.services import edit_patient, print_card, print_labels
from tests.conftest import NOON
from tests.factories.parallel import all_at_once
from tests.factories.patients import make_patient

MM = 25.4 / 72  # a point
HOSTILE = '"><img src=x onerror=alert(1)>'


def card(patient, clerk, reason="", **changes):
    details = {"request_key": uuid4(), "actor": clerk, "at": NOON}
    return print_card(patient=patient, reason=reason, **details | changes)


def text_of(paper, tmp_path):
    """What is printed, and on how many pages."""
    held = tmp_path / "paper.pdf"
    held.write_bytes(pdf.bytes_of(paper))
    text = run(["pdftotext", "-layout", held, "-"], capture_output=True, text=True, check=True).stdout
    return text, text.count("\f")


def test_the_first_card_is_the_original_and_asks_for_no_reason(asha, kavita):
    paper = card(asha, kavita, reason="lost")

    assert (paper.copy, paper.patient_id, paper.facility_id) == (0, asha.pk, asha.facility_id)
    assert paper.context["reason"] == ""  # nothing can be lost yet


def test_a_second_card_without_a_reason_is_refused(asha, kavita):
    card(asha, kavita)

    with pytest.raises(Refusal, match="has a card already") as refused:
        card(asha, kavita)
    assert refused.value.field == "reason"
    assert IssuedDocument.objects.count() == 1


def test_lost_cards_are_counted_with_their_reasons(asha, kavita):
    papers = [card(asha, kavita, reason) for reason in ("", "lost", "damaged")]

    assert [paper.copy for paper in papers] == [0, 1, 2]
    assert [one.paper.pk for one in cards_of(asha, kavita)] == [paper.pk for paper in reversed(papers)]
    assert [one.reason for one in cards_of(asha, kavita)] == ["torn or unreadable", "lost", ""]
    facts = AuditEntry.objects.filter(name="patients.card_printed").order_by("pk")
    assert [(fact.detail["copy"], fact.detail["reason"]) for fact in facts] == [
        (0, ""),
        (1, "lost"),
        (2, "damaged"),
    ]


def test_a_card_says_both_names_and_no_phone(asha, kavita, tmp_path):
    paper = card(asha, kavita)
    text, pages = text_of(paper, tmp_path)

    assert pages == 1
    for said in ("ASHA DEVI", asha.uhid_shown, "1992", "RIMS Ranchi"):
        assert said in text
    assert paper.context["name_hi"] == "आशा देवी"  # shaped letters are not read back from a PDF
    assert asha.phone not in text.replace(" ", "")
    assert "DUPLICATE" not in text


def test_a_duplicate_says_so_and_keeps_the_words_of_the_original(asha, kavita, tmp_path):
    card(asha, kavita)
    again = card(asha, kavita, "lost")

    assert "DUPLICATE 1" in text_of(again, tmp_path)[0]
    assert again.frozen()["reason"] == "lost"


def test_details_put_right_make_a_new_original(asha, kavita, tmp_path):
    card(asha, kavita)
    edit_patient(patient=asha, details={"name": "Asha Kumari"}, rev=0, actor=kavita, at=NOON)
    new = card(asha, kavita, "corrected")

    assert (new.copy, new.frozen()["reason"]) == (0, "corrected")
    assert "ASHA KUMARI" in text_of(new, tmp_path)[0]
    assert card(asha, kavita, "lost").original == new


def test_each_hospital_counts_its_own_cards(asha, kavita, gopal):
    card(asha, kavita)

    assert card(asha, gopal).copy == 0
    assert len(cards_of(asha, kavita)) == len(cards_of(asha, gopal)) == 1


def test_a_card_asked_for_twice_is_printed_once(asha, kavita):
    key = uuid4()
    first = card(asha, kavita, request_key=key)

    assert card(asha, kavita, request_key=key) == first
    with pytest.raises(KeyReused):
        card(asha, kavita, "lost", request_key=key)


def test_a_card_is_as_large_as_a_bank_card_and_a_label_as_its_roll(asha, kavita):
    labels = print_labels(patient=asha, count=2, request_key=uuid4(), actor=kavita, at=NOON)

    for paper, size in ((card(asha, kavita), (85.6, 54)), (labels, (50, 25))):
        pages = PdfReader(BytesIO(pdf.bytes_of(paper))).pages
        for page in pages:
            assert (page.mediabox.width * MM, page.mediabox.height * MM) == pytest.approx(size, abs=0.1)


@pytest.mark.django_db(transaction=True)
def test_eight_counters_print_one_original_and_count_the_rest(asha, kavita):
    outcomes = all_at_once([partial(card, asha, kavita, "lost") for _ in range(8)])

    assert sorted(paper.copy for paper in outcomes) == list(range(8))


@pytest.mark.parametrize("name", ["आ" * 120, "Aaaaaaaaaa " * 10, "W" * 120, HOSTILE, "=1+1 a"])
def test_whatever_the_name_a_card_is_one_page_and_a_label_too(rims, kavita, tmp_path, name):
    patient = make_patient(rims, name, name, guardian_name=name, guardian_relation="husband")
    labels = print_labels(patient=patient, count=3, request_key=uuid4(), actor=kavita, at=NOON)

    assert text_of(card(patient, kavita), tmp_path)[1] == 1
    text, pages = text_of(labels, tmp_path)
    assert (pages, text.count(patient.uhid_shown)) == (3, 3)


@pytest.mark.parametrize("count", [0, 25, -1])
def test_no_roll_is_printed_empty_by_a_slip(asha, kavita, count):
    with pytest.raises(Refusal, match="Print one to 24 labels"):
        print_labels(patient=asha, count=count, request_key=uuid4(), actor=kavita, at=NOON)


def test_labels_asked_for_twice_are_printed_once(asha, kavita):
    key = uuid4()
    asked = partial(print_labels, patient=asha, count=2, request_key=key, actor=kavita, at=NOON)

    assert asked() == asked()
    assert AuditEntry.objects.get(name="patients.labels_printed").detail == {"count": 2}


# ── At the screen ──


def test_a_card_prints_itself_and_the_next_one_asks_why(client, kavita, asha):
    client.force_login(kavita)
    url = reverse("patients:card_new", args=[asha.pk])
    first = client.post(url, {"request_key": uuid4()}, headers={"HX-Request": "true"})

    paper = IssuedDocument.objects.get()
    assert f'data-print-url="{reverse("paper_detail", args=[paper.pk])}"' in first.text
    assert 'name="reason"' in first.text
    refused = client.post(url, {"request_key": uuid4()}, headers={"HX-Request": "true"})
    assert refused.status_code == 422
    assert "has a card already" in refused.text
    assert "data-print-url" not in refused.text


def test_without_a_script_the_paper_opens(client, kavita, asha):
    client.force_login(kavita)
    url = reverse("patients:labels_new", args=[asha.pk])
    printed = client.post(url, {"request_key": uuid4(), "count": 2})

    assert printed.url == reverse("paper_detail", args=[IssuedDocument.objects.get().pk])
    wrong = client.post(url, {"request_key": uuid4(), "count": 99})
    assert wrong.status_code == 422
    assert "Other numbers" in wrong.text  # the whole page, with what is wrong
