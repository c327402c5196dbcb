"""Somebody who was here before, from the scan to the printed slip."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from hmis.kernel.models import IssuedDocument
from patients.models import Encounter
from tests.factories.patients import make_encounter, make_patient

pytestmark = pytest.mark.browser
DEPARTMENT = "Department or complaint"


def papers_behind(url):
    """The papers that an address prints, by their template."""
    ids = parse_qs(urlsplit(url).query)["p"]
    return {paper.template for paper in IssuedDocument.objects.filter(pk__in=ids)}


@pytest.mark.prints
@pytest.mark.xdist_group("viewer")
def test_after_the_scan_one_key_saves_and_prints_slip_and_receipt_in_the_browsers_own_viewer(
    desk, asha, was_here, tokens
):
    expect(desk.page.locator("#q")).to_be_focused()
    desk.scan(asha.uhid)
    expect(desk.field(DEPARTMENT)).to_be_focused()
    expect(desk.field(DEPARTMENT)).to_have_value("Medicine")
    with desk.page.expect_response("**/papers/?p=*", timeout=20_000) as came:  # as long as `expect` waits
        desk.press("Enter")
    saved = desk.page.get_by_text("Saved: Asha Devi")
    expect(saved).to_be_visible()
    assert desk.keys == 1
    (url,) = desk.asked_to_print()
    answer = came.value
    assert answer.url.endswith(url)
    assert answer.headers["content-type"] == "application/pdf"
    assert "frame-ancestors 'self'" in answer.headers["content-security-policy"]
    desk.wait_for_frame("chrome-extension://")  # the viewer itself
    assert papers_behind(url) == {"opd/documents/slip.html", "billing/documents/receipt.html"}
    (token,) = tokens()
    payment = token.encounter.invoices.get().payments.get()
    panel = desk.page.locator("[data-print-url]")
    expect(panel).to_contain_text(f"token {token.number}")
    expect(panel).to_contain_text(payment.receipt_number)


def test_a_card_that_is_scanned_twice_on_a_slow_line_is_found(desk, asha, was_here):
    desk.answers_late("**/searches/new/")
    for _ in range(2):
        desk.page.keyboard.type(asha.uhid)
        desk.page.keyboard.press("Enter")
    expect(desk.field(DEPARTMENT)).to_be_focused()
    expect(desk.page.locator("main")).to_contain_text(asha.name)


def test_after_saving_the_form_is_empty_for_the_next_scan_and_the_page_opened_again_prints_nothing(
    desk, asha, was_here
):
    desk.scan(asha.uhid)
    expect(desk.field(DEPARTMENT)).to_be_focused()
    desk.press("Enter")
    desk.asked_to_print()
    expect(desk.page.locator("#q")).to_be_focused()
    expect(desk.page.locator("#q")).to_have_value("")
    expect(desk.field("Name")).to_have_value("")
    expect(desk.field(DEPARTMENT)).to_have_value("")

    desk.page.reload()
    expect(desk.page.locator("#q")).to_be_focused()
    assert desk.asked_to_print_nothing()
    assert Encounter.objects.count() == 2


def test_two_people_are_registered_one_after_the_other_without_touching_the_mouse(
    desk, asha, was_here, rims, med, tokens
):
    birsa = make_patient(rims, "Birsa Munda")
    make_encounter(birsa, med)
    for printed, who in enumerate((asha, birsa), start=1):
        desk.scan(who.uhid)
        expect(desk.field(DEPARTMENT)).to_be_focused()
        desk.press("Enter")
        desk.asked_to_print(printed)
    assert [token.number for token in tokens()] == [1, 2]


def test_whoever_waits_already_gets_the_same_slip_by_one_key_and_another_token_only_when_ticked(
    desk, asha, was_here, tokens
):
    desk.forgive("status of 422")
    desk.scan(asha.uhid)
    expect(desk.field(DEPARTMENT)).to_be_focused()
    desk.press("Enter")
    desk.asked_to_print()
    desk.scan(asha.uhid)
    expect(desk.page.locator("#estimate")).to_contain_text("Today's token 1 is there already")
    expect(desk.field(DEPARTMENT)).to_be_focused()
    desk.press("F9")
    desk.asked_to_print(2)
    desk.press("Enter")
    again = desk.field("Another token anyway")
    expect(again).to_be_focused()
    assert len(tokens()) == 1
    desk.press("Space", "Enter")
    desk.asked_to_print(3)
    assert [token.number for token in tokens()] == [1, 2]


def test_a_favourite_and_enter_register_who_comes_to_a_department_for_the_first_time(
    sit, kavita, departments, asha, tokens
):
    desk = sit(kavita).open("opd:registration_new")
    desk.scan(asha.uhid)
    expect(desk.field(DEPARTMENT)).to_be_focused()
    desk.press("Alt+3", "Enter")
    desk.asked_to_print()
    assert desk.keys == 2
    assert tokens()[0].encounter.department.code == "EYE"


def test_a_return_inside_the_validity_is_said_to_be_free_and_costs_nothing(desk, asha, med, tokens):
    now = timezone.now()
    make_encounter(asha, med, at=now, valid_till=timezone.localdate(now))
    desk.scan(asha.uhid)
    expect(desk.page.locator("#estimate")).to_contain_text("Follow-up")
    expect(desk.page.locator("#estimate")).to_contain_text("Free")
    desk.press("Enter")
    (url,) = desk.asked_to_print()
    assert papers_behind(url) == {"opd/documents/slip.html"}
    assert tokens()[0].encounter.invoices.get().total == 0


def test_the_whole_way_works_in_hindi(hindi_desk, asha, was_here):
    hindi_desk.scan(asha.uhid)
    expect(hindi_desk.page.locator("#id_department")).to_be_focused()
    expect(hindi_desk.page.locator("#estimate")).to_contain_text("मेडिसिन")
    hindi_desk.press("Enter")
    hindi_desk.asked_to_print()
    saved = hindi_desk.page.locator("[data-print-url]")
    expect(saved).to_contain_text("आशा देवी")
    expect(saved).to_contain_text("टोकन 1")
    assert hindi_desk.keys == 1


def test_what_is_typed_while_the_paper_comes_stays_where_it_was_typed(desk, asha, was_here):
    desk.page.route("**/papers/?p=*", lambda route: (desk.page.wait_for_timeout(700), route.continue_()))
    desk.scan(asha.uhid)
    expect(desk.field(DEPARTMENT)).to_be_focused()
    desk.press("Enter")
    expect(desk.page.get_by_text("Saved: Asha Devi")).to_be_visible()
    desk.press("F4")
    desk.page.keyboard.type("Phulmani Oraon", delay=120)
    desk.asked_to_print()
    desk.type(" Junior")
    expect(desk.field("Name")).to_have_value("Phulmani Oraon Junior")
