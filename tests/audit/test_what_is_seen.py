"""Each look at a patient, each print and each search is an entry, whichever way it was taken."""

import subprocess
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from billing.services import Offer
from billing.states import PaymentMode
from hmis.kernel import pdf
from hmis.kernel.models import AuditEntry, IssuedDocument
from opd.services import Visit, register_visit
from tests.audit.conftest import browser_of
from tests.factories.billing import make_invoice


@pytest.fixture
def made(asha, med, unit, kavita):
    """Asha's registration of today, with slip and receipt; what it wrote is not looked at."""
    return register_visit(
        patient=asha,
        visit=Visit(department=med, offer=Offer(PaymentMode.CASH)),
        request_key=uuid4(),
        actor=kavita,
        at=timezone.now(),
    )


def looks(client, path, **sent):
    """The facts of Asha that come of this request."""
    before = set(AuditEntry.objects.values_list("pk", flat=True))
    answer = client.post(path, sent) if sent else client.get(path)
    assert answer.status_code < 400
    return [(one.name, one.patient_id) for one in AuditEntry.objects.exclude(pk__in=before).order_by("pk")]


def test_each_page_that_shows_a_patient_is_written_down(made, asha, med, kavita):
    client, owed = browser_of(kavita), make_invoice(made.encounter, kavita)
    viewed = [("patients.patient_viewed", asha.pk)]
    for name, args, expected in [
        ("patients:patient_detail", [asha.pk], viewed),
        ("patients:patient_edit", [asha.pk], viewed),
        ("api-patient-detail", [asha.pk], viewed),
        ("opd:registration_detail", [made.encounter.pk], [("opd.registration_viewed", asha.pk)]),
        ("api-registration-detail", [made.encounter.pk], [("opd.registration_viewed", asha.pk)]),
        ("billing:invoice_detail", [owed.pk], [("billing.invoice_viewed", asha.pk)]),
        ("billing:payment_new", [owed.pk], [("billing.invoice_viewed", asha.pk)]),
    ]:
        assert looks(client, reverse(name, args=args)) == expected, name
    assert looks(client, reverse("opd:registration_new") + f"?patient={asha.pk}") == viewed


def test_each_search_is_written_down(asha, med, kavita):
    client = browser_of(kavita)
    searched = ("patients.patients_searched", None)

    assert looks(client, reverse("patients:patient_list"), q="Asha") == [searched]
    assert looks(client, reverse("opd:search_new"), q=asha.uhid) == [
        searched,
        ("patients.patient_viewed", asha.pk),
    ]
    assert looks(client, reverse("api-patient-list") + "?q=Asha") == [searched]


def test_whom_a_half_filled_form_was_shown_is_written_down(asha, med, kavita):
    client, url = browser_of(kavita), reverse("opd:duplicate_list")

    assert looks(client, url, name="Asha Devi", sex="female", phone="9431100001") == [
        ("patients.duplicates_offered", None)
    ]
    assert looks(client, url, name="Zzzyx Qqq", sex="female") == []


def test_each_print_and_each_copy_is_written_down_with_the_bytes_that_were_printed(made, asha, kavita):
    client = browser_of(kavita)
    opened, copied = ("kernel.paper_opened", asha.pk), ("kernel.paper_copied", asha.pk)

    assert looks(client, reverse("paper_detail", args=[made.slip.pk])) == [opened]
    both = f"{reverse('paper_list')}?p={made.slip.pk}&p={made.receipt.pk}"
    assert looks(client, both) == [opened, opened]
    assert looks(client, reverse("paper_copy_new", args=[made.slip.pk]), again="1") == [copied]
    assert (
        looks(client, reverse("opd:registration_copy_new", args=[made.encounter.pk]), again="1")
        == [copied] * 2
    )
    assert looks(client, reverse("api-paper-detail", args=[made.slip.pk])) == [opened]
    slip = IssuedDocument.objects.get(pk=made.slip.pk)
    for entry in AuditEntry.objects.filter(name="kernel.paper_opened", about_id=slip.pk):
        assert entry.detail["sha256"] == slip.sha256


def printed(client, paper):
    told = subprocess.run(
        ["pdftotext", "-", "-"], input=client.get(paper).content, capture_output=True, check=True
    )
    return told.stdout.decode()


def test_the_original_of_a_receipt_is_printed_once_and_looked_at_afterwards(made, kavita):
    client, receipt = browser_of(kavita), reverse("paper_detail", args=[made.receipt.pk])
    both = f"{reverse('paper_list')}?p={made.slip.pk}&p={made.receipt.pk}"
    kept = IssuedDocument.objects.filter(pk=made.receipt.pk).values_list("pdf", "sha256")

    assert "ORIGINAL" in printed(client, receipt)
    assert "ORIGINAL" in printed(client, receipt)  # the printer jammed
    before = kept.get()
    with time_machine.travel(timezone.now() + timedelta(minutes=11), tick=False):
        client = browser_of(kavita)
        for asked in (receipt, both, reverse("api-paper-detail", args=[made.receipt.pk])):
            shown = printed(client, asked)
            assert "VIEWING ONLY" in shown
            assert "ORIGINAL" not in shown

    assert kept.get() == before
    assert list(pdf.paper_faults()) == []
    assert AuditEntry.objects.filter(name="kernel.paper_opened", detail__seen=True).count() == 3
