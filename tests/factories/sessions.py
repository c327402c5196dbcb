"""People who are logged in."""

from copy import copy
from functools import cache

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends.base import VALID_KEY_CHARS
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
from django.test import Client
from django.utils import timezone
from django.utils.crypto import get_random_string

from facilities.models import User
from hmis.kernel import sessions
from hmis.kernel.callers import StaffBackend
from hmis.kernel.rows import write


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


def quick_login(patch):
    """`force_login` in a browser that is new: Django's writes an empty session, reads it, changes its key and
    writes it twice more."""
    in_any_browser = Client._login

    def _login(self, user, backend=None):
        if settings.SESSION_COOKIE_NAME in self.cookies:
            in_any_browser(self, user, backend)
            return
        request = HttpRequest()
        request.session = session = sessions.SessionStore(get_random_string(32, VALID_KEY_CHARS))
        session._session_cache = said = {  # nothing is to be read
            SESSION_KEY: str(user.pk),
            BACKEND_SESSION_KEY: backend,
            HASH_SESSION_KEY: user.get_session_auth_hash(),
        }
        write(session.create_model_instance(said))
        user_logged_in.send(sender=type(user), request=request, user=user)
        self._set_login_cookies(request)

    patch.setattr(Client, "_login", _login)


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
