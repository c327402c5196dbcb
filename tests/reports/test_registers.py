"""The OPD register: on the page, on paper, in sheets; who is named in it, and how long it may be."""

import io
import tracemalloc
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from billing.queries import Days
from facilities.roles import Role
from hmis.kernel import exports
from hmis.kernel.models import AuditEntry
from opd.states import Lane
from patients.models import CaseKind, Encounter, EncounterClass
from patients.services import CaseDetails, open_case
from patients.states import EncounterStatus
from reports import queries
from reports.measures import CAME
from reports.queries import OPD
from reports.views import registers
from tests.conftest import NOON
from tests.factories.facilities import make_person
from tests.factories.notes import make_condition, make_note, make_signed_note
from tests.factories.opd import make_clinic_day, make_token
from tests.factories.patients import make_encounter, make_patient

pytestmark = pytest.mark.django_db
JULY = Days(NOON.date().replace(day=1), NOON.date().replace(day=31))
HOSTILE = '=HYPERLINK("x") "><img src=x onerror=alert(1)>'


@pytest.fixture
def rekha(rims):
    """The records officer."""
    return make_person("Rekha", Role.RECORDS_OFFICER, rims)


@pytest.fixture
def here(client, rekha):
    client.force_login(rekha)
    return client


@pytest.fixture
def token(unit, rims):
    """A visit with its place in the queue."""
    return make_token(make_clinic_day(unit), make_patient(rims, name="Sunita Devi"), lane=Lane.NORMAL)


def july(**more):
    return {"begins": "2026-07-01", "ends": "2026-07-31"} | more


PAGE = "reports:register_detail"


def page(client, **asked):
    return client.get(reverse(PAGE, args=["opd"]), july(**asked))


def text_of(answer):
    return b"".join(answer.streaming_content).decode()


def test_a_visit_is_a_line_on_the_page_on_paper_and_in_sheets(token, here):
    shown = page(here).text
    assert "Sunita Devi" in shown
    slip = reverse("opd:registration_detail", args=[token.encounter_id])
    assert f'<a class="stretched" href="{slip}">' in shown
    assert page(here, **{"as": "pdf"}).content.startswith(b"%PDF")
    sheet = load_workbook(io.BytesIO(page(here, **{"as": "xlsx"}).content)).active
    assert "Sunita Devi" in [row[3] for row in sheet.iter_rows(values_only=True)]
    assert "Sunita Devi" in text_of(page(here, **{"as": "csv"}))
    assert AuditEntry.objects.filter(name="reports.register_exported", detail__register="opd").count() == 3
    assert AuditEntry.objects.filter(name="reports.register_viewed").count() == 1


def test_who_comes_in_the_emergency_lane_is_a_visit_of_the_opd(token, rekha):
    Encounter.objects.filter(pk=token.encounter_id).update(encounter_class=EncounterClass.EMERGENCY)
    assert "Sunita Devi" in line(rekha).values()
    assert Encounter.objects.filter(CAME).exists()
    token.delete()
    assert not list(queries.streamed(OPD, rekha, JULY))
    assert not Encounter.objects.filter(CAME).exists()


def line(user):
    (found,) = queries.streamed(OPD, user, JULY)
    return dict(zip([str(head) for head in OPD.heads], found, strict=True))


def test_diagnoses_stand_in_it_once_they_are_signed(token, bose, rekha):
    make_condition(token.encounter, bose, "B54", at=NOON)
    make_note(token.encounter, bose, at=NOON)
    assert line(rekha)["Diagnosis (ICD-10)"] == ""
    make_signed_note(token.encounter, bose, at=NOON)
    assert line(rekha)["Diagnosis (ICD-10)"].startswith("B54")


def test_a_confidential_diagnosis_is_withheld(token, bose, rekha):
    make_condition(token.encounter, bose, "B20.9", at=NOON)
    make_signed_note(token.encounter, bose, at=NOON)
    assert line(rekha)["Diagnosis (ICD-10)"] == "withheld"


def test_a_survivor_is_not_named_and_nothing_tells(token, bose, clara, rekha):
    make_condition(token.encounter, bose, "T74.2", at=NOON)
    make_signed_note(token.encounter, bose, at=NOON)
    case = CaseDetails(CaseKind.SEXUAL_ASSAULT)
    open_case(encounter=token.encounter, details=case, request_key=uuid4(), actor=clara, at=NOON)
    said = line(rekha)
    assert "Sunita" not in said["Name"]
    assert said["Place"] == said["Diagnosis (ICD-10)"] == ""


def test_new_and_old_and_cancelled(med, asha, rekha):
    first = make_encounter(asha, med, at=NOON, status=EncounterStatus.CANCELLED)
    make_encounter(asha, med, at=NOON, follows=first)
    said = [(row[8], row[10]) for row in queries.streamed(OPD, rekha, JULY)]
    assert [(str(was), str(how)) for was, how in said] == [("new", "cancelled"), ("old", "")]


NIGHT = datetime(2026, 7, 22, 18, 29, tzinfo=UTC)  # 23:59 in India


