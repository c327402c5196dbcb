"""The line breaks: it is said at once, the form is kept, and sent again exactly once."""

import re

import pytest
from playwright.sync_api import expect

from hmis.kernel.models import IssuedDocument
from opd.models import QueueToken
from patients.models import Patient
from tests.browser.screen import CUT
from tests.factories.ipd import beds_in, make_ward
from tests.factories.patients import make_patient

pytestmark = pytest.mark.browser
SAVE = "**/opd/registrations/new/"


@pytest.fixture
def filled(desk):
    """A front desk with a new patient typed in, ready to be saved."""
    desk.forgive(*CUT)
    desk.page.locator("label[for=id_sex_1]").click()
    for name, value in {
        "name": "Birsa Munda",
        "age": "40",
        "phone": "9431155555",
        "department": "MED",
    }.items():
        desk.page.locator(f"#id_{name}").fill(value)
    expect(desk.page.locator("#estimate")).to_contain_text("Medicine")
    return desk


def lost(screen):
    return screen.page.locator("#link-lost")


def kept(screen):
    return screen.page.get_by_text("Kept. It will be sent when the connection is back.")


def press_without_a_line(desk):
    """Sent, and kept."""
    desk.page.context.set_offline(True)
    desk.press("Enter")
    expect(kept(desk)).to_be_visible()


def come_back(screen):
    """The line is there again, and the browser tells the page."""
    screen.page.context.set_offline(False)
    screen.page.evaluate("dispatchEvent(new Event('online'))")


def test_a_lost_line_is_shown_at_once_before_anything_is_sent(desk):
    expect(lost(desk)).to_be_hidden()
    desk.forgive(*CUT)
    desk.page.context.set_offline(True)
    expect(lost(desk)).to_be_visible()
    expect(lost(desk)).to_have_text("Connection lost, trying again")
    come_back(desk)
    expect(lost(desk)).to_be_hidden()


def test_a_question_that_times_out_late_does_not_say_lost_when_the_line_is_back(desk):
    desk.forgive(*CUT)
    hung = []
    desk.page.route("**/healthz", lambda route: hung.append(route) if not hung else route.continue_())
    desk.page.evaluate("dispatchEvent(new Event('online'))")
    desk.page.wait_for_timeout(200)
    desk.page.evaluate("dispatchEvent(new Event('online'))")
    desk.page.wait_for_timeout(1_000)
    hung[0].abort()
    desk.page.wait_for_timeout(500)

    assert len(hung) == 1
    expect(lost(desk)).to_be_hidden()


def test_a_form_that_could_not_be_sent_is_kept_and_sent_once_when_the_line_is_back(filled):
    press_without_a_line(filled)
    expect(filled.field("Name")).to_have_value("Birsa Munda")
    assert Patient.objects.count() == 0
    come_back(filled)
    expect(filled.page.get_by_text("Saved: Birsa Munda")).to_be_visible()
    filled.asked_to_print()
    assert (Patient.objects.count(), QueueToken.objects.count()) == (1, 1)
    expect(kept(filled)).to_have_count(0)


def test_an_answer_lost_on_its_way_back_makes_no_second_registration(filled):
    posts = []

    def lose_the_first_answer(route):
        posts.append(route.request)
        if len(posts) == 1:
            assert route.fetch().status == 200  # written
            route.abort()
        else:
            route.continue_()

    # Any answer means that the line is back, and would send the form again before we have looked.
    filled.page.route("**/opd/registrations/duplicates/", lambda _: None)
    filled.page.route(SAVE, lose_the_first_answer)
    filled.press("Enter")
    expect(kept(filled)).to_be_visible()
    assert QueueToken.objects.count() == 1
    come_back(filled)
    expect(filled.page.get_by_text("Saved: Birsa Munda")).to_be_visible()
    filled.asked_to_print()
    assert len(posts) == 2
    assert (Patient.objects.count(), QueueToken.objects.count()) == (1, 1)


def test_a_copy_whose_answer_was_lost_is_the_same_copy_when_the_key_is_pressed_again(filled):
    posts = []

    def lose_the_first_answer(route):
        posts.append(route.request)
        if len(posts) == 1:
            assert route.fetch().status == 201  # counted
            route.abort()
        else:
            route.continue_()

    filled.press("Enter")
    expect(filled.page.get_by_text("Saved: Birsa Munda")).to_be_visible()
    filled.asked_to_print()
    filled.page.route("**/copies/new/", lose_the_first_answer)
    filled.press("F9")
    expect(filled.page.locator("#messages")).to_contain_text("connection")
    filled.press("F9")
    filled.asked_to_print(2)
    assert copies() == [1, 1]  # slip and receipt
    filled.press("F9")
    filled.asked_to_print(3)
    assert copies() == [1, 1, 2, 2]


def copies():
    printed = IssuedDocument.objects.exclude(copy=0)
    return sorted(printed.values_list("copy", flat=True))


def test_a_server_that_is_starting_again_is_a_lost_line_too(filled):
    answers = iter([503])
    filled.forgive("status of 503", "503 http", "Error Code 503")
    filled.page.route(
        SAVE,
        lambda route: route.fulfill(status=status) if (status := next(answers, 0)) else route.continue_(),
    )
    filled.press("Enter")
    expect(kept(filled)).to_be_visible()
    come_back(filled)
    expect(filled.page.get_by_text("Saved: Birsa Munda")).to_be_visible()
    assert QueueToken.objects.count() == 1


