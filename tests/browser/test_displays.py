"""The hall's screen in a browser: calls within five seconds, lost server, revoked key, spoken calls."""

import re
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from facilities.roles import Role
from opd.models import Display
from opd.services import call_next, call_token, make_display, revoke_display
from tests.browser.conftest import DESK, PHONE
from tests.factories.facilities import make_department, make_person, make_unit
from tests.factories.opd import make_clinic_day, make_token

# Most of it waits for the screen to ask again: one worker waits, the others work.
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("displays")]
HALL = {"width": 1920, "height": 1080}
CUT = ("net::ERR",)
WITHIN = 10_000  # it asks three seconds after each answer

# A browser that has a Hindi voice, and one that needs a line: what it is told to say is kept in `spoken`.
HINDI_VOICE = """
window.spoken = [];
window.SpeechSynthesisUtterance = function (text) { this.text = text; };
speechSynthesis.getVoices = () => [
  { lang: "en-GB", name: "Daniel" },
  { lang: "hi-IN", name: "Far", localService: false },
  { lang: "hi-IN", name: "Lekha" },
];
speechSynthesis.speak = (speech) => {
  spoken.push([speech.text, speech.voice.name, speech.lang]);
  speech.onstart();
  speech.onend();
};
"""
# Voices that say nothing: one of a maker's servers without a line there, one that never begins.
FAILS, NEVER_BEGINS = "(speech) => { spoken.push(speech.text); speech.onerror(); }", "() => spoken.push('')"
CLIPS = """
window.clips = [];
const play = AudioBufferSourceNode.prototype.start;
AudioBufferSourceNode.prototype.start = function (at, from, length) {
  clips.push([from, length, this.buffer.duration]);
  return play.call(this, at, from, length);
};
"""


@pytest.fixture
def admin(rims):
    return make_person("Lata", Role.FACILITY_ADMIN, rims)


@pytest.fixture
def second(med):
    return make_unit(med, "Unit 2")


@pytest.fixture
def hung(unit, second, admin):
    names = ("OPD hall", "ओपीडी हॉल")
    units = [unit, second]
    return make_display(names=names, units=units, request_key=uuid4(), actor=admin, at=timezone.now())


@pytest.fixture
def clinic(unit):
    clinic_day = make_clinic_day(unit, timezone.localdate())
    for _ in range(4):
        make_token(clinic_day)
    return clinic_day


@pytest.fixture
def call(clinic, bose):
    def call():
        return call_next(clinic_day=clinic, request_key=uuid4(), actor=bose, at=timezone.now())

    return call


@pytest.fixture
def hall(sit, hung, clinic):
    return sit(viewport=HALL).open("display", hung.key)


def test_a_call_appears_within_five_seconds_in_both_languages_and_is_not_spoken_before_the_sound_is_on(
    hall, call, unit
):
    expect(hall.page.locator(".call")).to_contain_text("Please wait for your number")
    call()
    expect(hall.page.locator(".call.is-called .call-token")).to_have_text("1", timeout=WITHIN)
    shown = hall.page.locator(".call")
    expect(shown).to_contain_text(f"कमरा {unit.room.number} में आइए")
    expect(shown).to_contain_text(f"Please come to room {unit.room.number}")
    tile = hall.page.locator(".now-card").first
    expect(tile.locator(".now-next b")).to_have_text(re.compile(r"2\s+3\s+4"))
    expect(tile).to_contain_text("मेडिसिन")
    expect(tile).to_contain_text("Medicine")
    assert "Patient" not in hall.page.content()
    assert hall.page.evaluate("document.body.dataset.saying") is None


def test_a_television_with_a_wrong_clock_shows_the_servers_time_alone(hall):
    hall.page.clock.set_fixed_time("2001-01-01T03:04:05Z")
    head, foot = hall.page.locator(".display-head time"), hall.page.locator("#link-good [data-last-answer]")
    foot.evaluate("one => { one.textContent = ''; }")
    expect(foot).to_have_text(re.compile(r"^\d\d:\d\d$"), timeout=WITHIN)
    assert foot.text_content() == head.text_content()


