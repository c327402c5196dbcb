"""The project's settings with fast passwords; everything else as it runs."""

import os

os.environ.setdefault("HMIS_MODE", "demo")
os.environ.setdefault("SECRET_KEY", "only-for-tests-only-for-tests-only-for-tests-only-for-tests")
# What a served hospital of the tests comes as; the first of these processes knows it.
os.environ.setdefault("DATABASE_APP_URL", os.environ.get("DATABASE_URL", ""))
# Tests make their own databases, so they come as the owner; the application's role has its own tests.
os.environ["DATABASE_URL"] = os.environ.get(
    "DATABASE_OWNER_URL", os.environ.get("DATABASE_URL", "postgresql://127.0.0.1/none")
)

from hmis.settings import *  # noqa: F403

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.MD5PasswordHasher",
    "hmis.kernel.passwords.OneTimeHasher",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
# Each test has rows of its own: it begins with nothing in mind (`tests/conftest.py`).
RECENT_SECONDS = 600
# The server outlives every test but those with one of their own: no line is asked whether it
# still stands, and no commit waits for the disk (`durable_line` where it must).
DATABASES["default"]["CONN_HEALTH_CHECKS"] = False  # noqa: F405
DATABASES["default"]["OPTIONS"]["options"] += " -c synchronous_commit=off"  # type: ignore[index]  # noqa: F405
