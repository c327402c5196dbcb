"""The monthly pack: a page for the whole and one for each district, in both languages, and safe sheets."""

import csv
from datetime import timedelta
from decimal import Decimal
from io import BytesIO, StringIO

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone, translation
from openpyxl import load_workbook
from pypdf import PdfReader

from facilities.roles import Role
from reports import making
from reports.forms.pack import MonthForm
from reports.kinds import KINDS, Making
from reports.models import DailyFigure, ReportRun
from reports.pack import pages_of, review_of
from reports.states import RunStatus
from tests.factories.facilities import make_facility, make_person

pytestmark = pytest.mark.django_db


def keep(facility, measure, value, part="", day=None):
    DailyFigure.objects.create(
        facility=facility,
        day=day or timezone.localdate(),
        measure=measure,
        part=part,
        value=Decimal(value),
    )


@pytest.fixture
def figures(rims, sgml):
    first = timezone.localdate().replace(day=1)
    for place, now, was in ((rims, 30, 20), (sgml, 80, 90)):
        keep(place, "visits", 100, "MED", first)
        keep(place, "prescribed", now, day=first)
        keep(place, "visits", 100, "MED", first - timedelta(days=1))
        keep(place, "prescribed", was, day=first - timedelta(days=1))
    keep(rims, "discharges", 3, "died", first)
    keep(rims, "discharges", 40, "improved", first)
    keep(rims, "discharges", 9, "lama", first)


def asked():
    return {"month": f"{timezone.localdate():%Y-%m}"}


def made(person, kind):
    return KINDS[kind].make(Making(person, asked(), lambda percent: True))


def test_the_state_has_a_page_and_each_district_one(indu, figures, rims, sgml):
    making_ = Making(indu, asked(), lambda percent: True)

    whole, gumla, ranchi = pages_of(review_of(making_), making_)

    assert [one.place.en for one in whole.lines] == ["Gumla", "Ranchi"]
    assert (gumla.place.en, ranchi.place.en) == ("Gumla", "Ranchi")
    assert ranchi.whole.cells[0].share == 30
    assert {kind.en: number for kind, number in ranchi.outcomes}["died"] is None


def test_all_pages_and_sheets_are_of_one_masked_table(indu, figures, rims, sgml, ranchi):
    first = timezone.localdate().replace(day=1)
    keep(make_facility("SRNC", ranchi), "discharges", 70, "improved", first)
    keep(sgml, "discharges", 2, "improved", first)
    making_ = Making(indu, asked(), lambda percent: True)

    whole, gumla, ranchi_page = pages_of(review_of(making_), making_)

    sums = {
        page.place.en: next(value for word, value in page.counted if word.en == "discharges")
        for page in (whole, gumla, ranchi_page)
    }
    # Gumla's two go with Ranchi's sum: 124 less 122 would be two.
    assert sums == {"Jharkhand": 124, "Gumla": None, "Ranchi": None}
    rows = list(csv.DictReader(StringIO(made(indu, "monthly_pack_csv").decode("utf-8-sig"))))
    assert [row["discharges"] for row in rows] == ["*", "*", "*", "124"]


def test_a_hospital_sees_its_own_small_numbers(rims, figures):
    making_ = Making(make_person("Lata", Role.FACILITY_ADMIN, rims), asked(), lambda percent: True)

    (page,) = pages_of(review_of(making_), making_)

    assert {kind.en: number for kind, number in page.outcomes}["died"] == 3


def test_the_paper_has_a_page_for_each_in_both_languages(indu, figures):
    paper = PdfReader(BytesIO(made(indu, "monthly_pack_pdf")))

    assert len(paper.pages) == 3
    assert ["Jharkhand" in page.extract_text() for page in paper.pages] == [True, False, False]
    assert "Ranchi" in paper.pages[2].extract_text()


def test_the_sheets_name_every_hospital_and_run_no_formula(indu, figures, rims):
    rims.name = rims.name_hi = "=1+1"
    rims.save()

    rows = list(csv.reader(StringIO(made(indu, "monthly_pack_csv").decode("utf-8-sig"))))
    assert [row[1] for row in rows[1:-1]] == [row[1] for row in rows[1:-1] if not row[1].startswith("=")]
    assert len(rows) == 4
    sheet = load_workbook(BytesIO(made(indu, "monthly_pack_xlsx"))).active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value} <= {"s", "n"}
    assert sheet.max_row == 4


def test_one_click_on_the_review_makes_it(client, indu, figures):
    client.force_login(indu)
    page = client.get(reverse("reports:review_detail"))
    sent = asked() | {"request_key": page.context["request_key"]}

    answer = client.post(reverse("reports:run_new", args=["monthly_pack_pdf"]), sent)

    run = ReportRun.objects.get()
    assert answer.status_code == 303
    assert making.make_waiting() == 1
    run.refresh_from_db()
    assert (run.status, run.has_file) == (RunStatus.DONE, True)


@pytest.mark.parametrize(("language", "said"), [("en", "March 2026"), ("hi", "मार्च 2026")])
def test_a_month_is_chosen_by_its_name_and_an_older_one_is_taken(language, said):
    with time_machine.travel("2026-03-31 12:00Z", tick=False), translation.override(language):
        offered = MonthForm().fields["month"].widget.choices
        older = MonthForm({"month": "2019-07"})

    assert offered[0] == ("2026-03", said)
    assert [value for value, _ in offered[1:4]] == ["2026-02", "2026-01", "2025-12"]
    assert len(offered) == 60
    assert older.is_valid()


@pytest.mark.parametrize("month", ["2099-01", "2026-13", "x", ""])
def test_a_month_that_makes_no_sense_is_refused(client, indu, month):
    client.force_login(indu)
    sent = {"month": month, "request_key": "00000000-0000-7000-8000-000000000000"}

    assert client.post(reverse("reports:run_new", args=["monthly_pack_pdf"]), sent).status_code == 422
    assert not ReportRun.objects.exists()
