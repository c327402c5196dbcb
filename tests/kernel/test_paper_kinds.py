"""Who opens which kind of paper: each role before each kind, at its own hospital."""

from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.http import HttpResponseForbidden
from django.urls import reverse

from facilities.roles import ROLES, Reach, Role
from hmis import urls
from hmis.kernel import pdf
from hmis.kernel.models import AuditEntry, IssuedDocument
from patients.queries import CARD
from patients.services import print_card
from tests.conftest import NOON
from tests.factories import sessions
from tests.factories.facilities import make_person

CASUALTY = "clerk nurse doctor records_officer facility_admin"
MONEY = "clerk cashier billing_supervisor records_officer facility_admin"
WARD = "clerk nurse doctor records_officer"
OPENED_BY = {
    "ipd/documents/admission_sheet.html": WARD,
    "ipd/documents/wrist_band.html": WARD,
    "ipd/documents/lama_form.html": WARD,
    "ipd/documents/gate_pass.html": WARD,
    "ipd/documents/summary.html": "nurse doctor",
    "ipd/documents/form_4.html": f"{WARD} facility_admin",
    "ipd/documents/body_receipt.html": "nurse doctor",
    "billing/documents/bill.html": MONEY,
    "billing/documents/closing_sheet.html": MONEY,
    "billing/documents/credit_note.html": MONEY,
    "billing/documents/receipt.html": MONEY,
    "billing/documents/receipt_a4.html": MONEY,
    "billing/documents/receipt_roll.html": MONEY,
    "billing/documents/voucher.html": MONEY,
    "billing/documents/voucher_roll.html": MONEY,
    "lab/documents/test_slip.html": "clerk nurse doctor lab_technician pathologist radiologist cashier"
    " billing_supervisor facility_admin",
    "lab/documents/labels.html": "nurse doctor lab_technician",
    "lab/documents/form_f.html": "radiologist",
    "lab/documents/report.html": "clerk nurse doctor lab_technician pathologist radiologist",
    "opd/documents/slip.html": "clerk nurse doctor billing_supervisor records_officer facility_admin",
    "opd/documents/casualty_slip.html": CASUALTY,
    "opd/documents/downtime_sheets.html": "billing_supervisor facility_admin",
    "patients/documents/prescription.html": "nurse doctor",
    "patients/documents/prescription_a5.html": "nurse doctor",
    "patients/documents/admission_request.html": "clerk nurse doctor records_officer facility_admin",
    "patients/documents/certificate.html": "doctor records_officer facility_admin",
    "patients/documents/referral_letter.html": "clerk nurse doctor records_officer facility_admin",
    "patients/documents/card.html": "clerk records_officer facility_admin",
    "patients/documents/labels.html": "clerk records_officer facility_admin",
    "patients/documents/note.html": "nurse doctor",
    "patients/documents/note_a5.html": "nurse doctor",
    "patients/documents/police_intimation.html": CASUALTY,
}
# Pressed for the page that shows it, and kept nowhere.
NOT_ISSUED = {
    "audit/documents/seal.html",
    "ipd/documents/register.html",
    "reports/documents/form_p.html",
    "reports/documents/pack.html",
    "billing/documents/challans.html",
    "billing/documents/collections.html",
    "billing/documents/daybook.html",
}


def kept(template, patient, *, facility_id):
    """A paper of this kind that was rendered already."""
    return IssuedDocument.objects.create(
        template=template,
        about="patients.patient",
        about_id=uuid4(),
        facility_id=facility_id,
        patient_id=patient.pk,
        context={},
        issued_at=NOON,
        pdf=b"%PDF-1.7",
        sha256="0" * 64,
    )


def test_every_template_of_a_paper_has_its_kind():
    folders = (Path(one) for one in settings.TEMPLATES[0]["DIRS"])
    found = {
        str(one.relative_to(folder)) for folder in folders for one in folder.glob("*/documents/[!_]*.html")
    }

    assert found - NOT_ISSUED == set(OPENED_BY)
    assert set(OPENED_BY) <= set(pdf.KINDS)


@pytest.fixture
def somebody(rims):
    """{role of a hospital: somebody at RIMS who has it}."""
    return {role: make_person("Somebody", role, rims) for role in Role if ROLES[role].reach == Reach.FACILITY}


def test_each_role_opens_the_papers_of_its_own_desk_and_no_others(rims, asha, somebody):
    papers = [kept(template, asha, facility_id=rims.pk) for template in OPENED_BY]
    for role, person in somebody.items():
        opened = {paper.template for paper in papers if pdf.may_open(person, paper)}
        assert opened == {template for template, roles in OPENED_BY.items() if role in roles.split()}, role


def test_every_door_asks_it_of_every_kind(rims, asha, somebody, monkeypatch):
    browsers = {role: sessions.signed_in(person) for role, person in somebody.items()}
    sessions.read_once()(monkeypatch)
    # Who is turned away reads nothing: this asks for two hundred papers.
    monkeypatch.setattr(urls, "handler403", lambda request, exception: HttpResponseForbidden(), raising=False)
    for place, (template, roles) in enumerate(OPENED_BY.items()):
        paper = kept(template, asha, facility_id=rims.pk)
        opens, others = roles.split(), sorted(set(somebody) - set(roles.split()))
        for role, answer in ((opens[place % len(opens)], 200), (others[place % len(others)], 403)):
            browser = browsers[role]
            detail = browser.get(reverse("paper_detail", args=[paper.pk])).status_code
            several = browser.get(reverse("paper_list"), {"p": paper.pk}).status_code
            api = browser.get(reverse("api-paper-detail", args=[paper.pk])).status_code
            assert (detail, several, api) == (answer,) * 3, (template, role)


def test_a_paper_of_another_hospital_is_not_there_whatever_its_kind(client, kavita, sgml, asha):
    client.force_login(kavita)
    for template in OPENED_BY:
        paper = kept(template, asha, facility_id=sgml.pk)
        assert client.get(reverse("paper_detail", args=[paper.pk])).status_code == 404


def test_a_kind_that_nobody_has_named_opens_to_nobody(client, kavita, rims, asha):
    client.force_login(kavita)
    paper = kept("opd/documents/unheard.html", asha, facility_id=rims.pk)

    assert client.get(reverse("paper_detail", args=[paper.pk])).status_code == 403
    assert client.post(reverse("paper_copy_new", args=[paper.pk])).status_code == 403


def test_who_tries_anothers_papers_is_written_down(client, clara, rims, asha):
    client.force_login(clara)
    receipt = kept("billing/documents/receipt.html", asha, facility_id=rims.pk)
    client.get(reverse("paper_detail", args=[receipt.pk]))

    refused = AuditEntry.objects.get(name="kernel.access_refused")
    assert (refused.actor, refused.detail["permission"]) == (clara, "billing.view_invoice")
    assert not AuditEntry.objects.filter(name="kernel.paper_opened").exists()


def test_a_card_is_copied_only_where_the_reason_is_asked(client, kavita, asha):
    card = print_card(patient=asha, reason="", request_key=uuid4(), actor=kavita, at=NOON)
    client.force_login(kavita)
    again, page = (
        reverse("paper_copy_new", args=[card.pk]),
        reverse("patients:patient_detail", args=[asha.pk]),
    )

    asked = client.post(again, headers={"X-Fetch": "1"})
    assert (asked.status_code, asked.json()["url"]) == (422, page)
    assert "where the reason is asked" in asked.json()["error"]
    assert client.post(again, follow=True).redirect_chain == [(page, 302)]
    assert IssuedDocument.objects.filter(template=CARD).count() == 1
