"""The weekly form P: which diagnoses count, for whom, in which week; and what others see of it."""

import io
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from facilities.roles import Role
from hmis.kernel.models import AuditEntry
from lab.queries.notifying import week_of
from patients.models import CaseKind
from patients.services import CaseDetails, judge_condition, open_case
from patients.states import ConditionStatus
from reports import idsp, queries
from reports.masking import MASK
from tests.conftest import NOON
from tests.factories.facilities import make_department, make_doctor, make_facility, make_person
from tests.factories.notes import make_condition, make_note, make_signed_note
from tests.factories.patients import make_encounter, make_patient

WEEK = week_of(NOON.date())
MALARIA = 5


def test_the_form_has_its_lines_and_no_code_counts_twice():
    lines = idsp.syndromes()
    assert [one.line for one in lines] == list(range(1, 23))
    codes = [code for one in lines for code in one.codes]
    assert not [one for one in codes if sum(one.startswith(other) for other in codes) > 1]


@pytest.mark.parametrize(
    ("code", "line"),
    [
        *[("A09.0", 1), ("A00", 1), ("B15.9", 3), ("B17", 3), ("A92.0", 7), ("J18.9", 16)],
        *[("G61.0", 18), ("W54", 19), ("T63.0", 20)],
        *[(code, None) for code in ("B18.1", "A92.1", "T63.4", "I10")],
    ],
)
def test_a_code_counts_for_its_line(code, line):
    assert idsp.line_of(code) == line


pytestmark = pytest.mark.django_db


@pytest.fixture
def rekha(rims):
    """The records officer."""
    return make_person("Rekha", Role.RECORDS_OFFICER, rims)


def diagnosed(department, doctor, code, *, at=NOON, patient=None, signed=True, **said):
    """Somebody with this diagnosis, and a note."""
    patient = patient or make_patient(department.facility, name=f"Ill of {code}")
    encounter = make_encounter(patient, department, at=at)
    condition = make_condition(encounter, doctor, code, at=at, **said)
    (make_signed_note if signed else make_note)(encounter, doctor, at=at)
    return condition


def counted(user, line=MALARIA, week=WEEK):
    return next(one for one in queries.form_p(user, week).lines if one.syndrome.line == line)


def test_the_week_runs_from_monday_to_sunday():
    assert (WEEK.begins.isoweekday(), WEEK.ends.isoweekday()) == (1, 7)
    assert WEEK.begins <= NOON.date() <= WEEK.ends


def test_signed_diagnoses_of_the_week_count(med, bose, rekha):
    diagnosed(med, bose, "B54")
    diagnosed(med, bose, "B50.9")
    diagnosed(med, bose, "A01.0")
    assert counted(rekha).total == 2
    assert counted(rekha, line=4).total == 1


def test_what_is_not_signed_or_refuted_counts_nothing(med, bose, rekha):
    diagnosed(med, bose, "B54", signed=False)
    refuted = diagnosed(med, bose, "B51.9")
    judge_condition(
        condition=refuted,
        to=ConditionStatus.REFUTED,
        why="smear negative",
        rev=refuted.rev,
        request_key=uuid4(),
        actor=bose,
        at=NOON,
    )
    assert counted(rekha).total == 0


def test_the_weeks_beside_do_not_count(med, bose, rekha):
    diagnosed(med, bose, "B54", at=NOON - timedelta(days=3))
    assert counted(rekha).total == 0
    assert counted(rekha, week=week_of(NOON.date() - timedelta(days=7))).total == 1


def test_a_patient_counts_once_for_a_line(med, bose, rekha, asha):
    diagnosed(med, bose, "B54", patient=asha)
    diagnosed(med, bose, "B50.9", patient=asha, at=NOON + timedelta(hours=1))
    diagnosed(med, bose, "A09.9", patient=asha, at=NOON + timedelta(hours=2))
    assert counted(rekha).total == 1
    assert counted(rekha, line=1).total == 1


def test_sudden_palsy_counts_under_fifteen(med, bose, rims, rekha):
    for years in (10, 40):
        born = NOON.date() - timedelta(days=366 * years)
        diagnosed(med, bose, "G61.0", patient=make_patient(rims, name=f"Aged {years}", birth_date=born))
    assert counted(rekha, line=18).total == 1


