"""Production starts safe or not at all."""

import os

import pytest

from tests.factories.forks import each

pytestmark = pytest.mark.xdist_group("settings")  # all are asked once

SAFE = {
    "HMIS_MODE": "production",
    "PUBLIC_URL": "https://hmis.example",
    "SECRET_KEY": "k7Qw-2mZ_9pLr4Xc8Vb1Nt6Hy3Jd5Fg0Sa-UeIoPqRtYxWz-MnBvCkLj",
    "ALLOWED_HOSTS": "hmis.example",
    "HMIS_NODES": "121",
    "DJANGO_SETTINGS_MODULE": "hmis.settings",
}


def environment(changes):
    env = {**os.environ, **SAFE, **changes}
    env.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)  # the browser tests' own, in this process
    return env


UNSAFE = [
    ({"SECRET_KEY": "short"}, "at least 50 characters"),
    ({"SECRET_KEY": ""}, "Set SECRET_KEY"),
    ({"SECRET_KEY": "ab" * 40}, "must be random"),
    ({"SECRET_KEY": "django-insecure-k7Qw2mZ9pLr4Xc8Vb1Nt6Hy3Jd5Fg0SaUeIoPqRtYxWz"}, "must be random"),
    ({"PUBLIC_URL": "http://hmis.example"}, "must begin with https"),
    ({"PUBLIC_URL": ""}, "must begin with https"),
    ({"ALLOWED_HOSTS": "*"}, "must name each host"),
    ({"ALLOWED_HOSTS": ".hmis.example"}, "must name each host"),
    ({"HMIS_NODES": ""}, "Set HMIS_NODES"),
    ({"METRICS_TOKEN": "short"}, "at least 20 characters"),
    ({"HMIS_MODE": "debug"}, "must be one of demo, production"),
    ({"DATABASE_URL": "sqlite:///x"}, "PostgreSQL is the only database"),
]

CHECK = "check --deploy --fail-level DEBUG"
DEMO = "seed_demo"


@pytest.fixture(scope="module")
def answers():
    """What `manage.py check` says to each unsafe setting, then what CHECK and DEMO say where all is safe."""
    asked = [(environment(changes), ["manage.py", "check"]) for changes, _ in UNSAFE]
    asked += [(environment({}), ["manage.py", *command.split()]) for command in (CHECK, DEMO)]
    *refused, checked, seeded = each(asked, environment({}))
    return {"check": refused, CHECK: checked, DEMO: seeded}


@pytest.mark.parametrize("case", range(len(UNSAFE)), ids=lambda case: "-".join(*UNSAFE[case][0].items()))
def test_an_unsafe_setting_is_refused_in_a_sentence(answers, case):
    status, errors = answers["check"][case]

    assert status != 0
    assert UNSAFE[case][1] in errors


def test_djangos_own_deployment_check_has_nothing_to_say(answers):
    status, said = answers[CHECK]

    assert (status, "no issues" in said) == (0, True), said


def test_production_takes_no_demo(answers):
    status, said = answers[DEMO]

    assert status != 0
    assert "demo" in said.lower()
