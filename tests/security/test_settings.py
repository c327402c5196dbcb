"""What the project's own settings say of passwords and hours: those of the tests hash quickly."""

from datetime import timedelta

from django.utils.module_loading import import_string

from hmis import settings


def test_a_password_is_kept_by_argon2():
    hasher = import_string(settings.PASSWORD_HASHERS[0])()

    assert hasher.encode("demo", hasher.salt()).startswith("argon2$argon2id$")


def test_a_screen_locks_after_ten_minutes_and_a_login_ends_after_twelve_hours():
    token = settings.REST_KNOX["TOKEN_TTL"]

    assert timedelta(seconds=settings.IDLE_LOCK_SECONDS) == timedelta(minutes=10)
    assert timedelta(seconds=settings.SESSION_COOKIE_AGE) == token == timedelta(hours=12)
