"""Specimens, results and reports by the API: the same services, the same rules."""

from uuid import uuid4

import pytest

from facilities.roles import Role
from lab.models import DiagnosticReport, ResultLine, ServiceRequest, Specimen
from lab.states import OrderStatus
from tests.api.conftest import refused
from tests.factories.facilities import make_person
from tests.factories.lab import (
    enter,
    make_pathologist,
    make_technician,
    make_tests,
    order,
    received,
    reported,
    seal_of,
)

SPECIMENS, RESULTS, REPORTS = "/api/v1/specimens/", "/api/v1/results/", "/api/v1/diagnostic-reports/"


@pytest.fixture
def tests(rims):
    return make_tests()


@pytest.fixture
def rajesh(rims):
    return make_technician(rims)


@pytest.fixture
def farhana(rims):
    return make_pathologist(rims)


def send(call, path, body=None, key=None):
    return call(path, body or {}, format="json", headers={"Idempotency-Key": str(key or uuid4())})


def test_from_the_needle_to_the_report(caller, encounter, bose, rajesh, farhana, tests, asha):
    technician, pathologist, doctor = caller(rajesh), caller(farhana), caller(bose)
    (tsh,) = order(encounter, bose, tests["TSH"], urgent=True)
    body, key = {"encounter": str(encounter.pk), "orders": [str(tsh.pk)]}, uuid4()
    first, second = (send(technician.post, SPECIMENS, body, key) for _time in range(2))
    assert (first.status_code, first.json()) == (201, second.json())
    (taken,) = first.json()
    at = f"{SPECIMENS}{taken['id']}/"
    assert send(technician.post, f"{at}receipts/").json()["status"] == "received"
    assert technician.get(SPECIMENS, {"accession_number": taken["accession_number"]}).json()["results"][0][
        "orders"
    ] == [str(tsh.pk)]

    entered = send(
        technician.post,
        RESULTS,
        {
            "results": [
                {"order": str(tsh.pk), "analyte": "TSH", "value": "7.2"},
                {"order": str(tsh.pk), "analyte": "HB", "value": "12"},
            ]
        },
    ).json()
    assert [one["flag"] for one in entered["entered"]] == ["H"]
    assert [one["analyte"] for one in entered["refused"]] == ["HB"]
    stale = send(
        technician.post, RESULTS, {"results": [{"order": str(tsh.pk), "analyte": "TSH", "value": "1"}]}
    )
    assert "meanwhile" in stale.json()["refused"][0]["detail"]

    assert (
        send(technician.post, f"{REPORTS}verifications/", {"order": str(tsh.pk), "seen": "x"}).status_code
        == 422
    )

    seen, key = seal_of(tsh), uuid4()
    body = {"order": str(tsh.pk), "seen": seen}
    verified = send(technician.post, f"{REPORTS}verifications/", body, key)
    assert verified.json()["status"] == "verified"
    assert send(technician.post, REPORTS, {"order": str(tsh.pk), "seen": seen}).status_code == 403
    report = send(pathologist.post, REPORTS, {"order": str(tsh.pk), "seen": seen})
    assert (report.status_code, report.json()["version"]) == (201, 1)
    assert send(technician.post, f"{REPORTS}verifications/", body, key).status_code == 201

    assert doctor.get(RESULTS).status_code == 400
    (line,) = doctor.get(RESULTS, {"patient": str(asha.pk)}).json()["results"]
    assert (line["value"], line["order_status"], line["is_approved"]) == ("7.20", "authorised", False)
    (shown,) = doctor.get(REPORTS, {"patient": str(asha.pk)}).json()["results"]
    assert shown["content"]["lines"][0]["value"] == "7.20"
    reopened = send(pathologist.post, f"{REPORTS}{shown['id']}/reopenings/", {"reason": "wrong tube"})
    assert reopened.json()["status"] == "resulted"


def test_rejected_and_told_why(caller, encounter, bose, rajesh, tests):
    technician = caller(rajesh)
    (cbc,) = received(encounter, bose, rajesh, tests["CBC"])
    at = f"{SPECIMENS}{cbc.specimen_id}/rejections/"

    assert send(technician.post, at, {"reason": "other"}).status_code == 422
    assert send(technician.post, at, {"reason": "clotted"}).json()["status"] == "rejected"

    assert ServiceRequest.objects.get().status == OrderStatus.ORDERED


def test_a_critical_value_is_answered(caller, encounter, bose, rajesh, tests):
    (one,) = received(encounter, bose, rajesh, tests["ELEC"])
    enter(one, rajesh, K="7.1")
    line = ResultLine.objects.get(analyte__code="K")
    at = f"{RESULTS}{line.pk}/acknowledgements/"

    assert send(caller(bose).post, at, {"read_back": "1.7"}).status_code == 422
    assert send(caller(bose).post, at, {"read_back": "7.1", "action": "ECG"}).status_code == 201


