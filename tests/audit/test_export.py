"""Entries that leave the house: as they are seen, never a formula, and always an entry themselves."""

import csv
from io import BytesIO, StringIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from audit import views
from hmis.kernel.models import AuditEntry
from tests.audit.conftest import browser_of
from tests.factories.audit import make_entry
from tests.factories.facilities import make_clerk
from tests.factories.patients import make_patient

SAW = "patients.patient_viewed"


def export(client, form="csv", **asked):
    return client.post(reverse("audit:export_new"), {"form": form, **asked})


def content(answer):
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def cells(answer):
    text = content(answer).decode("utf-8-sig")
    return list(csv.reader(StringIO(text)))


def test_the_filtered_entries_come_as_csv(auditor, asha, dev, kavita):
    entry = make_entry(SAW, dev, patient_id=asha.pk, detail={"by": "uhid"})
    make_entry(SAW, kavita)
    answer = export(auditor, person=dev.pk)

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].endswith('.csv"')
    head, row = cells(answer)
    assert head[:4] == ["When", "User name", "Name", "Hospital"]
    assert row == [
        "2026-07-22 09:30:00",
        dev.username,
        "Dev",
        "RIMS",
        "saw",
        "opened a patient's page",
        asha.uhid,
        "found by: UHID",
        str(entry.pk),
    ]


def test_the_same_comes_as_a_workbook(auditor, asha, dev):
    make_entry(SAW, dev, patient_id=asha.pk)
    sheet = load_workbook(BytesIO(export(auditor, "xlsx").content)).active

    assert [cell.value for cell in sheet[2]][1:4] == [dev.username, "Dev", "RIMS"]
    assert sheet.max_row == 2


def test_hindi_is_hindi_also_while_it_is_still_being_sent(prem, dev, rims):
    prem.language = "hi"
    prem.save(update_fields=["language"])
    make_entry(SAW, dev)
    head, row = cells(export(browser_of(prem)))

    assert head[0] == "कब"
    assert row[5] == "मरीज़ का पन्ना खोला"


def test_the_export_is_an_entry_with_its_filter_and_nobodys_name(auditor, prem, asha, dev):
    make_entry(SAW, dev, patient_id=asha.pk)
    export(auditor, patient=asha.pk, person=dev.pk, kind="saw", begins="2026-07-01", ends="2026-07-31")

    entry = AuditEntry.objects.get(name="audit.entries_exported")
    assert (entry.actor, entry.patient_id) == (prem, asha.pk)
    assert entry.detail == {
        "form": "csv",
        "rows": 1,
        "person": str(dev.pk),
        "from": "2026-07-01",
        "until": "2026-07-31",
        "kinds": "saw",
    }


FORMULAS = ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", "\n=1+1", '=HYPERLINK("http://x")']


@pytest.fixture
def hostile(rims, dev):
    """One entry for each formula, by people and on patients who are called so."""
    for number, formula in enumerate(FORMULAS):
        person = make_clerk(f"Clerk{number}", rims)
        person.name = formula
        person.save(update_fields=["name"])
        patient = make_patient(rims, name=formula)
        make_entry(SAW, person, patient_id=patient.pk, detail={formula: formula})


def test_no_cell_of_the_csv_is_a_formula(auditor, hostile):
    rows = cells(export(auditor))

    assert len(rows) == 1 + len(FORMULAS)
    for row in rows:
        for cell in row:
            assert cell[:1] not in set("=+-@\t\r\n"), cell


def test_no_cell_of_the_workbook_is_a_formula(auditor, hostile):
    sheet = load_workbook(BytesIO(export(auditor, "xlsx").content)).active

    assert sheet.max_row == 1 + len(FORMULAS)
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"inlineStr", "s", "n"}
    assert "=1+1" in {cell.value for row in sheet.iter_rows() for cell in row}


def test_more_than_a_file_may_hold_is_refused_and_nothing_is_left_out(auditor, dev, monkeypatch):
    monkeypatch.setattr(views, "MOST_EXPORTED", 2)
    for _ in range(3):
        make_entry(SAW, dev)
    answer = export(auditor)

    assert answer.status_code == 422
    assert "These are more than 2 entries. Choose fewer days." in answer.text
    assert not AuditEntry.objects.filter(name="audit.entries_exported").exists()


def test_exactly_as_many_as_a_file_may_hold_are_sent_in_batches(auditor, dev, monkeypatch):
    monkeypatch.setattr(views, "MOST_EXPORTED", 5)
    monkeypatch.setattr(views, "ROWS_READ", 2)
    made = {str(make_entry(SAW, dev).pk) for _ in range(5)}

    assert {row[-1] for row in cells(export(auditor))[1:]} == made


@pytest.mark.parametrize("form", ["pdf", ""])
def test_another_kind_of_file_is_not_made(auditor, form):
    assert export(auditor, form).status_code == 422


def test_an_administrator_looks_and_takes_nothing_out(admin, alok, dev):
    make_entry(SAW, dev)

    assert export(admin).status_code == 403
    assert AuditEntry.objects.get(name="kernel.access_refused").detail == {
        "permission": "audit.export_entries"
    }
    assert reverse("audit:export_new") not in admin.get(reverse("audit:entry_list")).text


def test_a_patient_from_elsewhere_cannot_be_asked_for_by_hand(auditor, rims):
    assert export(auditor, patient="01a21466-cac9-73ee-b17f-fc13313a3cd9").status_code == 404
