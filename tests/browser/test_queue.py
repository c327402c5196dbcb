"""The queue of a room: called by one key, skipped, called again, seen; every screen of it shows the same."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from opd.states import TokenStatus
from tests.factories.facilities import make_doctor, make_unit
from tests.factories.opd import make_clinic_day, make_token

pytestmark = pytest.mark.browser


@pytest.fixture
def clinic(unit):
    """A queue of three."""
    clinic_day = make_clinic_day(unit, timezone.localdate())
    for _ in range(3):
        make_token(clinic_day)
    return clinic_day


@pytest.fixture
def room(sit, bose, clinic):
    return sit(bose).open("opd:clinicday_detail", clinic.pk)


def part(screen, title):
    return screen.page.get_by_label(title, exact=True)


def test_f8_calls_the_next_and_f8_again_the_one_after(room, tokens):
    room.press("F8")
    expect(part(room, "Called")).to_contain_text("Patient 1")
    expect(part(room, "Waiting")).not_to_contain_text("Patient 1")
    room.press("F8")
    expect(part(room, "Called")).to_contain_text("Patient 2")
    assert [token.status for token in tokens()] == ["called", "called", "waiting"]


def test_who_does_not_come_is_skipped_called_again_and_seen(room, tokens):
    room.press("F8")
    room.page.get_by_role("button", name="Not here, skip").click()
    aside = part(room, "Skipped or at tests")
    expect(aside).to_contain_text("Patient 1")
    aside.get_by_role("button", name="Call again").click()
    expect(part(room, "Called")).to_contain_text("(2×)")
    room.page.get_by_role("button", name="Done").click()
    expect(part(room, "Called")).to_contain_text("Nobody is called.")
    first = tokens()[0]
    assert (first.status, first.times_called) == (TokenStatus.DONE, 2)


def test_the_whole_way_of_a_patient_needs_no_mouse(room, tokens):
    room.press("F8")
    expect(part(room, "Called")).to_contain_text("Patient 1")
    room.press("F6", "Tab")
    expect(room.page.get_by_role("button", name="In the room")).to_be_focused()
    room.press("Enter")
    expect(part(room, "Called")).to_contain_text("with the doctor")
    room.press("F6", "Tab")
    expect(room.page.get_by_role("button", name="Done")).to_be_focused()
    room.press("Enter")
    expect(part(room, "Called")).to_contain_text("Nobody is called.")
    assert room.keys == 7
    assert tokens()[0].status == TokenStatus.DONE


def test_whoever_was_done_by_mistake_is_named_and_comes_back(room, tokens):
    room.press("F8")
    part(room, "Called").get_by_role("button", name="Done").click()
    done = part(room, "Done")
    expect(done).to_contain_text("Patient 1")
    room.page.wait_for_timeout(6_000)  # it asks every five seconds, and goes on naming them
    expect(done).to_contain_text("Patient 1")
    done.get_by_role("button", name="Is here again").click()
    expect(part(room, "Waiting")).to_contain_text("Patient 1")
    assert tokens()[0].status == TokenStatus.WAITING


def test_another_screen_of_the_room_shows_the_same_within_five_seconds(room, sit, clara, clinic):
    other = sit(clara).open("opd:clinicday_detail", clinic.pk)
    expect(part(other, "Called")).to_contain_text("Nobody is called.")
    room.press("F8")
    expect(part(other, "Called")).to_contain_text("Patient 1", timeout=10_000)  # it asks every five


def test_two_who_call_at_once_call_two_patients(room, sit, rims, clinic, tokens):
    other = sit(make_doctor("Esha", rims)).open("opd:clinicday_detail", clinic.pk)
    room.press("F8")
    other.press("F8")
    for screen in (room, other):
        expect(part(screen, "Called")).to_contain_text("Patient 1")
        expect(part(screen, "Called")).to_contain_text("Patient 2")
    assert [token.times_called for token in tokens()] == [1, 1, 0]


def test_what_another_screen_has_done_meanwhile_is_said_in_a_sentence(room, sit, clara, clinic):
    room.forgive("status of 422")
    room.press("F8")
    expect(part(room, "Called")).to_contain_text("Patient 1")
    clinic.tokens.filter(number=1).update(status=TokenStatus.DONE)
    room.page.get_by_role("button", name="Done").click()
    expect(room.page.locator("#queue [role=alert]")).to_be_visible()


def test_the_list_of_queues_opens_the_first_by_enter_and_escape_comes_back(sit, bose, clinic):
    screen = sit(bose).open("opd:clinicday_list")
    expect(screen.page.locator("[data-row]").first).to_contain_text("Medicine")
    screen.press("Enter")
    expect(part(screen, "Waiting")).to_contain_text("Patient 1")
    screen.press("Escape")
    expect(screen.page.get_by_role("heading", name="Queues")).to_be_visible()


def test_a_clerk_sees_the_queue_and_sends_on_and_has_neither_button_nor_key_to_call(sit, kavita, clinic):
    screen = sit(kavita).open("opd:clinicday_detail", clinic.pk)
    expect(part(screen, "Waiting")).to_contain_text("Patient 3")
    assert screen.page.get_by_role("button", name="Call the next").count() == 0
    expect(part(screen, "Waiting").get_by_role("link", name="Send on")).to_have_count(3)
    expect(screen.page.get_by_label("Keys", exact=True)).not_to_contain_text("F8")


def test_into_the_room_to_the_tests_and_back_by_keys(room, tokens):
    room.press("F8")
    part(room, "Called").get_by_role("button", name="In the room").press("Enter")
    part(room, "Called").get_by_role("link", name="Send for tests").press("Enter")
    expect(room.page.get_by_label("Which tests?")).to_be_focused()
    room.press("C", "B", "C", "Enter")
    aside = part(room, "Skipped or at tests")
    expect(aside).to_contain_text("CBC")
    aside.get_by_role("button", name="Back from tests").press("Enter")
    expect(part(room, "Waiting")).to_contain_text("back from tests")
    room.press("F8")
    expect(part(room, "Called")).to_contain_text("Patient 1")
    assert tokens()[0].times_called == 2


def test_who_has_left_is_listed_apart_and_may_come_again(room, tokens):
    part(room, "Waiting").get_by_role("link", name="Has left").first.press("Enter")
    said = room.page.get_by_role("button", name="They said so")
    expect(said).to_be_focused()
    said.press("Enter")
    left = part(room, "Has left")
    expect(left).to_contain_text("Patient 1")
    left.get_by_role("button", name="Is here again").press("Enter")
    expect(part(room, "Waiting")).to_contain_text("Patient 1")
    assert [one.status for one in tokens()] == ["waiting"] * 3


def test_waiting_times_fit_a_phone_and_lead_to_the_queue(sit, bose, clinic):
    phone = sit(bose, viewport={"width": 360, "height": 740}).open("opd:waiting_list")
    assert phone.is_wide() <= 0
    phone.page.locator("main").get_by_role("link", name="Medicine").first.click()
    expect(part(phone, "Waiting")).to_contain_text("Patient 1")
    assert phone.is_wide() <= 0


# ── The page looks again while somebody is at work on it ──

LOOK = """(id) => { const one = document.getElementById(id), path = one.getAttribute("hx-get");
  return htmx.ajax("get", path, { source: one, target: one, swap: "outerHTML" }) }"""


def test_a_look_at_the_queue_leaves_the_cursor_where_it_is(room):
    room.press("F8")
    skip = room.page.get_by_role("button", name="Not here, skip")
    skip.focus()
    room.page.evaluate(LOOK, "queue")
    expect(skip).to_be_focused()


def test_a_look_at_all_queues_leaves_cursor_and_mark_in_their_row(sit, bose, clinic, med):
    second = make_clinic_day(make_unit(med, "Unit 2"), timezone.localdate())
    make_token(second)
    screen = sit(bose).open("opd:clinicday_list")
    screen.press("ArrowDown")
    here = screen.page.locator(".is-here")
    expect(here).to_contain_text("Unit 2")
    screen.page.evaluate(LOOK, "clinics")
    expect(here).to_contain_text("Unit 2")
    screen.press("Enter")
    screen.arrives_at("opd:clinicday_detail", second.pk)


def test_a_look_takes_no_answer_to_a_call_away_and_f8_again_calls_nobody(room, tokens):
    room.answers_late("**/calls/new/")
    room.press("F8")
    room.page.evaluate(LOOK, "queue")
    room.page.keyboard.press("F8")
    expect(part(room, "Called")).to_contain_text("Patient 1", timeout=3_000)
    assert [token.status for token in tokens()] == ["called", "waiting", "waiting"]