@pytest.mark.parametrize(
    ("at", "day", "came", "age"),
    [
        (NIGHT, date(2026, 7, 22), "22 July 2026, 23:59", "2 days"),
        (NIGHT + timedelta(minutes=1), date(2026, 7, 23), "23 July 2026, 00:00", "3 days"),
    ],
)
def test_day_and_age_of_a_visit_go_by_indias_clock(here, rekha, med, rims, at, day, came, age):
    child = make_patient(rims, name="Budhni Munda", birth_date=date(2026, 7, 20), birth_precision="day")
    make_encounter(child, med, at=at)

    days = [date(2026, 7, 21) + timedelta(days=n) for n in range(4)]
    assert [one for one in days if list(queries.streamed(OPD, rekha, Days(one, one)))] == [day]
    said = line(rekha)
    assert (said["Came"], said["Sex · age"]) == (came, f"female · {age}")
    with time_machine.travel(at, tick=False):  # what is asked for without a day is today
        assert "Budhni Munda" in here.get(reverse(PAGE, args=["opd"])).text


def test_inpatients_stand_in_other_registers(med, asha, rekha):
    make_encounter(asha, med, at=NOON, encounter_class=EncounterClass.INPATIENT)
    assert list(queries.streamed(OPD, rekha, JULY)) == []


def test_a_hostile_name_runs_nowhere(med, rims, here):
    make_encounter(make_patient(rims, name=HOSTILE), med, at=NOON)
    assert "<img src=x" not in page(here).content.decode()
    text = text_of(page(here, **{"as": "csv"}))
    assert ",=HYPERLINK" not in text
    assert ',"=HYPERLINK' not in text
    assert page(here, **{"as": "pdf"}).content.startswith(b"%PDF")


def test_another_hospitals_visits_are_not_there(token, sgml, client):
    client.force_login(make_person("Sabita", Role.RECORDS_OFFICER, sgml))
    assert "Sunita" not in page(client).content.decode()
    assert "Sunita" not in text_of(page(client, **{"as": "csv"}))


@pytest.mark.parametrize("asked", [{"begins": "x"}, {"begins": "2026-07-02", "ends": "2026-07-01"}])
def test_days_that_are_none_are_asked_again(here, asked):
    assert page(here, **asked).status_code == 422


def test_no_such_register_file_or_page(here):
    assert here.get(reverse(PAGE, args=["nothing"])).status_code == 404
    assert page(here, **{"as": "exe"}).status_code == 404
    assert page(here, page="x").status_code == 200
    assert page(here, page="9").status_code == 200


def test_a_nurse_and_the_district_have_no_register_of_people(clara, hari, client):
    for user in (clara, hari):
        client.force_login(user)
        assert page(client).status_code == 403


def test_the_list_leads_to_every_register_of_a_role(here, client, hari):
    html = here.get(reverse("reports:register_list")).content.decode()
    for url in (reverse(PAGE, args=["opd"]), reverse("ipd:register_detail", args=["births"])):
        assert url in html
    client.force_login(hari)
    html = client.get(reverse("reports:register_list")).content.decode()
    assert reverse("reports:form_p_detail") in html
    assert reverse(PAGE, args=["opd"]) not in html


# ── Long ones ──


def many(asha, med, count):
    """So many visits of one patient, past the services."""
    details = {"patient": asha, "facility": med.facility, "department": med, "started_at": NOON}
    ambulatory = EncounterClass.AMBULATORY
    Encounter.objects.bulk_create(
        [Encounter(encounter_class=ambulatory, **details) for _ in range(count)], batch_size=1000
    )


@pytest.mark.parametrize(("form", "most"), [("pdf", "MOST_ON_PAPER"), ("xlsx", "MOST_IN_SHEET")])
def test_what_is_too_long_to_wait_for_is_offered_in_the_background(asha, med, here, monkeypatch, form, most):
    monkeypatch.setattr(registers, most, 2)
    many(asha, med, 3)
    refused = page(here, **{"as": form})
    assert refused.status_code == 422
    assert reverse("reports:run_new", args=["opd_register_xlsx"]) in refused.content.decode()
    assert len(text_of(page(here, **{"as": "csv"})).splitlines()) == 4


def test_a_long_register_streams_in_constant_memory(asha, med, rekha, monkeypatch):
    """Ten times the lines, the same memory; few statements for each chunk, and none for a line."""
    monkeypatch.setattr("reports.queries.registers.CHUNK", 40)
    many(asha, med, 40)
    peak(rekha)  # what is kept in mind from the first time on
    small = peak(rekha)
    many(asha, med, 360)
    with CaptureQueriesContext(connection) as asked:
        large = peak(rekha)
    assert large < 2 * small
    assert len(asked) < 6 * 10 + 5


def peak(user):
    """The most memory that the sending of the register holds."""
    lines = exports.csv_lines([str(head) for head in OPD.heads], queries.streamed(OPD, user, JULY))
    tracemalloc.start()
    for _ in lines:
        pass
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most
