"""People of the ward."""

import pytest

from facilities.roles import Role
from tests.factories import papers
from tests.factories.facilities import make_person


@pytest.fixture(autouse=True)
def _pressed_when_opened(monkeypatch):
    papers.not_ahead(monkeypatch)


@pytest.fixture
def hema(rims):
    """The administrator of RIMS."""
    return make_person("Hema", Role.FACILITY_ADMIN, rims)
