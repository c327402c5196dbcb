"""The lock: by a key or after idle seconds; nothing shows through it, and what was typed is kept."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from facilities.roles import Role
from hmis.kernel.models import LoginSession
from patients.models import Patient
from tests.browser.screen import CUT
from tests.factories.facilities import PASSWORD, make_clerk, post
from tests.factories.opd import make_clinic_day

pytestmark = pytest.mark.browser
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
ENDS = {"deleted": lambda held: held.delete(), "over": lambda held: held.update(expire_date=LONG_AGO)}
TYPED = """() => [...document.querySelectorAll("input")]
  .map((box) => box.value).filter((value) => value.includes("Munda"))"""
SHOWN_BEHIND = """() => [...document.querySelectorAll("body > :not(dialog.lock)")]
  .filter((part) => part.checkVisibility({ visibilityProperty: true, checkVisibilityCSS: true }))
  .map((part) => part.className)"""


def lock_of(screen):
    return screen.page.locator("dialog.lock")


def unlock(screen, password=PASSWORD):
    screen.page.locator("#lock-password").fill(password)
    screen.press("Enter")


def answers_all_that_was_typed(answer):
    """What the form asks by itself is over: nothing but the save can meet the lock."""
    return "/duplicates/" in answer.url and "department=MED" in (answer.request.post_data or "")


@pytest.fixture
def half_filled(desk):
    """A name is typed; what the form asks as it loses the cursor, the lock may refuse."""
    desk.forgive("status of 401", "Error Code 401")
    desk.press("F4")
    desk.type("Birsa Munda")
    return desk


def test_alt_l_locks_sight_and_keys_of_the_page_and_the_password_gives_back_the_form_as_it_was(half_filled):
    half_filled.press("Alt+L")
    expect(lock_of(half_filled)).to_be_visible()
    assert half_filled.page.evaluate(SHOWN_BEHIND) == []
    box = lock_of(half_filled).bounding_box()
    assert (box["width"], box["height"]) >= (1366, 768)

    half_filled.press("F2", "F4", "F1", "Alt+1")
    assert half_filled.focused() == "lock-password"
    expect(half_filled.page.locator("#id_department")).to_have_value("")

    unlock(half_filled)
    expect(lock_of(half_filled)).to_be_hidden()
    expect(half_filled.field("Name")).to_have_value("Birsa Munda")
    expect(half_filled.field("Name")).to_be_focused()
    half_filled.type(" Junior")
    expect(half_filled.field("Name")).to_have_value("Birsa Munda Junior")


def test_a_wrong_password_says_so_and_the_lock_stays(half_filled):
    half_filled.forgive("status of 422")
    half_filled.press("Alt+L")
    unlock(half_filled, "not-the-password")
    expect(half_filled.page.locator("#lock-error")).to_have_text("This is not the password. Try again.")
    half_filled.press("Escape", "Escape")
    expect(lock_of(half_filled)).to_be_visible()
    unlock(half_filled)
    expect(lock_of(half_filled)).to_be_hidden()


def test_idle_seconds_lock_by_themselves(desk, settings):
    settings.IDLE_LOCK_SECONDS = 8  # or the server locks first, while the page is still drawn
    desk.page.reload()
    expect(lock_of(desk)).to_be_visible()


def test_a_page_that_only_refreshes_itself_is_idle_for_the_server(sit, bose, unit, settings):
    room = sit(bose).open("opd:clinicday_detail", make_clinic_day(unit, timezone.localdate()).pk)
    room.forgive("status of 401", "Error Code 401")
    settings.IDLE_LOCK_SECONDS = 4  # the page itself still waits for ten minutes
    room.page.wait_for_timeout(4_100)
    expect(lock_of(room)).to_be_visible()
    settings.IDLE_LOCK_SECONDS = 600
    unlock(room)
    expect(room.page.get_by_text("Nobody waits.")).to_be_visible()


@pytest.fixture
def filled(half_filled):
    """All that the form asks is typed: Enter sends it."""
    page = half_filled.page
    page.locator("label[for=id_sex_1]").click()
    with page.expect_response(answers_all_that_was_typed):
        for name, value in {"age": "40", "phone": "9431155555", "department": "MED"}.items():
            page.locator(f"#id_{name}").fill(value)
    expect(page.locator("#estimate")).to_contain_text("Medicine")
    return half_filled


def test_what_is_sent_from_a_locked_session_goes_out_after_the_password(filled, settings):
    settings.IDLE_LOCK_SECONDS = 0
    filled.press("Enter")
    expect(lock_of(filled)).to_be_visible()
    settings.IDLE_LOCK_SECONDS = 600
    unlock(filled)
    expect(filled.page.get_by_text("Saved: Birsa Munda")).to_be_visible()


def test_what_went_out_before_the_password_and_is_refused_after_it_locks_nothing(half_filled):
    page, held = half_filled.page, []
    page.route("**/duplicates/", lambda route: held.append(route), times=1)  # Playwright marks the function
    with page.expect_request("**/duplicates/"):
        page.locator("#id_age").fill("40")
        page.locator("#id_phone").focus()
    half_filled.page.keyboard.press("Alt+L")
    page.locator("#lock-password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(lock_of(half_filled)).to_be_hidden()

    with page.expect_response(lambda answer: "/duplicates/" in answer.url and answer.ok):
        held[0].fulfill(status=401, headers={"X-Locked": "idle"})
    expect(lock_of(half_filled)).to_be_hidden()


def test_a_password_as_quick_as_the_lock_itself_comes_after_it(half_filled):
    page, held = half_filled.page, []
    page.route("**/lock/", lambda route: held.append(route), times=1)
    with page.expect_request("**/lock/"):
        half_filled.press("Alt+L")
    page.locator("#lock-password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_timeout(200)  # time enough to overtake it
    held[0].continue_()
    expect(lock_of(half_filled)).to_be_hidden()

    with page.expect_response("**/duplicates/") as asked:
        page.locator("#id_age").fill("40")
        page.locator("#id_phone").focus()
    assert asked.value.ok


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_what_meets_the_end_of_the_login_goes_out_after_a_new_one(filled, end):
    end(LoginSession.objects.all())
    filled.press("Enter")
    expect(filled.page.locator("#lock-over")).to_be_visible()
    assert filled.page.evaluate(SHOWN_BEHIND) == []
    unlock(filled)
    expect(filled.page.get_by_text("Saved: Birsa Munda")).to_be_visible()
    expect(filled.page.locator("#lock-over")).to_be_hidden()


def test_a_form_without_htmx_goes_out_after_a_new_login_too(half_filled, kavita):
    half_filled.press("Alt+L")
    LoginSession.objects.all().delete()
    unlock(half_filled, "not-the-password")
    half_filled.forgive("status of 422")
    expect(half_filled.page.locator("#lock-error")).to_have_text("This is not the password. Try again.")
    unlock(half_filled)
    expect(lock_of(half_filled)).to_be_hidden()
    for _said_first in range(2):
        half_filled.page.get_by_title("हिन्दी", exact=True).click()
    expect(half_filled.page.get_by_role("heading", name="नया मरीज़")).to_be_visible()


def test_a_form_without_htmx_goes_out_after_a_new_login_in_another_tab_too(half_filled, kavita):
    tab = half_filled.page.context.new_page()
    tab.goto(half_filled.page.url)
    LoginSession.objects.all().delete()
    tab.locator("#q").fill("Asha Devi")
    tab.locator("#lock-password").fill(PASSWORD)
    with tab.expect_response("**/login/"):
        tab.locator("#lock-password").press("Enter")
    expect(tab.locator("dialog.lock")).to_be_hidden()
    for _said_first in range(2):
        half_filled.page.get_by_title("हिन्दी", exact=True).click()
    expect(half_filled.page.get_by_role("heading", name="नया मरीज़")).to_be_visible()


def comes_in_another_tab(screen, person):
    tab = screen.page.context.new_page()
    tab.goto(f"{screen.base}/login/")
    tab.locator("#id_username").fill(person.username)
    tab.locator("#id_password").fill(PASSWORD)
    tab.locator("main button").click()
    expect(tab.locator("#q")).to_be_visible()


def person_of(screen):
    return screen.page.locator(".me summary b")


@pytest.fixture
def sarita(rims):
    return make_clerk("Sarita", rims)


def test_what_was_typed_is_gone_when_another_person_gives_a_password(filled, sarita):
    filled.press("Alt+L")
    LoginSession.objects.all().delete()
    comes_in_another_tab(filled, sarita)
    unlock(filled)
    expect(person_of(filled)).to_have_text("Sarita")
    assert filled.page.evaluate(TYPED) == []


def test_nothing_is_sent_in_the_name_of_who_logged_in_in_another_tab(filled, sarita):
    LoginSession.objects.all().delete()
    comes_in_another_tab(filled, sarita)
    filled.press("Enter")
    expect(person_of(filled)).to_have_text("Sarita")
    assert filled.page.evaluate(TYPED) == []
    assert not Patient.objects.exists()


def works_at(tab, screen, place):
    tab.goto(f"{screen.base}/posting/")
    tab.get_by_role("button", name=place).click()
    expect(tab.locator("#q")).to_be_visible()


def test_nothing_is_sent_at_the_hospital_that_was_chosen_in_another_tab(filled, kavita, rims, sgml):
    post(kavita, Role.CLERK, facility=sgml)
    filled.forgive("status of 412", "Error Code 412")
    tab = filled.page.context.new_page()
    works_at(tab, filled, sgml.name)
    filled.press("Enter")
    expect(filled.page.locator("#messages")).to_contain_text("another place of work")
    expect(filled.field("Name")).to_have_value("Birsa Munda")
    assert not Patient.objects.exists()
    works_at(tab, filled, rims.name)
    filled.press("Enter")
    expect(filled.page.get_by_text("Saved: Birsa Munda")).to_be_visible()
    filled.asked_to_print()
    patient = Patient.objects.get()
    assert patient.facility == rims

    filled.open("patients:patient_edit", patient.pk)  # a form without HTMX
    works_at(tab, filled, sgml.name)
    filled.field("Name").fill("Birsa Oraon")
    filled.page.keyboard.press("Enter")
    expect(filled.page.locator("#messages")).to_contain_text("another place of work")
    patient.refresh_from_db()
    assert patient.name == "Birsa Munda"


def test_a_lock_without_a_line_is_told_when_it_is_back_and_sends_what_is_kept_only_after_the_password(filled):
    filled.forgive(*CUT)
    context = filled.page.context
    context.set_offline(True)
    filled.press("Enter")
    expect(filled.page.locator("main .kept")).to_be_visible()
    filled.press("Alt+L")
    with filled.page.expect_response("**/lock/"):  # within five seconds
        context.set_offline(False)
    assert LoginSession.objects.get().locked_at
    assert not Patient.objects.exists()
    unlock(filled)
    expect(filled.page.get_by_text("Saved: Birsa Munda")).to_be_visible()
    filled.asked_to_print()


def test_a_page_loaded_anew_behind_a_lock_that_nobody_heard_of_is_locked_too(half_filled):
    half_filled.forgive(*CUT)
    half_filled.page.route("**/lock/", lambda route: route.abort())
    half_filled.press("Alt+L")
    half_filled.page.reload()
    expect(lock_of(half_filled)).to_be_visible()
    unlock(half_filled)
    expect(lock_of(half_filled)).to_be_hidden()
    half_filled.page.reload()
    expect(half_filled.page.locator("#q")).to_be_focused()


def test_a_page_opened_while_locked_is_the_lock(half_filled):
    with half_filled.page.expect_response("**/lock/"):
        half_filled.press("Alt+L")
    half_filled.open("opd:clinicday_list")
    expect(half_filled.page.get_by_role("heading", name="The screen is locked")).to_be_visible()
    half_filled.page.get_by_label("Password").fill(PASSWORD)
    half_filled.press("Enter")
    expect(half_filled.page.get_by_role("heading", name="Queues")).to_be_visible()
