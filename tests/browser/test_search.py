"""One box for whatever there is: a number, a phone, a name in either script, written as it is heard."""

import pytest
from playwright.sync_api import expect

from tests.factories.patients import make_patient

pytestmark = pytest.mark.browser


@pytest.fixture
def sunita(rims):
    return make_patient(rims, "Sunita Kumari", "सुनीता कुमारी", phone="9431100002")


def searched_anew(desk, typed):
    """What is found by this, in a box that was empty before."""
    found = desk.page.locator("#found")
    desk.page.locator("#q").fill("")
    expect(found.locator("> *")).to_have_count(0)
    desk.type(typed)
    return found


def test_a_name_is_found_in_either_script_with_its_slips(desk, asha, sunita):
    for typed in "Asha", "asha devi", "आशा", "Aasha Debi", "आसा देवी", "asha 0001":
        found = searched_anew(desk, typed)
        expect(found, typed).to_contain_text(asha.uhid_shown)
        expect(found, typed).not_to_contain_text(sunita.uhid_shown)


def test_a_phone_finds_the_whole_family_and_arrows_choose(desk, rims, asha):
    child = make_patient(rims, "Raju Kumar", "राजू कुमार", sex="male", phone=asha.phone)
    desk.type("94311 00001")
    rows = desk.page.locator("#found [data-row]")
    expect(rows).to_have_count(2)
    expect(desk.page.locator("#search-kind")).to_contain_text("mobile · 2 found")
    second = rows.nth(1).inner_text()
    desk.press("ArrowDown", "Enter")
    chosen = desk.page.locator(".patient")
    expect(chosen).to_be_visible()
    wanted = child if child.uhid_shown in second else asha
    expect(chosen).to_contain_text(wanted.uhid_shown)
    expect(desk.field("Department or complaint")).to_be_focused()


def test_enter_takes_the_first_who_is_found_and_f4_leaves_them_for_the_name_of_a_new_patient(desk, asha):
    desk.type("asha")
    expect(desk.page.locator("#found .is-here")).to_contain_text("Asha Devi")
    desk.press("Enter")
    expect(desk.page.locator(".patient")).to_contain_text(asha.uhid_shown)
    desk.press("F4")

    expect(desk.field("Name")).to_be_focused()
    expect(desk.page.locator(".patient")).to_have_count(0)


def test_escape_gives_the_way_back_without_taking_what_was_typed(desk, asha):
    desk.scan(asha.uhid)
    department = desk.field("Department or complaint")
    expect(department).to_be_focused()
    desk.type("me")
    desk.press("Escape")
    expect(department).to_have_value("me")
    desk.press("Enter")  # the way out has the cursor now
    expect(desk.page.locator("#q")).to_be_focused()
    expect(desk.page.locator("#id_name")).to_be_visible()


def test_escape_in_a_half_filled_form_loses_nothing(desk, asha):
    desk.press("F4")
    desk.type("Birsa")
    desk.press("F2")
    desk.type("asha")
    expect(desk.page.locator("#found")).to_contain_text("Asha Devi")
    desk.press("Escape", "F4")
    expect(desk.field("Name")).to_have_value("Birsa")


def test_what_finds_nobody_says_why(desk):
    for typed, sentence in {
        "2345 6789 0124": "This looks like an Aadhaar number",
        "12100000011": "This UHID is mistyped",
        "Nobody Atall": "No patient matches this",
    }.items():
        expect(searched_anew(desk, typed), typed).to_contain_text(sentence)


def test_a_uhid_is_taken_up_at_once_even_with_its_dashes(desk, asha):
    desk.scan(asha.uhid_shown)
    expect(desk.page.locator(".patient")).to_contain_text("Asha Devi")


def test_somebody_of_another_hospital_is_found_by_the_uhid_alone(desk, sgml):
    other = make_patient(sgml, "Mangri Kujur", "मंगरी कुजूर", phone="9431100009")
    desk.type("Mangri")
    expect(desk.page.locator("#found")).to_contain_text("No patient matches")
    desk.page.locator("#q").fill("")
    desk.scan(other.uhid)
    expect(desk.page.locator(".patient")).to_contain_text("Mangri Kujur")


def test_the_search_stands_in_no_address(desk, asha):
    desk.type("asha")
    expect(desk.page.locator("#found")).to_contain_text("Asha Devi")
    assert "asha" not in desk.page.url.lower()
    desk.open("patients:patient_list")
    desk.type("asha")
    expect(desk.page.locator("#found")).to_contain_text("Asha Devi")
    assert "asha" not in desk.page.url.lower()
    desk.press("Enter")
    expect(desk.page.get_by_text("Times here")).to_be_visible()


def test_more_than_are_shown_is_said(desk, rims):
    for number in range(22):
        make_patient(rims, f"Budhni Kujur {number}", "", phone=f"94311100{number:02d}")
    desk.type("budhni")

    expect(desk.page.locator("#search-kind")).to_contain_text("more than 20 found")
    expect(desk.page.locator("#found [data-row]")).to_have_count(20)
    expect(desk.page.locator("#found")).to_contain_text("Only the closest matches are shown")


def test_whom_the_search_did_not_find_is_new_by_the_same_name(desk):
    desk.type("Budhni Kujur")
    expect(desk.page.locator("#found")).to_contain_text("No patient matches")
    desk.press("F4")

    expect(desk.field("Name")).to_be_focused()
    expect(desk.field("Name")).to_have_value("Budhni Kujur")


def test_a_mobile_that_finds_nobody_is_the_new_patients(desk):
    desk.type("94311 77777")
    expect(desk.page.locator("#found")).to_contain_text("No patient matches")
    desk.press("F4")

    expect(desk.page.locator("#id_phone")).to_have_value("9431177777")
    expect(desk.field("Name")).to_have_value("")
