"""Passwords that a machine gives for one use, and whether one that a person chose is any good."""

import hmac
import re
from collections.abc import Iterable
from importlib import import_module
from typing import Any

from django.contrib.auth.hashers import BasePasswordHasher, mask_hash
from django.core.exceptions import ValidationError
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

# Nothing that looks like something else, on paper or on a bad screen: no 0 o 1 i l.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
LENGTH, GROUP = 12, 4
# What everybody here would try first, beside the words of the whole world.
LOCAL_WORDS = (
    "hmis",
    "jharkhand",
    "ranchi",
    "rims",
    "sadar",
    "hospital",
    "aspatal",
    "abdm",
    "ayushman",
    "doctor",
)


def one_time_password(*seed: Any) -> str:
    """`kx4m-ts9e-w2hd`, 59 bits that follow from this seed and the secret key: asked again, the same again.

    The seed names the request that gives it out, so that a second sending is answered alike and the
    password itself is kept nowhere.
    """
    number = int(salted_hmac("hmis.one_time.made", repr(seed), algorithm="sha256").hexdigest(), 16)
    letters = ""
    for _place in range(LENGTH):
        number, letter = divmod(number, len(LETTERS))
        letters += LETTERS[letter]
    return "-".join(letters[at : at + GROUP] for at in range(0, LENGTH, GROUP))


class OneTimeHasher(BasePasswordHasher):
    """A keyed SHA-256: enough for 59 random bits that die at first use, and 1,500 of them take no time.

    Only what `one_time_password` made is kept this way; what a person chooses is kept by Argon2.
    """

    algorithm = "one_time"

    def encode(self, password: str, salt: str) -> str:
        text = "".join(password.lower().split()).replace("-", "")
        digest = salted_hmac(f"hmis.one_time.kept.{salt}", text, algorithm="sha256").hexdigest()
        return f"{self.algorithm}${salt}${digest}"

    def decode(self, encoded: str) -> dict[str, str]:
        algorithm, salt, digest = encoded.split("$", 2)
        return {"algorithm": algorithm, "salt": salt, "hash": digest}

    def verify(self, password: str, encoded: str) -> bool:
        return hmac.compare_digest(encoded, self.encode(password, self.decode(encoded)["salt"]))

    def safe_summary(self, encoded: str) -> dict[Any, Any]:
        parts = self.decode(encoded)
        return {"algorithm": parts["algorithm"], "hash": mask_hash(parts["hash"])}

    def must_update(self, encoded: str) -> bool:
        return False

    def harden_runtime(self, password: str, encoded: str) -> None:
        return None


def kept(passwords: Iterable[str]) -> list[str]:
    """Each as the database keeps it."""
    hasher = OneTimeHasher()
    return [hasher.encode(password, hasher.salt()) for password in passwords]


class NotGuessedSoon:
    """
    Refuses a password that a program finds within ten thousand million guesses, whatever letters are in it.

    `Ranchi@1234` has all kinds of letters and is found at once; three words that have nothing to do with one
    another are not. Of a longer one its beginning is looked at: the library's work grows with the square.
    A person's `easy_words` (names, places) count as words that everybody knows.
    """

    enough_guesses = 10**10
    longest = 64

    def validate(self, password: str, user: Any = None) -> None:
        # Cut where no name goes on: to `\w` the signs of Devanagari's vowels are no letters.
        words = re.split(r"[\s._-]+", " ".join(user.easy_words if user else ()))
        # Its words take 12 MB: loaded when somebody chooses a password.
        found = import_module("zxcvbn").zxcvbn(password[: self.longest], user_inputs=[*words, *LOCAL_WORDS])
        if found["guesses"] < self.enough_guesses:
            raise ValidationError(
                _("This password is easy to guess. Use three words that have nothing to do with each other."),
                code="guessed_soon",
            )

    def get_help_text(self) -> str:
        return _(
            "Three words that have nothing to do with each other are easy to remember and hard to guess."
        )
