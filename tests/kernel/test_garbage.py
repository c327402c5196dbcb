"""What has been loaded is not looked through again."""

import gc

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