def test_the_laboratory_says_by_the_api_too_who_was_told(caller, encounter, bose, rajesh, tests):
    (one,) = received(encounter, bose, rajesh, tests["ELEC"])
    enter(one, rajesh, K="7.1")
    at = f"{RESULTS}{one.lines.get().pk}/acknowledgements/"
    technician = caller(rajesh)

    refused(send(technician.post, at, {"read_back": "7.1"}), 422, "told_to")
    refused(send(technician.post, at, {"read_back": "7.1", "told_to": " "}), 422, "told_to")
    told = send(technician.post, at, {"read_back": "7.1", "told_to": "Sister Clara"})

    assert (told.status_code, told.json()["told_to"]) == (201, "Sister Clara")


def test_a_stranger_finds_nothing(caller, encounter, bose, rajesh, farhana, tests, esha, sgml, asha):
    reported(encounter, bose, rajesh, farhana, tests["TSH"], TSH="2")
    there = caller(make_technician(sgml, "Vinod"))

    for path in (SPECIMENS, RESULTS, REPORTS):
        assert there.get(path).json()["results"] == []
    assert there.get(f"{SPECIMENS}{Specimen.objects.get().pk}/").status_code == 404
    assert there.get(f"{RESULTS}{ResultLine.objects.get().pk}/").status_code == 404
    assert there.get(f"{REPORTS}{DiagnosticReport.objects.get().pk}/").status_code == 404
    assert caller(esha).get(RESULTS, {"patient": str(asha.pk)}).status_code in (403, 404)
    body = {"results": [{"order": str(ServiceRequest.objects.get().pk), "analyte": "TSH", "value": "1"}]}
    assert send(there.post, RESULTS, body).json()["refused"]


@pytest.mark.parametrize("value", ['"><img src=x onerror=alert(1)>', "=1+1", "\u0000", "9" * 5000])
def test_a_hostile_value_is_no_number(caller, encounter, bose, rajesh, tests, value):
    (one,) = received(encounter, bose, rajesh, tests["TSH"])
    body = {"results": [{"order": str(one.pk), "analyte": "TSH", "value": value}]}

    answer = send(caller(rajesh).post, RESULTS, body)

    assert answer.status_code == 400 or answer.json()["refused"]
    assert not ResultLine.objects.exists()


def test_what_is_confidential_stands_in_no_list(caller, encounter, bose, rajesh, farhana, tests, asha):
    report = reported(encounter, bose, rajesh, farhana, tests["HIVR"], HIVR="non-reactive")
    line = ResultLine.objects.get()
    technician, doctor = caller(rajesh), caller(bose)

    assert technician.get(RESULTS).json()["results"] == technician.get(REPORTS).json()["results"] == []
    assert technician.get(RESULTS, {"patient": str(asha.pk)}).json()["results"] == []
    assert doctor.get(RESULTS, {"patient": str(asha.pk)}).json()["results"] == []
    assert doctor.get(f"{REPORTS}{report.pk}/").status_code == 200
    assert doctor.get(f"{RESULTS}{line.pk}/").status_code == 200


def test_imaging_neither_enters_nor_verifies_what_the_laboratory_found(
    caller, encounter, bose, rajesh, tests, rims
):
    (one,) = received(encounter, bose, rajesh, tests["HIVR"])
    enter(one, rajesh, HIVR="reactive")
    line, radiologist = ResultLine.objects.get(), caller(make_person("Roy", Role.RADIOLOGIST, rims))
    body = {"order": str(one.pk), "analyte": "HIVR", "value": "non-reactive", "rev": line.rev}

    entered = send(radiologist.post, RESULTS, {"results": [body]}).json()
    seen = seal_of(one)
    verified = send(radiologist.post, f"{REPORTS}verifications/", {"order": str(one.pk), "seen": seen})

    assert (entered["entered"], len(entered["refused"])) == ([], 1)
    assert verified.status_code == 422
    assert ServiceRequest.objects.get().status == OrderStatus.RESULTED


def test_a_report_says_whether_it_may_be_used(caller, encounter, bose, rajesh, farhana, tests):
    report = reported(encounter, bose, rajesh, farhana, tests["TSH"], TSH="2")
    doctor, at = caller(bose), f"{REPORTS}{report.pk}/"
    before = doctor.get(at).json()
    assert (before["standing"], before["standing_since"], before["standing_why"]) == ("valid", None, "")

    send(caller(farhana).post, f"{at}reopenings/", {"reason": "wrong tube"})

    said = doctor.get(at).json()
    assert (said["standing"], said["standing_why"]) == ("amending", "wrong tube")
    assert said["standing_since"] is not None