def test_a_server_that_does_not_answer_is_shown_calmly_and_comes_back_by_itself(hall, call):
    hall.forgive(*CUT)
    expect(hall.page.locator("#link-good")).to_be_visible()
    hall.page.context.set_offline(True)
    expect(hall.page.locator(".lost-note")).to_be_visible(timeout=10_000)
    expect(hall.page.locator(".lost-note")).to_be_in_viewport()
    expect(hall.page.locator("#link-lost")).to_be_visible()
    expect(hall.page.locator(".lost-note b").first).to_have_text(re.compile(r"^\d\d:\d\d$"))
    expect(hall.page.locator(".now-card").first).to_be_visible()  # the last numbers stay
    call()
    hall.page.context.set_offline(False)
    expect(hall.page.locator(".call-token")).to_have_text("1", timeout=10_000)
    expect(hall.page.locator(".lost-note")).to_be_hidden()
    expect(hall.page.locator("#link-good")).to_be_visible()


def test_a_server_that_fails_is_a_lost_server(hall):
    hall.forgive("503")
    hall.page.route("**/display/**", lambda route: route.fulfill(status=503))
    expect(hall.page.locator(".lost-note")).to_be_visible(timeout=10_000)


def test_a_revoked_key_ends_the_screen_within_five_seconds(hall, hung, admin):
    hall.forgive("status of 404")
    revoke_display(display=hung.display, actor=admin, at=timezone.now())
    expect(hall.page.locator("#gone")).to_be_visible(timeout=WITHIN)
    expect(hall.page.locator(".now-card")).to_have_count(2)
    expect(hall.page.locator("#board")).to_be_hidden()
    hall.page.reload()
    expect(hall.page.get_by_text("यह स्क्रीन बंद कर दी गई है")).to_be_visible()


def test_the_call_is_spoken_by_the_browsers_own_hindi_voice_once_and_again_when_called_again(
    sit, hung, call, bose, unit
):
    screen = sit(viewport=HALL)
    screen.page.add_init_script(HINDI_VOICE)
    screen.open("display", hung.key)
    screen.page.locator("#sound").click()
    expect(screen.page.locator("#sound")).to_be_hidden()
    token = call()
    screen.wait_for("() => spoken.length === 1")
    screen.page.wait_for_timeout(3_500)  # asked once more meanwhile
    ((said, voice, language),) = screen.page.evaluate("spoken")
    assert said.startswith("टोकन संख्या एक, कमरा नंबर ")
    assert (voice, language) == ("Lekha", "hi-IN"), "the machine's own goes before one that needs a line"
    call_token(token=token, actor=bose, at=timezone.now())
    screen.wait_for("() => spoken.length === 2")


def test_without_a_hindi_voice_the_recorded_words_are_played(sit, hung, call):
    screen = sit(viewport=HALL)
    heard = []
    screen.page.on("response", lambda answer: heard.append((answer.url, answer.status)))
    screen.page.add_init_script("speechSynthesis.getVoices = () => []")
    screen.page.add_init_script(CLIPS)
    screen.open("display", hung.key)
    screen.page.locator("#sound").click()
    call()
    screen.wait_for("() => clips.length >= 4")
    clips = screen.page.evaluate("clips")
    assert screen.page.evaluate("document.body.dataset.voice") == "recorded"
    assert [round(one[0], 3) for one in clips[:3:2]] == [0.08, 1.288]  # टोकन संख्या, कमरा नंबर
    assert all(length > 0.2 and whole > 80 for _from, length, whole in clips)
    assert {status for url, status in heard if "hindi." in url} == {200}


