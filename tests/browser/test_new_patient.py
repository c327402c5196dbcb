"""A new patient on one screen, by the keyboard alone; somebody on file is noticed before a UHID is given."""

import pytest
from playwright.sync_api import expect

from patients.models import Patient
from tests.factories.billing import make_scheme
from tests.factories.patients import make_patient

pytestmark = pytest.mark.browser

IN_READING_ORDER = [
    *("id_name", "id_sex_0", "id_age", "id_age_unit", "id_guardian_relation", "id_guardian_name", "id_phone"),
    *("id_no_phone_reason", "id_village", "id_block_name", "id_district", "id_category", "id_abha"),
    "id_abha_status",
]
# Each label or group on the screen that asks something, the folded parts left out.
ASKED = """() => [...document.querySelectorAll("#main .panel .form-label")]
  .filter((label) => label.checkVisibility()).map((label) => label.textContent.trim())"""
PLACES = """(ids) => ids.map((id) => { const box = document.getElementById(id).getBoundingClientRect();
  return [Math.round(box.top / 20), Math.round(box.left)] })"""


def fill_by_keyboard(desk, *, name="Phulmani Oraon", phone="9431155555"):
    """Name, sex, age, no guardian, phone: as a clerk does it, with Tab."""
    desk.press("F4")
    desk.type(name)
    desk.press("Tab", "Space", "Tab")
    desk.type("34")
    desk.press("Tab", "Tab", "Tab", "Tab")
    desk.type(phone)


def test_one_screen_asks_at_most_twelve_things_all_within_sight_and_tab_goes_through_them_in_reading_order(
    desk,
):
    asked = desk.page.evaluate(ASKED)
    assert len(asked) <= 12, asked
    lowest = desk.page.locator("#id_abha").bounding_box()
    assert lowest["y"] + lowest["height"] < 768
    desk.press("F4")
    met = [desk.focused()]
    for _ in IN_READING_ORDER[1:]:
        desk.press("Tab")
        met.append(desk.focused())
    assert met == IN_READING_ORDER
    places = desk.page.evaluate(PLACES, [one for one in met if one != "id_sex_0"])
    assert places == sorted(places)


def test_the_keyboard_alone_registers_a_new_patient_and_prints(desk, tokens):
    fill_by_keyboard(desk)
    desk.press("Alt+1", "Enter")
    expect(desk.page.get_by_text("Saved: Phulmani Oraon")).to_be_visible()
    desk.asked_to_print()
    assert desk.keys <= 12
    patient = Patient.objects.get()
    assert (patient.sex, patient.phone, patient.age) == ("female", "9431155555", "34 years")
    assert tokens()[0].patient == patient


def test_loading_the_page_anew_says_first_that_what_is_typed_would_be_lost(desk):
    desk.press("F4", "F5")  # nothing is typed yet: the browser's own key
    expect(desk.page.locator("#messages")).to_be_empty()
    fill_by_keyboard(desk)
    stopped = """() => { self.stopped = []; addEventListener("keydown", (event) => {
      if (event.code === "F5") self.stopped.push(event.defaultPrevented); }); }"""
    desk.page.evaluate(stopped)
    desk.press("F5")
    expect(desk.page.locator("#messages")).to_contain_text("press the key once more")
    desk.press("F5")
    assert desk.page.evaluate("self.stopped") == [True, False]
    desk.type("1")
    desk.press("F5")
    assert desk.page.evaluate("self.stopped") == [True, False, True]


def leave(screen, where="location.reload()"):
    """Leave the page as the browser's own button does; whether it asked first (and was told to stay)."""
    screen.settle()
    screen.page.evaluate(f"() => {{ {where}; }}")
    screen.page.wait_for_timeout(500)
    asked = [one for one in screen.troubles if one.startswith("dialog")]
    screen.troubles = [one for one in screen.troubles if one not in asked]
    if asked:  # else the page is being left, and has no more to say
        screen.page.evaluate("self.leaving = false")
    return bool(asked)


