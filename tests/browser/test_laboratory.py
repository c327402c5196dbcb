"""The laboratory's whole way by keys and scans: from the doctor's order to the paper in hand."""

from datetime import timedelta
from io import BytesIO
from threading import Event

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect
from pypdf import PdfReader

from billing.models import Invoice
from billing.states import InvoiceStatus
from lab import services
from lab.models import CriticalAcknowledgement, DiagnosticReport, ResultLine, ServiceRequest, Specimen
from lab.states import OrderStatus, SpecimenStatus
from patients.models import Patient
from tests.browser.screen import CUT
from tests.factories.analysers import make_analyser
from tests.factories.lab import (
    collect,
    make_pathologist,
    make_technician,
    make_tests,
    order,
    received,
    set_prices,
)
from tests.factories.notes import make_templates
from tests.factories.opd import make_clinic_day, make_token
from tests.factories.patients import make_encounter, make_patient
from tests.factories.wire import Instrument, astm
from tests.lab.test_listener import listening, until

pytestmark = pytest.mark.browser


@pytest.fixture
def tests(rims):
    held = make_tests()
    set_prices(rims, held)
    return held


@pytest.fixture
def rajesh(rims):
    return make_technician(rims)


@pytest.fixture
def farhana(rims):
    return make_pathologist(rims)


@pytest.fixture
def waiting(rims, unit, bose, tests):
    """Phulmani waits before Bose's room."""
    make_templates()
    unit.doctor = bose
    unit.save()
    clinic = make_clinic_day(unit, timezone.localdate())
    patient = make_patient(rims, "Phulmani Munda", name_hi="फूलमनी मुंडा", sex="female")
    return make_token(clinic, patient, senior_since=timezone.now() - timedelta(minutes=20))


# Whether the browser would ask before it leaves the page.
ASKS = "!dispatchEvent(new Event('beforeunload', { cancelable: true }))"


def test_of_tubes_scanned_without_a_line_the_first_is_kept_and_the_next_is_said(
    sit, encounter, bose, tests, rajesh
):
    orders = order(encounter, bose, tests["CBC"], tests["KFT"], urgent=True)
    first, second = collect(encounter, orders, rajesh)
    bench = sit(rajesh).open("lab:reception_list")
    bench.forgive(*CUT)
    said, box = bench.page.locator("#messages"), bench.page.locator("#id_words")
    assert not bench.page.evaluate(ASKS)
    bench.page.context.set_offline(True)
    expect(bench.page.locator("#link-lost")).to_be_visible()
    for specimen in first, second:
        bench.page.keyboard.type(specimen.accession_number)
        bench.page.keyboard.press("Enter")  # the page is not left
        expect(bench.page.get_by_text("Kept. It will be sent")).to_be_visible()
    expect(said).to_contain_text("No connection")
    expect(box).to_have_value(first.accession_number)
    assert bench.page.evaluate(ASKS)
    bench.page.context.set_offline(False)
    expect(bench.page.locator(".t-good", has_text="Received")).to_be_visible()
    bench.scan(second.accession_number)
    expect(bench.page.get_by_label("Received")).to_contain_text(second.accession_number)

    assert not Specimen.objects.exclude(status=SpecimenStatus.RECEIVED).exists()


def order_in_the_room(sit, bose, waiting, words):
    """Bose orders these on the page of Phulmani's visit."""
    room = sit(bose).open("opd:room_detail")
    room.press("F8")
    room.arrives_at("opd:token_detail", waiting.pk)
    room.press("Enter")
    expect(room.page.locator("#tests-words")).to_be_visible()
    room.press("Alt+j")
    room.type(words)
    room.press("Enter")
    expect(room.page.locator("#orders li.chip")).to_have_count(1)
    return room


