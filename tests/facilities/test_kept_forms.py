"""A form that meets a locked screen or an ended login: nothing typed is lost, and nobody else gets it."""

import logging
from datetime import timedelta
from html.parser import HTMLParser

import pytest
import time_machine
from django import forms
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from facilities.roles import Role
from facilities.services import choose_password, end_session
from hmis.kernel import kept
from hmis.kernel.models import LoginSession
from hmis.kernel.tasks import tidy
from tests.factories.facilities import PASSWORD, make_person, post

EVIL = '"><img src=x onerror=alert(1)>'
PAGE = "/posting/?from=menu"


class Forms(HTMLParser):
    """The forms of a page: address → (name, value) of what they send by themselves."""

    def __init__(self, page):
        super().__init__()
        self.found, self.here = {}, None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        said = dict(attrs)
        if tag == "form":
            self.here = self.found.setdefault(said["action"], [])
        elif tag == "input" and said["type"] == "hidden":
            self.here.append((said["name"], said["value"]))


def hidden(response, action):
    return {name: value for name, value in Forms(response.text).found[action] if not name.startswith("csrf")}


@pytest.fixture
def second(dev, sgml):
    """Dev's other posting: what the form of these tests chooses."""
    return post(dev, Role.CLERK, facility=sgml)


@pytest.fixture
def typed(second):
    return {"posting": str(second.pk), EVIL: EVIL, "next": "/language/", "many": ["one", "two"]}


def come_in(person):
    client = Client()
    client.post("/login/", {"username": person.username, "password": PASSWORD})
    client.get("/posting/")
    return client


@pytest.fixture
def idle(dev, second):
    """Dev's browser, without scripts, after more than ten idle minutes."""
    client = come_in(dev)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        clock.shift(settings.IDLE_LOCK_SECONDS + 1)
        yield client


@pytest.fixture
def late(dev, second):
    """Dev's browser, without scripts, twelve hours and a minute after the login."""
    client = come_in(dev)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        clock.shift(settings.SESSION_COOKIE_AGE + 60)
        yield client


def unlock(client, asked, password=PASSWORD):
    return client.post("/unlock/", hidden(asked, "/unlock/") | {"password": password})


def log_in_at(client, asked, person, password=PASSWORD):
    said = {"username": person.username, "password": password}
    return client.post("/login/", hidden(asked, "/login/") | said)


def send_on(client, shown):
    """Press the button of the page that holds what was typed."""
    return client.post(PAGE, _lists(Forms(shown.text).found[PAGE]))


def _lists(pairs):
    return {name: [value for other, value in pairs if other == name] for name, _ in pairs}


# ── A locked screen ──


def test_a_form_sent_from_a_locked_screen_goes_out_after_the_password(idle, dev, typed, second):
    asked = idle.post(PAGE, typed, headers={"Referer": "http://testserver/posting/?from=bar"})
    assert (asked.status_code, asked["X-Locked"]) == (401, "idle")
    assert "What you typed is kept." in asked.text
    assert idle.session["posting"] != typed["posting"]
    assert hidden(asked, "/unlock/")["next"] == "http://testserver/posting/?from=bar"

    shown = unlock(idle, asked)
    assert shown.status_code == 200
    assert "no-store" in shown["Cache-Control"]
    assert [pair for pair in Forms(shown.text).found[PAGE] if "csrf" not in pair[0]] == [
        ("posting", typed["posting"]),
        (EVIL, EVIL),
        ("next", "/language/"),
        ("many", "one"),
        ("many", "two"),
    ]
    assert EVIL not in shown.text
    assert send_on(idle, shown).url == "/language/"
    assert idle.session["posting"] == typed["posting"]


def test_nobody_reads_in_the_locked_page_what_was_typed(idle, typed):
    asked = idle.post(PAGE, typed | {"name": "Birsa Munda"})

    assert hidden(asked, "/unlock/")["kept"]
    for said in ("Birsa", typed["posting"], "onerror"):
        assert said not in asked.text


def test_a_wrong_password_keeps_it(idle, typed):
    asked = unlock(idle, idle.post(PAGE, typed), "wrong")
    assert asked.status_code == 422

    assert PAGE in Forms(unlock(idle, asked).text).found


