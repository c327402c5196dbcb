"""Medicines by the API: searched, narrowed, looked at, as the caller's hospital has them."""

import pytest

from patients.services import say_of_medicine
from tests.conftest import NOON
from tests.factories.formulary import make_formulary, medication

MEDICATIONS = "/api/v1/medications/"


@pytest.fixture(autouse=True)
def _formulary(rims):
    make_formulary(rims)


def test_medicines_are_listed_searched_and_narrowed(client, bose, rims):
    client.force_login(bose)
    say_of_medicine(
        facility=rims, medication=medication("Warfarin"), said={"is_available": True}, actor=bose, at=NOON
    )

    found = client.get(MEDICATIONS, {"q": "warfarin"}).json()["results"]
    there = client.get(MEDICATIONS, {"only": "available"}).json()["results"]

    assert {one["generic_name"] for one in found} == {"Warfarin"}
    assert found[0]["pregnancy_flag"] == "unknown"
    assert [one["id"] for one in there] == [str(medication("Warfarin").pk)]
    assert there[0]["approved"] is False


def test_every_page_leads_to_the_next(client, bose):
    client.force_login(bose)
    seen, url = set(), MEDICATIONS
    while url:
        page = client.get(url).json()
        seen |= {one["id"] for one in page["results"]}
        url = page["next"]

    assert len(seen) == 815


def test_one_medicine_is_looked_at_and_an_unknown_one_is_not_there(client, bose, kavita):
    client.force_login(bose)
    row = medication("Artemether + Lumefantrine")

    found = client.get(f"{MEDICATIONS}{row.pk}/").json()

    assert found["ingredients"] == ["Artemether", "Lumefantrine"]
    assert found["available"] is None
    assert client.get(f"{MEDICATIONS}{kavita.pk}/").status_code == 404
    client.force_login(kavita)
    assert client.get(MEDICATIONS).status_code == 403
