"""Every list of the API: what it does not read of its address, it refuses."""

from facilities.models import User
from hmis.api import router
from tests.api.conftest import refused

LISTS = {noun: viewset for noun, viewset, _name in router.registry if hasattr(viewset, "list")}


def test_no_list_drops_a_misspelt_filter_or_an_ordering_that_it_has_not(clerk, monkeypatch):
    monkeypatch.setattr(User, "may", lambda _user, _permission: True)

    for noun in LISTS:
        for name, value in {"patinet": "x", "ordering": "nonsense"}.items():
            assert refused(clerk.get(f"/api/v1/{noun}/?{name}={value}"), 400, name), noun


def test_one_row_is_asked_for_by_its_id_whatever_its_list_is_narrowed_by(clerk, encounter):
    address = f"/api/v1/encounters/{encounter.pk}/"

    assert clerk.get(f"{address}?encounter_class=emergency").json() == clerk.get(address).json()