def test_what_is_put_right_while_the_line_is_lost_is_what_is_sent_by_the_same_button(filled):
    button = filled.page.locator("#save")
    button.evaluate("button => Object.assign(button, { name: 'settle', value: 'cash' })")
    filled.page.context.set_offline(True)
    button.click()
    expect(kept(filled)).to_be_visible()
    filled.field("Name").fill("Birsa Oraon")
    with filled.page.expect_request(SAVE) as sent:
        come_back(filled)
    assert "settle=cash" in sent.value.post_data
    expect(filled.page.get_by_text("Saved: Birsa Oraon")).to_be_visible()
    assert Patient.objects.get().name == "Birsa Oraon"


def test_what_goes_out_is_no_half_of_a_correction(filled):
    press_without_a_line(filled)
    filled.field("Name").fill("Birsa")
    come_back(filled)
    expect(lost(filled)).to_be_hidden()
    filled.page.keyboard.type(" Oraon")
    expect(filled.page.get_by_text("Saved: Birsa Oraon")).to_be_visible()


@pytest.fixture
def at_rest(desk, rims):
    """A patient's details, changed long after the page came; the browser itself sends them."""
    desk.forgive(*CUT)
    patient = make_patient(rims, "Birsa Munda")
    desk.open("patients:patient_edit", patient.pk)
    desk.page.wait_for_timeout(5_100)
    desk.field("Name").fill("Birsa Oraon")
    return desk


def test_a_form_that_the_browser_sends_is_kept_with_its_page(at_rest):
    at_rest.page.context.set_offline(True)
    at_rest.page.keyboard.press("Enter")
    expect(kept(at_rest)).to_be_visible()
    expect(at_rest.field("Name")).to_have_value("Birsa Oraon")
    come_back(at_rest)
    expect(at_rest.page).to_have_url(re.compile(r"/patients/[^/]+/$"))
    assert Patient.objects.get().name == "Birsa Oraon"


def test_a_form_whose_loss_nobody_told_is_asked_first(at_rest):
    at_rest.page.route("**/healthz", lambda route: route.abort(), times=1)
    at_rest.page.keyboard.press("Enter")
    expect(kept(at_rest)).to_be_visible()
    expect(lost(at_rest)).to_be_visible()
    come_back(at_rest)
    expect(at_rest.page).to_have_url(re.compile(r"/patients/[^/]+/$"))
    assert Patient.objects.get().name == "Birsa Oraon"


@pytest.mark.parametrize("department", ["no such department", "MED"], ids=["refused", "saved"])
def test_what_is_typed_into_the_search_meanwhile_stays_and_is_searched(filled, department):
    filled.forgive("status of 422", "Error Code 422")
    filled.field("Department or complaint").fill(department)
    press_without_a_line(filled)
    filled.page.locator("#q").fill("Sukurmani Hansda")
    come_back(filled)
    expect(kept(filled)).to_have_count(0)
    expect(filled.page.locator("#q")).to_have_value("Sukurmani Hansda")
    expect(filled.page.locator("#found")).not_to_be_empty()
    expect(filled.page.locator("#id_name")).to_have_value("" if department == "MED" else "Birsa Munda")


def test_a_form_whose_answer_is_still_out_is_not_taken_away_by_the_next_scan(desk, rims, asha, was_here):
    held = []
    desk.forgive("status of 503", "503 http", "Error Code 503")
    desk.scan(asha.uhid)
    expect(desk.field("Department or complaint")).to_be_focused()
    desk.page.route(SAVE, lambda route: held.append(route), times=1)  # Playwright marks the function
    desk.press("Enter")
    desk.page.locator("#q").fill(make_patient(rims, "Birsa Munda").uhid)
    desk.page.keyboard.press("Enter")  # the answer is still out
    expect(desk.page.get_by_text("Finish with this one first, then scan.")).to_be_visible()
    held[0].fulfill(status=503)
    expect(kept(desk)).to_be_visible()
    come_back(desk)
    expect(desk.page.get_by_text("Saved: Asha Devi")).to_be_visible()


def test_a_paper_that_is_slow_prints_after_all_and_one_that_does_not_come_is_said(filled):
    """Neither a copy in between nor the cut takes it away; F9 asks for it again, and makes no copy."""
    papers, held = "**/papers/**", []
    filled.page.route(papers, lambda route: held.append(route), times=1)  # Playwright marks the function
    with filled.page.expect_request(papers):
        filled.press("Enter")
    expect(filled.page.get_by_text("Saved: Birsa Munda")).to_be_visible()
    filled.press("F9")
    filled.asked_to_print()
    held[0].continue_()
    filled.asked_to_print(2)

    filled.page.route("**/papers/?p=*", lambda route: route.abort())
    filled.press("F9")
    expect(filled.page.locator("#messages")).to_have_text("The paper did not come. Press F9 to print it.")
    filled.page.unroute("**/papers/?p=*")
    filled.press("F9")
    filled.asked_to_print(3)
    assert copies() == [1, 1, 2, 2]


def test_a_double_enter_registers_once(filled):
    filled.press("Enter", "Enter")
    expect(filled.page.get_by_text("Saved: Birsa Munda")).to_be_visible()
    filled.asked_to_print()
    assert QueueToken.objects.count() == 1


def test_a_letter_at_a_bed_is_kept_without_a_line_and_the_next_ones_says_that_there_is_none(sit, clara, med):
    ward = make_ward(med)
    board = sit(clara).open("ipd:ward_detail", ward.pk)
    board.forgive(*CUT)
    first, second, *_others = beds_in(ward)
    board.page.context.set_offline(True)
    for bed in first, second:
        board.page.locator(f"#b-{bed.pk}").focus()
        board.page.keyboard.press("c")  # the page is not left
        expect(kept(board)).to_be_visible()
    expect(board.page.get_by_text("No connection. Try again in a moment.")).to_be_visible()
    with board.page.expect_navigation():
        come_back(board)

    assert [one.status for one in beds_in(ward)[:2]] == ["cleaning", "vacant"]
