"""Registers: gapless lines with names withheld where they must be, on paper and in sheets; the registrar."""

import io
import re
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from billing.queries import Days
from facilities.models import User
from facilities.roles import Role
from hmis.kernel.errors import Refusal
from hmis.kernel.models import AuditEntry
from ipd import queries
from ipd.models import Admission, RegistrarReport
from ipd.services import report_to_registrar
from patients.models import Birth, CaseKind, Sex
from patients.services import CaseDetails, Newborn, Unknown, register_newborns
from tests.conftest import NOON
from tests.factories import papers
from tests.factories.facilities import make_person
from tests.factories.ipd import (
    admit,
    beds_in,
    begin_discharge,
    complete,
    die,
    leave,
    make_operation,
    pass_over,
    tick,
)
from tests.factories.patients import make_patient

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=1)
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
def filled(rims, ward, clara, bose):
    """One line in each register."""
    mother = make_patient(rims, name="Sunita", sex=Sex.FEMALE)
    stay = admit(mother, beds_in(ward)[0], clara, at=NOON, came_from=None).admission
    register_newborns(
        mother=mother,
        babies=[Newborn(Sex.FEMALE, NOON), Newborn(Sex.MALE, NOON)],
        request_key=uuid4(),
        actor=clara,
        at=NOON,
    )
    make_operation(stay, bose, name="Caesarean section", at=NOON)
    begin_discharge(stay, bose, at=LATER)
    pass_over(stay, bose, "summary", "later")
    tick(stay, clara)
    leave(stay, clara, at=LATER)
    complete(stay, clara, at=LATER)
    case = CaseDetails(CaseKind.ROAD_ACCIDENT)
    other = admit(Unknown(Sex.MALE), beds_in(ward)[1], clara, at=NOON, case=case).admission
    die(other.encounter, bose, died_at=LATER, at=LATER, goes_to_post_mortem=True)
    leave(other, clara, at=LATER)
    return stay


def days(**more):
    return {"begins": "2026-07-01", "ends": "2026-07-31"} | more


def page(code):
    return reverse("ipd:register_detail", args=[code])


def test_births_have_numbers_that_follow_each_other(filled):
    assert [one.number[-7:] for one in Birth.objects.order_by("pk")] == ["0000001", "0000002"]
    assert Birth.objects.first().number.startswith("RIMS/N26/")


NIGHT = datetime(2026, 7, 24, 18, 29, tzinfo=UTC)  # 23:59 in India


# Half a second fills the registers: what only reads them asks all of them at once.
SAID_AT = {
    "admissions": "admitted_at",
    "discharges": "discharged_at",
    "deaths": "died_at",
    "operations": "began_at",
    "cases": "marked_at",
}


def test_a_register_says_the_age_of_that_day_by_indias_clock(filled, rekha):
    for code, when in SAID_AT.items():
        register = queries.REGISTERS[code]
        one = queries.lines_of(register, rekha, Days(date(2026, 7, 1), date(2026, 7, 31)))[0]
        one.patient.birth_date, one.patient.is_withheld = date(2026, 7, 20), False
        for at, age in (NIGHT, "4 days"), (NIGHT + timedelta(minutes=1), "5 days"):
            setattr(one, when, at)
            said = [str(cell) for cell in register.line(one)]
            assert any(cell.endswith(f" · {age}") for cell in said), (code, age, said)


NUMBERS = {
    "admissions": "RIMS/A26/0000001",
    "discharges": "RIMS/E26/0000001",
    "births": "RIMS/N26/0000002",
    "deaths": "RIMS/X26/0000001",
    "operations": "RIMS/U26/0000001",
    "cases": "RIMS/M26/0000001",
}


def test_each_register_on_the_page_on_paper_and_as_a_sheet(filled, here, monkeypatch):
    papers.unpressed(monkeypatch)  # the hostile name below is pressed
    for code, number in NUMBERS.items():
        shown = here.get(page(code), days())
        assert shown.status_code == 200, code
        assert number in shown.content.decode(), code
        paper = here.get(page(code), days(**{"as": "pdf"}))
        assert paper.content.startswith(b"%PDF"), code
        assert number in paper.content.decode(), code
        sheet = load_workbook(io.BytesIO(here.get(page(code), days(**{"as": "xlsx"})).content)).active
        assert number in [row[0] for row in sheet.iter_rows(values_only=True)], code
        text = b"".join(here.get(page(code), days(**{"as": "csv"})).streaming_content).decode()
        assert number in text, code
        seen = AuditEntry.objects.filter(name="ipd.register_exported", detail__register=code)
        assert seen.count() == 3, code


