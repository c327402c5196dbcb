"""The nurse's triage by keys alone: one row each, asked once, on to the next; narrow, with the worst name."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from patients.models import AllergyIntolerance, Observation
from tests.factories.opd import make_clinic_day, make_token
from tests.factories.patients import make_patient

pytestmark = pytest.mark.browser
HOSTILE = '"><img src=x onerror=alert(1)>'


@pytest.fixture
def two(rims, unit):
    clinic = make_clinic_day(unit, timezone.localdate())
    return [make_token(clinic, make_patient(rims, name, name_hi="")) for name in ("Budhni Munda", HOSTILE)]


def boxes(screen, *values):
    for value in values:
        screen.page.keyboard.type(value)
        screen.page.keyboard.press("Enter")


def test_a_row_by_keys_and_the_next_patient_stands_there(sit, clara, two):
    screen = sit(clara).open("opd:vitals_list")
    expect(screen.page.locator("#id_systolic")).to_be_focused()
    boxes(screen, "120", "80", "72", "16", "98", "37.2")
    expect(screen.page.locator("#id_weight")).to_be_focused()
    screen.page.keyboard.press("Control+Enter")

    expect(screen.page.locator("#vitals")).to_have_attribute("action", f"/opd/triage/{two[1].pk}/vitals/new/")
    assert screen.page.locator("img").count() == 0
    assert Observation.objects.filter(encounter=two[0].encounter).count() == 5
    screen.page.set_viewport_size({"width": 360, "height": 740})
    assert not screen.is_wide()


def test_an_unlikely_value_is_asked_about_and_one_more_enter_saves_it(sit, clara, two):
    screen = sit(clara).open("opd:vitals_list")
    screen.forgive("422")
    boxes(screen, "120", "80", "160")
    screen.page.keyboard.press("Control+Enter")
    expect(screen.page.get_by_role("button", name="Yes, it is so: save")).to_be_focused()
    assert not Observation.objects.exists()
    screen.page.keyboard.press("Enter")

    expect(screen.page.locator("#vitals")).to_have_attribute("action", f"/opd/triage/{two[1].pk}/vitals/new/")
    assert Observation.objects.get(code="8867-4").is_confirmed


def test_words_that_medicines_are_checked_against_are_offered_by_keys(sit, clara, two):
    screen = sit(clara).open("opd:vitals_list")
    box, first = screen.page.locator("#id_substance"), screen.page.locator("#allergen-1")
    box.focus()
    screen.page.keyboard.type("Amoxycillin")
    expect(first).to_have_text("Amoxicillin")
    screen.page.keyboard.press("ArrowDown")
    screen.page.keyboard.press("Enter")
    expect(box).to_have_value("Amoxicillin")
    expect(box).to_be_focused()
    expect(first).to_have_count(0)
    screen.page.set_viewport_size({"width": 360, "height": 740})
    assert not screen.is_wide()
    screen.page.keyboard.press("Enter")
    expect(screen.page.locator("#id_reaction")).to_be_focused()
    screen.page.keyboard.press("Control+Enter")

    # What the list does not know is taken as it was typed, and the page says what that means.
    expect(screen.page.locator("#vitals")).to_have_attribute("action", f"/opd/triage/{two[1].pk}/vitals/new/")
    assert AllergyIntolerance.objects.get().ingredient == "Amoxicillin"
    screen.page.locator("#id_substance").focus()
    screen.page.keyboard.type("egg")
    expect(screen.page.get_by_text("no medicine will be checked against it")).to_be_visible()
    screen.page.keyboard.press("Control+Enter")
    expect(screen.page.get_by_text("Saved: token 2")).to_be_visible()
    assert AllergyIntolerance.objects.get(patient=two[1].patient).substance == "egg"


def test_enter_in_the_last_box_saves_and_f8_leaves_one_for_later(sit, clara, two):
    screen = sit(clara).open("opd:vitals_list")
    screen.press("F8")
    expect(screen.page.locator("#vitals")).to_have_attribute("action", f"/opd/triage/{two[1].pk}/vitals/new/")
    screen.page.locator("#id_allergy").select_option("none")
    screen.page.locator("#id_told_by").focus()
    screen.page.keyboard.press("Enter")

    expect(screen.page.get_by_text("Saved: token 2")).to_be_visible()
    assert AllergyIntolerance.objects.get().patient == two[1].patient
