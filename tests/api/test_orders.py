"""Tests and their orders by the API: the same services, the same rules."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.models import ChargeReversal
from hmis.kernel.models import AuditEntry
from lab.models import ServiceRequest
from tests.factories.lab import make_pathologist, make_technician, make_tests, order, set_prices

TESTS, ORDERS = "/api/v1/tests/", "/api/v1/service-requests/"
HOSTILE = '"><img src=x onerror=alert(1)> =1+1'


@pytest.fixture
def tests(rims):
    held = make_tests()
    set_prices(rims, held)
    return held


def send(call, path, body=None, key=None):
    return call(path, body or {}, format="json", headers={"Idempotency-Key": str(key or uuid4())})


def wanted(encounter, *codes, **said):
    return {"encounter": str(encounter.pk), "tests": list(codes)} | said


def test_the_tests_by_words_with_their_codes(doctor, tests):
    found = doctor.get(TESTS, {"q": "पेशाब"}).json()["results"]
    assert "URINE" in [one["code"] for one in found]
    cbc = next(one for one in doctor.get(TESTS, {"q": "cbc"}).json()["results"] if one["code"] == "CBC")
    assert (cbc["loinc_code"], cbc["service"], cbc["is_approved"]) == ("58410-2", "CBC", False)
    assert "HB" in cbc["members"]
    assert doctor.get(f"{TESTS}{cbc['id']}/").json() == cbc
    assert doctor.get(TESTS, {"q": HOSTILE}).json()["results"] == []
    assert len(doctor.get(TESTS, {"page_size": 200}).json()["results"]) == len(tests)


def test_ordered_in_one_call_and_sent_twice_answered_alike(doctor, encounter, tests):
    body, key = wanted(encounter, "CBC", "TSH", priority="urgent", note=HOSTILE), uuid4()
    first, second = (send(doctor.post, ORDERS, body, key) for _ in range(2))

    assert (first.status_code, first.json()) == (201, second.json())
    assert [one["test"] for one in first.json()] == ["CBC", "TSH"]
    assert ServiceRequest.objects.count() == 2
    cbc = doctor.get(f"{ORDERS}{first.json()[0]['id']}/").json()
    assert (cbc["status"], cbc["priority"], cbc["note"]) == ("ordered", "urgent", HOSTILE)
    assert (cbc["charge"], cbc["owing"], cbc["ordered_by"]) == ("60.00", "to_pay", "Bose")
    tsh = doctor.get(f"{ORDERS}{first.json()[1]['id']}/").json()
    assert (tsh["charge"], tsh["owing"], tsh["uncharged"]) == (None, "unpriced", "no_price")
    other = send(doctor.post, ORDERS, wanted(encounter, "LFT"), key)
    assert other.status_code == 409


def test_a_test_of_hiv_is_refused_until_somebody_agreed(doctor, encounter, tests):
    body = wanted(encounter, "HIVR")

    assert send(doctor.post, ORDERS, body).status_code == 422
    assert send(doctor.post, ORDERS, body | {"consent": HOSTILE}).status_code == 400
    made = send(doctor.post, ORDERS, body | {"consent": "patient"})

    assert made.status_code == 201
    assert ServiceRequest.objects.get().consent == "patient"
    # Whoever reads orders is not told by it which test it is.
    assert "consent" not in doctor.get(f"{ORDERS}{made.json()[0]['id']}/").json()


def test_a_confidential_test_is_named_to_those_alone_whom_the_page_tells(
    caller, encounter, bose, kavita, clara, rims, tests
):
    hiv, cbc = order(encounter, bose, tests["HIVR"], tests["CBC"], note="spouse reactive")
    rajesh, farhana = make_technician(rims), make_pathologist(rims)

    def told(person):
        call = caller(person)
        listed = {one["id"]: (one["test"], one["note"]) for one in call.get(ORDERS).json()["results"]}
        assert listed[str(cbc.pk)] == ("CBC", "spouse reactive")
        alone = call.get(f"{ORDERS}{hiv.pk}/").json()
        return listed[str(hiv.pk)], (alone["test"], alone["note"])

    named, withheld = ("HIVR", "spouse reactive"), ("", "")
    assert told(kavita) == (withheld, withheld)
    assert told(clara) == (withheld, named)  # she treats
    assert told(bose) == told(rajesh) == told(farhana) == (named, named)
    for person in (kavita, clara):
        page = caller(person).get(ORDERS, {"slip_number": hiv.slip_number})
        assert "HIVR" not in page.content.decode()


def test_a_list_with_confidential_tests_asks_no_question_for_each(caller, encounter, bose, kavita, tests):
    def questions():
        clerk = caller(kavita)
        clerk.get(ORDERS)
        with CaptureQueriesContext(connection) as asked:
            clerk.get(ORDERS)
        return len(asked)

    order(encounter, bose, tests["HIVR"])
    few = questions()
    for _ in range(3):
        order(encounter, bose, tests["HIVR"], tests["CBC"], again=True)

    assert questions() == few


def test_a_second_time_today_is_refused_unless_it_is_meant(doctor, encounter, tests):
    send(doctor.post, ORDERS, wanted(encounter, "CBC"))

    answer = send(doctor.post, ORDERS, wanted(encounter, "CBC"))
    assert answer.status_code == 422
    assert "already today" in answer.json()["detail"]
    assert send(doctor.post, ORDERS, wanted(encounter, "CBC", again=True)).status_code == 201


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"tests": []}, "tests"),
        ({"tests": ["NOSUCH"]}, "tests"),
        ({"tests": ["CBC"] * 21}, "tests"),
        ({"priority": "soon"}, "priority"),
        ({"note": "x" * 201}, "note"),
        ({"note": "of 2341 2341 2346"}, "note"),
        ({"encounter": str(uuid4())}, "encounter"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(doctor, encounter, tests, said, field):
    answer = send(doctor.post, ORDERS, wanted(encounter, "CBC") | said)

    assert answer.status_code in {400, 422}
    assert any(one["field"].startswith(field) for one in answer.json()["errors"]), answer.json()
    assert not ServiceRequest.objects.exists()


def test_a_clerk_names_the_doctor(clerk, encounter, tests):
    assert send(clerk.post, ORDERS, wanted(encounter, "CBC")).status_code == 422
    made = send(clerk.post, ORDERS, wanted(encounter, "CBC", requester_name="Dr. Roy"))
    assert made.status_code == 201
    assert ServiceRequest.objects.get().requester_name == "Dr. Roy"


def test_taken_back_and_answered_alike(doctor, encounter, bose, tests):
    (cbc,) = order(encounter, bose, tests["CBC"])
    path, key = f"{ORDERS}{cbc.pk}/cancellations/", uuid4()
    first, second = (send(doctor.post, path, {"reason": "not_needed"}, key) for _ in range(2))

    assert (first.status_code, first.json()) == (201, second.json())
    assert first.json()["cancel_reason"] == "not_needed"
    assert ChargeReversal.objects.count() == 1
    assert doctor.get(f"{ORDERS}{cbc.pk}/").json()["owing"] == "taken_back"
    assert send(doctor.post, path, {"reason": "not_needed"}).status_code == 422
    assert send(doctor.post, path, {"reason": "other"}).status_code == 422


def test_urgent_from_now_on(doctor, encounter, bose, tests):
    (cbc,) = order(encounter, bose, tests["CBC"])

    assert send(doctor.post, f"{ORDERS}{cbc.pk}/priorities/", {"priority": "urgent"}).status_code == 201
    cbc.refresh_from_db()
    assert cbc.priority == "urgent"


def test_listed_by_what_is_asked_and_searched_in_the_audit(doctor, encounter, bose, asha, tests):
    cbc, xray = order(encounter, bose, tests["CBC"], tests["XRCH"])

    def codes(**said):
        return {one["test"] for one in doctor.get(ORDERS, said).json()["results"]}

    assert codes() == {"CBC", "XRCH"}
    assert codes(section="imaging") == {"XRCH"}
    assert codes(status="collected") == set()
    assert codes(patient=str(asha.pk)) == codes(encounter=str(encounter.pk)) == {"CBC", "XRCH"}
    assert codes(slip_number=cbc.slip_number) == {"CBC", "XRCH"}
    assert codes(day=xray.ordered_on.isoformat()) == {"CBC", "XRCH"}
    assert AuditEntry.objects.filter(name="lab.orders_searched", patient_id=asha.pk).count() == 3
    assert doctor.get(ORDERS, {"section": "kitchen"}).status_code == 400
    assert doctor.get(ORDERS, {"day": "yesterday"}).status_code == 400


def test_another_hospital_sees_and_does_nothing(caller, esha, encounter, bose, tests):
    (cbc,) = order(encounter, bose, tests["CBC"])
    stranger = caller(esha)

    assert stranger.get(ORDERS).json()["results"] == []
    assert stranger.get(f"{ORDERS}{cbc.pk}/").status_code == 404
    for act, body in ("cancellations", {"reason": "mistake"}), ("priorities", {"priority": "urgent"}):
        assert send(stranger.post, f"{ORDERS}{cbc.pk}/{act}/", body).status_code == 404
    assert send(stranger.post, ORDERS, wanted(encounter, "LFT")).status_code == 422
    assert ServiceRequest.objects.get().status == "ordered"
