"""The list of tests, four of which have a price at RIMS."""

import pytest

from tests.factories.lab import make_pathologist, make_technician, make_tests, set_prices


@pytest.fixture
def tests(rims):
    held = make_tests()
    set_prices(rims, held)
    return held


@pytest.fixture
def rajesh(rims):
    """A technician at RIMS."""
    return make_technician(rims)


@pytest.fixture
def farhana(rims):
    """A pathologist at RIMS."""
    return make_pathologist(rims)
