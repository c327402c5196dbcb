"""Tests ordered by keys: in the doctor's room, and at the counter from the paper that was brought."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from facilities.roles import Role
from lab.models import ServiceRequest
from tests.browser.screen import PHONE
from tests.factories.facilities import make_person
from tests.factories.lab import make_tests, order, set_prices
from tests.factories.notes import make_templates
from tests.factories.opd import begin_consultation, make_clinic_day, make_token
from tests.factories.patients import make_patient

pytestmark = pytest.mark.browser
HOSTILE = '"><img src=x onerror=alert(1)>'


@pytest.fixture
def tests(rims):
    held = make_tests()
    set_prices(rims, held)
    return held


@pytest.fixture
def waiting(rims, unit, bose, tests):
    """Phulmani waits before Bose's room."""
    make_templates()
    unit.doctor = bose
    unit.save()
    clinic = make_clinic_day(unit, timezone.localdate())
    patient = make_patient(rims, "Phulmani Munda", name_hi="फूलमनी मुंडा")
    return make_token(clinic, patient, senior_since=timezone.now() - timedelta(minutes=20))


@pytest.fixture
def room(sit, bose, waiting):
    """Bose's room, the patient inside."""
    begin_consultation(waiting, bose)
    screen = sit(bose).open("opd:token_detail", waiting.pk)
    expect(screen.page.locator("#id_complaints")).to_be_focused()
    expect(screen.page.locator("#tests-words")).to_be_visible()
    return screen


def chips(screen):
    return screen.page.locator("#orders li.chip")


def ordered():
    return sorted(
        (one.test.code, one.priority, one.status) for one in ServiceRequest.objects.select_related("test")
    )


def test_one_test_takes_two_keys_and_its_letters(room):
    before = room.keys
    room.press("Alt+j")
    room.type("cbc")
    room.press("Enter")
    expect(chips(room)).to_have_count(1)
    assert room.keys - before == 2
    expect(room.page.locator("#tests-words")).to_be_focused()
    assert ordered() == [("CBC", "routine", "ordered")]


@pytest.mark.reads_paper
def test_a_whole_slip_in_one_line_and_the_slip_printed_by_a_key(room, all_answered):
    room.press("Alt+j")
    room.type("CBC, chest xray, RBS!")
    room.press("Enter")
    expect(chips(room)).to_have_count(3)
    expect(chips(room).last).to_contain_text("urgent")
    room.press("Shift+F9")
    printed = room.asked_to_print()
    assert room.page.request.get(room.base + printed[0]).body().startswith(b"%PDF")
    all_answered()
    assert ordered() == [
        ("CBC", "routine", "ordered"),
        ("GLU_R", "urgent", "ordered"),
        ("XRCH", "routine", "ordered"),
    ]


def test_chosen_by_arrows_doubled_only_knowingly_and_taken_back_by_a_key(room):
    room.press("Alt+j")
    room.type("sugar")
    expect(room.page.locator("#tests-found[data-typed=sugar] button").first).to_have_class(
        re.compile("is-here")
    )
    room.press("ArrowDown", "Enter")
    expect(chips(room)).to_have_count(1)
    (first,) = ordered()
    room.forgive("422")
    room.type(first[0])
    room.press("Enter")
    again = room.page.get_by_role("button", name="Order once more")
    expect(again).to_be_focused()
    room.press("Enter")
    expect(chips(room)).to_have_count(2)
    room.press("Alt+Delete")
    expect(room.page.locator("#order-cancel input[name=reason]").first).to_be_focused()
    room.press("Enter")
    expect(chips(room)).to_have_count(1)
    assert sorted(one[2] for one in ordered()) == ["cancelled", "ordered"]


def test_what_is_written_in_the_note_is_kept_while_tests_are_ordered(room):
    room.type("fever 4d")
    room.press("Alt+j")
    room.type("malaria")
    room.press("Enter")
    expect(chips(room)).to_have_count(1)
    expect(room.page.locator("#id_complaints")).to_have_value("fever 4d")
    expect(room.page.locator("#saved")).to_have_text(re.compile(r"saved \d\d:\d\d"))


def test_enter_orders_while_the_list_of_what_is_typed_is_still_on_its_way(room):
    on_its_way = []
    room.page.route("**/offers/", lambda route: on_its_way.append(route))
    room.press("Alt+j")
    with room.page.expect_request("**/offers/"):
        room.type("cbc")
    room.page.keyboard.press("Enter")
    expect(chips(room)).to_have_count(1)
    assert on_its_way
    assert ordered() == [("CBC", "routine", "ordered")]


