"""The list of tests, four of which have a price at RIMS."""

import pytest

from facilities.roles import Role
from tests.factories.facilities import make_person
from tests.factories.lab import make_pathologist, make_technician, make_tests, set_prices


@pytest.fixture
def tests(rims):
    held = make_tests()
    set_prices(rims, held)
    return held


def _registered(person, number):
    person.council_number = number
    person.save()
    return person


@pytest.fixture
def tara(rims):
    """A technician of RIMS's laboratory."""
    return make_person("Tara", Role.LAB_TECHNICIAN, rims)


@pytest.fixture
def pal(rims):
    """Its pathologist."""
    return _registered(make_person("Pal", Role.PATHOLOGIST, rims), "JMC-4711")


@pytest.fixture
def roy(rims):
    """Its radiologist."""
    return _registered(make_person("Roy", Role.RADIOLOGIST, rims), "JMC-0815")


@pytest.fixture
def rajesh(rims):
    """A technician at RIMS."""
    return make_technician(rims)


@pytest.fixture
def farhana(rims):
    """A pathologist at RIMS."""
    return make_pathologist(rims)
