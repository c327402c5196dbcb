"""The door: who is let in, how often one may try, and a screen that locks itself."""

import re
from functools import partial
from uuid import uuid4

import pytest
import time_machine
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from facilities.models import Posting
from facilities.roles import Role
from facilities.services import TooManyTries, let_in
from hmis.kernel.errors import Refusal
from hmis.kernel.models import AuditEntry, LoginSession
from tests.factories.facilities import PASSWORD, post
from tests.factories.parallel import all_at_once

LOGIN = "/login/"


def knock(user, password=PASSWORD, address="10.0.0.5"):
    return let_in(username=user.username, password=password, address=address, at=timezone.now())


def fail(user, times, **place):
    for _ in range(times):
        with pytest.raises(Refusal, match="do not match"):
            knock(user, "wrong", **place)


def test_the_right_password_opens(dev):
    assert knock(dev) == dev


def test_a_wrong_password_does_not(dev):
    fail(dev, 1)


def test_a_person_who_left_is_not_let_in(dev):
    dev.is_active = False
    dev.save()

    with pytest.raises(Refusal, match="do not match"):
        knock(dev)


def test_who_has_no_posting_today_is_not_let_in(dev):
    Posting.objects.filter(user=dev).delete()

    with pytest.raises(Refusal, match="You have no posting today"):
        knock(dev)


def test_after_eight_wrong_tries_from_one_place_even_the_right_one_waits(dev):
    fail(dev, settings.LOGIN_FAILURES_PER_NAME_AND_ADDRESS)

    with pytest.raises(TooManyTries, match="Wait a quarter of an hour"):
        knock(dev)


def test_the_same_person_may_still_come_from_another_place(dev):
    fail(dev, settings.LOGIN_FAILURES_PER_NAME_AND_ADDRESS)

    assert knock(dev, address="10.0.0.6") == dev


def test_one_place_alone_keeps_nobody_out_everywhere(dev):
    for _ in range(settings.LOGIN_FAILURES_PER_NAME + 1):
        with pytest.raises(Refusal):
            knock(dev, "wrong")

    assert knock(dev, address="10.0.0.6") == dev


def test_a_colleague_at_the_same_place_is_not_kept_out(dev, kavita):
    fail(dev, settings.LOGIN_FAILURES_PER_NAME_AND_ADDRESS)

    assert knock(kavita) == kavita


def test_one_name_tried_from_everywhere_is_closed(dev):
    for n in range(settings.LOGIN_FAILURES_PER_NAME):
        fail(dev, 1, address=f"10.0.1.{n}")

    with pytest.raises(TooManyTries):
        knock(dev, address="10.0.2.1")


def test_writing_the_name_otherwise_is_no_new_try(dev):
    fail(dev, settings.LOGIN_FAILURES_PER_NAME_AND_ADDRESS)
    dev.username = dev.username.upper()

    with pytest.raises(TooManyTries):
        knock(dev)


def test_a_quarter_of_an_hour_later_one_may_try_again(dev):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        fail(dev, settings.LOGIN_FAILURES_PER_NAME_AND_ADDRESS)
        clock.shift(settings.LOGIN_WINDOW_SECONDS)
        assert knock(dev) == dev


def test_coming_in_forgets_the_wrong_tries(dev):
    for _ in range(3):
        fail(dev, settings.LOGIN_FAILURES_PER_NAME_AND_ADDRESS - 1)
        assert knock(dev) == dev


@pytest.mark.django_db(transaction=True)
def test_twenty_guesses_at_once_are_no_more_than_eight(dev):
    outcomes = all_at_once([partial(knock, dev, "wrong")] * 20)

    shut_out = [one for one in outcomes if isinstance(one, TooManyTries)]
    assert len(shut_out) == 20 - settings.LOGIN_FAILURES_PER_NAME_AND_ADDRESS


# ── Through the browser ──


def log_in(client, user, password=PASSWORD, **more):
    return client.post(LOGIN, {"username": user.username, "password": password, **more})


def test_after_a_wrong_password_the_cursor_is_in_the_password(client, dev):
    assert re.search(r'name="username"[^>]*autofocus', client.get(reverse("login")).text)
    wrong = log_in(client, dev, "no")

    assert re.search(r'name="password"[^>]*autofocus', wrong.text)
    assert wrong.text.count("autofocus") == 1


def test_a_login_is_a_fact_and_opens_the_first_page(client, dev):
    assert log_in(client, dev).status_code == 302
    assert AuditEntry.objects.get().name == "facilities.person_logged_in"


def test_a_wrong_password_is_said_in_hindi_and_keeps_the_name(client, dev):
    response = log_in(client, dev, "wrong")

    assert response.status_code == 422
    assert dev.username in response.text
    assert 'lang="hi"' in response.text
    assert "wrong" not in response.text


