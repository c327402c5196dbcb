"""The doctor's room by keys: a consultation in a minute; what is typed survives; two windows."""

import re
from datetime import timedelta
from time import monotonic

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from lab.models import ServiceRequest
from opd.models import Consultation
from patients.models import AllergyIntolerance, ClinicalNote, DetectedIssue
from patients.queries import prescribing
from tests.browser.conftest import DESK, PHONE
from tests.browser.screen import CUT
from tests.browser.test_queue import LOOK
from tests.factories.chart import make_allergy, make_observation
from tests.factories.formulary import make_formulary
from tests.factories.lab import make_tests
from tests.factories.notes import make_condition, make_templates
from tests.factories.opd import begin_consultation, make_clinic_day, make_token
from tests.factories.patients import make_encounter, make_patient

pytestmark = pytest.mark.browser
# What is kept of notes; how the link was is kept too.
SHELVED = (
    "Object.keys(localStorage).filter((one) => one.startsWith('hmis-note-')).map((one) => localStorage[one])"
)
HOSTILE = '"><img src=x onerror=alert(1)>'


@pytest.fixture
def waiting(rims, unit, bose, clara):
    """Phulmani waits, measured by the nurse, before Bose's room."""
    make_templates()
    make_tests()
    unit.doctor = bose
    unit.save()
    clinic = make_clinic_day(unit, timezone.localdate())
    patient = make_patient(rims, "Phulmani Munda", name_hi="फूलमनी मुंडा")
    token = make_token(clinic, patient, senior_since=timezone.now() - timedelta(minutes=20))
    make_observation(token.encounter, clara, value="96")
    make_allergy(token.encounter, clara, "Penicillin")
    return token


@pytest.fixture
def room(sit, bose, waiting):
    """Bose's room, the patient inside."""
    begin_consultation(waiting, bose)
    screen = sit(bose).open("opd:token_detail", waiting.pk)
    expect(screen.page.locator("#id_complaints")).to_be_focused()
    return screen


def saved(screen):
    expect(screen.page.locator("#saved")).to_have_text(re.compile(r"saved \d\d:\d\d"))


@pytest.fixture
def held(room):
    """The saves of Bose's window, in the order they were sent: each waits until the test lets it go on."""
    sent = []
    room.page.route("**/consultations/*/edit/", lambda route: sent.append(route))
    return sent


def are_held(screen, held, count):
    """Wait until so many saves were sent, and no more."""
    for _ in range(500):
        if len(held) >= count:
            break
        screen.page.wait_for_timeout(20)
    assert len(held) == count


