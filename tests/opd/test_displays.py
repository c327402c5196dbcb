"""The hall's screen: its key opens the numbers and nothing else, until it is renewed or revoked."""

import json
import logging
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from billing.words import in_hindi
from facilities.roles import Role
from hmis.kernel.asking import NoKeysFilter
from hmis.kernel.errors import KeyReused, Refusal
from hmis.kernel.models import AuditEntry
from opd.models import Display
from opd.queries import board
from opd.services import (
    Closing,
    call_next,
    call_token,
    close_clinic,
    display_with,
    edit_display,
    finish_token,
    make_display,
    renew_display_key,
    revoke_display,
)
from opd.states import CloseReason, Lane
from opd.words import call_out
from tests.conftest import NOON
from tests.factories.cases import walked
from tests.factories.facilities import make_department, make_person, make_unit
from tests.factories.opd import DAY, close, make_clinic_day, make_token
from tests.factories.parallel import all_at_once
from tests.factories.patients import make_patient

NAMES = ("OPD hall", "ओपीडी हॉल")


@pytest.fixture
def admin(rims):
    """RIMS's own administrator."""
    return make_person("Lata", Role.FACILITY_ADMIN, rims)


@pytest.fixture
def second(med):
    return make_unit(med, "Unit 2")


def make(units, admin, *, key=None, names=NAMES, at=NOON):
    return make_display(names=names, units=units, request_key=key or uuid4(), actor=admin, at=at)


@pytest.fixture
def hung(unit, second, admin):
    """A screen of Medicine's two rooms, with its key."""
    return make([unit, second], admin)


@pytest.fixture
def clinic(unit):
    return make_clinic_day(unit)


def call(clinic, doctor, at=NOON):
    return call_next(clinic_day=clinic, request_key=uuid4(), actor=doctor, at=at)


# ── The key ──


def test_the_key_has_192_random_bits_and_only_its_hash_is_kept(hung):
    assert len(hung.key) == 32
    (row,) = Display.objects.values()
    assert hung.key not in json.dumps(row, default=str)
    assert hung.key not in json.dumps(list(AuditEntry.objects.values()), default=str)
    assert display_with(hung.key, at=NOON) == hung.display


def test_a_screen_made_twice_by_one_click_is_one_and_its_key_is_not_told_again(unit, admin):
    key = uuid4()
    first, again = make([unit], admin, key=key), make([unit], admin, key=key)

    assert (first.display, again.key) == (again.display, "")
    assert display_with(first.key, at=NOON)
    with pytest.raises(KeyReused):
        make([unit], admin, key=key, names=("Other", "और"))


def test_two_screens_of_one_name_are_refused_until_the_first_is_off(hung, unit, admin):
    with pytest.raises(Refusal, match="Another screen has this name"):
        make([unit], admin)
    revoke_display(display=hung.display, actor=admin, at=NOON)

    assert make([unit], admin).key


def test_a_renewed_key_opens_and_the_old_one_does_not(hung, admin):
    key = uuid4()
    renewed = renew_display_key(display=hung.display, request_key=key, actor=admin, at=NOON)

    assert display_with(renewed.key, at=NOON) == hung.display
    assert display_with(hung.key, at=NOON) is None
    again = renew_display_key(display=hung.display, request_key=key, actor=admin, at=NOON)
    assert again.key == ""
    assert display_with(renewed.key, at=NOON)


def test_a_revoked_key_opens_nothing_at_once_and_for_good(hung, admin):
    revoke_display(display=hung.display, actor=admin, at=NOON)

    assert display_with(hung.key, at=NOON) is None
    display = Display.objects.get()
    assert (display.revoked_at, display.revoked_by) == (NOON, admin)
    for act in (
        partial(renew_display_key, request_key=uuid4()),
        revoke_display,
        partial(edit_display, names=NAMES, units=[]),
    ):
        with pytest.raises(Refusal, match="switched off"):
            act(display=hung.display, actor=admin, at=NOON)


def test_each_act_is_a_fact(hung, unit, admin):
    edit_display(display=hung.display, names=("A", "अ"), units=[unit], actor=admin, at=NOON)
    renew_display_key(display=hung.display, request_key=uuid4(), actor=admin, at=NOON)
    revoke_display(display=hung.display, actor=admin, at=NOON)

    facts = AuditEntry.objects.order_by("pk").values_list("name", "about_id")
    acts = ["made", "edited", "key_renewed", "revoked"]
    assert set(facts) == {(f"opd.display_{act}", hung.display.pk) for act in acts}


