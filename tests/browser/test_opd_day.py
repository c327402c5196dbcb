"""One patient's way through the OPD, by keys: slip, measures, note, paper; and free again."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.utils import timezone
from playwright.sync_api import expect
from pypdf import PdfReader

from opd.models import QueueToken
from patients.models import ClinicalNote
from tests.factories.notes import make_templates

pytestmark = pytest.mark.browser


@pytest.fixture
def bose_at_work(bose, unit):
    make_templates()
    unit.doctor = bose
    unit.save()
    return bose


def register(desk, patient):
    desk.scan(patient.uhid)
    expect(desk.field("Department or complaint")).to_be_focused()
    if not desk.field("Department or complaint").input_value():
        desk.type("med")
    desk.press("Enter")
    desk.asked_to_print()
    return QueueToken.objects.order_by("pk").last()


@pytest.mark.reads_paper
def test_from_the_slip_to_the_note_and_free_again(desk, sit, clara, bose_at_work, asha):
    token = register(desk, asha)

    triage = sit(clara).open("opd:vitals_list")
    for value in "120", "80", "96":
        triage.type(value)
        triage.press("Enter")
    triage.press("Control+Enter")
    triage.arrives_at("opd:vitals_list")

    room = sit(bose_at_work).open("opd:room_detail")
    room.press("F8")
    room.arrives_at("opd:token_detail", token.pk)
    expect(room.page.locator("main")).to_contain_text("120/80")
    room.press("Enter")
    expect(room.page.locator("#id_complaints")).to_be_focused()
    room.type("fever 4d")
    for code in "A09.9", "E11.9":
        room.page.locator("#diagnosis").focus()
        room.type(code)
        room.press("Enter")
        expect(room.page.locator("#diagnoses li.chip").filter(has_text=code)).to_be_visible()
    room.page.locator("#id_follow_up").focus()
    room.type("40 din")
    room.press("Control+Enter")
    (printed,) = room.asked_to_print()
    paper = PdfReader(BytesIO(room.page.request.get(room.base + printed).body()))
    said = "".join(page.extract_text() for page in paper.pages)
    for word in "fever", "A09.9", "E11.9", f"{timezone.localdate() + timedelta(days=40):%d-%m-%Y}":
        assert word in said, word

    again = register(desk.open("opd:registration_new"), asha)
    again.encounter.refresh_from_db()
    assert again.encounter.follows == token.encounter
    assert again.encounter.invoices.get().total == 0
    room.press("F8")
    room.arrives_at("opd:token_detail", again.pk)
    expect(room.page.locator("details[open]")).to_contain_text("fever 4 days")
    assert ClinicalNote.objects.get().status == "signed"
