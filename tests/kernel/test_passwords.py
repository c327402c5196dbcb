"""Passwords for one use: long, readable aloud, repeatable for the very same request only."""

from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.contrib.auth.hashers import check_password, identify_hasher
from django.core.exceptions import ValidationError

from hmis.kernel.passwords import LETTERS, NotGuessedSoon, OneTimeHasher, kept, one_time_password


def test_it_has_no_letter_that_looks_like_another():
    assert not set("0o1il") & set(LETTERS)
    for _ in range(200):
        groups = one_time_password(uuid4()).split("-")
        assert [len(group) for group in groups] == [4, 4, 4]
        assert set("".join(groups)) <= set(LETTERS)


def test_the_same_request_is_answered_alike_and_another_otherwise(settings):
    seed, person = uuid4(), uuid4()
    first = one_time_password(seed, person)

    assert one_time_password(seed, person) == first
    assert len({one_time_password(uuid4(), person) for _ in range(1000)} | {first}) == 1001
    settings.SECRET_KEY = "another"
    assert one_time_password(seed, person) != first


def test_what_is_kept_tells_nothing_without_the_key(settings):
    password = one_time_password(uuid4())
    (encoded,) = kept([password])

    assert password not in encoded
    assert identify_hasher(encoded).algorithm == "one_time"
    assert check_password(password, encoded)
    assert not check_password(password[:-1] + ("y" if password.endswith("z") else "z"), encoded)
    settings.SECRET_KEY = "another"
    assert not check_password(password, encoded)


def test_two_of_the_same_are_kept_differently():
    assert len(set(kept(["aaaa-bbbb-cccc"] * 2))) == 2


def test_it_summarises_itself_without_a_secret():
    (encoded,) = kept(["aaaa-bbbb-cccc"])
    summary = OneTimeHasher().safe_summary(encoded)

    assert summary["algorithm"] == "one_time"
    assert encoded.split("$")[2] not in summary["hash"]


# ── Chosen by people ──

KAVITA = SimpleNamespace(easy_words=["kavita.rims", "Kavita Oraon", "कविता उराँव", "Sadar Hospital Gumla"])


@pytest.mark.parametrize(
    "password",
    [
        *("Ranchi@1234", "Rims#Hospital1", "qwertyuiop1", "1234567890", "sunita1987", "P@ssw0rd2026"),
        *("Kavita@2026", "oraonkavita9", "कविता उराँव", "Gumla@2026xy", "a" * 4000),
    ],
)
def test_what_a_program_finds_soon_is_refused_whatever_letters_are_in_it(password):
    with pytest.raises(ValidationError, match="easy to guess"):
        NotGuessedSoon().validate(password, KAVITA)


@pytest.mark.parametrize(
    "password", ["river mango bicycle", "ढोल नगाड़ा मांदर", "vT7#qpL2mzXe", "x" + "kp3w-" * 900]
)
def test_words_that_do_not_belong_together_are_taken_in_either_script(password):
    NotGuessedSoon().validate(password, KAVITA)
    NotGuessedSoon().validate(password)