def test_that_it_was_seen_is_noted_twice_a_minute_at_most(hung):
    for seconds in range(0, 60, 3):
        display_with(hung.key, at=NOON + timedelta(seconds=seconds))

    display = Display.objects.get()
    assert display.last_seen_at == NOON + timedelta(seconds=33)
    assert display.rev == 2


@pytest.mark.django_db(transaction=True)
def test_ten_who_renew_at_once_leave_one_key_that_opens(unit, admin):
    hung = make([unit], admin)
    renew = [
        partial(renew_display_key, display=hung.display, request_key=uuid4(), actor=admin, at=NOON)
        for _ in range(10)
    ]

    keys = [one.key for one in all_at_once(renew)]
    assert len({hung.key, *keys}) == 11
    assert sum(display_with(key, at=NOON) is not None for key in [hung.key, *keys]) == 1


# ── What is shown ──


def test_each_room_shows_who_is_inside_and_who_is_next(hung, unit, clinic, bose):
    for minute in range(5):
        make_token(clinic, senior_since=NOON + timedelta(minutes=minute))
    make_token(clinic, lane=Lane.EMERGENCY)
    call(clinic, bose)

    first, other = board(hung.display, NOON).tiles
    assert (first.room, first.now.number, first.next) == (unit.room.number, 6, [1, 2, 3])
    assert (other.now, other.next, other.is_closed) == (None, [], False)


def test_a_call_is_told_for_a_minute_and_called_again_it_is_another_call(hung, clinic, bose):
    make_token(clinic)
    token = call(clinic, bose)
    (first,) = board(hung.display, NOON + timedelta(seconds=59)).calls
    later = board(hung.display, NOON + timedelta(seconds=60))
    assert (later.calls, later.latest.token) == ([], token)

    call_token(token=token, actor=bose, at=NOON + timedelta(minutes=2))
    (again,) = board(hung.display, NOON + timedelta(minutes=2)).calls
    assert first.name != again.name
    finish_token(token=token, actor=bose, at=NOON + timedelta(minutes=3))
    assert board(hung.display, NOON + timedelta(minutes=3)).latest is None


def test_two_rooms_that_call_at_once_are_both_told_the_newest_first(hung, clinic, second, bose):
    there = make_clinic_day(second)
    make_token(clinic)
    make_token(there)
    call(clinic, bose)
    call(there, bose, at=NOON + timedelta(seconds=1))

    calls = board(hung.display, NOON + timedelta(seconds=2)).calls
    assert [one.tile.unit.name for one in calls] == ["Unit 2", "Unit 1"]


def test_a_closed_room_and_one_that_does_not_sit_say_so(unit, med, clinic, admin, bose):
    absent = make_unit(med, "Unit 3", clinic_days=[0])
    close(clinic, bose)
    shown = board(make([unit, absent], admin).display, NOON)

    assert [(one.is_closed, one.sits) for one in shown.tiles] == [(True, True), (False, False)]


def test_yesterdays_queue_is_not_shown(hung, unit, bose):
    yesterday = make_clinic_day(unit, DAY - timedelta(days=1))
    make_token(yesterday)
    call(yesterday, bose)

    assert [tile.now for tile in board(hung.display, NOON).tiles] == [None, None]


def test_rooms_stand_in_the_order_chosen_and_another_hospitals_never(unit, second, admin, sgml_med):
    stranger = sgml_med.units.get()
    display = make([second, unit, stranger], admin).display

    assert [tile.unit for tile in board(display, NOON).tiles] == [second, unit]


def test_a_full_hall_costs_no_more_queries(hung, clinic, second, bose):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            board(hung.display, NOON)
        return len(queries)

    before = cost()
    there = make_clinic_day(second)
    for _ in range(8):
        make_token(clinic)
        make_token(there)
    call(clinic, bose)
    assert cost() == before <= 5


@pytest.mark.parametrize(
    ("token", "room", "said"),
    [
        (12, "4", "टोकन संख्या बारह, कमरा नंबर चार"),
        (101, "102", "टोकन संख्या एक सौ एक, कमरा नंबर एक सौ दो"),
        (1250, "E1", "टोकन संख्या एक हज़ार दो सौ पचास, कमरा नंबर E एक"),
        (7, "101 A", "टोकन संख्या सात, कमरा नंबर एक सौ एक A"),
        (7, "", "टोकन संख्या सात, मेडिसिन"),
    ],
)
def test_the_call_is_said_in_hindi(token, room, said):
    assert call_out(token, room, "मेडिसिन") == said


