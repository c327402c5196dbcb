"""People who are logged in."""

from copy import copy
from functools import cache

from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from django.utils import timezone

from facilities.models import User
from hmis.kernel.callers import StaffBackend


def signed_in(person) -> Client:
    """A browser of this person whose requests do not note when it was last seen.

    That is written once a minute; where each step is undone, it would be written at every step of the next.
    """
    client = Client()
    client.force_login(person)
    session = client.session
    session["seen"] = timezone.now().timestamp() + 3600
    session.save()
    return client


def read_once():
    """For walks of the same few people through thousands of pages: each session, each person is read once.

    Returns what puts this in place for a test, by its `monkeypatch`.
    """
    of_session, load = cache(User.of_session), SessionStore.load
    held: dict[str, dict] = {}

    def load_once(session):
        key = session.session_key
        if key not in held:
            held[key] = load(session)
        return dict(held[key])

    def put_in_place(patch):
        patch.setattr(SessionStore, "load", load_once)
        patch.setattr(StaffBackend, "get_user", lambda backend, user_id: copy(of_session(user_id)))

    return put_in_place
