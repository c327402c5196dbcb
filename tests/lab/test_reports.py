"""Reports on paper and on the page: frozen, marked by letters, in versions, asked by their code."""

import re
from datetime import timedelta
from html import unescape
from io import BytesIO
from uuid import uuid4

import pytest
from django.template.loader import get_template
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from facilities.roles import Role
from hmis.kernel.models import AuditEntry, IssuedDocument
from hmis.kernel.pdf import bytes_of, may_open
from lab.models import AnalyteDefinition, DiagnosticReport
from lab.queries import reports
from lab.services import print_reports
from patients.models import Patient
from tests.factories.facilities import make_person
from tests.factories.lab import order
from tests.factories.patients import make_encounter, make_patient
from tests.factories.results import amend, make_report

HOSTILE = '"><img src=x onerror=alert(1)>'


@pytest.fixture
def made(encounter, bose, tests, tara, pal):
    """Reports of this encounter, by what they hold."""

    def make(code, values, *, days_ago=0, at_encounter=None, **more):
        at = timezone.now() - timedelta(days=days_ago, hours=3)
        (one,) = order(at_encounter or encounter, bose, tests[code], at=at, again=True)
        return make_report(one, values, technician=tara, pathologist=pal, at=at, **more)

    return make


def text_of(paper):
    """The words of a paper, without its markup: extracted from a PDF, two scripts in a line are no text."""
    markup = get_template(paper.template).render({"paper": paper, **paper.frozen()})
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", markup)).split())


def pages_of(paper):
    return len(PdfReader(BytesIO(bytes_of(paper))).pages)


@pytest.fixture
def stranger(client, settings):
    """Somebody with the paper in hand, who reads English."""
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client


def print_now(report, actor, **more):
    said = {"request_key": uuid4(), "actor": actor, "at": timezone.now()} | more
    return print_reports(report=report, **said)


# ── The paper ──


def test_a_paper_says_value_unit_range_and_letter_and_who_signed(made, bose):
    report = made("CBC", {"HB": ("6.1", "LL"), "TLC": ("12.0", "H"), "PLT": "210"}, low="12.0", high="15.0")

    paper = print_now(report, bose)
    said = text_of(paper)

    assert "Haemoglobin" in said
    assert "6.1" in said
    assert re.search(r"6\.1 LL g/dL 12 – 15", said)
    assert re.search(r"12\.0 H ", said)
    assert "ORIGINAL" in said
    assert "Ordered" in said
    assert "Collected" in said
    assert "JMC-4711" in said
    assert "LOINC is a registered United States trademark" in said
    assert "not yet approved here" in said
    assert paper.context["check_url"].endswith(f"/l/{paper.check_key}/")


def test_what_is_approved_here_says_no_star(made, bose):
    report = made("CBC", {"HB": "13.0"}, low="12.0", high="15.0", is_approved=True)

    assert "not yet approved" not in text_of(print_now(report, bose))


def test_a_slip_is_one_paper_and_the_second_print_a_duplicate(made, bose):
    first = made("CBC", {"HB": "13.0"})
    made("GLU_R", {"GLU_R": "110"})

    paper = print_now(first, bose, whole=True)
    again = print_now(first, bose, whole=True)

    assert len(paper.context["orders"]) == 2
    assert {one["name"] for one in paper.context["sections"]} == {"haematology", "biochemistry"}
    assert (again.original, again.copy) == (paper, 1)
    assert "DUPLICATE 1" in text_of(again)
    assert IssuedDocument.objects.filter(copy=0, template=reports.REPORT).count() == 1
    assert AuditEntry.objects.filter(name="lab.report_printed").count() == 2


def test_what_came_since_makes_a_paper_of_its_own(made, bose):
    first = made("CBC", {"HB": "13.0"})
    paper = print_now(first, bose, whole=True)
    made("GLU_R", {"GLU_R": "110"})

    later = print_now(first, bose, whole=True)

    assert later.copy == 0
    assert later.pk != paper.pk


def test_an_amended_report_says_what_changed_and_the_old_one_that_it_was_replaced(made, bose):
    old = made("CBC", {"HB": "13.0"})
    print_now(old, bose)
    new = amend(old, "9.9")

    amended, replaced = text_of(print_now(new, bose)), text_of(print_now(old, bose))

    assert "AMENDED, version 2" in amended
    assert "typed wrongly" in amended
    assert "was 13.0, अब now 9.9" in amended
    assert "REPLACED by a later version" in replaced
    assert "version 2 has replaced it" in replaced
    assert "DUPLICATE 1" in replaced
    assert [one.version for one in reports.versions_of(old)] == [2, 1]
    assert list(reports.reports_of(old.patient)) == [new]


