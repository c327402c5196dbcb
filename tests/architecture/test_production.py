"""Production starts safe or not at all."""

import json
import os
import subprocess
import sys

import pytest

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

# Each command in its environment, from one process that has loaded what no setting changes.
EACH = """
import json, os, runpy, sys, tempfile

import celery.schedules, csp.constants, django.core.management, hmis

answers = []
for environment, command in json.load(sys.stdin):
    with tempfile.TemporaryFile() as said:
        if not (child := os.fork()):
            os.dup2(said.fileno(), 1)
            os.dup2(said.fileno(), 2)
            os.environ.clear()
            os.environ.update(environment)
            sys.argv = ["manage.py", *command.split()]
            runpy.run_path("manage.py", run_name="__main__")
            sys.exit()
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        said.seek(0)
        answers.append([status, said.read().decode()])
print(json.dumps(answers))
"""


@pytest.fixture(scope="module")
def answers():
    """What `manage.py check` says to each unsafe setting, then what CHECK and DEMO say where all is safe."""
    asked = [(environment(changes), "check") for changes, _ in UNSAFE]
    asked += [(environment({}), command) for command in (CHECK, DEMO)]
    done = subprocess.run(
        [sys.executable, "-c", EACH],
        input=json.dumps(asked),
        env=environment({}),
        capture_output=True,
        text=True,
        check=True,
    )
    *refused, checked, seeded = json.loads(done.stdout)
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
