"""What a rule says when it says no."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, InterfaceError, OperationalError, models
from django.utils.translation import gettext as _

AWAY = ("08", "53", "57P")  # SQLSTATE: no connection; no room, memory or place; shut down or starting


class Refusal(Exception):
    """A rule said no, in words for the screen: a lazy message and what fills it, never an f-string.

    `field` names the form's field that the sentence belongs to, where there is one; `status` is what the API
    answers with.
    """

    status = 422

    def __init__(self, message: Any, *, field: str | None = None, **parameters: Any) -> None:
        super().__init__(message)
        self.message, self.field, self.parameters = message, field, parameters

    def __str__(self) -> str:
        return str(self.message) % self.parameters if self.parameters else str(self.message)


class KeyReused(Refusal):
    """One request key came with two different contents."""

    status = 409


@contextmanager
def refusing(*written: type[models.Model]) -> Iterator[None]:
    """Say a broken constraint of these models in its own words, also when two counters race.

    At the field that the model names for it (`rule_fields`).
    """
    try:
        yield
    except IntegrityError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
        for model in written:
            for constraint in model._meta.constraints:
                if constraint.name == name:
                    field = getattr(model, "rule_fields", {}).get(name)
                    raise Refusal(constraint.get_violation_error_message(), field=field) from error
        raise


def sentences(error: ValidationError) -> str:
    """The words of a ValidationError as one line for a problem document or a Refusal."""
    return " ".join(str(message) for message in error.messages) or _("This is not right.")


@contextmanager
def at_field(field: str | None) -> Iterator[None]:
    """What a validator refuses in here is a Refusal at this field."""
    try:
        yield
    except ValidationError as error:
        raise Refusal(sentences(error), field=field) from error


def is_away(error: BaseException | None) -> bool:
    """Whether the database could not be asked: it is down, starting, or has no room.

    Nothing is wrong with what was sent: the same will be taken when it is back.
    """
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    code = getattr(error.__cause__, "pgcode", None)
    return code is None or code.startswith(AWAY)