def test_every_word_of_a_call_was_recorded(settings):
    places = json.loads((settings.BASE_DIR / "static" / "audio" / "hindi.json").read_text())

    wanted = {word for number in range(2000) for word in in_hindi(number).split()}
    assert wanted | {"टोकन संख्या", "कमरा नंबर", *"ABCDEFGHIJKLMNOPQRSTUVWXYZ"} <= set(places)
    times = [time for place in places.values() for time in place]
    assert times == sorted(times)


# ── The public page ──


@pytest.fixture
def today(unit):
    return make_clinic_day(unit, timezone.localdate())


def look(key, **headers):
    return Client().get(reverse("display", args=[key]), headers=headers)


def test_the_page_needs_no_login_names_nobody_and_is_kept_nowhere(hung, rims, today, bose):
    patient = make_patient(rims, name="Phulmani Munda", name_hi="फूलमनी मुंडा")
    make_token(today, patient)
    call(today, bose, at=timezone.now())
    page = look(hung.key)

    assert page.status_code == 200
    assert (page["Cache-Control"], page["Referrer-Policy"]) == ("no-store", "no-referrer")
    for shown in "टोकन संख्या एक", rims.name_hi, "ओपीडी हॉल", "मेडिसिन", "Medicine":
        assert shown in page.text
    for secret in "Phulmani", "फूलमनी", patient.uhid, patient.phone, str(patient.pk), hung.key:
        assert secret not in page.text
    assert not page.cookies


def test_asked_again_it_answers_the_numbers_alone(hung, today):
    part = look(hung.key, HX_Request="true")

    assert "now-card" in part.text
    assert "<html" not in part.text
    assert len(part.content) < 15_000


@walked("key", ["x", "A" * 32, "' OR 1=1", "क" * 20, "x" * 400])
def test_an_unknown_key_is_not_there(hung, key):
    page = look(key)

    assert (page.status_code, page["Cache-Control"]) == (404, "no-store")
    assert "बंद कर दी गई" in page.text


def test_a_revoked_key_is_not_there(hung, admin):
    revoke_display(display=hung.display, actor=admin, at=timezone.now())

    assert look(hung.key).status_code == look(hung.key, HX_Request="true").status_code == 404


def test_whoever_tries_keys_is_made_to_wait_and_the_screens_go_on(hung):
    answers = [look(f"guess-{n}").status_code for n in range(62)]

    assert (answers[59], answers[61]) == (404, 429)
    assert look(hung.key).status_code == 200


def test_a_screen_that_asks_too_often_is_made_to_wait(hung, monkeypatch):
    monkeypatch.setattr("opd.views.displays.ASKED_A_MINUTE", 3)

    assert [look(hung.key).status_code for _ in range(4)] == [200, 200, 200, 429]


def test_the_key_opens_nothing_else_and_a_login_opens_no_screen(hung, admin, kavita):
    client = Client(headers={"Authorization": f"Token {hung.key}"})
    assert client.get("/api/v1/queue-tokens/").status_code == 401
    client.force_login(admin)
    assert client.get(reverse("display", args=[hung.display.pk])).status_code == 404


# ── Nothing in a log ──


def test_no_log_line_holds_the_key(hung, caplog):
    caplog.handler.addFilter(NoKeysFilter())
    with caplog.at_level(logging.DEBUG):
        Client().post(reverse("display", args=[hung.key]))
        look(hung.key + "x")
        Client().get(reverse("display", args=[hung.key]).rstrip("/"))

    assert "display/<str:display_key>/" in caplog.text
    assert hung.key not in caplog.text


def test_every_handler_leaves_keys_out(settings):
    for handler in settings.LOGGING["handlers"].values():
        assert "no_keys" in handler["filters"]


def test_the_web_servers_access_log_finds_no_key_either(hung, rims):
    for path in f"/display/{hung.key}/", f"/r/{hung.key}/":
        response = Client().get(path)
        environ = response.wsgi_request.META
        assert hung.key not in environ["PATH_INFO"]
    assert environ["PATH_INFO"] == "/r/*/"


# ── The administrator's pages ──


@pytest.fixture
def office(client, admin):
    client.force_login(admin)
    return client


def form(units, **changes):
    name, name_hi = NAMES
    sent = {"name": name, "name_hi": name_hi, "units": [unit.pk for unit in units], "request_key": uuid4()}
    return sent | changes


