"""The list of tests, four of which have a price at RIMS."""

import pytest

from tests.factories.lab import make_tests, set_prices


@pytest.fixture
def tests(rims):
    held = make_tests()
    set_prices(rims, held)
    return held