# Another tab is looked at; a browser without windows does not say so by itself.
HIDE = """() => {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


# Somebody who types slowly.
STROKES_A_SECOND, A_MINUTE = 200 / 60, 60


@pytest.mark.reads_paper
def test_a_routine_consultation_takes_less_than_a_minute_of_typing(sit, bose, waiting):
    """Two complaints, a diagnosis, three medicines, a test and the day to come again."""
    make_formulary(bose.posting.facility)
    screen = sit(bose).open("home")
    began = monotonic()
    screen.press("F8")
    screen.arrives_at("opd:token_detail", waiting.pk)
    screen.press("Enter")
    screen.settle()
    screen.type("fever 4d; cough 4d")
    screen.press("F6")
    screen.type("ill, temp up")
    screen.press("Tab")
    screen.type("coarse crepts right base")
    screen.press("F6")
    screen.type("J18.9")
    screen.press("Enter")
    expect(screen.page.locator("#diagnoses li.chip")).to_have_count(1)
    screen.press("F6")
    for count, line in enumerate(("azithro 500 od 3d", "para 500 1-1-1 5d", "cetirizine 10 hs 5d"), start=1):
        screen.type(line)
        screen.press("Enter")
        expect(screen.page.locator("#prescription .rx-lines > li")).to_have_count(count)
    screen.press("F6")
    screen.type("chest X-ray")
    screen.press("Enter")
    expect(screen.page.locator("#orders li.chip")).to_have_count(1)
    screen.page.locator("#id_follow_up").focus()
    screen.type("5 din")
    screen.press("Control+Enter")
    printed = screen.asked_to_print()
    seconds = monotonic() - began

    note = ClinicalNote.objects.get()
    assert note.status == "signed"
    assert [one["text"] for one in note.sections["complaints"]] == ["fever", "cough"]
    assert [one["code"] for one in note.diagnoses] == ["J18.9"]
    assert [one.medication.generic_name for one in prescribing.signed_lines(note)] == [
        "Azithromycin",
        "Paracetamol",
        "Cetirizine",
    ]
    assert Consultation.objects.get().follow_up_on == timezone.localdate() + timedelta(days=5)
    assert len(printed) == 1
    assert screen.page.request.get(screen.base + printed[0]).body().startswith(b"%PDF")
    strokes = screen.keys + screen.letters
    assert screen.keys <= 16, screen.keys
    assert strokes / STROKES_A_SECOND <= A_MINUTE, strokes
    print(f"\nkeys {screen.keys}, letters {screen.letters}, seconds here {seconds:.1f}")


def test_an_allergy_is_answered_by_one_key_and_the_cursor_goes_on(room, bose):
    make_formulary(bose.posting.facility)
    screen = room
    screen.page.locator("#medicine").focus()
    screen.type("amox 500 tds 5 days")
    screen.press("Enter")
    asked = screen.page.get_by_role("alertdialog")
    expect(asked).to_contain_text("Penicillin")
    screen.forgive("422")
    screen.press("Control+Enter")  # not signed while it is open
    expect(asked.locator("[data-key='1']")).to_be_focused()
    screen.press("1")
    expect(asked).to_have_count(0)
    expect(screen.page.locator("#medicine")).to_be_focused()

    assert DetectedIssue.objects.get().answer == "removed"
    assert ClinicalNote.objects.get().status == "draft"


@pytest.mark.parametrize("box", ["#medicine", "#id_complaints"])
def test_an_alert_leaves_the_cursor_with_whoever_writes_on(room, bose, box):
    make_formulary(bose.posting.facility)
    room.answers_late("**/medicines/new/")
    room.page.locator("#medicine").focus()
    room.type("amox 500 tds 5 days")
    with room.page.expect_request("**/medicines/new/"):
        room.press("Enter")
    room.page.locator(box).focus()
    room.page.keyboard.type("para 1")
    asked = room.page.get_by_role("alertdialog")
    expect(asked).to_contain_text("Penicillin")
    room.page.keyboard.type("11")

    expect(room.page.locator(box)).to_be_focused()
    expect(room.page.locator(box)).to_have_value("para 111")
    expect(asked).to_have_count(1)


def test_what_no_medicine_is_checked_against_is_put_right_by_keys(room, waiting, clara):
    screen = room
    make_allergy(waiting.encounter, clara, "Amoxycillin")
    screen.page.reload()
    screen.page.locator("#allergic-to").focus()
    screen.type("amoxy")
    expect(screen.page.locator("#allergen-1")).to_have_text("Amoxicillin")
    screen.press("ArrowDown", "Enter")
    expect(screen.page.locator("#allergic-to")).to_have_value("Amoxicillin")
    screen.press("Enter")
    expect(screen.page.locator("#allergic-to")).to_have_value("")
    names = AllergyIntolerance.objects.values_list("substance", flat=True)
    assert sorted(names) == ["Amoxicillin", "Amoxycillin", "Penicillin"]


def test_a_medicine_is_given_in_spite_of_an_alert_with_a_reason(room, bose):
    make_formulary(bose.posting.facility)
    screen = room
    screen.page.locator("#medicine").focus()
    screen.type("amox 500 tds 5 days")
    screen.press("Enter")
    asked = screen.page.get_by_role("alertdialog")
    expect(asked).to_have_count(1)
    reason = asked.get_by_label("why it is given anyway")
    screen.press(reason.get_attribute("data-key"))
    expect(reason).to_be_focused()
    screen.type(HOSTILE)
    screen.press("Enter")
    expect(asked).to_have_count(0)

    issue = DetectedIssue.objects.get()
    assert (issue.answer, issue.reason) == ("kept", HOSTILE)
    assert screen.page.locator("img").count() == 0


def test_a_diagnosis_by_arrows_and_its_buttons(room):
    screen = room
    screen.page.locator("#diagnosis").focus()
    screen.type("hypertension")
    expect(screen.page.locator("#codes[data-typed=hypertension] button").first).to_have_class(
        re.compile("is-here")
    )
    screen.press("ArrowDown", "ArrowDown")
    chosen = screen.page.locator("#codes button.is-here").get_attribute("value")
    screen.press("Enter")
    expect(screen.page.locator("#diagnoses li.chip")).to_contain_text(chosen)
    expect(screen.page.locator("#diagnosis")).to_be_focused()
    screen.page.get_by_role("button", name=f"make final: {chosen}").press("Enter")
    expect(screen.page.get_by_role("button", name=f"make final: {chosen}")).to_have_count(0)
    screen.page.get_by_role("button", name=f"take off: {chosen}").press("Enter")
    expect(screen.page.locator("#diagnoses li.chip")).to_have_count(0)


def test_who_signs_while_a_diagnosis_is_written_signs_it_too_and_the_cursor_stays(room):
    room.answers_late("**/conditions/new/")
    room.type("fever")
    room.page.locator("#diagnosis").focus()
    room.page.keyboard.type("J18.9")
    with room.page.expect_request("**/conditions/new/"):
        room.page.keyboard.press("Enter")
    room.page.locator("#id_follow_up").focus()
    room.page.keyboard.type("5")
    room.page.keyboard.press("Control+Enter")
    room.asked_to_print()
    assert [one["code"] for one in ClinicalNote.objects.get().diagnoses] == ["J18.9"]
    assert Consultation.objects.get().follow_up_on == timezone.localdate() + timedelta(days=5)


ADDED = {  # box → where it is sent, a line, the next one, where both stand
    "#medicine": ("**/medicines/new/", "para 500 1-1-1 5d", "ors 1 sachet sos 3d", ".rx-lines > li"),
    "#diagnosis": ("**/conditions/new/", "J18.9", "I10", "#diagnoses li.chip"),
}


def test_what_is_typed_while_a_line_is_being_added_is_the_next_one(room, bose):
    make_formulary(bose.posting.facility)
    for box, (asked, line, ahead, lines) in ADDED.items():
        room.answers_late(asked)
        room.page.locator(box).focus()
        room.type(line)
        with room.page.expect_request(asked):
            room.press("Enter")
        room.page.keyboard.type(ahead)
        expect(room.page.locator(lines), box).to_have_count(1)
        expect(room.page.locator(box), box).to_have_value(ahead)
        expect(room.page.locator(box), box).to_be_focused()
        room.press("Enter")
        expect(room.page.locator(lines), box).to_have_count(2)


def test_favourites_stand_there_before_anything_is_typed(sit, bose, waiting, med):
    make_condition(make_encounter(waiting.patient, med), bose, "I10")
    screen = sit(bose).open("opd:room_detail")
    screen.press("F8")
    screen.arrives_at("opd:token_detail", waiting.pk)
    screen.press("Enter")
    screen.arrives_at("opd:token_detail", waiting.pk)
    expect(screen.page.locator("#id_complaints")).to_be_focused()
    screen.press("Alt+1")
    expect(screen.page.locator("#diagnoses li.chip")).to_contain_text("I10")


def test_the_page_is_killed_while_somebody_types_and_the_text_is_there(sit, bose, room, waiting):
    room.type("headache 3d")
    saved(room)
    room.type("\nvomiting")
    room.page.close(run_before_unload=False)
    room.leave()

    again = sit(bose).open("opd:token_detail", waiting.pk)
    expect(again.page.locator("#id_complaints")).to_have_value(re.compile("headache 3 days"))


@pytest.mark.prints  # where the page that is left has a frame of its own
@pytest.mark.xdist_group("viewer")
def test_whoever_goes_to_another_page_leaves_the_last_letters_saved(room, waiting, all_answered):
    room.type("headache 3d")
    room.go(reverse("opd:room_detail"))
    all_answered()
    assert ClinicalNote.objects.get().sections["complaints"][0]["text"] == "headache"
    assert room.page.evaluate(SHELVED) == []  # it lies with the server alone


def test_a_page_that_is_loaded_anew_has_the_last_letters_and_warns_of_what_is_beside(room, held):
    room.type("fever 4d")
    room.press("F5")
    are_held(room, held, 1)
    room.page.evaluate("() => { self.isOld = true; }")
    held[0].continue_()
    room.wait_for("() => !self.isOld")
    expect(room.page.locator("#id_complaints")).to_have_value("fever 4 days")

    room.page.locator("#medicine").fill("para 500")
    room.press("F5")
    expect(room.page.locator("#messages")).to_contain_text("What you typed is not saved yet")
    expect(room.page.locator("#medicine")).to_have_value("para 500")


def test_without_a_connection_the_text_stays_and_goes_out_when_it_is_back(room):
    room.forgive(*CUT)
    room.page.context.set_offline(True)
    room.type("headache 3d")
    expect(room.page.locator("#saved")).to_contain_text("no connection")
    assert ClinicalNote.objects.get().version == 0
    # Sent again by itself: nobody is typing, so that it keeps no session awake.
    with room.page.expect_request("**/consultations/*/edit/") as again:
        room.page.context.set_offline(False)
    assert again.value.headers["x-polling"] == "1"
    saved(room)
    assert ClinicalNote.objects.get().version == 1
    assert room.page.evaluate(SHELVED) == []


def test_a_browser_closed_without_a_connection_still_has_the_text(room, waiting, sit, bose):
    room.forgive(*CUT)
    room.page.context.set_offline(True)
    room.type("headache 3d")
    expect(room.page.locator("#saved")).to_contain_text("no connection")
    room.wait_for(f"() => {SHELVED}.length === 1")
    (kept,) = room.page.evaluate(SHELVED)
    assert "headache" not in kept
    # The server knows nothing of it; the line is back, and the page is opened afresh.
    context = room.page.context
    room.page.close()
    context.set_offline(False)
    page = context.new_page()
    page.goto(room.base + reverse("opd:token_detail", args=[waiting.pk]))
    expect(page.locator("#id_complaints")).to_have_value("headache 3d")
    expect(page.locator("#saved")).to_have_text(re.compile(r"saved \d\d:\d\d"))
    assert ClinicalNote.objects.get().sections["complaints"][0]["text"] == "headache"


def test_two_windows_show_both_texts_and_one_is_chosen(room, sit, bose, waiting):
    other = sit(bose).open("opd:token_detail", waiting.pk)
    room.type("headache 3d")
    saved(room)
    other.forgive("409")
    other.page.locator("#id_complaints").focus()
    other.type("cough")
    conflict = other.page.locator("#conflict")
    expect(conflict).to_contain_text("headache 3 days")
    expect(conflict).to_contain_text("cough")
    other.press("Enter")
    saved(other)
    assert ClinicalNote.objects.get().sections == {"complaints": [{"text": "cough"}]}

    room.forgive("409")
    room.type(" more")
    expect(room.page.locator("#conflict")).to_contain_text("cough")
    room.page.get_by_text("Take the other text").click()
    expect(room.page.locator("#id_complaints")).to_have_value("cough")


def test_a_signature_never_goes_out_while_the_two_texts_stand_beside_each_other(
    room, held, sit, bose, waiting
):
    other = sit(bose).open("opd:token_detail", waiting.pk)
    other.type("cough")
    saved(other)
    signatures = []
    room.page.on("request", lambda sent: signatures.append(sent) if "/signature/" in sent.url else None)
    room.forgive("409")
    room.type("headache")
    # The mouse leaves the field, and so a save begins, before it lets the button go.
    room.page.locator("#sign").hover()
    room.page.mouse.down()
    are_held(room, held, 1)
    room.page.mouse.up()
    held[0].continue_()
    keep = room.page.get_by_role("button", name="Keep what is here")
    expect(room.page.locator("#conflict")).to_contain_text("cough")
    room.page.locator("#id_complaints").focus()
    room.press("Control+Enter")
    expect(keep).to_be_focused()

    room.page.unroute_all()
    keep.click()
    saved(room)
    assert signatures == []
    note = ClinicalNote.objects.get()
    assert (note.status, note.version) == ("draft", 2)
    assert note.sections == {"complaints": [{"text": "headache"}]}
    room.page.locator("#sign").click()
    room.asked_to_print()
    assert ClinicalNote.objects.get().status == "signed"


def test_what_was_typed_while_a_save_was_under_way_goes_out_after_it_in_a_hidden_tab(room, held):
    answers = []
    room.page.on("response", lambda one: answers.append(one.status) if "/consultations/" in one.url else None)
    room.type("headache")
    room.page.locator("#id_complaints").blur()
    are_held(room, held, 1)
    room.page.locator("#id_complaints").focus()
    room.press("End")
    room.type(", vomiting")
    room.page.evaluate(HIDE)
    room.wait_for(f"() => {SHELVED}.length === 1")
    assert len(held) == 1  # nothing goes out from the same version beside it
    held[0].continue_()
    are_held(room, held, 2)
    held[1].continue_()
    saved(room)
    assert answers == [200, 200]
    room.wait_for(f"() => {SHELVED}.length === 0")
    note = ClinicalNote.objects.get()
    assert (note.version, [one["text"] for one in note.sections["complaints"]]) == (2, ["headache, vomiting"])


def test_a_tab_closed_while_a_save_is_under_way_still_has_the_last_words(room, held, waiting):
    room.type("headache")
    room.page.locator("#id_complaints").blur()
    are_held(room, held, 1)
    held[0].fetch()  # the server has it, the page has no answer
    room.page.locator("#id_complaints").focus()
    room.press("End")
    room.type(", vomiting")
    room.wait_for(f"() => {SHELVED}.length === 1")  # a page that is closed has no time left for it
    context = room.page.context
    room.page.close()

    page = context.new_page()
    page.goto(room.base + reverse("opd:token_detail", args=[waiting.pk]))
    expect(page.locator("#id_complaints")).to_have_value("headache, vomiting")
    page.get_by_role("button", name="Keep what is here").click()
    expect(page.locator("#saved")).to_have_text(re.compile(r"saved \d\d:\d\d"))
    expect(page.locator("#conflict")).to_be_empty()
    (complaint,) = ClinicalNote.objects.get().sections["complaints"]
    assert complaint["text"] == "headache, vomiting"
    assert page.evaluate(SHELVED) == []


def test_a_press_that_could_not_be_sent_says_so_in_sight(room):
    room.forgive(*CUT)
    room.page.locator("#tests-words").fill("cbc")
    room.press("Enter")
    urgent = room.page.locator("#orders button[name=priority]")
    expect(urgent).to_have_count(1)
    room.page.context.set_offline(True)
    urgent.click()
    room.page.locator("#sign").scroll_into_view_if_needed()
    said = room.page.locator("#messages li")
    expect(said).to_have_text("No connection. Try again in a moment.")
    expect(said).to_be_in_viewport(ratio=1)
    expect(room.page.locator("#link-lost")).to_be_in_viewport(ratio=1)


# Whether the mark on a narrow screen begins with its first word.
BEGINS = """mark => {
  const words = document.createRange();
  words.selectNodeContents(mark);
  return words.getClientRects()[0].top >= mark.getBoundingClientRect().top;
}"""


def test_a_long_list_of_allergies_hides_no_warning_and_leaves_room_to_work(room, waiting, clara):
    for n in range(12):
        make_allergy(waiting.encounter, clara, f"Cefotaxime sodium, injection {n}")
    room.page.reload()
    for size, band in (DESK, "header.patient"), (PHONE, ".who-strip"):
        room.page.set_viewport_size(size)
        room.page.evaluate("hmis.say(hmis.words().noConnection, 't-warn')")
        room.page.locator("#sign").scroll_into_view_if_needed()
        said, who = room.page.locator("#messages li"), room.page.locator(band)
        expect(said).to_be_in_viewport(ratio=1)
        expect(who).to_be_in_viewport(ratio=1)
        assert said.bounding_box()["y"] >= who.bounding_box()["y"] + who.bounding_box()["height"]
        assert who.bounding_box()["height"] < size["height"] / 3
    assert room.page.locator(".who-strip > .state").evaluate(BEGINS)


def test_the_last_words_before_the_lock_are_sealed(room, held):
    room.forgive("status of 401")
    room.type("headache")
    room.page.keyboard.press("Alt+L")
    room.wait_for(f"() => {SHELVED}.length === 1")
    assert held == []  # nothing is saved while it is locked


def test_a_browser_that_drops_a_last_request_has_the_words_sealed_as_they_are_typed(room, held):
    room.page.evaluate("delete Request.prototype.keepalive")
    room.type("headache")
    room.wait_for(f"() => {SHELVED}.length === 1")
    assert held == []
    room.page.unroute_all()
    saved(room)
    room.wait_for(f"() => {SHELVED}.length === 0")


def test_what_is_wrong_stands_at_its_field_while_it_is_typed(room):
    room.forgive("422")
    room.type("2341 2341 2346")
    expect(room.page.locator("#id_complaints-error")).to_be_visible()
    room.press("Control+a")
    room.type("fever")
    saved(room)
    expect(room.page.locator("#id_complaints-error")).to_have_count(0)


def test_after_a_refused_signature_the_note_goes_on_saving_itself(room, all_answered):
    room.forgive("422")
    room.page.locator("#id_follow_up").focus()
    room.type("yesterday")
    room.press("Control+Enter")
    expect(room.page.locator("#id_follow_up-error")).to_be_visible()
    with room.page.expect_response("**/consultations/*/edit/") as answer:
        room.page.locator("#id_follow_up").fill("5")
        room.page.locator("#id_complaints").fill("fever")
    assert answer.value.status == 200
    saved(room)
    room.go(reverse("opd:room_detail"))
    all_answered()
    assert ClinicalNote.objects.get().version == 1


def test_a_medicine_or_a_test_that_is_typed_and_not_added_is_never_signed_away(room):
    room.type("fever 4d")
    room.page.locator("#medicine").fill("ors 1 sachet sos 3d")
    room.page.locator("#tests-words").fill("cbc")
    room.page.locator("#id_complaints").focus()
    room.press("Control+Enter")
    refused = room.page.locator("#refused")
    expect(refused).to_contain_text("a medicine that is not added")
    expect(refused).to_be_in_viewport(ratio=1)
    expect(room.page.locator("#medicine")).to_be_focused()
    expect(room.page.locator("#medicine")).to_have_value("ors 1 sachet sos 3d")

    room.page.locator("#medicine").fill("")
    room.press("Control+Enter")
    expect(refused).to_contain_text("a test that is not ordered")
    expect(room.page.locator("#tests-words")).to_be_focused()
    assert ClinicalNote.objects.get().status == "draft"

    room.press("Enter")  # and at once the signature, which waits for the order
    room.page.keyboard.press("Control+Enter")
    room.asked_to_print()
    assert ClinicalNote.objects.get().status == "signed"
    assert ServiceRequest.objects.count() == 1


def test_a_half_typed_allergy_is_not_swept_away_by_the_next_medicine_nor_signed_away(room, bose):
    make_formulary(bose.posting.facility)
    room.type("fever 4d")
    room.page.get_by_text("Another allergy").click()
    room.page.locator("#allergic-to").fill("sulfa")
    room.page.locator("#medicine").focus()
    room.type("para 500 1-1-1 5d")
    room.press("Enter")
    expect(room.page.locator("#prescription .rx-lines > li")).to_have_count(1)
    expect(room.page.locator("#allergic-to")).to_have_value("sulfa")
    expect(room.page.locator("#allergic-to")).to_be_visible()
    expect(room.page.locator("#medicine")).to_have_value("")
    room.press("Control+Enter")

    expect(room.page.locator("#refused")).to_contain_text("an allergy that is not written down")
    expect(room.page.locator("#allergic-to")).to_be_focused()
    assert ClinicalNote.objects.get().status == "draft"


def test_a_half_typed_medicine_stands_there_once_allergies_are_answered(sit, rims, bose, waiting):
    make_formulary(rims)
    token = make_token(waiting.clinic_day, make_patient(rims, "Etwa Oraon"))
    room = sit(bose).open("opd:token_detail", token.pk)
    room.press("Enter")
    expect(room.page.locator("#allergies-ask")).to_have_count(1)
    room.page.locator("#medicine").focus()
    room.type("para 500")
    room.press("Alt+n")
    expect(room.page.locator("#allergies-ask")).to_have_count(0)
    expect(room.page.locator("#medicine")).to_have_value("para 500")
    expect(room.page.locator("#medicine")).to_be_focused()
    room.type(" 1-1-1 5d")
    room.press("Enter")

    expect(room.page.locator("#prescription .rx-lines > li")).to_have_count(1)
    expect(room.page.locator("#medicine")).to_have_value("")


def test_enter_in_a_line_never_signs(room):
    line, day = room.page.locator("#id_follow_up"), room.page.locator("#come-again")
    for enter in "Enter", "NumpadEnter", "on glass":
        line.fill("")
        expect(day).to_be_empty()
        line.focus()
        room.type("5")
        room.enter_on_glass() if enter == "on glass" else room.press(enter)
        expect(day, enter).not_to_be_empty()
        assert ClinicalNote.objects.get().status == "draft", enter


def test_without_scripts_a_consultation_is_written_and_signed(sit, bose, waiting):
    screen = sit(bose, java_script_enabled=False).open("opd:room_detail")
    screen.page.get_by_role("button", name=re.compile("^Call ")).click()
    screen.page.get_by_role("button", name=re.compile("begin")).click()
    screen.page.locator("#id_complaints").fill("fever 4d")
    screen.page.get_by_role("button", name="Save", exact=True).click()
    expect(screen.page.locator("#id_complaints")).to_have_value("fever 4 days")
    screen.page.locator("#diagnosis").fill("J18.9")
    screen.page.get_by_role("button", name="Search", exact=True).click()
    screen.page.locator("#codes button").first.click()
    expect(screen.page.locator("#diagnoses li.chip")).to_have_count(1)
    screen.page.locator("#sign").click()
    expect(screen.page.get_by_text("fever 4 days")).to_be_visible()
    assert ClinicalNote.objects.get().status == "signed"


def test_the_room_is_calm_narrow_and_accessible_with_the_worst_names(
    sit, faults_of, bose, rims, waiting, clara, med
):
    token = make_token(waiting.clinic_day, make_patient(rims, HOSTILE, name_hi=""))
    make_allergy(token.encounter, clara, HOSTILE, reaction=HOSTILE)
    make_condition(make_encounter(token.patient, med), bose, "E11.9", words=HOSTILE)
    screen = sit(bose, viewport=PHONE).open("opd:token_detail", token.pk)
    screen.press("Control+Enter")
    screen.settle().page.locator("#id_complaints").fill(HOSTILE)
    pages = [
        reverse("opd:room_detail"),
        reverse("opd:token_detail", args=[token.pk]),
        reverse("opd:signature_list"),
    ]
    assert faults_of(bose, pages) == []


def test_f8_again_is_the_same_press_though_the_queue_looks_again_in_between(sit, bose, waiting):
    screen = sit(bose).open("opd:room_detail")
    key = screen.page.locator("#room-queue [name=request_key]")
    before = key.input_value()
    # The answer is long in coming.
    screen.page.evaluate("document.addEventListener('submit', (event) => event.preventDefault())")
    screen.press("F8")
    screen.page.evaluate(LOOK, "room-queue")
    expect(key).to_have_value(before)


def test_nothing_kept_leaves_the_room_in_the_middle_of_a_note_nor_signs_it_later(room, waiting):
    room.forgive(*CUT)
    page, said = room.page, room.page.locator("#messages")
    kept, lost = page.get_by_text("Kept. It will be sent"), page.locator("#link-lost")
    room.settle()  # an answer that comes late says that there is a line
    page.context.set_offline(True)
    expect(lost).to_be_visible()
    page.keyboard.press("F8")  # the page is not left
    expect(kept).to_be_visible()
    page.keyboard.type("headache 3d")
    page.context.set_offline(False)
    expect(said).to_contain_text("press its key again")
    expect(kept).to_have_count(0)
    saved(room)
    expect(page).to_have_url(room.base + reverse("opd:token_detail", args=[waiting.pk]))

    # A signature that is kept, and a medicine that is typed beside it by then.
    page.context.set_offline(True)
    expect(lost).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(kept).to_be_visible()
    assert page.evaluate("!dispatchEvent(new Event('beforeunload', { cancelable: true }))")
    page.locator("#medicine").fill("ors 1 sachet sos 3d")
    page.context.set_offline(False)
    expect(page.locator("#refused")).to_contain_text("a medicine that is not added")
    expect(kept).to_have_count(0)
    assert ClinicalNote.objects.get().status == "draft"