def test_five_wrong_passwords_end_the_session_and_still_keep_it_for_its_person(idle, dev, typed):
    asked = idle.post(PAGE, typed)
    for _ in range(6):
        last = unlock(idle, asked, "wrong")
    assert last.status_code == 401
    assert "_auth_user_id" not in idle.session

    assert send_on(idle, log_in_at(idle, last, dev)).url == "/language/"
    assert idle.session["posting"] == typed["posting"]


def test_another_person_who_comes_meanwhile_gets_nothing_of_it(idle, kavita, typed):
    asked = idle.post(PAGE, typed)
    idle.cookies = come_in(kavita).cookies
    idle.post("/lock/")

    assert unlock(idle, asked).status_code == 302


def test_a_form_from_elsewhere_is_not_kept(dev, typed):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(dev)
    strict.get("/posting/")
    strict.session.lock(timezone.now())

    answer = strict.post(PAGE, typed)
    assert answer.status_code == 403
    assert "kept" not in answer.text
    token = strict.cookies[settings.CSRF_COOKIE_NAME].value
    assert hidden(strict.post(PAGE, typed | {"csrfmiddlewaretoken": token}), "/unlock/")["kept"]


def test_passwords_are_not_kept(idle):
    words = {"present": "old-word", "password": "new-word", "again": "new-word"}
    asked = idle.post("/password/", words)

    assert asked.status_code == 401
    assert "kept" not in hidden(asked, "/unlock/")
    assert unlock(idle, asked).status_code == 302


def every_form(base=forms.BaseForm):
    for one in base.__subclasses__():
        yield one
        yield from every_form(one)


def test_every_password_box_of_the_house_is_known(db):
    Client().get(reverse("login"))  # all forms are loaded
    secret = {
        name
        for form in every_form()
        if not form.__module__.startswith(("django.", "tests."))
        for name, field in getattr(form, "base_fields", {}).items()
        if isinstance(field.widget, forms.PasswordInput)
    }

    assert secret == kept.SECRETS


def test_a_file_cannot_be_kept_and_that_is_said(idle, typed):
    shown = unlock(idle, idle.post(PAGE, typed | {"sheet": SimpleUploadedFile("staff.csv", b"name")}))
    assert "Files could not be kept" in shown.text
    idle.post("/lock/")

    assert "Files could not be kept" not in unlock(idle, idle.post(PAGE, typed)).text


@pytest.mark.parametrize("header", ["HX-Request", "X-Fetch", "X-Polling"])
@pytest.mark.parametrize(("browser", "state"), [("idle", "idle"), ("late", "signed-out")])
def test_a_script_is_told_in_a_word(request, header, browser, state, typed):
    answer = request.getfixturevalue(browser).post(PAGE, typed, headers={header: "1"})

    assert (answer.status_code, answer["X-Locked"], answer.content) == (401, state, b"")


def test_no_log_holds_what_was_typed(idle, typed, caplog):
    with caplog.at_level(logging.DEBUG):
        unlock(idle, idle.post(PAGE, typed | {"name": "Birsa Munda"}))

    assert "unlock/" in caplog.text
    assert "Birsa" not in caplog.text


def test_what_is_not_what_was_sealed_is_nothing(idle):
    for broken in ("x", "🙂", "gAAAAABtampered"):
        idle.session.lock(timezone.now())
        assert idle.post("/unlock/", {"password": PASSWORD, "kept": broken}).status_code == 302


# ── An ended login ──


def test_a_form_that_meets_the_twelve_hours_goes_out_after_the_login(late, dev, typed):
    asked = late.post(PAGE, typed)
    assert asked.status_code == 401
    assert EVIL not in asked.text

    wrong = log_in_at(late, asked, dev, "wrong")
    assert wrong.status_code == 422
    shown = log_in_at(late, wrong, dev)
    assert EVIL not in shown.text
    assert send_on(late, shown).url == "/language/"
    assert late.session["posting"] == typed["posting"]


