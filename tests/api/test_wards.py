"""Wards, beds and transfers by the API: the same services, the same rules."""

from uuid import uuid4

import pytest

from facilities.states import BedStatus, WardTakes
from ipd import queries
from tests.api.conftest import refused
from tests.factories.ipd import admit, beds_in, make_ward
from tests.factories.patients import make_patient

pytestmark = pytest.mark.django_db
WARDS, BEDS, TRANSFERS = (f"/api/v1/{noun}/" for noun in ("wards", "beds", "transfers"))
HOSTILE = '"><img src=x onerror=alert(1)> =1+1'


def send(call, path, body=None, key=None):
    return call(path, body or {}, format="json", headers={"Idempotency-Key": str(key or uuid4())})


@pytest.fixture
def nurse(caller, clara):
    return caller(clara)


def test_wards_are_listed_with_their_counts(nurse, ward, admitted, sgml_ward):
    (listed,) = nurse.get(WARDS).json()["results"]

    assert (listed["id"], listed["beds"], listed["taken"], listed["free"]) == (str(ward.pk), 4, 1, 3)
    assert nurse.get(f"{WARDS}{ward.pk}/").json() == listed
    assert nurse.get(f"{WARDS}{sgml_ward.pk}/").status_code == 404


def test_beds_are_narrowed_by_ward_state_and_kind(nurse, ward, med, admitted):
    other = make_ward(med, kind="icu")

    def count(**asked):
        return len(nurse.get(BEDS, asked).json()["results"])

    assert count() == 10
    assert count(ward=str(ward.pk)) == 5
    assert count(state="taken") == 1
    assert count(state="free", kind="floor") == 2
    assert count(ward_kind="icu") == 5
    assert count(ward=str(other.pk), state="taken") == 0
    refused(nurse.get(BEDS, {"state": "gone"}), 400, "state")
    refused(nurse.get(BEDS, {"nonsense": "1"}), 400, "nonsense")


def test_a_bed_is_cleaned_shut_and_ready_again(nurse, ward):
    path = f"{BEDS}{beds_in(ward)[0].pk}/"
    keys = [uuid4() for _ in range(3)]

    cleaning, still = (send(nurse.post, f"{path}cleanings/", key=keys[0]) for _ in range(2))
    shut, again = (send(nurse.post, f"{path}closures/", {"why": HOSTILE}, keys[1]) for _ in range(2))
    twice = send(nurse.post, f"{path}closures/", {"why": "again"})
    ready, late = (send(nurse.post, f"{path}readyings/", key=keys[2]) for _ in range(2))

    assert [one.status_code for one in (still, again, late)] == [201] * 3
    assert (cleaning.status_code, cleaning.json()["state"]) == (201, "cleaning")
    assert (shut.json()["state"], shut.json()["why_shut"]) == ("shut", HOSTILE)
    assert "already" in refused(twice, 422)["detail"]
    assert ready.json()["state"] == "free"


def test_a_bed_is_kept_and_released(nurse, ward, asha, sgml):
    path, key = f"{BEDS}{beds_in(ward)[0].pk}/", uuid4()

    kept = send(nurse.post, f"{path}reservations/", {"patient": str(asha.pk)}, key)
    again = send(nurse.post, f"{path}reservations/", {"patient": str(asha.pk)}, key)

    assert (kept.status_code, kept.json()["state"]) == (201, "kept")
    assert again.json() == kept.json()
    refused(send(nurse.post, f"{path}reservations/", {"for_whom": "other"}, key), 409)
    refused(send(nurse.post, f"{path}reservations/", {"for_whom": "x"}), 422, "bed")
    refused(send(nurse.post, f"{path}reservations/", {"patient": str(uuid4())}), 422, "patient")
    key = uuid4()
    for _ in range(2):
        assert send(nurse.post, f"{path}releases/", key=key).json()["state"] == "free"


def test_an_inpatient_is_moved_once_whatever_is_sent_again(nurse, ward, admission):
    to, key = beds_in(ward)[1], uuid4()
    body = {"admission": str(admission.pk), "bed": str(to.pk)}

    first, again = (send(nurse.post, TRANSFERS, body, key) for _ in range(2))

    assert (first.status_code, first.json()) == (201, again.json())
    assert first.json()["bed"] == str(to.pk)
    assert queries.stay_now(admission).bed == to


def test_a_doubtful_bed_is_asked_and_a_taken_one_refused(nurse, ward, med, admission, rims, clara):
    men = beds_in(make_ward(med, takes=WardTakes.MEN))[0]
    body = {"admission": str(admission.pk), "bed": str(men.pk), "why": "no other"}
    assert "takes men" in refused(send(nurse.post, TRANSFERS, body), 422, "confirm_bed")
    assert send(nurse.post, TRANSFERS, body | {"confirm_bed": True}).status_code == 201

    taken = beds_in(ward)[1]
    admit(make_patient(rims, name="Babita"), taken, clara)
    refused(send(nurse.post, TRANSFERS, body | {"bed": str(taken.pk)}), 422, "bed")


def test_another_hospitals_beds_and_inpatients_are_not_there(nurse, caller, esha, sgml_ward, admission, ward):
    bed = beds_in(sgml_ward)[0]
    assert send(nurse.post, f"{BEDS}{bed.pk}/cleanings/").status_code == 404
    body = {"admission": str(admission.pk), "bed": str(bed.pk)}
    refused(send(nurse.post, TRANSFERS, body), 422, "bed")
    refused(send(caller(esha).post, TRANSFERS, body), 422, "admission")
    assert bed.status == BedStatus.VACANT


def test_a_cashier_moves_nobody(caller, dev, admission, ward):
    body = {"admission": str(admission.pk), "bed": str(beds_in(ward)[1].pk)}
    refused(send(caller(dev).post, TRANSFERS, body), 403)
