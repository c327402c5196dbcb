"""The registries by the API: the same services, the same rules."""

from uuid import uuid4

import pytest

from reports.models import RegistryEntry
from tests.api.conftest import refused
from tests.factories.registries import make_entry

pytestmark = pytest.mark.django_db
REGISTRIES = "/api/v1/registries/"
CLINIC = {"name": "Orchid Clinic", "kind": "clinic", "ownership": "private"}


def send(call, path, body=None, key=None):
    return call(path, body or {}, format="json", headers={"Idempotency-Key": str(key or uuid4())})


@pytest.fixture
def office(caller, hari):
    return caller(hari)


def test_facilities_are_listed_within_reach_and_narrowed(office, gumla, ranchi, sgml):
    clinic, ours = make_entry(gumla, kind="clinic", hfr_id="IN2010000009"), make_entry(facility=sgml)
    make_entry(ranchi)

    def ids(**asked):
        return {one["id"] for one in office.get(REGISTRIES, asked).json()["results"]}

    assert ids() == {str(clinic.pk), str(ours.pk)}
    assert ids(kind="clinic") == ids(q="IN2010000009") == ids(ownership="private") == {str(clinic.pk)}
    assert ids(district=gumla.lgd_code) == ids()
    refused(office.get(REGISTRIES, {"district": ranchi.lgd_code}), 422, "district")
    refused(office.get(REGISTRIES, {"nonsense": "1"}), 400, "nonsense")
    assert office.get(f"{REGISTRIES}{ours.pk}/").json()["code"] == sgml.code


def test_a_facility_is_added_once_and_taken_on(office, gumla):
    key = uuid4()
    body = CLINIC | {"district": gumla.lgd_code}
    made, again = (send(office.post, REGISTRIES, body, key) for _ in range(2))
    path = f"{REGISTRIES}{made.json()['id']}/moves/"
    applied, twice = (
        send(office.post, path, {"to": "applied", "rev": made.json()["rev"]}, key) for key in [uuid4()] * 2
    )
    early = send(office.post, path, {"to": "verified", "rev": applied.json()["rev"]})
    verified = send(
        office.post, path, {"to": "verified", "hfr_id": "in 2010000009", "rev": applied.json()["rev"]}
    )

    assert (made.status_code, again.json()) == (201, made.json())
    assert (applied.status_code, applied.json()["status"]) == (201, "applied")
    assert twice.json() == applied.json()
    refused(early, 422, "hfr_id")
    assert verified.json()["hfr_id"] == "IN2010000009"


def test_an_hfr_id_that_is_too_long_is_refused_at_its_field(office, gumla, sgml):
    long = {"hfr_id": "IN20100000091"}
    for entry in make_entry(gumla), make_entry(facility=sgml):
        body = long | {"to": "applied", "rev": entry.rev}
        said = refused(send(office.post, f"{REGISTRIES}{entry.pk}/moves/", body), 422, "hfr_id")
        assert said == "An HFR ID is IN and ten digits."
    refused(send(office.post, REGISTRIES, CLINIC | {"district": gumla.lgd_code} | long), 422, "hfr_id")


def test_what_is_wrong_is_said_at_its_field(office, gumla, ranchi):
    make_entry(gumla, name="Orchid Clinic")

    refused(send(office.post, REGISTRIES, CLINIC | {"district": ranchi.lgd_code}), 422, "district")
    refused(send(office.post, REGISTRIES, CLINIC | {"district": gumla.lgd_code}), 422, "confirm_new")
    refused(
        send(office.post, REGISTRIES, {"name": "X", "kind": "clinic", "district": gumla.lgd_code}),
        422,
        "ownership",
    )
    assert RegistryEntry.objects.count() == 1


def test_how_far_the_registries_have_come(office, gumla, sgml, farid):
    make_entry(gumla, status="verified", hfr_id="IN2010000009")
    make_entry(facility=sgml)

    said = office.get(f"{REGISTRIES}coverage/").json()
    assert (said["scope"], said["facilities"]) == ("district", {"verified": 1, "not_started": 1})
    assert said["professionals_with_id"] <= said["professionals_posted"]


def test_a_stranger_and_a_clerk_find_nothing(office, clerk, ranchi):
    theirs = make_entry(ranchi)

    assert office.get(f"{REGISTRIES}{theirs.pk}/").status_code == 404
    assert clerk.get(REGISTRIES).status_code == 403
