"""Each named rule about the registries refuses what it should."""

import pytest

from reports.states import RegistryStatus
from tests.factories.constraints import again, rule_broken_by
from tests.factories.registries import make_entry


@pytest.fixture
def entry(ranchi):
    return make_entry(ranchi)


@pytest.fixture
def named(ranchi):
    return make_entry(ranchi, hfr_id="IN2010000009")


@pytest.fixture
def ours(rims):
    return make_entry(facility=rims)


# The row to write again, and what is wrong with it the second time.
BREAKS = {
    "hospital_is_in_registry_once": ("ours", {}),
    "registry_entry_is_of_ours_or_describes_itself": ("entry", {"kind": ""}),
    "hfr_id_is_in_registry_once": ("named", {}),
    "registry_hfr_id_is_in_and_ten_digits": ("entry", {"hfr_id": "IN12345"}),
    "verified_facility_has_an_hfr_id": ("entry", {"status": RegistryStatus.VERIFIED}),
    "sent_back_or_struck_off_says_why": ("entry", {"status": RegistryStatus.STRUCK}),
}


@pytest.mark.parametrize("rule", BREAKS)
def test_a_row_that_breaks_it_is_refused(rule, request):
    row, changes = BREAKS[rule]

    assert rule_broken_by(again, request.getfixturevalue(row), **changes) == rule


@pytest.mark.parametrize("field", ["name", "address", "phone", "hfr_id"])
def test_nothing_that_a_hospital_says_of_itself_stands_here_too(ours, field):
    setattr(ours, field, {"hfr_id": "IN2010000001", "phone": "0651-2451070"}.get(field, "RIMS"))

    assert rule_broken_by(ours.save) == "registry_entry_is_of_ours_or_describes_itself"