def test_a_line_without_codes_is_filled_in_by_hand(rekha):
    assert counted(rekha, line=22).is_by_hand
    assert counted(rekha, line=22).total is None


def test_another_hospitals_cases_are_not_counted(med, bose, sgml_med, esha, rekha):
    diagnosed(sgml_med, esha, "B54")
    assert counted(rekha).total == 0


# ── Outside the hospital ──


@pytest.fixture
def spread(ranchi, med, bose):
    """Malaria at two hospitals of Ranchi: seven at one, two at the other."""
    other = make_facility("CHCK", ranchi, name="CHC Kanke", name_hi="सीएचसी कांके")
    doctor, department = make_doctor("Lakra", other), make_department(other, "GEN", name="General")
    for _ in range(7):
        diagnosed(med, bose, "B54")
    for _ in range(2):
        diagnosed(department, doctor, "B54")
    return other


def test_the_district_sees_hospitals_masked(spread, ranchi):
    officer = make_person("Oraon", Role.DISTRICT_ADMIN, ranchi)
    form = queries.form_p(officer, WEEK)
    assert form.is_masked
    assert form.places == ["CHC Kanke", "RIMS Ranchi"]
    malaria = next(one for one in form.lines if one.syndrome.line == MALARIA)
    # Nothing else was counted: with one of the two the other is masked, and the totals that would tell.
    assert malaria.counts == [None, None]
    assert 2 not in [malaria.total, form.total, *form.totals]


def test_the_state_sees_districts_that_counted_something(spread, sgml, indu):
    form = queries.form_p(indu, WEEK)
    assert form.places == ["Ranchi"]
    assert form.quiet == ["Gumla"]
    assert next(one for one in form.lines if one.syndrome.line == MALARIA).counts == [9]


def page(client, user, **asked):
    client.force_login(user)
    return client.get(reverse("reports:form_p_detail"), {"day": NOON.date().isoformat()} | asked)


def test_nobody_outside_the_hospital_opens_the_people(spread, ranchi, client):
    officer = make_person("Oraon", Role.DISTRICT_ADMIN, ranchi)
    html = page(client, officer, line=MALARIA).content.decode()
    assert "Ill of" not in html
    assert MASK in html


def test_a_count_opens_who_it_counts(med, bose, rekha, client):
    diagnosed(med, bose, "B54")
    assert "line=5" in page(client, rekha).content.decode()
    opened = page(client, rekha, line=MALARIA).content.decode()
    assert "Ill of B54" in opened
    assert AuditEntry.objects.filter(name="reports.register_viewed", detail__register="idsp-p-5").exists()


def test_survivors_are_not_named(med, bose, rekha, client, clara, rims):
    condition = diagnosed(med, bose, "B54", patient=make_patient(rims, name="Phulmani Devi"))
    open_case(
        encounter=condition.encounter,
        details=CaseDetails(CaseKind.SEXUAL_ASSAULT),
        request_key=uuid4(),
        actor=clara,
        at=NOON,
    )
    opened = page(client, rekha, line=MALARIA).content.decode()
    assert "Phulmani" not in opened
    assert "name withheld" in opened


@pytest.mark.parametrize("form", ["pdf", "xlsx", "csv"])
def test_the_form_leaves_the_house_and_the_audit_says_so(med, bose, rekha, client, form):
    diagnosed(med, bose, "B54")
    answer = page(client, rekha, **{"as": form})
    assert answer.status_code == 200
    if form == "xlsx":
        rows = list(load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True))
        assert ("5", "Malaria", "1") in rows
    assert AuditEntry.objects.filter(name="reports.register_exported", detail__form=form).exists()


def test_a_masked_form_stays_masked_as_a_sheet(spread, ranchi, client):
    officer = make_person("Oraon", Role.DISTRICT_ADMIN, ranchi)
    text = b"".join(page(client, officer, **{"as": "csv"}).streaming_content).decode()
    assert "Malaria,9,*,*" in text


def test_a_day_that_is_none_is_asked_again(rekha, client):
    assert page(client, rekha, day="x").status_code == 422
    assert page(client, rekha, **{"as": "exe"}).status_code == 404


def test_a_nurse_has_no_form_p(clara, client):
    assert page(client, clara).status_code == 403
