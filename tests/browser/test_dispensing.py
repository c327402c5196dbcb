"""The free-drug counter by keys and scanner: what a scanner types answers no line of the patient before."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from lab.models import Specimen
from patients.models import MedicationDispense
from tests.factories.lab import make_technician, make_tests, order
from tests.factories.patients import make_patient
from tests.factories.prescribing import make_pharmacist, make_prescription

pytestmark = pytest.mark.browser


@pytest.fixture
def screen(sit, rims, encounter, bose, clara):
    note = make_prescription(encounter, bose, "para 500 1-1-1 5d", nurse=clara)
    screen = sit(make_pharmacist(rims))
    screen.go(reverse("patients:prescription_detail", args=[note.pk]))
    return screen


def test_the_next_slip_scanned_onto_a_button_gives_nothing_to_the_patient_before(screen, rims):
    expect(screen.page.locator("[data-key='1']")).to_be_focused()
    screen.scan_here("1A" + make_patient(rims, name="Birsa Munda").uhid)

    expect(screen.page.locator("#messages")).to_contain_text("then scan")
    assert not MedicationDispense.objects.exists()


def test_who_is_found_is_chosen_by_keys_and_a_card_scanned_onto_a_row_is_read_from_its_beginning(
    screen, encounter
):
    screen.open("patients:prescription_list")
    screen.type(encounter.patient.name)
    screen.press("Enter")
    expect(screen.page.get_by_role("heading", name="Prescriptions found")).to_be_visible()
    screen.press("ArrowDown", "Enter")
    screen.page.wait_for_url("**/dispensing/*/")

    screen.open("patients:prescription_list")
    screen.page.locator("[data-choose]").first.focus()
    screen.scan_here('{"hidn":"91-0000-0000-0000"}')
    expect(screen.page.get_by_role("heading", name="Prescriptions found")).to_be_visible()
    expect(screen.page.locator("#q")).to_have_value('{"hidn":"91-0000-0000-0000"}')


def test_a_tube_scanned_while_a_box_to_tick_has_the_cursor_collects_nothing(sit, rims, encounter, bose):
    order(encounter, bose, make_tests()["CBC"], urgent=True)
    screen = sit(make_technician(rims)).open("lab:collection_new", encounter.pk)
    screen.page.locator("input[name=orders]").focus()
    screen.scan_here("26112800012")

    expect(screen.page.locator("#messages")).to_contain_text("then scan")
    assert not Specimen.objects.exists()


def test_one_digit_alone_still_answers(screen):
    screen.press("1")

    expect(screen.page.locator("#dispense .t-good").first).to_be_visible()
    assert MedicationDispense.objects.get().outcome == "given"


def test_two_digits_that_a_busy_page_hears_at_once_are_no_scan(screen):
    screen.keys_here("1", "1", after=150)

    expect(screen.page.locator("#dispense .t-good").first).to_be_visible()
    assert MedicationDispense.objects.get().outcome == "given"


def test_a_key_that_is_held_down_answers_once(sit, rims, encounter, bose, clara):
    note = make_prescription(encounter, bose, "para 500 1-1-1 5d", "amox 500 1-0-1 5d", nurse=clara)
    screen = sit(make_pharmacist(rims))
    screen.go(reverse("patients:prescription_detail", args=[note.pk]))
    for _time in range(6):  # without letting it go
        screen.page.keyboard.down("1")
        screen.page.wait_for_timeout(60)
    screen.page.keyboard.up("1")

    expect(screen.page.locator("#dispense .t-good")).to_have_count(1)
    assert MedicationDispense.objects.count() == 1