def test_a_chosen_result_stands_in_both_languages(made, bose):
    report = made("HBSAG", {"HBSAG": ("reactive", "A")})
    of_blood = made("ABORH", {"ABO": "B", "RHD": "negative"})

    assert "reactive रिएक्टिव A" in text_of(print_now(report, bose))
    said = text_of(print_now(amend(report, "non-reactive"), bose))
    assert "was reactive · रिएक्टिव, अब now non-reactive · नॉन-रिएक्टिव" in said
    group, rhesus = print_now(of_blood, bose).context["sections"][0]["reports"][0]["lines"]
    assert (group["value"], group["value_hi"]) == ("B", "")
    assert (rhesus["value"], rhesus["value_hi"]) == ("negative", "नेगेटिव")


def test_a_panel_of_chosen_results_in_two_languages_is_one_page(made, bose, tests):
    analytes = AnalyteDefinition.objects.filter(code__in=tests["URINE"].members, value_type="choice")
    report = made("URINE", {one.code: one.choices[0] for one in analytes} | {"U_SG": "1.010", "U_PH": "6"})

    assert pages_of(print_now(report, bose)) == 1


def test_the_last_five_stand_beside_and_three_make_a_curve(made, bose):
    for days, value in ((90, "7.0"), (60, "8.0"), (40, "9.0"), (30, "10.0"), (20, "11.0")):
        made("CBC", {"HB": value}, days_ago=days)
    report = made("CBC", {"HB": "12.0"})

    (section,) = print_now(report, bose).context["sections"]
    trend = section["reports"][0]["trend"]

    assert [cell["value"] for cell in trend["rows"][0]["cells"]] == ["8.0", "9.0", "10.0", "11.0", "12.0"]
    assert trend["rows"][0]["curve"]["lines"][0]["path"].startswith("M")


def test_two_values_are_a_table_without_a_curve_and_one_is_neither(made, bose):
    made("CBC", {"HB": "7.0"}, days_ago=5)
    first = made("GLU_R", {"GLU_R": "110"})
    report = made("CBC", {"HB": "12.0"})

    (section,) = print_now(report, bose).context["sections"]
    assert section["reports"][0]["trend"]["rows"][0]["curve"] is None
    (section,) = print_now(first, bose).context["sections"]
    assert section["reports"][0]["trend"] is None


def test_a_name_with_markup_is_a_name(made, bose, asha):
    Patient.objects.filter(pk=asha.pk).update(name=HOSTILE, name_hi="")
    report = made("CBC", {"HB": "13.0"}, comment=HOSTILE)

    report.refresh_from_db()
    report.order.patient.refresh_from_db()
    said = text_of(print_now(DiagnosticReport.objects.get(pk=report.pk), bose))

    assert HOSTILE.upper() in said
    assert said.count(HOSTILE) == 1
    assert pages_of(print_now(report, bose)) == 1


def test_trends_are_one_read_however_many_analytes(made, asha, django_assert_num_queries):
    for days in (30, 20, 10):
        made("CBC", {"HB": "12.0", "TLC": "8.0", "PLT": "200"}, days_ago=days)

    with django_assert_num_queries(2):  # which of them are numbers, and their values
        found = reports.trends_of(asha.pk, ["HB", "TLC", "PLT"], until=timezone.now())

    assert [len(one) for one in found.values()] == [3, 3, 3]


# ── The page ──


def test_a_doctor_reads_results_by_date_with_letters_and_what_is_awaited(
    client, made, bose, encounter, tests
):
    made("CBC", {"HB": ("7.0", "L")}, days_ago=5)
    made("CBC", {"HB": ("6.0", "LL")})
    order(encounter, bose, tests["LFT"])
    client.force_login(bose)

    page = client.get(reverse("lab:result_list", args=[encounter.patient_id]))

    assert page.status_code == 200
    assert page.text.index("6.0") < page.text.index("7.0")
    assert ">LL</b>" in page.text
    assert "Liver function" in page.text
    assert AuditEntry.objects.filter(name="lab.results_viewed", actor=bose).exists()


def test_versions_are_readable_and_the_old_one_says_so(client, made, bose, asha):
    old = made("CBC", {"HB": "13.0"})
    new = amend(old, "9.9")
    client.force_login(bose)

    page = client.get(reverse("lab:report_detail", args=[asha.pk, old.pk])).text
    assert "This is version 1; version 2 has replaced it." in page
    page = client.get(reverse("lab:report_detail", args=[asha.pk, new.pk])).text
    assert "Amended, version 2" in page
    assert "13.0 → <b>9.9</b>" in page


