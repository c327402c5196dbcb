"""Coming in and going out: login, language, one's own password, sessions."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from knox.models import AuthToken

from facilities.models import User
from hmis.kernel import facts, throttling
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal, sentences
from hmis.kernel.models import LoginSession


class TooManyTries(Refusal):
    """This name, or this name from this address, was tried too often."""


def let_in(*, username: str, password: str, address: str, at: datetime) -> User:
    """The person with this name and password, with at least one posting.

    Refuses a wrong pair; after too many for one name, or for one name from one address, refuses all for a
    while. Never by the address alone: a whole hospital is one address.
    """
    window = settings.LOGIN_WINDOW_SECONDS
    buckets = [
        (("login", username.lower()), settings.LOGIN_FAILURES_PER_NAME),
        (("login", username.lower(), address), settings.LOGIN_FAILURES_PER_NAME_AND_ADDRESS),
    ]
    for bucket, most in buckets:
        # Counted before the password is looked at: many tries at once cannot slip through together.
        if throttling.count(*bucket, window=window) > most:
            raise TooManyTries(_("Too many tries. Wait a quarter of an hour, or ask your administrator."))
    user = authenticate(username=username, password=password)
    if not isinstance(user, User):
        raise Refusal(_("User name and password do not match."))
    if user.posting is None:
        raise Refusal(_("You have no posting today. Ask your administrator."))
    for bucket, _most in buckets:
        throttling.forget(*bucket)
    return user


@act
def note_login(*, actor: Any, at: datetime) -> None:
    """Write down that a person came to work."""
    facts.record("facilities.person_logged_in", about=actor, actor=actor, at=at)


@act
def choose_language(*, actor: User, language: str, at: datetime) -> None:
    """Hindi or English, kept with the person."""
    actor.language = language
    actor.save(update_fields=["language"])


@act
def choose_password(*, actor: User, password: str, keep: str | None, at: datetime) -> None:
    """The person's own new password. Every other session and every token of theirs ends.

    Refuses a weak one, and the very one that is replaced. `keep` is the key of the session that stays.
    """
    held = locked(actor)
    if held.check_password(password):
        raise Refusal(_("This is the password you have now. Choose another."), field="password")
    try:
        validate_password(password, held)
    except ValidationError as error:
        raise Refusal(sentences(error), field="password") from error
    held.set_password(password)
    held.one_time_until, held.reset_because = None, ""
    held.save(update_fields=["password", "one_time_until", "reset_because"])
    end_all(held, keep=keep)
    facts.record("facilities.password_chosen", about=held, actor=actor, at=at)
    actor.password, actor.one_time_until = held.password, None


def locked(person: User) -> User:
    """The person's row, locked until the transaction ends."""
    return User.objects.select_for_update(of=("self",)).get(pk=person.pk)


def end_all(person: User, *, keep: str | None = None) -> int:
    """The part of an act that ends a person's sessions, but for the one with this key, and their tokens."""
    ended, _by_table = person.login_sessions.exclude(session_key=keep or "").delete()
    AuthToken.objects.filter(user=person).delete()
    return ended


@act
def end_session(*, session: LoginSession, actor: User, at: datetime) -> None:
    """End one session: its next request is answered with the login page. Ended twice, it is ended once."""
    ended, _by_table = LoginSession.objects.filter(pk=session.pk).delete()
    if ended and session.user:
        facts.record(
            "facilities.session_ended", about=session.user, actor=actor, at=at, device=session.device
        )


@act
def end_other_sessions(*, actor: User, keep: str | None, at: datetime) -> int:
    """End all the person's own sessions but this one, and their tokens; how many sessions ended."""
    ended = end_all(actor, keep=keep)
    facts.record("facilities.own_sessions_ended", about=actor, actor=actor, at=at, ended=ended)
    return ended
