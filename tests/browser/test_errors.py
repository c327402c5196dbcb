"""A refusal stands at its field, in a sentence, and nothing typed is lost."""

import pytest
from playwright.sync_api import expect

from patients.models import Patient
from tests.factories.billing import make_invoice
from tests.factories.facilities import make_cashier
from tests.factories.patients import make_encounter, make_patient

pytestmark = pytest.mark.browser
AADHAAR = "234567890124"  # its check digit fits


def fill(desk, **changed):
    """The form of a new patient, all of it right but for what is changed."""
    right = {"name": "Birsa Munda", "age": "40", "phone": "9431155555", "village": "Bero", "department": "me"}
    desk.page.locator("label[for=id_sex_1]").click()
    for name, value in (right | changed).items():
        desk.page.locator(f"#id_{name}").fill(value)


def error_at(desk, name):
    return desk.page.locator(f"#id_{name}-error")


WRONG = {
    "abha": ("9110", "An ABHA number has 14 digits"),
    "phone": ("12345", "A mobile number has 10 digits"),
    "age": ("old", "Write the age as a number"),
    "village": (AADHAAR, "This looks like an Aadhaar number"),
    "department": ("zzzz", "No department matches this"),
}


def test_a_wrong_field_says_what_to_do_keeps_the_rest_and_has_the_cursor(desk):
    desk.forgive("status of 422")
    for field, (typed, sentence) in WRONG.items():
        fill(desk, **{"abha": "", field: typed})
        desk.press("Enter")
        expect(error_at(desk, field), field).to_contain_text(sentence)
        expect(desk.page.locator("[id$=-error]:visible"), field).to_have_count(1)
        expect(desk.page.locator(f"#id_{field}"), field).to_be_focused()
        expect(desk.page.locator(f"#id_{field}"), field).to_have_value(typed)
        expect(desk.field("Name"), field).to_have_value("Birsa Munda")
        expect(desk.field("male"), field).to_be_checked()
    assert Patient.objects.count() == 0


def test_each_wrong_field_says_its_sentence_and_the_first_has_the_cursor(desk):
    desk.forgive("status of 422")
    fill(desk, age="old", phone="12345", abha="9110")
    desk.press("Enter")
    for name in ("age", "phone", "abha"):
        expect(error_at(desk, name)).to_be_visible()
    expect(desk.page.locator("#id_age")).to_be_focused()


def test_after_the_next_refusal_the_cursor_is_in_what_is_wrong_now(desk):
    desk.forgive("status of 422")
    fill(desk, age="old")
    desk.press("Enter")
    expect(desk.page.locator("#id_age")).to_be_focused()
    desk.page.locator("#id_age").fill("30")
    desk.page.locator("#id_phone").fill("12345")
    desk.press("Enter")
    expect(error_at(desk, "phone")).to_be_visible()
    expect(desk.page.locator("#id_phone")).to_be_focused()


def test_what_is_wrong_has_the_cursor_although_another_box_asks_for_it_first(sit, rims, med, asha):
    ravi = make_cashier("Ravi", rims)
    till = sit(ravi).open("billing:payment_new", make_invoice(make_encounter(asha, med), ravi).pk)
    till.forgive("status of 422")
    expect(till.page.locator("#id_tendered")).to_be_focused()
    till.page.locator("#id_mode").select_option("upi")
    till.page.locator("#id_reference").fill("12345")
    till.press("Enter")
    expect(error_at(till, "reference")).to_be_visible()
    expect(till.page.locator("#id_reference")).to_be_focused()


def test_a_likely_duplicate_is_in_sight_has_the_cursor_and_is_asked_once(desk, rims):
    desk.forgive("status of 422")
    make_patient(rims, "Birsa Munda", sex="male", phone="9431155555", birth_date="1986-01-01")
    fill(desk)
    desk.press("Enter")
    new = desk.field("No, this person is new")
    expect(new).to_be_focused()
    expect(desk.page.locator("#duplicate")).to_contain_text("Not saved.")
    expect(desk.page.locator("#duplicate")).to_be_in_viewport()
    desk.press("Space")
    desk.page.locator("#id_mode").select_option("upi")
    desk.page.locator("#id_reference").fill("12")
    desk.press("Enter")
    expect(error_at(desk, "reference")).to_be_visible()
    expect(desk.page.locator("#id_reference")).to_be_focused()
    expect(new).to_be_checked()
    desk.page.locator("#id_reference").fill("412345678901")
    desk.press("Enter")
    expect(desk.page.get_by_text("Saved: Birsa Munda")).to_be_visible()


def test_what_is_empty_is_said_by_the_page_and_an_unanswered_row_of_buttons_has_the_cursor(desk):
    desk.forgive("status of 422")
    for name, value in {"name": "Birsa Munda", "age": "40", "phone": "9431155555"}.items():
        desk.page.locator(f"#id_{name}").fill(value)
    desk.press("Enter")
    expect(error_at(desk, "sex")).to_be_visible()
    expect(error_at(desk, "department")).to_be_visible()
    expect(desk.page.locator("#id_sex_0")).to_be_focused()


def test_in_hindi_the_sentence_is_hindi(hindi_desk):
    hindi_desk.forgive("status of 422")
    fill(hindi_desk, phone="12345")
    hindi_desk.press("Enter")
    expect(error_at(hindi_desk, "phone")).to_contain_text("10 अंक")


def test_what_was_wrong_is_put_right_and_saved(desk):
    desk.forgive("status of 422")
    fill(desk, phone="12345")
    desk.press("Enter")
    expect(desk.page.locator("#id_phone")).to_be_focused()
    desk.page.locator("#id_phone").fill("9431155555")
    desk.press("Enter")
    expect(desk.page.get_by_text("Saved: Birsa Munda")).to_be_visible()
    assert Patient.objects.count() == 1


@pytest.mark.usefixtures("reads_anew")
def test_a_department_where_nobody_sits_today_says_so(desk, med):
    desk.forgive("status of 422")
    med.units.update(clinic_days=[])
    fill(desk)
    expect(desk.page.locator("#estimate")).to_contain_text("no unit sits today")
    desk.press("Enter")
    expect(error_at(desk, "department")).to_contain_text("No unit of Medicine sits today")
    expect(desk.field("Name")).to_have_value("Birsa Munda")
