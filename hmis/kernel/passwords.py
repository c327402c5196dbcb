"""Passwords that a machine gives for one use: long and random, so that a quick digest keeps them."""

import hmac
from collections.abc import Iterable
from typing import Any

from django.contrib.auth.hashers import BasePasswordHasher, mask_hash
from django.utils.crypto import salted_hmac

# Nothing that looks like something else, on paper or on a bad screen: no 0 o 1 i l.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
LENGTH, GROUP = 12, 4


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