def opened(answer):
    """The addresses of the lines of a register."""
    return re.findall(r'<a class="stretched" href="([^"]+)">', answer.text)


def test_each_line_opens_what_stands_behind_it(filled, here, rekha, clara):
    for code in NUMBERS:
        found = opened(here.get(page(code), days()))
        assert found, code
        assert {here.get(address).status_code for address in found} == {200}, code
    assert opened(here.get(page("admissions"), days())) == [
        reverse("patients:patient_detail", args=[one.patient_id])
        for one in Admission.objects.order_by("number")
    ]
    here.force_login(clara)
    inpatient = reverse("ipd:admission_detail", args=[filled.pk])
    assert opened(here.get(page("discharges"), days())) == [inpatient]
    assert opened(here.get(page("operations"), days())) == [inpatient]


def test_who_may_not_open_it_reads_plain_text(filled, here, monkeypatch):
    needed = queries.REGISTERS["deaths"].behind[0][0]
    monkeypatch.setattr(User, "may", lambda _user, permission: permission == needed)

    assert len(opened(here.get(page("deaths"), days()))) == 1
    births = here.get(page("births"), days())
    assert NUMBERS["births"] in births.text
    assert not opened(births)


def test_on_a_phone_each_cell_says_the_head_of_its_column_and_another_month_has_no_line(filled, here):
    assert '<td data-label="Ward">' in here.get(page("admissions"), days()).text
    august = {"begins": "2026-08-01", "ends": "2026-08-31"}
    assert "RIMS/A26" not in here.get(page("admissions"), august).content.decode()


def test_a_hostile_name_runs_nowhere(rims, ward, clara, here):
    admit(make_patient(rims, name=HOSTILE), beds_in(ward)[0], clara, at=NOON)
    html = here.get(page("admissions"), days()).content.decode()
    assert "<img src=x" not in html
    text = b"".join(here.get(page("admissions"), days(**{"as": "csv"})).streaming_content).decode()
    assert ",=HYPERLINK" not in text
    assert ',"=HYPERLINK' not in text
    assert here.get(page("admissions"), days(**{"as": "pdf"})).content.startswith(b"%PDF")


def test_survivors_and_minors_of_legal_cases_are_not_named(rims, ward, clara, here):
    child = make_patient(rims, name="Munni Kumari", birth_date=NOON.date() - timedelta(days=3000))
    case = CaseDetails(CaseKind.ROAD_ACCIDENT)
    admit(child, beds_in(ward)[0], clara, at=NOON, case=case, confirm_bed=True)
    woman = make_patient(rims, name="Phulmani Devi")
    admit(woman, beds_in(ward)[1], clara, at=NOON, case=CaseDetails(CaseKind.SEXUAL_ASSAULT))
    for code in ("admissions", "cases"):
        html = here.get(page(code), days()).content.decode()
        text = b"".join(here.get(page(code), days(**{"as": "csv"})).streaming_content).decode()
        for name in ("Munni", "Phulmani"):
            assert name not in html
            assert name not in text
        assert "name withheld" in html


def test_an_admission_that_was_taken_back_keeps_its_line(rims, ward, clara, here):
    from ipd.services import cancel_admission

    held = admit(make_patient(rims), beds_in(ward)[0], clara, at=NOON).admission
    cancel_admission(admission=held, why="wrong", request_key=uuid4(), actor=clara, at=NOON)
    html = here.get(page("admissions"), days()).content.decode()
    assert held.number in html
    assert "cancelled" in html


def test_another_hospitals_lines_are_not_there(filled, client, esha):
    client.force_login(esha)
    for code in queries.REGISTERS:
        assert "RIMS/" not in client.get(page(code), days()).content.decode()


@pytest.mark.parametrize("asked", [{"begins": "x"}, {"begins": "2026-07-02", "ends": "2026-07-01"}])
def test_days_that_are_none_are_asked_again(here, asked):
    assert here.get(page("admissions"), asked).status_code == 422


