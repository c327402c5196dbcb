"""Hindi at the door, either language inside, and the choice is kept."""

import pytest
from playwright.sync_api import expect

from tests.factories.facilities import PASSWORD

pytestmark = pytest.mark.browser


def switch(screen, title):
    screen.page.get_by_title(title, exact=True).click()
    screen.settle()


def log_in(screen, person):
    screen.page.locator("#id_username").fill(person.username)
    screen.page.locator("#id_password").fill(PASSWORD)
    screen.page.locator("main button").click()


def test_the_door_speaks_hindi_and_changes_at_a_click(sit, db):
    door = sit().open("login")
    expect(door.page.locator("html")).to_have_attribute("lang", "hi")
    switch(door, "English")
    expect(door.page.get_by_role("heading", name="Log in")).to_be_visible()
    door.page.reload()
    expect(door.page.locator("html")).to_have_attribute("lang", "en")


def test_the_keyboard_alone_comes_in_and_lands_on_the_persons_own_screen(sit, kavita, unit):
    door = sit().open("login")
    assert door.focused() == "id_username"
    door.type(kavita.username)
    door.press("Tab")
    door.type(PASSWORD)
    door.press("Enter")
    door.arrives_at("opd:registration_new")
    expect(door.page.locator("#q")).to_be_focused()


def test_a_wrong_password_says_so_and_keeps_the_name(sit, kavita):
    door = sit().open("login")
    door.forgive("status of 422")
    switch(door, "English")
    door.page.locator("#id_username").fill(kavita.username)
    door.page.locator("#id_password").fill("wrong")
    door.press("Enter")
    expect(door.page.get_by_role("alert")).to_be_visible()
    expect(door.page.locator("#id_username")).to_have_value(kavita.username)


def test_the_choice_inside_stays_with_the_person_at_the_next_login(sit, kavita, unit):
    desk = sit(kavita).open("opd:registration_new")
    switch(desk, "हिन्दी")
    expect(desk.page.get_by_role("heading", name="नया मरीज़")).to_be_visible()
    desk.arrives_at("opd:registration_new")
    elsewhere = sit().open("login")
    log_in(elsewhere, kavita)
    expect(elsewhere.page.get_by_role("heading", name="नया मरीज़")).to_be_visible()


def test_what_is_typed_is_not_lost_by_a_press_on_the_language(sit, kavita, unit):
    desk = sit(kavita).open("opd:registration_new")
    desk.page.locator("#id_name").fill("Birsa Munda")
    desk.page.get_by_title("हिन्दी", exact=True).click()
    expect(desk.page.locator("#messages")).to_contain_text("would be lost")
    expect(desk.page.locator("#id_name")).to_have_value("Birsa Munda")
    switch(desk, "हिन्दी")
    expect(desk.page.get_by_role("heading", name="नया मरीज़")).to_be_visible()


def test_a_refused_form_is_not_lost_by_it_either(sit, kavita, unit):
    desk = sit(kavita).open("opd:registration_new")
    desk.forgive("status of 422")
    desk.page.locator("#id_name").fill("Birsa Munda")
    desk.page.locator("#id_name").press("Enter")
    expect(desk.page.locator("#id_age-error")).to_be_visible()
    desk.page.get_by_title("हिन्दी", exact=True).click()
    expect(desk.page.locator("#messages")).to_contain_text("would be lost")
    expect(desk.page.locator("#id_name")).to_have_value("Birsa Munda")


def test_a_page_without_scripts_is_looked_at_until_it_stands(sit):
    door = sit(java_script_enabled=False).open("login")
    door.wait_for("() => (self.looks = (self.looks ?? 0) + 1) > 2")


def test_without_scripts_one_logs_in_and_finds_a_patient(sit, kavita, unit, asha):
    door = sit(java_script_enabled=False).open("login")
    log_in(door, kavita)
    door.page.locator("#q").fill("asha devi")
    door.page.locator("#q").press("Enter")
    door.page.get_by_role("link", name="Asha Devi").click()
    expect(door.page.locator(".patient")).to_contain_text(asha.uhid_shown)


def keys_said(box, **modifiers):
    """A key has gone up in this box, as a keyboard reports it whose lamp or layout a test cannot switch."""
    box.evaluate(
        "(box, said) => box.dispatchEvent(new KeyboardEvent('keyup', { bubbles: true, ...said }))", modifiers
    )


def test_what_the_keyboard_does_to_a_password_is_said_while_it_is_typed(sit, kavita, unit):
    door = sit().open("login")
    box, said = door.page.locator("#id_password"), door.page.locator("[data-unseen]")
    expect(said).to_be_hidden()
    box.fill("नमस्ते")
    keys_said(box)
    expect(said).to_have_text("कीबोर्ड हिंदी में लिख रहा है: पासवर्ड हिंदी में न हो तो अंग्रेज़ी कर लें।")
    box.fill("MONSOON")
    keys_said(box, modifierCapsLock=True)
    expect(said).to_have_text("Caps Lock चालू है: बड़े अक्षर लिखे जा रहे हैं।")
    box.fill("monsoon")
    keys_said(box)
    expect(said).to_be_hidden()


def test_the_lock_says_it_too(desk):
    desk.press("Alt+L")
    box = desk.page.locator("#lock-password")
    expect(box).to_be_visible()
    box.fill("पासवर्ड")
    keys_said(box)
    expect(desk.page.locator("dialog.lock [data-unseen]")).to_contain_text("The keyboard writes Hindi")
