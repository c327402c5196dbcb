"""Production starts safe or not at all."""

import os
import subprocess
import sys

import pytest

SAFE = {
    "HMIS_MODE": "production",
    "PUBLIC_URL": "https://hmis.example",
    "SECRET_KEY": "k7Qw-2mZ_9pLr4Xc8Vb1Nt6Hy3Jd5Fg0Sa-UeIoPqRtYxWz-MnBvCkLj",
    "ALLOWED_HOSTS": "hmis.example",
    "DJANGO_SETTINGS_MODULE": "hmis.settings",
}


def manage(*command, **changes):
    env = {**os.environ, **SAFE, **changes}
    env.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)  # the browser tests' own, in this process
    return subprocess.run(
        [sys.executable, "manage.py", *command], env=env, capture_output=True, text=True, check=False
    )


def test_djangos_own_deployment_check_has_nothing_to_say():
    done = manage("check", "--deploy", "--fail-level", "DEBUG")

    assert (done.returncode, "no issues" in done.stdout) == (0, True), done.stderr


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"SECRET_KEY": "short"}, "at least 50 characters"),
        ({"SECRET_KEY": ""}, "Set SECRET_KEY"),
        ({"SECRET_KEY": "ab" * 40}, "must be random"),
        ({"SECRET_KEY": "django-insecure-k7Qw2mZ9pLr4Xc8Vb1Nt6Hy3Jd5Fg0SaUeIoPqRtYxWz"}, "must be random"),
        ({"PUBLIC_URL": "http://hmis.example"}, "must begin with https"),
        ({"PUBLIC_URL": ""}, "must begin with https"),
        ({"ALLOWED_HOSTS": "*"}, "must name each host"),
        ({"ALLOWED_HOSTS": ".hmis.example"}, "must name each host"),
        ({"METRICS_TOKEN": "short"}, "at least 20 characters"),
        ({"HMIS_MODE": "debug"}, "must be one of demo, production"),
        ({"DATABASE_URL": "sqlite:///x"}, "PostgreSQL is the only database"),
    ],
)
def test_an_unsafe_setting_is_refused_in_a_sentence(changes, sentence):
    done = manage("check", **changes)

    assert done.returncode != 0
    assert sentence in done.stderr


def test_production_takes_no_demo():
    done = manage("seed_demo")

    assert done.returncode != 0
    assert "demo" in done.stderr.lower()
