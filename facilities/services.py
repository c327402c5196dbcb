"""What is done with people: let in, or not yet."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate
from django.utils.translation import gettext_lazy as _

from facilities.models import User
from hmis.kernel import facts, throttling
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal


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