def test_after_the_login_the_form_is_sent_from_the_posting_it_was_filled_in(dev, second, typed):
    client = come_in(dev)
    client.post("/posting/", {"posting": second.pk})
    with time_machine.travel(timezone.now(), tick=False) as clock:
        clock.shift(settings.SESSION_COOKIE_AGE + 60)
        log_in_at(client, client.post(PAGE, typed), dev)
        assert client.session["posting"] == str(second.pk)

        LoginSession.objects.update(expire_date=timezone.now())
        asked = client.post(PAGE, typed)
        second.ends_on = timezone.localdate() - timedelta(days=1)
        second.save(update_fields=["ends_on"])
        assert log_in_at(client, asked, dev).status_code == 302


def test_another_persons_login_gets_nothing_of_it(late, kavita, typed):
    asked = late.post(PAGE, typed)

    assert log_in_at(late, asked, kavita).url == "/"


def test_a_login_that_ended_is_known_for_a_day(late, typed):
    tidy()
    assert hidden(late.post(PAGE, typed), "/login/")["kept"]
    with time_machine.travel(timezone.now() + timedelta(days=1), tick=False):
        tidy()
        assert late.post(PAGE, typed).url == "/login/?next=%2Fposting%2F%3Ffrom%3Dmenu"


def test_a_form_may_meet_the_end_twice(late, dev, typed):
    shown = log_in_at(late, late.post(PAGE, typed), dev)
    LoginSession.objects.update(expire_date=timezone.now())
    asked = late.post(
        PAGE, _lists(Forms(shown.text).found[PAGE]), headers={"Referer": "http://testserver/login/"}
    )
    assert hidden(asked, "/login/")["next"] == "/"

    assert send_on(late, log_in_at(late, asked, dev)).url == "/language/"


def test_who_had_taken_up_no_posting_sends_it_from_their_own(dev, typed):
    client = Client()
    client.force_login(dev)
    LoginSession.objects.update(expire_date=timezone.now())

    assert PAGE in Forms(log_in_at(client, client.post(PAGE, typed), dev).text).found


def test_a_login_that_ends_while_its_screen_is_locked_hands_it_on(idle, dev, typed):
    asked = idle.post(PAGE, typed)
    LoginSession.objects.update(expire_date=timezone.now())
    door = unlock(idle, asked)
    assert door.status_code == 401

    assert send_on(idle, log_in_at(idle, door, dev)).url == "/language/"


# ── A login that was ended by hand ──

NEW = "sal leaves at dawn"


def _log_out_in_another_window(client, dev):
    assert client.get(client.post("/logout/").url).status_code == 200


def _ended_by_an_administrator(client, dev):
    gita = make_person("Gita", Role.FACILITY_ADMIN, dev.posting.facility)
    end_session(session=LoginSession.objects.get(user=dev), actor=gita, at=timezone.now())
    client.get("/posting/")


def _ended_from_another_pc(client, dev):
    come_in(dev).post(reverse("other_sessions_end_new"))


def _password_chosen_elsewhere(client, dev):
    choose_password(actor=dev, password=NEW, keep=None, at=timezone.now())
    return NEW


ENDS = [
    _log_out_in_another_window,
    _ended_by_an_administrator,
    _ended_from_another_pc,
    _password_chosen_elsewhere,
]


@pytest.mark.parametrize("end", ENDS)
def test_a_form_that_meets_a_login_ended_by_hand_goes_out_after_the_next(dev, second, typed, end):
    client = come_in(dev)
    password = end(client, dev) or PASSWORD
    asked = client.post(PAGE, typed)
    assert asked.status_code == 401
    assert EVIL not in asked.text

    assert send_on(client, log_in_at(client, asked, dev, password)).url == "/language/"
    assert client.session["posting"] == typed["posting"]


def test_nobody_else_gets_what_met_a_logout(dev, kavita, typed):
    client = come_in(dev)
    _log_out_in_another_window(client, dev)
    asked = client.post(PAGE, typed)

    assert log_in_at(client, asked, kavita).url == "/"