def test_leaving_by_the_browsers_own_button_asks_while_something_is_half_typed(desk):
    fill_by_keyboard(desk)
    assert leave(desk)
    assert leave(desk, "document.querySelector('.topnav a:not([aria-current])').click()")
    expect(desk.field("Name")).to_have_value("Phulmani Oraon")

    desk.press("Alt+1", "Enter")
    expect(desk.page.get_by_text("Saved: Phulmani Oraon")).to_be_visible()
    desk.asked_to_print()
    assert not leave(desk)  # sent: nothing is lost


def test_the_lock_and_a_warned_press_ask_no_more(desk):
    desk.forgive("status of 401", "Error Code 401")
    fill_by_keyboard(desk)
    desk.press("F5")
    assert not leave(desk)  # what the second press does
    desk.settle()
    fill_by_keyboard(desk)
    desk.page.evaluate("document.getElementById('lock-now').requestSubmit()")
    expect(desk.page.locator("#lock")).to_be_visible()
    assert not leave(desk)


def test_enter_in_any_field_of_the_form_saves_it(desk):
    fill_by_keyboard(desk)
    desk.press("Alt+1", "F4", "Enter")
    expect(desk.page.get_by_text("Saved: Phulmani Oraon")).to_be_visible()


def test_the_name_in_the_other_script_is_shown_while_the_form_is_filled(desk):
    desk.press("F4")
    desk.type("आशा देवी")
    desk.press("Tab")
    expect(desk.page.locator("#name-other")).to_contain_text("Asha Devi")


@pytest.fixture
def granted(db):
    """BPL, granted before the desk is opened."""
    return make_scheme()


def test_age_and_category_choose_lane_and_exemption_in_sight_and_the_clerk_chooses_otherwise(
    granted, desk, tokens
):
    fill_by_keyboard(desk)
    lane, scheme = desk.field("Lane"), desk.field("Exemption")
    expect(lane).to_be_hidden()
    desk.field("Age or birth date").fill("65")
    desk.press("Tab")
    expect(desk.page.locator("#way-in")).to_have_text("senior citizen")
    expect(lane).to_be_hidden()  # the button stays on the screen
    expect(desk.page.locator("#save")).to_be_in_viewport()
    desk.field("Category").select_option("bpl")
    desk.press("Tab")
    expect(scheme).to_have_value("BPL")
    expect(lane).to_be_visible()  # the exemption asks for its proof

    lane.select_option("normal")
    scheme.select_option("")
    desk.field("Village or mohalla").fill("Kanke")
    desk.press("Tab")
    desk.settle()
    assert (lane.input_value(), scheme.input_value()) == ("normal", "")
    expect(desk.page.locator("#way-in")).to_be_empty()
    desk.press("Alt+1", "Enter")
    desk.asked_to_print()
    assert tokens()[0].lane == "normal"


def test_an_age_put_right_takes_the_lane_back(desk):
    fill_by_keyboard(desk)
    lane, age = desk.field("Lane"), desk.field("Age or birth date")
    for typed, value in (("65", "elderly"), ("6", "normal")):
        age.fill(typed)
        desk.press("Tab")
        expect(lane).to_have_value(value)


def test_a_woman_has_a_husband_and_a_girl_a_father_until_the_clerk_says_otherwise(desk):
    desk.press("F4", "Tab", "Space")
    relation, age = desk.field("Relation"), desk.field("Age or birth date")
    expect(relation).to_have_value("husband")
    said = {"7": "father", "34": "husband", "12-03-2024": "father", "01-01-1980": "husband"}
    said |= {"2022": "father", "11-1992": "husband", "2022-11": "father", "1992": "husband"}
    said |= {"७": "father", "३४": "husband", "१२-०३-२०२४": "father"}
    for typed, value in said.items():
        age.fill(typed)
        desk.press("Tab")
        expect(relation).to_have_value(value)
    age.fill("7")
    desk.press("Tab")
    desk.field("Unit of the age").select_option("months")
    expect(relation).to_have_value("father")

    relation.select_option("mother")
    age.fill("40")
    desk.press("Tab")
    expect(relation).to_have_value("mother")


