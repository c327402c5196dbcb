"""A system package that is missing: `make` asks apt for it, or says the command to type."""

import shutil
import subprocess

import pytest
from django.conf import settings

NOTES_ITSELF = 'echo "$(basename $0) $*" >> $HOME/done'
INSTALLED = 'test "$4" = there && echo installed'
ROOT, SOMEBODY = "echo 0", "echo 1000"
REFUSES, RUNS = "exit 1", 'test "$1" = -n && shift; exec "$@"'
APT = ["apt-get update -qq", "apt-get install -qq -y --no-install-recommends missing"]
DEBIAN = {"dpkg-query": INSTALLED, "apt-get": NOTES_ITSELF}


@pytest.fixture
def wants(tmp_path):
    """(packages, the machine's programs) → what `make` ended with, and what apt was asked."""

    def want(packages, programs):
        path = tmp_path / "path"
        path.mkdir()
        for name in ("make", "sh", "grep", "env", "basename", "true"):
            (path / name).symlink_to(shutil.which(name))
        for name, script in programs.items():
            (path / name).write_text(f"#!/bin/sh\n{script}\n")
            (path / name).chmod(0o755)
        made = subprocess.run(
            ["make", "-s", f"--eval=asked: ; @$(call system,{packages})", "asked"],
            cwd=settings.BASE_DIR,
            env={"PATH": str(path), "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=30,
        )
        done = tmp_path / "done"
        return made, done.read_text().splitlines() if done.exists() else []

    return want


def test_root_installs_what_is_missing(wants):
    made, done = wants("there missing", {**DEBIAN, "id": ROOT})

    assert (made.returncode, done) == (0, APT)


def test_who_may_become_root_unasked_does(wants):
    made, done = wants("there missing", {**DEBIAN, "id": SOMEBODY, "sudo": RUNS})

    assert (made.returncode, done) == (0, APT)


def test_who_may_not_reads_the_command(wants):
    made, done = wants("there missing", {**DEBIAN, "id": SOMEBODY, "sudo": REFUSES})

    assert made.returncode != 0
    assert "Run this, then make again:  sudo apt-get install missing\n" in made.stderr
    assert done == []


def test_where_all_is_there_nobody_is_asked(wants):
    made, done = wants("there", {**DEBIAN, "id": SOMEBODY})

    assert (made.returncode, made.stderr, done) == (0, "", [])


def test_another_system_than_debian_is_trusted(wants):
    made, _done = wants("missing", {"id": SOMEBODY})

    assert (made.returncode, made.stdout) == (0, "Not Debian or Ubuntu; trusting you to have: missing\n")