def test_no_such_register_and_no_such_file(here):
    assert here.get(page("nothing")).status_code == 404
    assert here.get(page("admissions"), days(**{"as": "exe"})).status_code == 404
    assert here.get(page("admissions"), days(page="x")).status_code == 200
    assert here.get(reverse("ipd:register_list")).status_code == 200


def test_a_clerk_reads_registers_and_a_cashier_does_not(client, kavita, dev):
    client.force_login(kavita)
    assert client.get(page("admissions")).status_code == 200
    client.force_login(dev)
    assert client.get(page("admissions")).status_code == 403


# ── The registrar ──


def told(actor, *, at=None, on=None, key=None, **about):
    at = at or timezone.now()
    return report_to_registrar(
        **about,
        reported_on=on or timezone.localdate(at),
        registration_number="R-77",
        request_key=key or uuid4(),
        actor=actor,
        at=at,
    )


def test_what_is_due_in_21_days_and_what_is_late(filled, rekha):
    due = queries.due_at_registrar(rekha, NOON.date() + timedelta(days=21))
    assert [(one.kind, one.is_late) for one in due] == [("birth", False), ("birth", False), ("death", False)]
    due = queries.due_at_registrar(rekha, NOON.date() + timedelta(days=22))
    assert [one.is_late for one in due] == [True, True, False]


def test_told_once_it_is_due_no_more(filled, rekha):
    birth, key = Birth.objects.order_by("pk")[0], uuid4()
    first = told(rekha, birth=birth, key=key)
    assert told(rekha, birth=birth, key=key) == first
    with pytest.raises(Refusal, match="told already"):
        told(rekha, birth=birth)
    assert len(queries.due_at_registrar(rekha, NOON.date())) == 2


def test_a_day_before_it_happened_is_refused(filled, rekha):
    birth = Birth.objects.order_by("pk")[0]
    with pytest.raises(Refusal, match="before the event"):
        told(rekha, birth=birth, on=NOON.date() - timedelta(days=1))
    with pytest.raises(Refusal, match="before the event"):
        told(rekha, birth=birth, on=timezone.localdate() + timedelta(days=1))


def test_old_births_without_a_number_are_nobodys_debt(rims, clara, rekha):
    Birth.objects.create(
        facility=rims,
        baby=make_patient(rims, name="Old baby"),
        mother=make_patient(rims, name="Old mother"),
        delivery=uuid4(),
        place=1,
        born_at=NOON,
        registered_by=clara,
        registered_at=NOON,
    )
    assert queries.due_at_registrar(rekha, NOON.date()) == []


def test_the_page_writes_it_down_and_a_stranger_finds_nothing(filled, here, client, esha):
    birth = Birth.objects.order_by("pk")[0]
    url = reverse("ipd:birth_report_new", args=[birth.pk])
    assert here.get(reverse("ipd:registrar_list")).status_code == 200
    wrong = here.post(url, {"request_key": uuid4(), "reported_on": "01-01-2020"})
    assert wrong.status_code == 422
    sent = {"request_key": uuid4(), "reported_on": f"{timezone.localdate():%d-%m-%Y}"}
    assert here.post(url, sent).status_code == 303
    death = reverse("ipd:death_report_new", args=[Admission.objects.last().encounter.deaths.get().pk])
    assert here.post(death, {"request_key": uuid4()}).status_code == 422
    assert RegistrarReport.objects.count() == 1
    far = make_person("Fatima", Role.RECORDS_OFFICER, esha.posting.facility)
    client.force_login(far)
    assert client.post(url, sent).status_code == 404


# ── Census and figures on their pages ──


def test_census_and_figures_have_pages(filled, here, rims):
    from ipd.services import count_missing_days

    count_missing_days(facility=rims, at=NOON + timedelta(days=3))
    html = here.get(reverse("ipd:census_list"), {"day": "2026-07-22"}).content.decode()
    assert filled.encounter.bed_stays.get().bed.room.ward.name in html
    assert here.get(reverse("ipd:census_list"), {"day": "x"}).status_code == 422
    assert here.get(reverse("ipd:census_list")).status_code == 200
    html = here.get(reverse("ipd:figure_list"), days()).content.decode()
    assert "50.0" in html  # one of two who left has died
    assert here.get(reverse("ipd:figure_list"), {"begins": "x"}).status_code == 422
