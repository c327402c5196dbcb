"""Encounters by the API: looked at by hospital, patient, day, status and class; never written."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hmis.kernel.models import AuditEntry
from patients.models import CaseKind
from patients.services import CaseDetails
from tests.api.conftest import refused
from tests.conftest import NOON
from tests.factories.casualty import come
from tests.factories.opd import DAY
from tests.factories.patients import make_encounter, make_patient

PATH = "/api/v1/encounters/"
FIELDS = {
    *("id", "facility", "department", "encounter_class", "status", "patient"),
    *("follows", "valid_till", "started_at", "ended_at"),
}


def found(response):
    assert response.status_code == 200, response.content
    return [one["id"] for one in response.json()["results"]]


@pytest.fixture
def first(asha, med):
    return make_encounter(asha, med, at=NOON, valid_till=DAY + timedelta(days=14))


def test_one_is_shown_whole_and_that_is_written_down(doctor, bose, first):
    shown = doctor.get(f"{PATH}{first.pk}/").json()

    assert set(shown) == FIELDS
    assert (shown["status"], shown["encounter_class"], shown["department"]) == (
        "in_progress",
        "ambulatory",
        "MED",
    )
    assert (shown["patient"]["uhid"], shown["valid_till"]) == (first.patient.uhid, "2026-08-05")
    fact = AuditEntry.objects.get(name="patients.encounter_viewed")
    assert (fact.actor, fact.about_id, fact.patient_id) == (bose, first.pk, first.patient_id)


def test_they_are_listed_newest_first_and_filtered(doctor, rims, med, first):
    other = make_encounter(make_patient(rims, name="Birsa"), med, at=NOON + timedelta(hours=1))
    later = make_encounter(first.patient, med, at=NOON + timedelta(days=1), status="finished")
    ward = make_encounter(first.patient, med, at=NOON + timedelta(days=2), encounter_class="inpatient")

    def ask(**query):
        return found(doctor.get(PATH, query))

    one, two, three, four = (str(each.pk) for each in (first, other, later, ward))
    assert ask() == [four, three, two, one]
    assert ask(ordering="started_at") == [one, two, three, four]
    assert ask(patient=str(first.patient_id)) == [four, three, one]
    assert ask(day="2026-07-22") == [two, one]
    assert ask(status="finished") == [three]
    assert ask(encounter_class=["inpatient", "ambulatory"], day="2026-07-24") == [four]
    assert ask(patient=str(first.patient_id), day="2026-07-22", status="in_progress") == [one]


def test_a_day_begins_and_ends_at_midnight_in_india(doctor, asha, med):
    india = ZoneInfo("Asia/Kolkata")
    hours = datetime(2026, 7, 22, 0, 0, tzinfo=india), datetime(2026, 7, 22, 23, 59, 59, tzinfo=india)
    own = [str(make_encounter(asha, med, at=at).pk) for at in hours]
    make_encounter(asha, med, at=hours[0] - timedelta(seconds=1))
    make_encounter(asha, med, at=hours[1] + timedelta(seconds=1))

    assert found(doctor.get(PATH, {"day": date(2026, 7, 22).isoformat()})) == own[::-1]


def test_looking_through_ones_contacts_is_written_down(doctor, bose, first):
    doctor.get(PATH)
    assert not AuditEntry.objects.filter(name="patients.patient_viewed").exists()
    doctor.get(PATH, {"patient": str(first.patient_id)})

    assert AuditEntry.objects.get(name="patients.patient_viewed").patient_id == first.patient_id


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_ends_of_the_calendar_hold_nobody(doctor, first, day):
    assert found(doctor.get(PATH, {"day": day})) == []


@pytest.mark.parametrize(
    "query",
    [{"patient": "x"}, {"day": "today"}, {"status": "open"}, {"encounter_class": "opd"}, {"ordering": "id"}],
)
def test_what_cannot_be_asked_is_refused(doctor, first, query):
    refused(doctor.get(PATH, query), 400)


def test_another_hospital_finds_nothing(caller, esha, first):
    stranger = caller(esha)

    assert found(stranger.get(PATH)) == found(stranger.get(PATH, {"patient": str(first.patient_id)})) == []
    refused(stranger.get(f"{PATH}{first.pk}/"), 404)
    assert not AuditEntry.objects.filter(name__startswith="patients.").exists()


def test_nothing_is_written_here(doctor, first):
    for call in doctor.post, doctor.put, doctor.patch, doctor.delete:
        refused(call(f"{PATH}{first.pk}/", {}), 405)
    refused(doctor.post(PATH, {}), 405)


def test_a_name_that_lists_withhold_is_withheld_in_the_list_alone(doctor, rims, emer, kavita):
    patient = make_patient(rims, name="Sita Murmu")
    come(emer, kavita, at=NOON, who=patient, case=CaseDetails(CaseKind.SEXUAL_ASSAULT))
    (shown,) = doctor.get(PATH).json()["results"]

    assert shown["encounter_class"] == "emergency"
    assert "Sita" not in str(shown["patient"])
    assert doctor.get(f"{PATH}{shown['id']}/").json()["patient"]["name"] == "Sita Murmu"


def test_a_page_asks_no_more_however_many_it_shows(doctor, rims, med):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            doctor.get(PATH)
        return len(queries)

    make_encounter(make_patient(rims, name="P"), med)
    doctor.get(PATH)
    few = asked()
    for n in range(20):
        make_encounter(make_patient(rims, name=f"P {n}"), med)
    assert asked() == few