def test_a_new_screen_shows_its_address_once_as_a_link_and_a_code(office, unit, settings):
    sent = form([unit])
    page = office.post(reverse("opd:display_new"), sent)

    address = page.context["address"]
    assert page.text.count("<svg") >= 2
    assert address.startswith(f"{settings.PUBLIC_URL}/display/")
    assert Client().get(address.removeprefix(settings.PUBLIC_URL)).status_code == 200
    assert "no-store" in page["Cache-Control"]
    again = office.post(reverse("opd:display_new"), sent)
    assert (again.status_code, again.context["address"]) == (200, "")
    key = address.rstrip("/").split("/")[-1]
    for name, args in ("opd:display_list", []), ("opd:display_edit", [Display.objects.get().pk]):
        assert key not in office.get(reverse(name, args=args)).text


def test_a_screen_without_a_room_or_with_too_many_is_refused_and_what_was_typed_stays(office, unit, med):
    page = office.post(reverse("opd:display_new"), form([]))
    assert page.status_code == 422
    assert "ओपीडी हॉल" in page.text
    many = [unit, *(make_unit(med, f"Unit {n}") for n in range(2, 14))]
    assert "One screen holds 12 rooms" in office.post(reverse("opd:display_new"), form(many)).text
    assert not Display.objects.exists()


def test_another_hospitals_room_is_no_choice(office, unit, sgml_med):
    page = office.post(reverse("opd:display_new"), form([sgml_med.units.get()]))

    assert page.status_code == 422
    assert not Display.objects.exists()


def test_rooms_are_changed_the_address_renewed_and_the_screen_switched_off(office, hung, unit):
    display = hung.display
    edit = reverse("opd:display_edit", args=[display.pk])
    assert office.post(edit, form([unit], name="=1+1")).status_code == 303
    display.refresh_from_db()
    assert (display.unit_ids, display.name) == ([unit.pk], "=1+1")
    renewed = office.post(f"{edit}keys/new/", {"request_key": uuid4()})
    assert renewed.context["address"]
    assert look(hung.key).status_code == 404
    assert office.post(f"{edit}keys/new/", {}).status_code == 422
    assert office.post(f"{edit}revocations/new/").status_code == 303
    assert office.post(f"{edit}revocations/new/").status_code == 422
    assert office.get(edit).status_code == 404
    assert "switched off" in office.get(reverse("opd:display_list")).text


def test_a_screen_that_nobody_has_seen_for_long_says_since_when(office, hung):
    def state():
        row = office.get(reverse("opd:display_list")).text.partition("<tbody")[2]
        return next(words for words in ("not yet opened", "in use", "not seen since") if words in row)

    assert state() == "not yet opened"
    display_with(hung.key, at=timezone.now() - timedelta(minutes=9))
    assert state() == "in use"
    Display.objects.update(last_seen_at=timezone.now() - timedelta(minutes=25))
    assert state() == "not seen since"
    display_with(hung.key, at=timezone.now())
    assert state() == "in use"


def test_the_worst_name_is_only_a_name(office, unit, admin):
    worst = '"><img src=x onerror=alert(1)>'
    hung = make([unit], admin, names=(worst, worst))

    for page in office.get(reverse("opd:display_list")), look(hung.key):
        assert "<img" not in page.text
        assert "&lt;img" in page.text


def test_another_hospitals_screen_is_not_there(client, sgml, hung):
    client.force_login(make_person("Mina", Role.FACILITY_ADMIN, sgml))

    edit = reverse("opd:display_edit", args=[hung.display.pk])
    for answer in client.get(edit), client.post(f"{edit}keys/new/"), client.post(f"{edit}revocations/new/"):
        assert answer.status_code == 404


def test_the_list_of_screens_costs_no_more_with_more_of_them(office, hung, unit, admin):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert office.get(reverse("opd:display_list")).status_code == 200
        return len(queries)

    cost()  # the first page of a session writes when the person was seen
    before = cost()
    for number in range(4):
        make([unit], admin, names=(f"Hall {number}", f"हॉल {number}"))
    assert cost() == before <= 8


def test_a_room_carried_away_says_closed_and_the_other_room_shows_its_people(hung, clinic, second, bose):
    make_token(clinic)
    closing = Closing(CloseReason.CALLED_AWAY, "", second)
    close_clinic(clinic_day=clinic, closing=closing, request_key=uuid4(), actor=bose, at=NOON)

    first, other = board(hung.display, NOON).tiles
    assert (first.is_closed, first.next, other.next) == (True, [], [1])


def test_a_department_elsewhere_in_the_hospital_may_share_the_screen(rims, unit, admin):
    eyes = make_unit(make_department(rims, "EYE", name_hi="नेत्र रोग"), "Eye 1")

    assert [one.unit for one in board(make([eyes, unit], admin).display, NOON).tiles] == [eyes, unit]
