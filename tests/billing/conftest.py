"""The people of the counters, and a shift."""

import pytest

from facilities.roles import Role
from tests.factories.facilities import make_person
from tests.factories.shifts import begin


@pytest.fixture
def mohan(rims):
    """A cashier at RIMS whose shift is not open yet."""
    return make_person("Mohan", Role.CASHIER, rims)


@pytest.fixture
def nilu(rims):
    """The cashier who comes after Mohan."""
    return make_person("Nilu", Role.CASHIER, rims)


@pytest.fixture
def poonam(rims):
    """The billing supervisor of RIMS."""
    return make_person("Poonam", Role.BILLING_SUPERVISOR, rims)


@pytest.fixture
def shift(mohan):
    """Mohan's open shift with ₹500.00."""
    return begin(mohan)