def test_after_the_login_one_is_where_one_wanted_to_be(client, dev):
    assert log_in(client, dev, next="/language/").url == "/language/"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_the_login_sends_nobody_to_another_site(client, dev, elsewhere):
    assert log_in(client, dev, next=elsewhere).url == "/"


def test_who_has_two_postings_chooses(client, dev, sgml):
    second = post(dev, Role.CLERK, facility=sgml)
    assert log_in(client, dev).url.startswith("/posting/")

    client.post("/posting/", {"posting": second.pk})
    assert client.session["posting"] == str(second.pk)


def test_nobody_chooses_anothers_posting(client, dev, farid):
    client.force_login(dev)
    client.post("/posting/", {"posting": farid.posting.pk})

    assert "posting" not in client.session


def test_logging_out_is_a_post(client, dev):
    client.force_login(dev)

    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/").url == LOGIN
    assert client.get("/").status_code == 302


@pytest.fixture
def idle(client, dev):
    """Dev's screen after more than ten idle minutes."""
    client.force_login(dev)
    client.get("/posting/")
    with time_machine.travel(timezone.now(), tick=False) as clock:
        clock.shift(settings.IDLE_LOCK_SECONDS + 1)
        yield client


def test_an_idle_screen_is_locked(idle):
    assert idle.get("/posting/").url == "/unlock/?next=%2Fposting%2F"


# A page of a list with a filter; what it was asked with is hostile, too.
ASKED = "/posting/?from=menu&page=3&day=2026-10-01&q=%22%3E%3Cimg%3E&next=https%3A%2F%2Fevil.example%2F"


def next_of(page):
    """Where the door's form leads."""
    return page.context["next"]


def test_behind_the_lock_is_the_page_as_it_was_asked_for(idle):
    door = idle.get(idle.get(ASKED).url)
    assert next_of(door) == ASKED

    wrong = idle.post("/unlock/", {"password": "wrong", "next": next_of(door)})
    assert idle.post("/unlock/", {"password": PASSWORD, "next": next_of(wrong)}).url == ASKED


def test_after_the_login_and_the_choice_of_a_posting_it_is_the_page_as_it_was_asked_for(client, dev, sgml):
    second = post(dev, Role.CLERK, facility=sgml)
    door = client.get(client.get(ASKED).url)
    assert next_of(door) == ASKED
    # Whoever chooses another language comes back to the same door.
    assert f'value="{escape(door.wsgi_request.get_full_path())}"' in door.text
    choice = client.get(log_in(client, dev, next=ASKED).url)

    assert next_of(choice) == ASKED
    assert client.post("/posting/", {"posting": second.pk, "next": ASKED}).url == ASKED


def test_a_door_leads_through_the_next_one_to_the_page(idle):
    door = idle.get(ASKED).url
    LoginSession.objects.all().delete()

    assert next_of(idle.get(idle.get(door).url)) == ASKED
    assert idle.get("/unlock/?next=//evil.example/").url == "/login/?next=%2F%2Fevil.example%2F"
    assert next_of(idle.get("/login/?next=%2F%2Fevil.example%2F")) == "/"
    assert idle.get("/unlock/").url == "/login/"


@pytest.mark.parametrize(
    ("path", "leads"),
    [
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/%5Cevil.example/?a=b"),
        ("/x\r\nSet-Cookie: c=d", "/x%0D%0ASet-Cookie:%20c%3Dd?a=b"),
    ],
)
def test_no_path_leads_elsewhere(idle, path, leads):
    door = idle.get("/", {"a": "b"}, PATH_INFO=path)

    assert door.status_code == 302
    assert next_of(idle.get(door.url)) == leads


def test_a_locked_screen_answers_a_form_with_401_and_changes_nothing(idle):
    response = idle.post("/posting/", {"posting": ""})

    assert (response.status_code, response["X-Locked"]) == (401, "idle")


def test_polling_is_no_activity(client, dev):
    client.force_login(dev)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client.get("/posting/")
        for _ in range(11):
            clock.shift(60)
            response = client.get("/posting/", headers={"x-polling": "1"})

    assert response.url.startswith("/unlock/")


def test_working_keeps_the_screen_open(client, dev):
    client.force_login(dev)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(11):
            clock.shift(60)
            assert client.get("/posting/").status_code == 200


def test_a_login_ends_after_twelve_hours_however_busy_its_person_is(client, dev):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        log_in(client, dev)
        for _ in range(79):
            clock.shift(9 * 60)  # a minute before the screen would be locked
            assert client.get("/posting/").status_code == 200
        clock.shift(9 * 60 + 30)

        assert client.get("/posting/").url == "/login/?next=%2Fposting%2F"


