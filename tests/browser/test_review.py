"""The review by keys: from the state to a district, a hospital, the list behind a figure, and the paper."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from facilities.roles import Role
from reports import making
from reports.models import DailyFigure, LinkHour, ReportRun
from tests.browser.conftest import PHONE
from tests.factories.facilities import make_person
from tests.factories.patients import make_encounter, make_patient

pytestmark = pytest.mark.browser


def keep(facility, measure, value, part="", day=None):
    DailyFigure.objects.create(
        facility=facility, day=day or timezone.localdate(), measure=measure, part=part, value=Decimal(value)
    )


@pytest.fixture
def figures(rims, sgml):
    """RIMS writes few prescriptions; Gumla nearly all."""
    for place, prescribed in ((rims, 12), (sgml, 90)):
        keep(place, "visits", 100, "MED")
        keep(place, "prescribed", prescribed)
    keep(rims, "diagnoses", 30, "J45")
    keep(rims, "visits", 100, "MED", timezone.localdate() - timedelta(days=40))


@pytest.fixture
def made(rims, med):
    """Somebody with a long name came today."""
    patient = make_patient(rims, "Phulmani Kumari Hembrom Tudu Soren")
    return make_encounter(patient, med, at=timezone.now())


@pytest.mark.reads_paper
def test_from_the_state_to_the_list_and_to_the_paper(sit, indu, rims, figures):
    screen = sit(indu).open("reports:review_detail")
    expect(screen.page.locator(".calls")).to_contain_text("E-prescriptions 12 %, goal 50")

    screen.page.get_by_role("link", name="Ranchi").first.click()
    screen.arrives_at("reports:review_district", rims.district.pk)
    screen.page.locator(".rank a").first.click()
    screen.page.wait_for_url("**/reports/review/facilities/**")
    screen.page.locator(".stat").first.click()
    screen.page.wait_for_url("**/reports/figures/visits/**")
    expect(screen.page.locator("main")).to_contain_text("100")

    screen.open("reports:review_detail")
    screen.press("F9")
    screen.page.wait_for_url("**/reports/runs/*/")
    assert making.make_waiting() == 1
    assert ReportRun.objects.get().has_file
    expect(screen.page.locator("a[href$='/file/']")).to_be_visible(timeout=15_000)


def test_the_pages_are_accessible_and_narrow(faults_of, indu, figures):
    assert faults_of(indu, [reverse("reports:review_detail"), reverse("reports:quality_list")]) == []


def test_a_hospital_sees_its_own(sit, rims, figures):
    screen = sit(make_person("Lata", Role.FACILITY_ADMIN, rims)).open("reports:review_detail")

    expect(screen.page.locator("h1")).to_contain_text("RIMS")
    expect(screen.page.locator(".tilemap")).to_have_count(0)


def test_the_curve_of_a_year_is_drawn_and_the_numbers_come_by_themselves(sit, indu, rims, figures):
    screen = sit(indu).open("reports:review_detail")
    numbers = screen.page.locator("#numbers")
    expect(numbers.locator("table").first).to_contain_text("OPD visits")

    visits = numbers.locator("tr", has_text="OPD visits")
    visits.locator("[data-label='this month'] a").click()
    screen.page.wait_for_url("**/reports/figures/visits/**")
    screen.page.get_by_role("link", name="a year", exact=True).click()
    expect(screen.page.locator(".curve canvas")).to_be_visible()


# ── The link, measured by the pages themselves ──

DUE_NOW = """() => {
    const [place] = Object.keys(localStorage).filter((key) => key.startsWith("hmis.link."));
    localStorage.setItem(place, JSON.stringify({ ...JSON.parse(localStorage.getItem(place)), due: 0 }));
}"""
TOLD = """() => Object.entries(localStorage).filter(([key]) => key.startsWith("hmis.link."))
    .map(([, kept]) => JSON.parse(kept).told.map(([, ms]) => ms === null ? "failed" : "came"))[0]"""


def asks_again(screen):
    """The ten minutes are over: the next page asks."""
    screen.page.evaluate(DUE_NOW)
    screen.page.reload()


def test_a_page_measures_its_link_and_tells_afterwards_when_it_was_down(sit, kavita, rims):
    screen = sit(kavita)
    screen.forgive("Failed to load resource")
    beacon = re.compile(r"/reports/link/$")
    with screen.page.expect_response(beacon):
        screen.open("home")
    screen.wait_for(f"() => ({TOLD})().join() === 'came'")
    assert LinkHour.objects.count() == 0  # how long it took is known when it is over

    with screen.page.expect_response(beacon):
        asks_again(screen)
    screen.wait_for(f"() => ({TOLD})().join() === 'came'")
    held = LinkHour.objects.get()
    assert (held.facility, held.readings, held.failures) == (rims, 1, 0)
    assert held.worst_ms < 10_000

    screen.page.route(beacon, lambda route: route.abort())
    asks_again(screen)
    screen.wait_for(f"() => ({TOLD})().join() === 'came,failed'")
    screen.page.unroute(beacon)
    with screen.page.expect_response(beacon):
        asks_again(screen)
    screen.wait_for(f"() => ({TOLD})().join() === 'came'")
    hours = LinkHour.objects.all()
    assert (sum(one.readings for one in hours), sum(one.failures for one in hours)) == (2, 1)


def test_the_rows_behind_a_figure_fit_a_phone(sit, rims, figures, made):
    screen = sit(make_person("Lata", Role.FACILITY_ADMIN, rims), viewport=PHONE)
    screen.open("reports:figure_detail", "visits")

    expect(screen.page.locator("#rows-title")).to_be_visible()
    assert screen.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
