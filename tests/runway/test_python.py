"""Which Python `make` takes: the system's own before others, and none that is too old."""

import shutil
import subprocess

import pytest
from django.conf import settings

# It can do everything; it cannot make an environment; it is older than 3.11.
WHOLE, WITHOUT_VENV, OLD = "exit 0", 'case "$2" in *ensurepip*) exit 1; esac', "exit 1"


def asked(setting, environment=None):
    """What the Makefile says of its Python, given this."""
    ask = ["make", "-s", setting, "--eval=asked: ; @echo $(PYTHON)", "asked"]
    said = subprocess.run(
        ask,
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    return said.stdout.strip()


@pytest.fixture
def chosen(tmp_path):
    """(the system's, those of the path; each a name → what it is) → which `make` takes, "" if none."""

    def choose(system, path=()):
        for folder, programs in (("system", system), ("path", path)):
            (tmp_path / folder).mkdir()
            for name in programs:
                program = tmp_path / folder / name
                program.write_text(f"#!/bin/sh\n{programs[name]}\n")
                program.chmod(0o755)
        # make, echo and sh are the machine's: of Pythons there are only the test's.
        environment = {"PATH": str(tmp_path / "path"), "HOME": str(tmp_path)}
        for name in ("make", "sh", "echo"):
            (tmp_path / "path" / name).symlink_to(shutil.which(name))
        return asked(f"SYSTEM_PROGRAMS={tmp_path}/system", environment).removeprefix(f"{tmp_path}/")

    return choose


def test_the_systems_own_comes_before_a_newer_one_of_the_path(chosen):
    assert chosen({"python3.11": WHOLE, "python3": WHOLE}, {"python3.13": WHOLE}) == "system/python3.11"


def test_the_newest_of_the_systems_own(chosen):
    assert chosen({"python3.12": WHOLE, "python3.11": WHOLE}) == "system/python3.12"


def test_one_of_the_path_that_needs_nothing_comes_before_one_of_the_system_that_does(chosen):
    assert chosen({"python3.11": WITHOUT_VENV}, {"python3": WHOLE}) == "python3"


def test_the_systems_own_is_completed_where_no_other_is_whole(chosen):
    assert chosen({"python3.11": WITHOUT_VENV}, {"python3.12": WITHOUT_VENV}) == "system/python3.11"


def test_one_that_is_too_old_is_none(chosen):
    assert chosen({"python3": OLD}, {"python3": OLD}) == ""


def test_what_is_named_is_taken():
    assert asked("PYTHON=/opt/python") == "/opt/python"
