"""Where to: two letters, a favourite, or what ails the patient, in either language."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.factories.billing import make_scheme
from tests.factories.facilities import make_unit
from tests.factories.opd import make_clinic_day, make_token

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("departments")]


# None leads where the one before it has led.
MEANT = {
    "or": "Orthopaedics",
    "me": "Medicine",
    "eye": "Ophthalmology",
    "हड्डी": "Orthopaedics",
    "fever": "Medicine",
    "आँख": "Ophthalmology",
    "bukhar": "Medicine",
}


def test_what_is_typed_leads_to_its_department_with_room_queue_and_fee(desk):
    box, estimate = desk.page.locator("#id_department"), desk.page.locator("#estimate")
    for typed, meant in MEANT.items():
        box.fill("")
        box.focus()
        desk.type(typed)
        expect(estimate.locator("b").first, typed).to_have_text(meant)
        for said in "Room", "0 waiting", "₹5.00":
            expect(estimate, typed).to_contain_text(said)


def test_the_favourites_are_keys_in_the_order_shown(desk):
    chips = desk.page.locator("[data-fill]")
    shown = chips.all_inner_texts()
    assert [text.split()[-1] for text in shown] == ["Medicine", "Orthopaedics", "Ophthalmology"]
    desk.press("Alt+2")
    expect(desk.page.locator("#id_department")).to_have_value("Orthopaedics")
    expect(desk.page.locator("#estimate")).to_contain_text("Orthopaedics")
    expect(desk.page.locator("#id_department")).to_be_focused()


def test_an_exemption_changes_the_fee_at_once(desk):
    make_scheme()
    desk.page.reload()
    desk.press("Alt+1")
    expect(desk.page.locator("#estimate")).to_contain_text("₹5.00")
    desk.page.locator("summary", has_text="Lane, exemption").click()
    desk.field("Exemption").select_option("BPL")
    expect(desk.page.locator("#estimate")).to_contain_text("Free")


@pytest.mark.usefixtures("reads_anew")
def test_of_two_units_the_shorter_queue_is_meant_and_another_may_be_asked_for(desk, med, unit, tokens):
    other = make_unit(med, "Unit 2")
    make_token(make_clinic_day(unit, timezone.localdate()))
    desk.page.reload()
    desk.press("Alt+1")
    estimate = desk.page.locator("#estimate")
    expect(estimate.locator("span").first).to_contain_text(f"Room {other.room}")
    desk.field("Unit").select_option(str(unit.pk))
    expect(estimate.locator("span").first).to_contain_text(f"Room {unit.room}")
    expect(desk.field("Unit")).to_have_value(str(unit.pk))
