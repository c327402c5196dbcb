"""Schemathesis calls the nouns as the schema says, and as it says not to, for so many seconds.

Each act is called by somebody who may do it, on a record that is there: refused at the door, nothing behind
it is tried. Who that is and what is sent is drawn by SCHEMATHESIS_SEED.
"""

import json
import os
import re
import subprocess
from pathlib import Path
from random import Random
from uuid import uuid4

import pytest
from django.urls import resolve
from knox.models import AuthToken

from facilities.roles import ROLES, Reach, Role
from tests.factories.facilities import make_person

BASE = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("SCHEMATHESIS", BASE / "var" / "schemathesis" / "bin" / "st"))
SECONDS = os.environ.get("SCHEMATHESIS_SECONDS", "12")
# The two halves of one seed together are the whole.
SEED = int(os.environ.get("SCHEMATHESIS_SEED", "1"))
# No answer of 500, and none that the schema does not know. Nobody gets in: tests/architecture/test_access.py.
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
]


@pytest.fixture
def tokens(ours, rims, settings):
    """{role: the token of somebody}; something of each noun is there, and nobody calls too often."""
    settings.API_REQUESTS_PER_MINUTE = 10**9
    places = {Reach.FACILITY: rims, Reach.DISTRICT: rims.district, Reach.STATE: rims.district.state}
    people = {role: make_person(role.title(), role, places[ROLES[role].reach]) for role in Role}
    return {role: AuthToken.objects.create(person)[1] for role, person in people.items()}


def permission_of(path, method):
    """The noun that an operation of the schema is about, and what somebody needs for it."""
    view = resolve(re.sub(r"{\w+}", str(uuid4()), path))
    noun = view.url_name.split("-")[1]
    return noun, getattr(view.func.cls, "needed", {}).get(getattr(view.func, "actions", {}).get(method))


def configured(schema, half, tokens, ours, draw):
    """Half of the schema; and as Schemathesis' settings who calls each operation, on what."""
    paths = draw.sample(sorted(schema["paths"]), len(schema["paths"]))[half::2]
    lines = []
    for path in paths:
        for method, operation in schema["paths"][path].items():
            noun, needed = permission_of(path, method)
            entitled = [role for role in Role if needed in ROLES[role].permissions]
            token = tokens[draw.choice(entitled or list(Role))]
            lines += [
                "[[operations]]",
                f'include-operation-id = "{operation["operationId"]}"',
                f'headers = {{ Authorization = "Token {token}" }}',
            ]
            if noun in ours.of_the_api and "{id}" in path:
                lines.append(f'parameters = {{ "path.id" = "{ours.of_the_api[noun].pk}" }}')
    return schema | {"paths": {path: schema["paths"][path] for path in paths}}, "\n".join(lines)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("half", [0, 1])
def test_nothing_that_a_caller_sends_breaks_the_api(live_server, ours, tokens, clerk, half, tmp_path):
    assert PROGRAM.exists(), f"{PROGRAM} is missing: make setup-schemathesis"
    whole = clerk.get("/api/schema/", HTTP_ACCEPT="application/json").json()
    schema, settings = configured(whole, half, tokens, ours, Random(SEED))
    (tmp_path / "schema.json").write_text(json.dumps(schema))
    (tmp_path / "schemathesis.toml").write_text(settings)

    run = subprocess.run(
        [
            *(PROGRAM, "run", "schema.json", "--url", live_server.url),
            *("--checks", ",".join(CHECKS), "--max-time", SECONDS, "--max-examples", "20"),
            *("--request-timeout", "20", "--suppress-health-check", "all", "--seed", str(SEED), "--no-color"),
            *("--warnings", "off", "--continue-on-failure"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )

    assert run.returncode == 0, f"SCHEMATHESIS_SEED={SEED}\n{run.stdout[-20_000:]}{run.stderr[-2_000:]}"
    tested = re.search(r"Tested: (\d+)", run.stdout)
    assert tested, run.stdout
    assert int(tested[1]) >= 3, "too slow a machine for so few seconds: SCHEMATHESIS_SECONDS"
