"""Sessions that know whose they are."""

from datetime import timedelta

import pytest
from django.contrib.sessions.backends.base import CreateError, UpdateError
from django.db import connection
from django.http import HttpResponse
from django.utils import timezone

from hmis.kernel.middleware import Sessions
from hmis.kernel.models import LoginSession
from hmis.kernel.sessions import SessionStore
from hmis.kernel.tasks import tidy
from tests.factories.facilities import PASSWORD

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


def test_a_login_says_who_where_since_when_and_on_what(client, dev):
    before = timezone.now()
    client.post("/login/", {"username": dev.username, "password": PASSWORD}, headers={"User-Agent": FIREFOX})
    client.get("/posting/")

    held = LoginSession.objects.get()
    assert (held.user, held.posting_id) == (dev, dev.posting.pk)
    assert (held.device, held.address) == ("Firefox · Windows", "127.0.0.1")
    assert before <= held.began_at <= held.seen_at <= timezone.now()


def test_a_persons_sessions_are_found_by_an_index(dev):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN SELECT id FROM kernel_loginsession WHERE user_id = %s", [dev.pk])
        assert "kernel_loginsession_user_id" in " ".join(row[0] for row in cursor.fetchall())


def test_what_is_kept_comes_back_and_is_changed_in_place(db):
    store = SessionStore()
    store["a"] = 1
    store.create()
    store["a"] = 2
    store.save()

    assert SessionStore(store.session_key)["a"] == 2
    assert LoginSession.objects.count() == 1


@pytest.mark.parametrize("end", [lambda rows: rows.delete(), lambda rows: rows.end(timezone.now())])
def test_a_session_that_was_ended_does_not_come_back(db, end):
    store = SessionStore()
    store.create()
    end(LoginSession.objects.all())

    with pytest.raises(UpdateError):
        store.save()
    assert not LoginSession.objects.living(timezone.now())
    assert LoginSession.objects.end(timezone.now()) == 0


def test_what_a_session_held_goes_with_it(db):
    store = SessionStore()
    store["typed"] = "before"
    store.create()
    key = store.session_key
    store.flush()

    assert LoginSession.objects.get().session_data == ""
    assert SessionStore(key).load() == {}
    store.delete("no-such-key")


def test_a_key_is_given_once(db):
    store = SessionStore()
    store.create()

    with pytest.raises(CreateError):
        SessionStore(store.session_key).save(must_create=True)


def test_a_request_whose_session_ends_meanwhile_is_answered_with_the_login(client, dev, rf):
    client.force_login(dev)
    request = rf.get("/posting/")
    request.COOKIES["hmis_session"] = client.session.session_key

    def view(asked):
        asked.session["typed"] = True
        LoginSession.objects.all().delete()
        return HttpResponse("the page")

    answer = Sessions(view)(request)
    assert (answer.status_code, answer.url) == (302, "/login/?next=%2Fposting%2F")


# ── The lock ──


def while_it_runs(client, rf, act, *, path="/posting/"):
    """A request of this browser that has read its session, and writes it after `act` has been done."""
    request = rf.get(path)
    request.COOKIES["hmis_session"] = client.session.session_key

    def view(asked):
        asked.session["typed"] = "before"
        act(asked)
        return HttpResponse("the page")

    answer = Sessions(view)(request)
    assert answer.status_code == 200
    if changed := answer.cookies.get("hmis_session"):
        client.cookies["hmis_session"] = changed.value


def is_locked(client):
    return client.get("/posting/").headers.get("Location", "").startswith("/unlock/")


def test_a_lock_is_not_undone_by_a_request_that_was_under_way(client, dev, rf):
    client.force_login(dev)
    while_it_runs(client, rf, lambda _: client.post("/lock/"))

    assert client.session["typed"] == "before"
    assert is_locked(client)
    client.post("/unlock/", {"password": PASSWORD})
    assert client.get("/posting/").status_code == 200


def test_an_unlocked_screen_is_not_locked_again_by_a_request_that_was_under_way(client, dev, rf):
    client.force_login(dev)
    client.post("/lock/")
    while_it_runs(client, rf, lambda _: client.post("/unlock/", {"password": PASSWORD}))

    assert client.get("/posting/").status_code == 200


def test_a_lock_goes_along_to_the_sessions_new_key(client, dev, rf):
    client.force_login(dev)
    old = client.session.session_key

    def lock_and_change(asked):
        client.post("/lock/")
        asked.session.cycle_key()

    while_it_runs(client, rf, lock_and_change)
    assert client.session.session_key != old
    assert is_locked(client)


def test_a_lock_holds_though_the_sessions_key_changed_meanwhile(client, dev, rf):
    client.force_login(dev)

    def change_and_lock(asked):
        other = SessionStore(asked.session.session_key)
        assert not other.is_locked()
        asked.session.cycle_key()
        other.lock(timezone.now())

    while_it_runs(client, rf, change_and_lock)
    assert is_locked(client)
    assert LoginSession.objects.count() == 1


def test_a_new_key_does_not_bring_an_ended_session_back(client, dev, rf):
    client.force_login(dev)
    request = rf.get("/posting/")
    request.COOKIES["hmis_session"] = client.session.session_key

    def view(asked):
        assert asked.session["_auth_user_id"]
        LoginSession.objects.all().delete()
        asked.session.cycle_key()
        return HttpResponse("the page")

    assert Sessions(view)(request).url == "/login/?next=%2Fposting%2F"
    assert not LoginSession.objects.exists()


def test_old_sessions_are_forgotten(client, dev):
    client.force_login(dev)
    tidy()
    assert LoginSession.objects.count() == 1
    LoginSession.objects.update(expire_date=timezone.now() - timedelta(days=1, seconds=1))
    tidy()
    assert not LoginSession.objects.exists()


def test_the_applications_own_role_suffices(client, dev, as_application):
    client.post("/login/", {"username": dev.username, "password": PASSWORD})
    assert client.get("/posting/").status_code == 200
    client.post("/logout/")

    assert not LoginSession.objects.living(timezone.now()).exists()
