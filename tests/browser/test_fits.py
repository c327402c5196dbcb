"""Nothing is cut, off the screen or away from what it belongs to: at a counter PC and on a phone."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from facilities.models import District
from facilities.roles import Role
from tests.browser.screen import DESK, PHONE
from tests.factories.casualty import come
from tests.factories.facilities import make_person
from tests.factories.patients import make_death_notice, make_encounter

pytestmark = pytest.mark.browser

OFF_THE_BAR = """() => {
  const bar = document.querySelector(".topnav").getBoundingClientRect();
  return [...document.querySelectorAll(".topnav a")].filter((one) => {
    const place = one.getBoundingClientRect();
    return place.right > bar.right + 1 || place.bottom > bar.bottom + 1;
  }).map((one) => one.innerText);
}"""
ROWS = """() => new Set([...document.querySelectorAll(".topnav a")].map((one) => one.offsetTop)).size"""
CUT = """() => [...document.querySelectorAll(".tile .full")]
  .filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.innerText)"""
APART = """() => [...document.querySelectorAll(".check")].filter((one) => {
  const [box, words] = ["input", "label"].map((part) => one.querySelector(part).getBoundingClientRect());
  return words.top > box.bottom;
}).map((one) => one.innerText)"""


@pytest.mark.parametrize("language", ["en", "hi"])
@pytest.mark.parametrize(("role", "rows"), [(Role.CLERK, {1}), (Role.FACILITY_ADMIN, {1, 2})])
def test_the_bar_shows_every_entry(sit, rims, role, rows, language):
    screen = sit(make_person("Sunita Kumari", role, rims, language=language, username="sunita")).open(
        "posting_choice"
    )
    assert screen.page.evaluate(OFF_THE_BAR) == []
    assert screen.page.evaluate(ROWS) in rows


def test_the_words_of_a_box_stand_beside_it(sit, indu):
    phone = sit(indu, viewport=PHONE).open("billing:scheme_new")
    assert phone.page.locator(".check").count()
    assert phone.page.evaluate(APART) == []


def test_no_districts_name_is_cut(sit, indu, sgml):
    District.objects.filter(pk=sgml.district_id).update(name="East Singhbhum")
    review = sit(indu).open("reports:review_detail")
    for viewport in DESK, PHONE:
        review.page.set_viewport_size(viewport)
        expect(review.page.locator(".tile .full").first).to_be_visible()
        assert review.page.evaluate(CUT) == [], viewport


def test_another_death_is_asked_about_in_sight(sit, emer, clara, esha, sgml_med):
    arrival = come(emer, clara, at=timezone.now()).arrival
    elsewhere = make_encounter(arrival.patient, sgml_med)
    make_death_notice(elsewhere, esha, died_at=timezone.now())
    # As high as two alarms leave it.
    casualty = sit(clara, viewport={"width": 1366, "height": 660}).open("opd:casualty_detail", arrival.pk)
    casualty.forgive("status of 422")
    casualty.field("How did they leave?").select_option("died")
    casualty.page.get_by_role("button", name="Has left; the bed is free").press("Enter")

    expect(casualty.page.get_by_role("button", name="Yes, has died")).to_be_in_viewport(ratio=1)
    casualty.press("Enter")
    arrival.refresh_from_db()
    assert arrival.left_at is None
