"""The administrator prints sheets for a day without the system: by keyboard, without scripts, on a phone."""

import re

import pytest
from playwright.sync_api import expect

from facilities.roles import Role
from hmis.kernel.models import IssuedDocument
from tests.browser.conftest import PHONE
from tests.factories.facilities import make_department, make_person
from tests.factories.looking import this_year

pytestmark = pytest.mark.browser
HOSTILE = '"><img src=x onerror=alert(1)>'


@pytest.fixture
def alok(rims, med):
    make_department(rims, "XSS", name=HOSTILE, name_hi=HOSTILE, position=0)
    return make_person("Alok", Role.FACILITY_ADMIN, rims)


def test_two_keys_are_enough(sit, alok):
    screen = sit(alok).open("opd:downtimesheet_list")
    screen.forgive("status of 422")
    expect(screen.page.locator("#id_count")).to_be_focused()
    screen.type("7")  # after the 20 that stands there
    screen.press("Enter")

    expect(screen.page.get_by_text("Between 1 and 100 sheets")).to_have_count(1)
    screen.page.locator("#id_count").fill("7")
    screen.press("Enter")
    expect(screen.page.get_by_text(re.compile("are ready to print"))).to_be_visible()
    assert IssuedDocument.objects.get().number == f"RIMS/P{this_year()}/0000001–0000007"


@pytest.mark.parametrize("language", ["hi", "en"])
def test_it_fits_a_phone_and_the_worst_name_is_only_a_name(sit, alok, language):
    alok.language = language
    alok.save(update_fields=["language"])
    screen = sit(alok, viewport=PHONE).open("opd:downtimesheet_list")
    screen.page.locator("#id_count").fill("1")
    screen.press("Enter")
    expect(screen.page.locator("[data-row]")).to_have_count(1)

    assert not screen.is_wide() > 0
    assert screen.page.locator("img").count() == 0
    expect(screen.page.locator("[data-row]").get_by_text(HOSTILE)).to_be_visible()


def test_the_accessibility_checker_finds_nothing_serious(sit, alok):
    assert sit(alok).open("opd:downtimesheet_list").barriers() == []


def test_without_scripts_it_prints_all_the_same(sit, alok):
    screen = sit(alok, java_script_enabled=False).open("opd:downtimesheet_list")
    screen.page.locator("#id_count").fill("2")
    screen.page.get_by_role("button", name=re.compile("Give numbers")).click()

    expect(screen.page.locator("[data-row]")).to_have_count(1)
    screen.arrives_at("opd:downtimesheet_list")