def test_a_page_of_who_was_here_before_is_not_kept_for_who_was_here_last(dev, kavita, typed):
    client = Client(enforce_csrf_checks=True)

    def send(path, **said):
        token = client.cookies[settings.CSRF_COOKIE_NAME].value
        return client.post(path, {"csrfmiddlewaretoken": token} | said)

    client.get("/login/")
    send("/login/", username=dev.username, password=PASSWORD)
    of_dev = client.cookies[settings.CSRF_COOKIE_NAME].value
    for who in (None, kavita):
        if who:
            send("/login/", username=who.username, password=PASSWORD)
        send("/logout/")
        client.get("/login/")
    answer = send(PAGE, **typed | {"csrfmiddlewaretoken": of_dev})

    assert answer.status_code == 403
    assert "kept" not in answer.text


def test_a_login_ended_by_hand_is_over_for_good(dev, second):
    client = come_in(dev)
    key = client.session.session_key
    _log_out_in_another_window(client, dev)

    assert client.cookies[settings.SESSION_COOKIE_NAME].value == key
    assert client.get("/posting/").status_code == 302
    assert client.post("/unlock/", {"password": PASSWORD}).status_code == 302
    assert client.get("/posting/").status_code == 302
    row = LoginSession.objects.get()
    assert (row.session_data, row.expire_date <= timezone.now()) == ("", True)
    client.post("/login/", {"username": dev.username, "password": PASSWORD})
    assert client.session.session_key != key


def test_logging_out_or_locking_is_nothing_to_send_again(late):
    for path in ("/logout/", "/lock/", "/unlock/"):
        assert late.post(path).url.startswith("/login/")


# ── With scripts: the page stays, and its lock asks ──


def log_in_by_the_lock(client, person, posting, password=PASSWORD):
    said = {"username": person.username, "password": password, "posting": posting.pk}
    return client.post("/login/", said, headers={"X-Fetch": "1"})


def test_the_lock_logs_in_again_for_the_pages_own_posting(late, dev, second):
    assert log_in_by_the_lock(late, dev, second, "wrong").status_code == 422
    assert "posting" not in late.session
    assert log_in_by_the_lock(late, dev, second).status_code == 204

    assert late.session["posting"] == str(second.pk)
    assert late.get("/posting/").status_code == 200


def test_the_lock_logs_nobody_in_for_a_duty_that_is_over(late, dev, second):
    second.ends_on = timezone.localdate() - timedelta(days=1)
    second.save(update_fields=["ends_on"])

    assert log_in_by_the_lock(late, dev, second).status_code == 403
    assert late.get("/posting/").status_code == 302


def test_the_lock_is_told_of_too_many_tries(late, dev, second):
    for _ in range(settings.LOGIN_FAILURES_PER_NAME_AND_ADDRESS):
        log_in_by_the_lock(late, dev, second, "wrong")

    assert log_in_by_the_lock(late, dev, second).status_code == 429


def test_a_page_does_nothing_in_the_name_of_who_logged_in_after_its_person(kavita, dev, second):
    client = come_in(dev)
    answer = client.post(PAGE, {"posting": second.pk}, headers={"X-Person": str(kavita.pk)})
    assert (answer.status_code, answer["X-Locked"]) == (401, "other")
    assert client.session["posting"] != str(second.pk)

    client.post(PAGE, {"posting": second.pk}, headers={"X-Person": str(dev.pk)})
    assert client.session["posting"] == str(second.pk)


def test_a_page_does_nothing_at_the_hospital_that_was_chosen_in_another_tab(dev, second):
    client, first = come_in(dev), dev.current_postings[0]
    of_the_page = {"X-Person": f"{dev.pk} {first.pk}", "X-Fetch": "1"}
    client.post(PAGE, {"posting": first.pk})
    assert client.get(PAGE, headers=of_the_page).status_code == 200

    client.post(PAGE, {"posting": second.pk})

    assert client.post(PAGE, {"posting": first.pk}, headers=of_the_page).status_code == 412
    assert client.session["posting"] == str(second.pk)
    assert client.post("/lock/", headers=of_the_page).status_code == 204
    assert client.post("/unlock/", {"password": PASSWORD}, headers=of_the_page).status_code == 204
    client.post(PAGE, {"posting": first.pk})
    assert client.get(PAGE, headers=of_the_page).status_code == 200
