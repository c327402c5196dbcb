"""What has been loaded is not looked through again."""

import gc
from pathlib import Path

import pytest

from hmis.kernel import garbage


@pytest.fixture
def _as_before():
    limits = gc.get_threshold()
    yield
    gc.set_threshold(*limits)


@pytest.mark.usefixtures("_as_before")
def test_what_is_there_is_laid_aside_and_what_comes_is_still_found():
    loaded = [[] for _ in range(1000)]
    before = gc.get_freeze_count()

    garbage.lay_aside()

    assert gc.get_freeze_count() >= before + len(loaded)
    ring = []
    ring.append(ring)
    del ring
    assert gc.collect() >= 1


def resident():
    """MB of this process that are in memory."""
    (line,) = (one for one in Path("/proc/self/status").read_text().splitlines() if one.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


@pytest.mark.usefixtures("_as_before")
def test_what_loading_needed_for_a_moment_is_given_back():
    for_a_moment = [bytes(1000) for _ in range(60_000)]
    kept = bytes(1000)  # above it: glibc alone gives back what lies at the end
    del for_a_moment
    before = resident()

    garbage.lay_aside()

    assert resident() < before - 30, len(kept)