@pytest.mark.reads_paper
def test_from_the_doctors_order_to_the_report_in_hand(
    sit, rims, bose, waiting, rajesh, farhana, dev, tmp_path, all_answered
):
    analyser = make_analyser(rims)
    assert analyser.is_active
    doctor = order_in_the_room(sit, bose, waiting, "cbc")
    cbc = ServiceRequest.objects.select_related("test", "encounter").get()

    # Not paid yet: the needle waits.
    bench = sit(rajesh)
    bench.open("lab:collection_list").scan(cbc.slip_number)
    bench.arrives_at("lab:collection_new", cbc.encounter_id)
    assert bench.page.locator("input[name=orders]:checked").count() == 0

    bill_and_pay(sit, cbc, dev)

    # The tube.
    bench.open("lab:collection_list").scan(cbc.slip_number)
    bench.arrives_at("lab:collection_new", cbc.encounter_id)
    expect(bench.page.locator("input[name=orders]:checked")).to_have_count(1)
    bench.press("Enter")
    bench.page.wait_for_url("**/lab/collection/?labels=*")
    (printed,) = bench.asked_to_print()
    assert bench.page.request.get(bench.base + printed).body().startswith(b"%PDF")
    specimen = Specimen.objects.get()
    bench.open("lab:reception_list").scan(specimen.accession_number)
    expect(bench.page.locator(".t-good", has_text="Received")).to_be_visible()

    # The instrument sends it over a socket; a haemoglobin that somebody must answer for.
    with listening(tmp_path) as ear, Instrument(ear.port) as instrument:
        message = astm(
            ("WBC", "7.1", "10*3/uL"),
            ("HGB", "4.1", "g/dL"),
            ("PLT", "210", "10*3/uL"),
            number=specimen.accession_number,
        )
        assert instrument.send_astm(message)
        until(lambda: ResultLine.objects.filter(order=cbc).count() == 3)

    # It is on the doctor's screen at once, not yet verified.
    doctor.open("opd:room_detail")
    alarm = doctor.page.locator("#alarm")
    expect(alarm).to_contain_text("4.1")
    expect(alarm).to_contain_text("not verified yet")

    # Verified by one key; the analyser itself verifies nothing, nor does the key from the search box.
    bench.open("lab:worklist")
    bench.press("F2", "Control+Enter")
    cbc.refresh_from_db()
    assert cbc.status == OrderStatus.RESULTED
    expect(bench.page.locator("[name=v-HB]")).to_have_value("4.1")
    bench.page.locator("[name=v-RBC]").focus()
    bench.forgive("422")
    bench.press("Control+Enter")
    missing = bench.page.locator("input[name=is_partial]")
    expect(missing).to_be_visible()
    missing.check()
    bench.press("Control+Enter")
    expect(bench.page.locator(".sheet .t-good")).to_contain_text("verified")

    # Authorised by another, with Enter.
    desk = sit(farhana).open("lab:authorisation_list")
    desk.arrives_at("lab:authorisation_new", cbc.pk)
    desk.press("Enter")
    desk.arrives_at("lab:authorisation_list")
    report = DiagnosticReport.objects.get()
    assert (report.verified_by, report.authorised_by) == (rajesh, farhana)

    # The doctor reads it back.
    doctor.open("opd:room_detail")
    expect(alarm).to_contain_text("4.1")
    doctor.press("Alt+k")
    doctor.arrives_at("lab:critical_list")
    doctor.type("4.1")
    doctor.press("Enter", "Enter")
    doctor.arrives_at("lab:critical_list")
    expect(doctor.page.get_by_text("No critical value waits")).to_be_visible()
    assert CriticalAcknowledgement.objects.get().acknowledged_by == bose

    # In the room by a key, on the chart, and on paper.
    doctor.open("opd:token_detail", waiting.pk)
    doctor.press("Alt+v")
    doctor.arrives_at("lab:result_list", cbc.patient_id)
    doctor.open("lab:report_detail", cbc.patient_id, report.pk)
    expect(doctor.page.locator("main")).to_contain_text("4.1")
    doctor.press("F9")
    (paper,) = doctor.asked_to_print()
    printed = PdfReader(BytesIO(doctor.page.request.get(doctor.base + paper).body()))
    text = " ".join(page.extract_text() for page in printed.pages)
    assert "4.1" in text
    assert "LL" in text
    assert farhana.name in text
    all_answered()
    for screen in (doctor, bench, desk):
        screen.assert_calm()


