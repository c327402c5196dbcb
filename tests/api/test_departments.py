from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.api.conftest import refused
from tests.factories.facilities import make_department, make_unit
from tests.factories.opd import make_clinic_day, make_token

DEPARTMENTS = "/api/v1/departments/"


def test_a_department_shows_its_fee_and_units_with_their_queues(clerk, med, unit):
    day = make_clinic_day(unit, timezone.localdate())
    make_token(day)
    make_token(day)
    make_unit(med, name="Unit 2", clinic_days=[])

    (shown,) = clerk.get(DEPARTMENTS).json()["results"]
    assert (shown["code"], shown["facility"], shown["fee"], shown["validity_days"]) == (
        "MED",
        "RIMS",
        "5.00",
        15,
    )
    first, second = shown["units"]
    assert first == {
        "id": str(unit.pk),
        "name": "Unit 1",
        "name_hi": "Unit 1",
        "room": unit.room.number,
        "open_today": True,
        "waiting": 2,
    }
    assert (second["open_today"], second["waiting"]) == (False, 0)


def test_departments_are_filtered_by_hospital_and_a_strangers_are_404(clerk, caller, indu, med, sgml_med):
    state = caller(indu)
    assert len(state.get(DEPARTMENTS).json()["results"]) == 2
    (only,) = state.get(f"{DEPARTMENTS}?facility=SGML").json()["results"]
    assert only["facility"] == "SGML"

    refused(clerk.get(f"{DEPARTMENTS}{sgml_med.pk}/"), 404)
    assert clerk.get(f"{DEPARTMENTS}{med.pk}/").json()["code"] == "MED"


def test_more_departments_cost_no_more_queries(clerk, rims, med, unit):
    def cost():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert clerk.get(DEPARTMENTS).status_code == 200
        return len(queries)

    cost()
    before = cost()
    for code in "SURG", "PAED", "ENT":
        make_unit(make_department(rims, code))
    assert cost() == before <= 7