def test_what_is_typed_while_a_test_is_being_ordered_is_the_next_one_or_stays_with_what_is_refused(room):
    room.answers_late("**/orders/new/")
    room.press("Alt+j")
    room.type("cbc")
    with room.page.expect_request("**/orders/new/"):
        room.press("Enter")
    room.page.keyboard.type("rbs")
    expect(chips(room)).to_have_count(1)
    expect(room.page.locator("#tests-words")).to_have_value("rbs")
    expect(room.page.locator("#tests-words")).to_be_focused()
    expect(room.page.locator("#tests-found[data-typed=rbs] button")).to_have_count(1)
    room.press("Enter")
    expect(chips(room)).to_have_count(2)
    assert [one[0] for one in ordered()] == ["CBC", "GLU_R"]

    room.forgive("422")
    room.type("rbs")
    with room.page.expect_request("**/orders/new/"):
        room.press("Enter")
    room.page.keyboard.type(", mal")
    expect(room.page.get_by_role("button", name="Order once more")).to_be_visible()
    expect(room.page.locator("#tests-words")).to_be_focused()
    expect(room.page.locator("#tests-words")).to_have_value("GLU_R, mal")

    room.page.locator("#tests-words").fill("zzz")
    with room.page.expect_response("**/orders/new/"):
        room.press("Enter")
        room.page.keyboard.type("z")
    expect(room.page.locator("#orders [role=alert]")).to_be_visible()
    expect(room.page.locator("#tests-words")).to_have_value("zzzz")


def test_the_counter_orders_from_the_paper(sit, kavita, waiting):
    screen = sit(kavita).open("lab:order_list")
    screen.scan(waiting.patient.uhid)
    expect(screen.page.get_by_text("Nothing was ordered for this patient yet.")).to_be_visible()
    screen.press("F8")
    screen.arrives_at("lab:order_new", waiting.encounter_id)
    screen.type("Dr. Sinha, Kanke")
    screen.press("Tab")
    screen.type("cbc, lft")
    screen.press("Enter")
    expect(chips(screen)).to_have_count(2)
    expect(screen.page.locator("#order-doctor")).to_have_value("Dr. Sinha, Kanke")
    assert {one.requester_name for one in ServiceRequest.objects.all()} == {"Dr. Sinha, Kanke"}


def test_without_scripts_tests_are_ordered_and_taken_back(sit, bose, waiting):
    screen = sit(bose, java_script_enabled=False).open("opd:token_detail", waiting.pk)
    screen.forgive("422")
    screen.page.locator("#consultation button").first.click()
    screen.page.locator("#orders a").click()
    screen.page.locator("#tests-words").fill("cbc, fluid")
    screen.page.locator("#order-now").click()
    expect(screen.page.get_by_text("Which test is “fluid”?")).to_be_visible()
    expect(screen.page.locator("#tests-words")).to_have_value("cbc, fluid")
    screen.page.locator("#tests-words").fill("cbc")
    screen.page.locator("#order-now").click()
    screen.arrives_at("opd:token_detail", waiting.pk)
    screen.page.locator("#orders a").click()
    chips(screen).get_by_role("link").click()
    screen.page.locator("main form button[type=submit]").last.click()
    screen.arrives_at("opd:token_detail", waiting.pk)
    assert ordered() == [("CBC", "routine", "cancelled")]


def test_pages_of_orders_are_calm_narrow_and_accessible(faults_of, bose, kavita, rims, waiting, tests):
    token = make_token(waiting.clinic_day, make_patient(rims, HOSTILE, name_hi=""))
    order(token.encounter, kavita, tests["CBC"], tests["TSH"], requester_name=HOSTILE, note=HOSTILE)
    made = ServiceRequest.objects.order_by("pk").first()
    pages = [
        reverse("lab:order_list"),
        # Rows are alike to the checker, which takes six seconds for all: a panel, and what the state is told.
        reverse("lab:test_list") + "?words=cbc",
        reverse("lab:test_list") + "?words=malaria",
        reverse("lab:order_new", args=[token.encounter_id]),
        reverse("lab:cancellation_new", args=[made.pk]),
    ]
    assert faults_of(bose, pages) == []


@pytest.mark.parametrize("language", ["en", "hi"])
def test_no_test_of_the_list_is_wider_than_a_phone(sit, rims, tests, language):
    doctor = make_person("Dutta", Role.DOCTOR, rims, language=language)
    phone = sit(doctor, viewport=PHONE).open("lab:test_list")

    assert phone.page.locator("tbody tr").count() > 100
    assert phone.is_wide() <= 0