def test_a_name_typed_in_hindi_is_kept_in_both_scripts(hindi_desk):
    fill_by_keyboard(hindi_desk, name="आशा देवी")
    hindi_desk.press("Alt+1", "Enter")
    expect(hindi_desk.page.locator("[data-print-url]")).to_contain_text("आशा देवी")
    patient = Patient.objects.get()
    assert (patient.name, patient.name_hi) == ("Asha Devi", "आशा देवी")


def test_a_baby_has_months_and_a_mother_without_a_phone_gives_the_reason(desk):
    desk.press("F4")
    desk.type("Baby of Budhni")
    desk.press("Tab", "Space", "ArrowRight", "Tab")
    desk.type("7")
    desk.press("Tab", "ArrowDown", "Tab", "Tab", "Tab", "Tab", "ArrowDown")
    desk.press("Alt+1", "Enter")
    expect(desk.page.get_by_text("Saved: Baby of Budhni")).to_be_visible()
    baby = Patient.objects.get()
    assert (baby.sex, baby.age, baby.birth_precision) == ("male", "7 months", "month")
    assert (baby.phone, baby.no_phone_reason) == ("", "none_owned")


def test_somebody_on_file_is_shown_beside_the_form_before_it_is_saved_and_of_two_the_likely_one_alone(
    desk, rims, asha
):
    other = make_patient(rims, sex="male", phone="9199999999", name="Asha Devi", guardian_name="Ram")
    fill_by_keyboard(desk, name="Asha Devi", phone=asha.phone)
    desk.press("Tab")
    beside = desk.page.locator("#same")
    expect(beside).to_be_visible()
    expect(beside).to_contain_text("Perhaps registered already")
    expect(beside).to_contain_text(asha.uhid_shown)
    expect(beside).not_to_contain_text(other.uhid_shown)
    assert Patient.objects.count() == 2


@pytest.mark.usefixtures("departments", "was_here")
def test_f6_and_enter_take_up_whoever_was_on_file_with_the_department_that_was_typed(desk, asha, tokens):
    fill_by_keyboard(desk, name="Asha Devi", phone=asha.phone)
    desk.press("Tab")
    department = desk.field("Department or complaint")
    department.fill("EYE")
    expect(desk.page.locator("#same")).to_be_visible()
    desk.field("Mobile").focus()
    desk.press("F6")
    assert desk.focused() == "It is this one"
    desk.press("Enter")
    expect(desk.page.locator(".patient")).to_contain_text(asha.uhid_shown)
    expect(department).to_be_focused()
    expect(department).to_have_value("EYE")
    desk.press("Enter")
    desk.asked_to_print()
    assert tokens()[0].clinic_day.unit.department.code == "EYE"


@pytest.mark.usefixtures("departments", "was_here")
def test_a_card_scanned_into_a_half_filled_form_asks_first_and_takes_the_department_along(desk, asha):
    fill_by_keyboard(desk)
    department = desk.field("Department or complaint")
    department.fill("EYE")
    desk.press("F2")
    desk.scan(asha.uhid)
    expect(desk.page.get_by_text("A new patient is half typed.")).to_be_visible()
    expect(desk.field("Name")).to_have_value("Phulmani Oraon")
    desk.press("Enter")
    expect(desk.page.locator(".patient")).to_contain_text(asha.uhid_shown)
    expect(department).to_be_focused()
    expect(department).to_have_value("EYE")


def test_who_is_said_to_be_new_gets_a_uhid_of_their_own(desk, asha):
    desk.forgive("status of 422")
    fill_by_keyboard(desk, name="Asha Devi", phone=asha.phone)
    desk.press("Alt+1", "Enter")  # saved without looking aside: the question comes back, nothing is lost
    expect(desk.page.get_by_text("This person seems to be registered already.")).to_be_visible()
    new = desk.field("No, this person is new")
    expect(new).to_be_visible()
    expect(desk.field("Name")).to_have_value("Asha Devi")
    assert Patient.objects.count() == 1
    new.focus()
    desk.press("Space", "Enter")
    expect(desk.page.get_by_text("Saved: Asha Devi")).to_be_visible()
    assert Patient.objects.count() == 2