def test_a_new_password_gives_the_login_no_more_hours(client, dev):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        log_in(client, dev)
        ends = LoginSession.objects.get().expire_date
        clock.shift(300)
        new = {"password": "sal leaves at dawn", "again": "sal leaves at dawn", "request_key": uuid4()}
        assert client.post("/password/", new | {"present": PASSWORD}).status_code == 303

    assert LoginSession.objects.get().expire_date == ends


def test_ones_own_password_opens_the_screen_again(idle):
    assert idle.post("/unlock/", {"password": PASSWORD, "next": "/posting/"}).url == "/posting/"
    assert idle.get("/posting/").status_code == 200


def test_a_wrong_password_leaves_it_locked(idle):
    assert idle.post("/unlock/", {"password": "wrong"}).status_code == 422
    assert idle.get("/posting/").status_code == 302


def test_five_wrong_passwords_end_the_session(idle):
    answers = [idle.post("/unlock/", {"password": "wrong"}).status_code for _ in range(6)]

    assert answers == [422] * 5 + [401]
    assert "_auth_user_id" not in idle.session


def test_a_screen_can_be_locked_by_hand(client, dev):
    client.force_login(dev)
    client.post("/lock/")

    assert client.get("/posting/").url.startswith("/unlock/")


def test_the_health_page_is_never_locked(idle):
    assert idle.get("/healthz").status_code == 200


def test_the_language_is_kept_with_the_person(client, dev):
    client.force_login(dev)
    client.post("/language/", {"language": "hi"})

    dev.refresh_from_db()
    assert dev.language == "hi"


def test_the_language_is_kept_before_the_login_too(client, db):
    client.post("/language/", {"language": "en"})

    assert 'lang="en"' in client.get(LOGIN).text


def test_an_unknown_language_changes_nothing(client, dev):
    client.force_login(dev)
    client.post("/language/", {"language": "xx"})

    dev.refresh_from_db()
    assert dev.language == "en"


def test_pages_of_people_stay_in_no_cache(client, dev):
    client.force_login(dev)

    assert "no-store" in client.get("/posting/")["Cache-Control"]


def test_every_answer_names_its_request(client, db):
    assert len(client.get(LOGIN)["X-Request-ID"]) == 36


def test_a_form_without_its_token_is_refused(dev):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    refused = log_in(strict, dev)
    assert refused.status_code == 403
    assert f'href="{reverse("home")}"' in refused.text  # a page of ours
    assert reverse("login") == LOGIN


# ── What of it is written down ──


def told():
    return list(AuditEntry.objects.order_by("pk").values_list("name", flat=True))


def test_coming_going_and_locking_are_facts(client, dev, sgml):
    second = post(dev, Role.CLERK, facility=sgml)
    log_in(client, dev)
    client.post("/posting/", {"posting": second.pk})
    client.post("/lock/")
    client.post("/unlock/", {"password": "wrong"})
    client.post("/unlock/", {"password": PASSWORD})
    client.post("/logout/")

    assert told() == [
        "facilities.person_logged_in",
        "facilities.posting_taken",
        "facilities.screen_locked",
        "facilities.unlock_refused",
        "facilities.screen_unlocked",
        "facilities.person_logged_out",
    ]
    taken = AuditEntry.objects.get(name="facilities.posting_taken")
    assert (taken.facility_id, taken.detail) == (sgml.pk, {"role": "clerk"})
    assert set(AuditEntry.objects.values_list("actor", flat=True)) == {dev.pk}


def test_a_wrong_password_is_a_fact_of_the_person_at_their_hospital_and_keeps_no_password(dev):
    fail(dev, 1)

    entry = AuditEntry.objects.get()
    assert (entry.name, entry.about_id, entry.actor) == ("facilities.login_refused", dev.pk, None)
    assert entry.facility_id == dev.posting.facility_id
    assert entry.detail == {"why": "password", "address": "10.0.0.5"}


def test_a_name_that_nobody_has_is_written_down_nowhere(dev):
    dev.username = "my-password-by-mistake"
    fail(dev, 3)

    assert told() == []


def test_too_many_tries_are_written_down_once_and_not_without_end(dev):
    fail(dev, settings.LOGIN_FAILURES_PER_NAME_AND_ADDRESS)
    for _ in range(5):
        with pytest.raises(TooManyTries):
            knock(dev)

    reasons = [entry.detail["why"] for entry in AuditEntry.objects.all()]
    assert sorted(reasons) == ["password"] * settings.LOGIN_FAILURES_PER_NAME_AND_ADDRESS + ["too_many"]


def test_who_has_no_posting_is_written_down(dev):
    Posting.objects.filter(user=dev).delete()
    with pytest.raises(Refusal):
        knock(dev)

    entry = AuditEntry.objects.get()
    assert (entry.detail["why"], entry.facility_id) == ("no_posting", None)
