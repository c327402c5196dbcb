"""Figures of the laboratory, and the weekly form L."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from billing.queries import Days
from facilities.models import Facility
from facilities.roles import Role
from hmis.kernel.models import AuditEntry
from lab.models import DiagnosticReport
from lab.notifying import diseases, is_positive
from lab.queries import figures, notifying
from lab.services import acknowledge_critical, reject_specimen
from lab.states import RejectReason
from patients.models import CaseKind
from tests.conftest import NOON
from tests.factories.facilities import make_person
from tests.factories.lab import authorise, collect, enter, order, received, verify
from tests.factories.patients import make_encounter, make_patient

DAY = Days(NOON.date(), NOON.date())


@pytest.fixture
def somebody(rims, med):
    """Another encounter of somebody new, each time it is asked."""
    return lambda: make_encounter(make_patient(rims, name="Budhni Munda"), med)


def take(encounter, bose, rajesh, farhana, test, minutes, *, urgent=True, **values):
    """Collected at noon, authorised so many minutes later."""
    (one,) = received(encounter, bose, rajesh, test, at=NOON)
    enter(one, rajesh, at=NOON, **values)
    verify(one, rajesh, at=NOON, is_partial=True)
    return authorise(one, farhana, at=NOON + timedelta(minutes=minutes))


def test_turnaround_has_median_ninth_and_share_within_the_target(somebody, bose, rajesh, farhana, tests):
    target = tests["NA"].urgent_minutes
    for minutes in (10, 20, 30, 40, target + 60):
        take(somebody(), bose, rajesh, farhana, tests["NA"], minutes, NA="139")

    (section,) = figures.turnaround_of_sections(farhana, DAY)
    (sodium,) = figures.turnaround_of_tests(farhana, DAY)
    assert (sodium.name, sodium.count, sodium.median) == ("Sodium", 5, 30)
    assert 40 < sodium.ninth <= target + 60
    assert (sodium.within, sodium.with_target, sodium.share) == (4, 5, 80)
    assert (section.section, section.count) == ("biochemistry", 5)
    assert not figures.turnaround_of_tests(
        farhana, Days(DAY.begins - timedelta(days=9), DAY.begins - timedelta(days=1))
    )


def test_confidential_and_rare_tests_stand_together(somebody, bose, rajesh, farhana, tests):
    for _five in range(5):
        take(somebody(), bose, rajesh, farhana, tests["HIVR"], 30, HIVR="non-reactive")
    take(somebody(), bose, rajesh, farhana, tests["RPR"], 30, RPR="reactive")

    (others,) = figures.turnaround_of_tests(farhana, DAY)
    assert (others.code, others.name, others.count) == ("", "other tests", 6)


def test_an_amended_report_counts_as_it_was_first(somebody, bose, rajesh, farhana, tests):
    report = take(somebody(), bose, rajesh, farhana, tests["NA"], 30, NA="139")
    fields = {one.attname: getattr(report, one.attname) for one in report._meta.concrete_fields}
    DiagnosticReport.objects.create(**fields | {"id": uuid4(), "version": 2, "reason": "typed wrongly"})

    assert figures.turnaround_of_sections(farhana, DAY)[0].count == 1


def test_rejections_by_reason_and_department(somebody, bose, rajesh, farhana, tests):
    for reason in (RejectReason.CLOTTED, None, None, None):
        encounter = somebody()
        (specimen,) = collect(
            encounter, order(encounter, bose, tests["CBC"], urgent=True, at=NOON), rajesh, at=NOON
        )
        if reason:
            reject_specimen(
                specimen=specimen, reason=reason, note="", request_key=uuid4(), actor=rajesh, at=NOON
            )

    (med,) = figures.rejections(farhana, DAY)
    assert (med.department, med.collected, med.count, med.share) == ("Medicine", 4, 1, Decimal("25.0"))
    assert med.by_reason[RejectReason.values.index("clotted")] == 1


def test_work_by_section_technician_and_hour(somebody, bose, rajesh, farhana, tests, sgml):
    for _twice in range(2):
        (one,) = received(somebody(), bose, rajesh, tests["CBC"], at=NOON)
        enter(one, rajesh, at=NOON, HB="10.1", TLC="6.2")

    for read, label in (
        (figures.work_of_sections, "haematology"),
        (figures.work_of_people, "Rajesh"),
        (figures.work_of_hours, "12–13"),
    ):
        (row,) = read(farhana, DAY)
        assert (row.label, row.orders) == (label, 2)
        assert row.results >= 4
    stranger = make_person("Manoj", Role.PATHOLOGIST, sgml)
    assert not figures.work_of_people(stranger, DAY)


def test_the_page_and_its_sheets(
    client, somebody, bose, rajesh, farhana, tests, django_assert_max_num_queries
):
    take(somebody(), bose, rajesh, farhana, tests["NA"], 30, NA="139")
    client.force_login(farhana)
    page = reverse("lab:figure_list")
    span = {"begins": "22-07-2026", "ends": "22-07-2026"}

    with django_assert_max_num_queries(20):
        shown = client.get(page, span)
    assert "30 min" in shown.text
    for of in ("turnaround", "rejections", "work"):
        sheet = client.get(page, span | {"of": of, "as": "csv"})
        assert sheet["Content-Disposition"].startswith(f'attachment; filename="lab-{of}-2026-07-22')
        assert b"".join(sheet.streaming_content)
        assert client.get(page, span | {"of": of, "as": "xlsx"}).content[:2] == b"PK"
    assert AuditEntry.objects.filter(name="lab.figures_exported").count() == 6
    assert client.get(page, span | {"of": "x", "as": "csv"}).status_code == 404
    assert client.get(page, {"begins": "22-07-2026", "ends": "21-07-2026"}).status_code == 422
    assert client.get(page, {"begins": "01-01-2026", "ends": "22-07-2026"}).status_code == 422
    assert client.get(page).status_code == 200
    client.force_login(rajesh)
    assert client.get(page).status_code == 403


# ── Form L ──


def test_what_counts_as_positive():
    choices = ("negative", "positive", "invalid")
    for value, expected in (("positive", True), ("negative", False), ("invalid", False), ("", False)):
        assert is_positive(value, value_type="choice", choices=choices) is expected
    # No titre has a limit with a source, and words are read by a person.
    assert is_positive("1:160", value_type="choice", choices=("under 1:20", "1:160")) is None
    assert is_positive("Salmonella Typhi grown", value_type="text", choices=()) is None
    assert is_positive(" ", value_type="text", choices=()) is False


def test_every_line_of_the_form_has_tests_that_there_are(tests):
    assert len(diseases()) == 12
    assert {code for one in diseases() for code in one.tests} <= set(tests)


def test_a_sample_counts_once_for_a_disease(somebody, bose, rajesh, farhana, tests):
    encounter = somebody()
    orders = received(encounter, bose, rajesh, tests["DENNS1"], tests["DENIGM"], at=NOON)
    for one, said in zip(orders, ({"DENNS1": "positive"}, {"DENIGM": "negative"}), strict=True):
        enter(one, rajesh, at=NOON, **said)
        verify(one, rajesh, at=NOON)
        authorise(one, farhana, at=NOON)
    take(somebody(), bose, rajesh, farhana, tests["DENNS1"], 5, DENNS1="negative")
    take(somebody(), bose, rajesh, farhana, tests["BLDC"], 5, BLDC="Salmonella Typhi")

    counted = {one.disease.name: one for one in notifying.form_l(farhana, notifying.week_of(NOON.date()))}
    dengue, typhoid = counted["Dengue, DHF or DSS"], counted["Typhoid fever"]
    samples = len({one.specimen_id for one in orders})
    assert (dengue.tested, dengue.positive, dengue.to_read) == (1 + samples, 1, 0)
    assert (typhoid.tested, typhoid.positive, typhoid.to_read) == (1, 0, 1)
    assert not any(
        one.tested for one in notifying.form_l(farhana, notifying.week_of(NOON.date() - timedelta(7)))
    )


def test_a_week_begins_on_monday():
    assert notifying.week_of(NOON.date()).begins.isoformat() == "2026-07-20"
    assert notifying.week_of(NOON.date()).ends.isoformat() == "2026-07-26"


SUNDAY_NIGHT = datetime(2026, 7, 26, 18, 29, tzinfo=UTC)  # 23:59 in India, the last minute of the week


@pytest.mark.parametrize(
    ("at", "monday", "day", "age", "said"),
    [
        (SUNDAY_NIGHT, date(2026, 7, 20), "2026-07-26", "6 days", "26 July 2026"),
        (SUNDAY_NIGHT + timedelta(minutes=1), date(2026, 7, 27), "2026-07-27", "7 days", "27 July 2026"),
    ],
)
def test_week_day_and_age_of_a_sample_go_by_indias_clock(
    client, rims, med, bose, rajesh, farhana, tests, at, monday, day, age, said
):
    child = make_patient(rims, name="Budhni Munda", birth_date=date(2026, 7, 20), birth_precision="day")
    (one,) = received(make_encounter(child, med, at=at), bose, rajesh, tests["JEM"], at=at)
    enter(one, rajesh, at=at, JEM="positive")
    verify(one, rajesh, at=at)
    authorise(one, farhana, at=at)

    weeks = [notifying.week_of(date(2026, 7, 26) + timedelta(days=n)) for n in (-7, 0, 1, 8)]
    with_it = [week for week in weeks if sum(one.tested for one in notifying.form_l(farhana, week))]
    assert [week.begins for week in with_it] == [monday]
    listed = notifying.line_list(notifying.form_l(farhana, with_it[0]))
    ((_disease, _number, name, aged, _sex, _place, _department, taken, _said),) = notifying.list_rows(listed)
    assert (name, aged, taken) == ("Budhni Munda", age, day)
    # The page says the same, and opens in India's week.
    client.force_login(farhana)
    with time_machine.travel(at, tick=False):
        page = client.get(reverse("lab:notifiable_list"))
    assert page.context["week"].begins == monday
    assert said in page.text
    assert f"· {age}" in page.text


def test_the_list_by_person_is_for_who_reads_results_and_withholds_names(
    client, encounter, asha, bose, clara, rajesh, farhana, tests, rims
):
    from patients.services import CaseDetails, open_case

    take(encounter, bose, rajesh, farhana, tests["JEM"], 5, JEM="positive")
    page = reverse("lab:notifiable_list")
    week = {"day": "22-07-2026"}
    client.force_login(farhana)
    assert "Asha Devi" in client.get(page, week).text
    assert AuditEntry.objects.get(name="lab.notifiable_viewed").detail["found"] == 1
    client.force_login(make_person("Lata", Role.FACILITY_ADMIN, rims))
    counts = client.get(page, week).text
    assert "Japanese encephalitis" in counts
    assert "Asha Devi" not in counts
    assert client.get(page, week | {"of": "persons"}).status_code == 404

    open_case(
        encounter=encounter,
        details=CaseDetails(CaseKind.SEXUAL_ASSAULT),
        request_key=uuid4(),
        actor=clara,
        at=timezone.now(),
    )
    client.force_login(farhana)
    assert "Asha Devi" not in client.get(page, week).text
    sheet = b"".join(client.get(page, week | {"of": "persons", "as": "csv"}).streaming_content).decode()
    assert "Japanese encephalitis" in sheet
    assert "Asha Devi" not in sheet
    assert client.get(page, week | {"of": "counts"}).content[:2] == b"PK"
    assert client.get(page, week | {"of": "x"}).status_code == 404
    assert client.get(page, {"day": "never"}).status_code == 422


def test_answers_to_critical_values_and_reports_signed_alone(somebody, bose, rajesh, farhana, tests, rims):
    assert figures.answers(farhana, DAY) is None
    (one,) = received(somebody(), bose, rajesh, tests["ELEC"], at=NOON)
    enter(one, rajesh, at=NOON, K="7.1")
    acknowledge_critical(
        line=one.lines.get(),
        read_back="7.1",
        request_key=uuid4(),
        actor=bose,
        at=NOON + timedelta(minutes=12),
    )
    told = figures.answers(farhana, DAY)
    assert (told.count, told.median, told.ninth, told.late) == (1, 12, 12, 0)
    Facility.objects.filter(pk=rims.pk).update(small_facility=True)
    verify(one, farhana, at=NOON, is_partial=True)
    report = authorise(one, farhana, at=NOON, alone_note="night duty")

    assert figures.signed_alone(farhana, DAY) == [report]


def test_the_page_says_who_signed_alone_and_how_long_critical_values_waited(client, farhana):
    client.force_login(farhana)

    page = client.get(reverse("lab:figure_list"))

    assert "No critical value was answered" in page.content.decode()