def bill_and_pay(sit, one, cashier):
    """The cashier's way from the card to the receipt: a scan, and Enter each time."""
    till = sit(cashier).open("billing:bill_list")
    till.scan(one.patient.uhid)
    expect(till.page.get_by_text("On no bill yet")).to_be_visible()
    till.press("Enter")
    till.arrives_at("billing:account_detail", one.encounter_id)
    till.press("Enter")
    till.page.wait_for_url("**/billing/invoices/*/")
    till.press("Enter")
    till.page.wait_for_url("**/payments/new/")
    till.press("Enter")
    till.page.wait_for_url("**/billing/invoices/*/?*")
    till.assert_calm()
    invoice = Invoice.objects.get(encounter=one.encounter)
    assert invoice.status == InvoiceStatus.PAID


def test_a_tube_that_is_scanned_while_the_last_one_is_on_its_way_is_received_too(
    sit, encounter, bose, rajesh, clara, tests, monkeypatch, all_answered
):
    orders = order(encounter, bose, tests["CBC"], tests["GLU_R"], urgent=True)
    tubes = collect(encounter, orders, clara)
    assert len(tubes) == 2
    receive, both_scanned = services.receive_specimens, Event()

    def slowly(**said):
        both_scanned.wait(20)
        return receive(**said)

    monkeypatch.setattr(services, "receive_specimens", slowly)
    bench = sit(rajesh).open("lab:reception_list")
    for tube in tubes:
        bench.page.keyboard.type(tube.accession_number)
        # The hand takes longer to the next tube than a request to the wire, on this machine, too.
        with bench.page.expect_request(lambda one: one.method == "POST" and one.url.endswith("/reception/")):
            bench.page.keyboard.press("Enter")
    both_scanned.set()
    expect(bench.page.get_by_label("Received")).to_contain_text(tubes[-1].accession_number)
    all_answered()
    assert {one.status for one in Specimen.objects.all()} == {SpecimenStatus.RECEIVED}


def test_a_rejected_specimen_is_collected_once_more(sit, encounter, bose, rajesh, clara, tests):
    (cbc,) = received(encounter, bose, rajesh, tests["CBC"])
    bench = sit(rajesh).open("lab:rejection_new", cbc.specimen_id)
    bench.press("Space", "Enter")
    bench.arrives_at("lab:reception_list")
    first = Specimen.objects.get()
    assert first.status == SpecimenStatus.REJECTED

    ward = sit(clara).open("lab:recollection_list")
    expect(ward.page.locator("main")).to_contain_text("haemolysed")
    ward.page.get_by_role("link", name=encounter.patient.name).click()
    ward.arrives_at("lab:collection_new", encounter.pk)
    expect(ward.page.locator(".tube")).to_contain_text("Rejected before")
    ward.press("Enter")
    ward.page.wait_for_url("**/lab/collection/?labels=*")
    cbc.refresh_from_db()
    assert cbc.status == OrderStatus.COLLECTED
    assert cbc.specimen.replaces == first
    bench.assert_calm()
    ward.assert_calm()


def test_values_are_typed_from_box_to_box_and_from_order_to_order(sit, rims, med, bose, rajesh, tests):
    made = []
    for name in ("Sunil", "Anita"):
        encounter = make_encounter(make_patient(rims, name), med)
        made += received(encounter, bose, rajesh, tests["ELEC"])
    bench = sit(rajesh).open("lab:worklist")
    expect(bench.page.locator("[name=v-NA]").first).to_be_focused()
    before = bench.keys
    for value in ("140", "4.1", "104", "24"):
        bench.type(value)
        bench.press("Enter")
    expect(bench.page.locator("[name=v-NA]").nth(1)).to_be_focused()
    assert bench.keys - before == 4
    expect(bench.page.locator("[name=v-AGAP]").first).to_have_value("12")
    bench.type("150")
    bench.press("Control+Enter")
    expect(bench.page.locator("main .ask")).to_be_visible()
    bench.forgive("422")
    bench.assert_calm()


def test_its_pages_are_calm_narrow_and_accessible_with_the_worst_names(
    faults_of, encounter, bose, rajesh, tests
):
    Patient.objects.filter(pk=encounter.patient_id).update(name='"><img src=x onerror=alert(1)>')
    order(encounter, bose, tests["CBC"], urgent=True)
    received(encounter, bose, rajesh, tests["ELEC"])
    names = ("collection_list", "reception_list", "worklist", "critical_list")

    assert faults_of(rajesh, [reverse(f"lab:{name}") for name in names]) == []
