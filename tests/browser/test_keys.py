"""The keys are the same everywhere, and F1 says which there are."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from hmis.kernel.models import IssuedDocument
from patients.models import Encounter
from tests.factories.patients import make_patient
from tests.opd.test_register_visit import visit

pytestmark = pytest.mark.browser


@pytest.fixture
def saved(desk, asha, was_here):
    """A front desk on which Asha's slip was just saved and printed."""
    desk.scan(asha.uhid)
    expect(desk.field("Department or complaint")).to_be_focused()
    desk.press("Enter")
    desk.asked_to_print()
    return desk


def test_f1_lists_the_keys_of_this_screen_and_escape_closes_it(desk):
    assert "F9" not in desk.page.locator(".keybar").inner_text(), "there is no slip yet"
    desk.press("F1")
    keys = desk.page.locator("#keys")
    expect(keys).to_be_visible()
    told = keys.locator("dt").all_inner_texts()
    assert {"F2", "F4", "F6", "Alt 1", "Alt L", "Enter"} <= set(told)
    assert all(keys.locator("dd").all_inner_texts())
    desk.press("Escape")
    expect(keys).to_be_hidden()
    expect(desk.page.locator("#q")).to_be_focused()


def test_each_key_that_the_bar_promises_is_one_that_works(saved):
    promised = set(saved.page.locator(".keybar .key").all_inner_texts()) - {"Esc"}  # leads out of a patient
    saved.press("F1")
    told = set(saved.page.locator("#keys dt").all_inner_texts())
    assert promised <= told | {"F1", "↑ ↓"}


def test_f2_leads_to_the_search_from_anywhere_with_its_words_chosen(desk):
    desk.type("asha")
    desk.press("F4")
    desk.type("Birsa")
    desk.press("F2")
    expect(desk.page.locator("#q")).to_be_focused()
    desk.type("x")
    expect(desk.page.locator("#q")).to_have_value("x")
    expect(desk.field("Name")).to_have_value("Birsa")


def test_f6_goes_round_the_parts_of_the_screen_and_back(desk):
    desk.press("F6")
    first = desk.focused()
    desk.press("F6", "Shift+F6")
    assert desk.focused() == first


def test_f9_prints_a_duplicate_each_time_and_each_is_counted(saved):
    saved.press("F9")
    saved.asked_to_print(2)
    saved.press("F9")
    first, second, third = saved.asked_to_print(3)
    assert len({first, second, third}) == 3
    slips = IssuedDocument.objects.filter(template="opd/documents/slip.html").order_by("copy")
    assert [slip.copy for slip in slips] == [0, 1, 2]


def test_f9_prints_the_last_slip_also_with_the_next_patient_taken_up_and_after_a_refusal(saved, rims):
    saved.forgive("status of 422")
    saved.scan(make_patient(rims, "Birsa Munda").uhid)
    expect(saved.page.locator(".patient")).to_contain_text("Birsa Munda")
    saved.press("Enter")  # no department
    expect(saved.page.locator("#id_department-error")).to_be_visible()
    saved.press("F9")
    saved.asked_to_print(2)
    assert IssuedDocument.objects.filter(copy=1).count() == 2


def test_todays_slip_is_printed_and_opened_by_keys_from_wherever_its_patient_is_met(saved, asha):
    today = Encounter.objects.latest("started_at")
    saved.page.get_by_role("link", name="This slip").click()
    expect(saved.page.get_by_role("heading", name="Slip")).to_be_visible()
    saved.press("F9")
    saved.asked_to_print()
    assert copies() == [0, 0, 1, 1]

    saved.open("opd:registration_list")
    saved.type("asha")
    saved.press("Enter")
    expect(saved.page.locator("[data-row]")).to_have_count(1)
    saved.press("Enter")
    saved.arrives_at("opd:registration_detail", today.pk)

    saved.open("opd:registration_new")
    saved.scan(asha.uhid)
    expect(saved.page.locator("#estimate")).to_contain_text("is there already")
    saved.press("F7")
    saved.arrives_at("patients:patient_detail", asha.pk)
    saved.press("F9")
    saved.asked_to_print()
    assert copies() == [0, 0, 1, 1, 2, 2]
    saved.press("Enter")
    saved.arrives_at("opd:registration_detail", today.pk)


def copies():
    """Of slip and receipt."""
    return sorted(IssuedDocument.objects.values_list("copy", flat=True))


def test_an_arrow_and_enter_open_what_the_row_is(sit, kavita, asha, was_here, med, unit):
    visit(asha, med, kavita, at=timezone.now())
    visit(asha, med, kavita, at=timezone.now() - timedelta(days=40))
    earlier = Encounter.objects.order_by("-started_at")[1]
    screen = sit(kavita).open("patients:patient_detail", asha.pk)
    screen.press("ArrowDown", "Enter")
    screen.arrives_at("opd:registration_detail", earlier.pk)


# ── Where letters go ──

# As on a machine that has painted nothing yet: what the browser did before the scripts is taken back.
EARLY = """addEventListener("readystatechange", () => {
  if (document.readyState === "interactive") document.activeElement.blur();
}, { capture: true });
addEventListener("DOMContentLoaded", () => { self.early = document.activeElement.id })"""


def test_the_cursor_is_in_the_search_as_soon_as_the_page_can_hear_a_key(sit, kavita, unit):
    screen = sit(kavita)
    screen.page.add_init_script(EARLY)
    for name in ("opd:registration_new", "patients:patient_list"):
        assert screen.open(name).page.evaluate("early") == "q", name


def test_a_slip_scanned_with_the_cursor_nowhere_is_searched_for_all_the_same(desk, asha):
    desk.type("somebody else")
    desk.page.evaluate("document.activeElement.blur()")
    desk.scan(asha.uhid)
    expect(desk.page.locator(".patient")).to_contain_text(asha.uhid_shown)


def test_letters_with_the_cursor_nowhere_go_nowhere_while_the_screen_is_locked(desk, asha):
    desk.press("Alt+L")
    expect(desk.page.locator("dialog.lock")).to_be_visible()
    desk.page.evaluate("document.activeElement.blur()")
    desk.scan(asha.uhid)
    expect(desk.page.locator("#q")).to_have_value("")


NAMED = [
    ({"code": "Digit2", "key": "२"}, "2"),
    ({"code": "Numpad2", "key": "2"}, "2"),
    ({"code": "Numpad2", "key": "ArrowDown"}, "ArrowDown"),  # Num Lock is off
    ({"code": "NumpadEnter", "key": "Enter"}, "Enter"),
    ({"code": "", "key": "Enter"}, "Enter"),  # on a phone's screen
    ({"code": "KeyL", "key": "त", "altKey": True}, "Alt+L"),
    ({"code": "", "key": "Unidentified"}, "Unidentified"),
]


def test_a_key_is_known_by_its_place_and_where_it_has_none_by_what_it_is_for(desk):
    for said, name in NAMED:
        assert desk.page.evaluate("(said) => keyName(new KeyboardEvent('keydown', said))", said) == name, said
    # A suggestion of the browser's that is taken is no key.
    assert desk.page.evaluate("keyName(new Event('keydown'))") == ""


def test_a_scanner_that_ends_with_a_line_feed_opens_nothing_of_the_browsers(desk, asha):
    desk.page.evaluate("addEventListener('keydown', (event) => { window.last = event; })")
    desk.type(asha.uhid)
    desk.press("Enter", "Control+J")
    assert desk.page.evaluate("[last.code, last.defaultPrevented]") == ["KeyJ", True]
    expect(desk.field("Department or complaint")).to_be_focused()
