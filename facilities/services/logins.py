"""Coming in and going out: login, language, one's own password, sessions."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _
from knox.models import AuthToken

from facilities.models import User
from facilities.models.people import WhyRefused
from hmis.kernel import facts, scope, throttling
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal, at_field
from hmis.kernel.models import LoginSession


class TooManyTries(Refusal):
    """This name, or this name from this address, was tried too often."""


def let_in(*, username: str, password: str, address: str, at: datetime) -> User:
    """The person with this name and password, with at least one posting.

    Refuses a wrong pair; after too many for one name, or for one name from one address, refuses all for a
    while. Never by the address alone: a whole hospital is one address. Nor does one address shut a name out
    everywhere: what it tries beyond its own share is not counted to the name.
    """
    window = settings.LOGIN_WINDOW_SECONDS
    buckets = [
        (("login", username.lower(), address), settings.LOGIN_FAILURES_PER_NAME_AND_ADDRESS),
        (("login", username.lower()), settings.LOGIN_FAILURES_PER_NAME),
    ]
    for bucket, most in buckets:
        # Counted before the password is looked at: many tries at once cannot slip through together.
        tried = throttling.count(*bucket, window=window)
        if tried > most:
            if tried == most + 1:
                note_refused(username=username, why=WhyRefused.TOO_MANY, address=address, at=at)
            raise TooManyTries(_("Too many tries. Wait a quarter of an hour, or ask your administrator."))
    user = authenticate(username=username, password=password)
    if not isinstance(user, User):
        note_refused(username=username, why=WhyRefused.PASSWORD, address=address, at=at)
        raise Refusal(_("User name and password do not match."))
    if user.posting is None:
        note_refused(username=username, why=WhyRefused.NO_POSTING, address=address, at=at)
        raise Refusal(_("You have no posting today. Ask your administrator."))
    for bucket, _most in buckets:
        throttling.forget(*bucket)
    return user


@act
def note_login(*, actor: Any, at: datetime) -> None:
    """Write down that a person came to work."""
    _note("facilities.person_logged_in", actor=actor, at=at)


@act
def note_logout(*, actor: Any, at: datetime) -> None:
    """Write down that a person went."""
    _note("facilities.person_logged_out", actor=actor, at=at)


@act
def note_lock(*, actor: Any, at: datetime) -> None:
    """Write down that a person locked the screen."""
    _note("facilities.screen_locked", actor=actor, at=at)


@act
def note_unlock(*, actor: Any, at: datetime, is_right: bool) -> None:
    """Write down that the locked screen's person was back, or that somebody was not let back."""
    if is_right:
        _note("facilities.screen_unlocked", actor=actor, at=at)
    else:
        _note("facilities.unlock_refused", actor=actor, at=at)


@act
def note_posting(*, actor: Any, at: datetime) -> None:
    """Write down that a person took up another of their postings."""
    _note("facilities.posting_taken", actor=actor, at=at, role=actor.posting.role)


@act
def note_refused(*, username: str, why: str, address: str, at: datetime) -> None:
    """Write down that somebody who gave this person's name was not let in.

    A name that nobody has is kept nowhere: it may be a password typed into the wrong box.
    """
    person = User.objects.filter(username=username).first()
    if person is None:
        return
    place = person.posting.facility_id if person.posting else None
    with scope.within(scope.at_hospitals(place)):  # nobody has come in yet
        facts.record(
            "facilities.login_refused",
            about=person,
            actor=None,
            facility_id=place,
            at=at,
            why=why,
            address=address,
        )


def _note(name: str, *, actor: Any, at: datetime, **detail: Any) -> None:
    facts.record(name, about=actor, actor=actor, at=at, **detail)


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
    with at_field("password"):
        validate_password(password, held)
    held.set_password(password)
    held.one_time_until, held.reset_because = None, ""
    held.save(update_fields=["password", "one_time_until", "reset_because"])
    end_all(held, at=at, keep=keep)
    facts.record("facilities.password_chosen", about=held, actor=actor, at=at)
    actor.password, actor.one_time_until = held.password, None


def locked(person: User) -> User:
    """The person's row, locked until the transaction ends."""
    return User.objects.select_for_update(of=("self",)).get(pk=person.pk)


def end_all(person: User, *, at: datetime, keep: str | None = None) -> int:
    """The part of an act that ends a person's sessions, but for the one with this key, and their tokens."""
    ended = person.login_sessions.exclude(session_key=keep or "").end(at)
    AuthToken.objects.filter(user=person).delete()
    return ended


@act
def end_session(*, session: LoginSession, actor: User, at: datetime) -> None:
    """End one session: its next request is answered with the login page. Ended twice, it is ended once."""
    ended = LoginSession.objects.filter(pk=session.pk).end(at)
    if ended and session.user:
        facts.record(
            "facilities.session_ended", about=session.user, actor=actor, at=at, device=session.device
        )


@act
def end_tokens(*, person: User, actor: User, at: datetime) -> int:
    """End every token that programs call the API with in this person's name; how many there were."""
    ended, _by_table = AuthToken.objects.filter(user=person).delete()
    if ended:
        facts.record("facilities.tokens_ended", about=person, actor=actor, at=at, ended=ended)
    return ended


@act
def end_other_sessions(*, actor: User, keep: str | None, at: datetime) -> int:
    """End all the person's own sessions but this one, and their tokens; how many sessions ended."""
    ended = end_all(actor, at=at, keep=keep)
    facts.record("facilities.own_sessions_ended", about=actor, actor=actor, at=at, ended=ended)
    return ended
