"""A card under the scanner: the form fills, the hands stay on the keys; and the papers come by one key."""

import json

import pytest
from playwright.sync_api import expect

from patients.models import IdentifierKind, Patient
from tests.factories.patients import give_identifier

pytestmark = pytest.mark.browser

CARD = {
    "hidn": "91-1000-0000-0016",
    "hid": "phulmani@abdm",
    "name": "Phulmani Oraon",
    "gender": "F",
    "dob": "1992",
    "mobile": "9431155555",
    "address": "Tiril Basti",
    "distlgd": "364",
    "statelgd": "20",
}
CR = "331012600012345"


def scan_card(desk, **changes):
    desk.scan(json.dumps(CARD | changes), in_one=True)


def test_a_scanned_card_registers_a_new_patient_with_two_keys(desk, tokens):
    desk.scan(json.dumps(CARD))  # letter by letter
    expect(desk.field("Name")).to_have_value("Phulmani Oraon")
    expect(desk.field("Department or complaint")).to_be_focused()
    desk.press("Alt+1", "Enter")
    expect(desk.page.get_by_text("Saved: Phulmani Oraon")).to_be_visible()

    assert desk.keys == 2
    patient = Patient.objects.get()
    assert (patient.born, patient.sex, patient.abha_status) == ("1992", "female", "linked")
    assert tokens()[0].patient == patient
    desk.asked_to_print()


def test_a_card_on_file_takes_its_patient_up(desk, asha):
    give_identifier(asha, IdentifierKind.ABHA_NUMBER, "91100000000016")
    scan_card(desk)

    expect(desk.page.locator(".patient")).to_contain_text(asha.uhid_shown)


def test_the_doubt_about_the_last_digit_only_warns(desk):
    scan_card(desk, hidn="91-1000-0000-0017")

    expect(desk.page.locator("#abha-note")).to_contain_text("does not fit")
    desk.press("Alt+1", "Enter")
    expect(desk.page.get_by_text("Saved: Phulmani Oraon")).to_be_visible()


def test_what_was_typed_stays_until_the_clerk_takes_the_cards_word(desk):
    desk.press("F4")
    desk.type("Phulmani Devi")
    desk.press("F2")
    scan_card(desk)
    expect(desk.field("Name")).to_have_value("Phulmani Devi")
    desk.page.get_by_role("button", name="Phulmani Oraon").click()

    expect(desk.field("Name")).to_have_value("Phulmani Oraon")
    expect(desk.field("Name")).to_be_focused()


def test_a_filled_form_is_not_lost_by_escape(desk, asha):
    scan_card(desk)
    expect(desk.field("Name")).to_have_value("Phulmani Oraon")
    desk.press("Escape")

    expect(desk.field("Name")).to_have_value("Phulmani Oraon")


def test_somebody_on_file_is_noticed_beside_the_filled_form(desk, rims, asha):
    scan_card(desk, name=asha.name, mobile=asha.phone)

    expect(desk.page.locator("#same")).to_contain_text(asha.uhid_shown)


def test_an_old_number_of_nobody_goes_into_the_form_by_one_key(desk):
    desk.type(f"CR No. {CR}")
    expect(desk.page.locator("#found")).to_contain_text(f"CR number {CR}: nobody")  # of all its digits
    desk.press("Enter")

    expect(desk.field("Old hospital number")).to_have_value(CR)
    expect(desk.field("Name")).to_be_focused()


def test_a_number_is_kept_with_whoever_is_at_the_desk_by_one_key(desk, asha):
    desk.scan(asha.uhid)
    expect(desk.page.locator(".patient")).to_be_visible()
    desk.press("F2")
    desk.type(CR)
    expect(desk.page.locator("#found")).to_contain_text(CR)
    expect(desk.page.locator("#found")).to_contain_text("Keep it with Asha Devi")
    desk.press("Enter")

    expect(desk.field("Department or complaint")).to_be_focused()
    assert asha.identifiers.get().value == CR


@pytest.mark.prints
@pytest.mark.xdist_group("viewer")
def test_card_and_labels_come_by_one_key_each_and_a_second_card_asks_why(desk, asha, was_here):
    desk.scan(asha.uhid)
    expect(desk.page.locator(".patient")).to_be_visible()
    desk.press("Enter")
    expect(desk.page.get_by_text("Saved: Asha Devi")).to_be_visible()
    desk.asked_to_print(1)

    desk.press("Alt+k")
    desk.asked_to_print(2)
    desk.press("Alt+n")
    desk.asked_to_print(3)
    desk.forgive("status of 422")
    desk.press("Alt+k")
    expect(desk.field("Why once more")).to_be_focused()
    desk.field("Why once more").select_option("lost")
    desk.press("Alt+k")
    desk.asked_to_print(4)
    expect(desk.page.get_by_role("link", name="Duplicate 1")).to_be_visible()


def test_the_card_is_printed_from_the_patients_page_too(desk, asha):
    desk.open("patients:patient_detail", asha.pk)
    desk.press("Alt+k")

    desk.asked_to_print(1)
    expect(desk.page.get_by_role("link", name="Card", exact=True)).to_be_visible()
