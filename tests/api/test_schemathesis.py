"""Schemathesis calls every noun as the schema says, and as it says not to, for so many seconds."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from knox.models import AuthToken

from facilities.roles import Role
from tests.factories.facilities import make_person

BASE = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("SCHEMATHESIS", BASE / "var" / "schemathesis" / "bin" / "st"))
SECONDS = os.environ.get("SCHEMATHESIS_SECONDS", "12")
# No answer of 500, none that the schema does not know, none for a caller who is not signed in.
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "ignored_auth",
]


@pytest.fixture
def _hospital(ours, settings):
    """Something of each noun to be found, and nobody calls too often."""
    settings.API_REQUESTS_PER_MINUTE = 10**9


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_hospital")
@pytest.mark.parametrize("role", [Role.CLERK, Role.NURSE])
def test_nothing_that_a_caller_sends_breaks_the_api(live_server, rims, role, tmp_path):
    assert PROGRAM.exists(), f"{PROGRAM} is missing: make setup-schemathesis"
    _held, token = AuthToken.objects.create(make_person("Lata", role, rims))

    run = subprocess.run(
        [
            *(PROGRAM, "run", f"{live_server}/api/schema/", "--header", f"Authorization: Token {token}"),
            *("--checks", ",".join(CHECKS), "--max-time", SECONDS, "--max-examples", "20"),
            *("--request-timeout", "20", "--suppress-health-check", "all", "--seed", "1", "--no-color"),
            *("--warnings", "off", "--continue-on-failure"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )

    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-2_000:]
    tested = re.search(r"Tested: (\d+)", run.stdout)
    assert tested, run.stdout
    assert int(tested[1]) >= 10, "too slow a machine for so few seconds: SCHEMATHESIS_SECONDS"