def test_the_chart_and_the_room_ask_for_the_results(client, made, bose, asha):
    made("CBC", {"HB": ("6.0", "LL")})
    client.force_login(bose)
    part = reverse("lab:result_summary", args=[asha.pk])

    assert f'hx-get="{part}"' in client.get(reverse("patients:chart_detail", args=[asha.pk])).text
    assert "6.0" in client.get(part, headers={"HX-Request": "true"}).text


def test_a_chart_that_is_closed_stays_closed(client, rims, med, bose, sgml, tests):
    stranger = make_patient(rims, name="Budhni")
    client.force_login(bose)

    answer = client.get(reverse("lab:result_list", args=[stranger.pk]))

    assert answer.status_code == 303
    assert answer.url == reverse("patients:glass_new", args=[stranger.pk])


def test_another_hospitals_people_find_nothing(client, made, esha, asha, sgml):
    report = made("CBC", {"HB": "13.0"})
    technician = make_person("Uma", Role.LAB_TECHNICIAN, sgml)
    for person in (esha, technician):
        client.force_login(person)
        for name, key in (("result_list", []), ("report_detail", [report.pk])):
            answer = client.get(reverse(f"lab:{name}", args=[asha.pk, *key]))
            assert answer.status_code == 404, (person, name)
        paper = reverse("lab:report_paper_new", args=[asha.pk, report.pk])
        assert client.post(paper).status_code == 404


def test_a_treating_doctor_elsewhere_reads_them_in_the_open_chart(client, made, esha, asha, sgml_med):
    made("CBC", {"HB": ("6.0", "LL")})
    make_encounter(asha, sgml_med)
    client.force_login(esha)

    page = client.get(reverse("lab:result_list", args=[asha.pk]))

    assert page.status_code == 200
    assert "6.0" in page.text


def test_printing_answers_with_the_papers_address(client, made, bose, asha):
    report = made("CBC", {"HB": "13.0"})
    client.force_login(bose)

    answer = client.post(reverse("lab:report_paper_new", args=[asha.pk, report.pk]), headers={"X-Fetch": "1"})

    assert answer.status_code == 201
    assert client.get(answer.json()["url"]).headers["Content-Type"] == "application/pdf"


def test_a_report_is_printed_once_for_each_press(client, made, bose, asha):
    report = made("CBC", {"HB": "13.0"})
    client.force_login(bose)
    print_it = reverse("lab:report_paper_new", args=[asha.pk, report.pk])

    def press(key):
        return client.post(print_it, {"request_key": key}, headers={"X-Fetch": "1"}).json()

    for copies in [0], [0, 1]:
        key = uuid4()
        assert press(key) == press(key)
        assert sorted(IssuedDocument.objects.values_list("copy", flat=True)) == copies


# ── The public check ──


def test_the_check_says_genuine_day_and_count_and_no_name_nor_result(stranger, made, bose):
    report = made("CBC", {"HB": "13.7"})
    paper = print_now(report, bose)

    page = stranger.get(reverse("report_check", args=[paper.check_key]))

    assert page.status_code == 200
    assert "Genuine" in page.text
    assert "RIMS Ranchi" in page.text
    for secret in ("Asha", "आशा", "13.7", "Haemoglobin", "blood count"):
        assert secret not in page.text


def test_the_check_of_a_replaced_report_says_so_and_a_wrong_code_is_not_genuine(stranger, made, bose):
    old = made("CBC", {"HB": "13.0"})
    paper = print_now(old, bose)
    amend(old, "9.9")

    assert (
        "A later version has replaced it"
        in stranger.get(reverse("report_check", args=[paper.check_key])).text
    )
    wrong = stranger.get(reverse("report_check", args=["x" * 24]))
    assert (wrong.status_code, "Not genuine" in wrong.text) == (404, True)


def test_guesses_end(client, settings, db):
    settings.CERTIFICATE_GUESSES = 3
    codes = [client.get(reverse("report_check", args=["y" * 24])).status_code for _one in range(5)]

    assert codes == [404, 404, 404, 429, 429]


def test_a_cashier_opens_no_report(made, bose, dev):
    paper = print_now(made("CBC", {"HB": "13.0"}), bose)

    assert may_open(bose, paper)
    assert not may_open(dev, paper)