@pytest.mark.parametrize("speaks", [FAILS, NEVER_BEGINS])
def test_where_the_browsers_voice_says_nothing_the_recorded_words_are_played(sit, hung, call, bose, speaks):
    screen = sit(viewport=HALL)
    screen.page.add_init_script(HINDI_VOICE + CLIPS + f"speechSynthesis.speak = {speaks};")
    screen.open("display", hung.key)
    screen.page.locator("#sound").click()
    token = call()
    screen.wait_for("() => clips.length >= 4")
    call_token(token=token, actor=bose, at=timezone.now())
    screen.wait_for("() => clips.length >= 8")

    assert screen.page.evaluate("spoken.length") == 1, "a voice that said nothing is not asked again"


# By how many pixels the rooms leave their board, and the foot the screen.
BELOW = """[
  board.scrollHeight - board.clientHeight,
  document.querySelector("footer").getBoundingClientRect().bottom - innerHeight,
].map((one) => Math.max(one, 0))"""


@pytest.mark.parametrize("count", [3, 12])
def test_the_rooms_and_the_foot_fit_the_screen(sit, rims, admin, bose, count):
    long = make_department(rims, "OBG", name="Obstetrics and Gynaecology", name_hi="स्त्री एवं प्रसूति रोग")
    units = [make_unit(long, f"Unit {number}") for number in range(count)]
    for unit in units:
        day = make_clinic_day(unit, timezone.localdate(), last_number=1200)
        for _ in range(4):
            make_token(day)
        call_next(clinic_day=day, request_key=uuid4(), actor=bose, at=timezone.now())
    names = ("Hall", "हॉल")
    hung = make_display(names=names, units=units, request_key=uuid4(), actor=admin, at=timezone.now())
    screen = sit()
    for viewport in DESK, HALL, PHONE:
        screen.page.set_viewport_size(viewport)
        screen.open("display", hung.key)
        expect(screen.page.locator(".now-card")).to_have_count(count)
        assert screen.is_wide() <= 0, viewport
        if viewport != PHONE:
            assert screen.page.evaluate(BELOW) == [0, 0], viewport


def test_the_screen_works_without_scripts(sit, hung, clinic, call):
    call()
    screen = sit(java_script_enabled=False).open("display", hung.key)

    expect(screen.page.locator(".call-token")).to_have_text("1")
    expect(screen.page.locator("#sound")).to_be_hidden()
    call()
    expect(screen.page.locator(".call-token")).to_have_text("2", timeout=10_000)


def test_the_accessibility_checker_finds_nothing_serious(sit, faults_of, hung, clinic, call, admin):
    call()
    names = ("list", []), ("new", []), ("edit", [hung.display.pk])

    assert sit(viewport=HALL).open("display", hung.key).barriers() == []
    assert faults_of(admin, [reverse(f"opd:display_{name}", args=args) for name, args in names]) == []


# ── The administrator's pages ──


@pytest.mark.parametrize("viewport", [DESK, PHONE])
def test_an_administrator_makes_a_screen_by_keyboard_and_opens_it(sit, unit, second, admin, viewport):
    office = sit(admin, viewport=viewport).open("opd:display_list")
    office.page.get_by_role("link", name=re.compile("New screen")).click()
    office.type("ओपीडी हॉल")
    office.press("Tab")
    office.type("OPD hall")
    office.press("Tab", "Space", "Enter")
    address = office.page.locator(".address a")
    expect(address).to_be_visible()
    assert office.is_wide() <= 0
    key = address.inner_text().rstrip("/").split("/")[-1]
    hall = sit(viewport=HALL).open("display", key)
    expect(hall.page.locator(".now-card")).to_have_count(1)
    assert Display.objects.get().unit_ids == [unit.pk]


def test_an_administrator_switches_a_screen_off(sit, hung, admin):
    office = sit(admin).open("opd:display_list")
    office.press("Enter")
    office.page.get_by_role("button", name="Switch this screen off").click()
    expect(office.page.get_by_text("switched off")).to_be_visible()
    assert Display.objects.get().revoked_by == admin
