"""The review of a place: who sees what, that its figures are the kept ones, and whom it says to call."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from facilities.models import BedKind
from facilities.roles import Role
from hmis.kernel.models import AuditEntry
from hmis.kernel.rows import write
from opd.states import TokenStatus
from patients.models import Encounter
from reports import queries, services
from reports.indicators import INDICATORS
from reports.measures import ALL
from reports.models import DailyFigure
from reports.queries import Scope
from tests.factories.facilities import make_district, make_facility, make_person
from tests.factories.ipd import admit, beds_in
from tests.factories.notes import make_condition
from tests.factories.opd import make_clinic_day, make_token
from tests.factories.patients import make_encounter, make_patient

pytestmark = pytest.mark.django_db
HOSTILE = '"><img src=x onerror=alert(1)>'
NOON = datetime(2026, 11, 25, 7, 0, tzinfo=UTC)  # a Wednesday, half past twelve
TODAY = date(2026, 11, 25)


@pytest.fixture(autouse=True)
def at_noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def lata(rims):
    return make_person("Lata", Role.FACILITY_ADMIN, rims)


def keep(facility, measure, value, *, day=TODAY, part=""):
    write(cell(facility, measure, value, day=day, part=part))


def cell(facility, measure, value, *, day, part):
    return DailyFigure(facility=facility, day=day, measure=measure, part=part, value=Decimal(value))


def usual(facility, visits=100, *, days=40):
    """As many visits on each day until yesterday, and today."""
    past = [TODAY - timedelta(days=n) for n in range(days)]
    write(*(cell(facility, "visits", visits, day=day, part="MED") for day in past))


def look(client, person, name="review_detail", *args, **query):
    client.force_login(person)
    return client.get(reverse(f"reports:{name}", args=args, query=query or None))


# ── Who sees what ──


def test_each_sees_the_widest_of_their_own(client, indu, hari, lata, rims, sgml, gumla):
    for person, place, count in ((indu, "state", 2), (hari, gumla, 1), (lata, rims, 1)):
        scope = look(client, person).context["scope"]
        assert len(scope.facilities) == count
        assert place in (scope.kind, scope.place)


def test_another_hospital_and_another_district_are_not_there(
    client, hari, lata, indu, rims, sgml, ranchi, gumla
):
    for person, name, place, status in (
        (indu, "review_district", gumla, 200),
        (indu, "review_facility", rims, 200),
        (hari, "review_district", gumla, 200),
        (hari, "review_district", ranchi, 404),
        (hari, "review_facility", sgml, 200),
        (hari, "review_facility", rims, 404),
        (lata, "review_facility", rims, 200),
        (lata, "review_facility", sgml, 404),
        (lata, "review_district", ranchi, 403),
    ):
        assert look(client, person, name, place.pk).status_code == status, (person, place)


def test_a_district_sums_its_own_hospitals_only(client, hari, rims, sgml):
    keep(rims, "visits", 70, part="MED")
    keep(sgml, "visits", 30, part="MED")

    page = look(client, hari)

    assert page.context["stats"][0].value == "30"
    assert "70" not in [one.value for one in page.context["stats"]]


def test_a_clerk_and_a_doctor_get_no_review(client, kavita, bose):
    for person in (kavita, bose):
        assert look(client, person).status_code == 403


# ── What it says ──


def test_today_stands_beside_what_is_usual(client, indu, rims):
    usual(rims, 90)
    keep(rims, "collected", "684250.00", part="cash")

    opd, _lying, live, _wait, _casualty, money = look(client, indu).context["stats"]

    assert (opd.value, opd.beside) == ("90", "30-day average 90")
    assert (live.value, live.tone) == ("1 / 1", "t-good")
    assert money.value == "₹6,84,250.00"


def test_today_looks_again_by_itself_and_alone(client, indu, rims):
    usual(rims, 90)
    client.force_login(indu)
    answer = client.get(reverse("reports:review_detail"), headers={"HX-Request": "true"})

    assert "every 30s" in answer.text
    assert "<main" not in answer.text
    assert "ranks" not in answer.context


def test_a_silent_hospital_is_named(client, indu, rims, sgml):
    usual(rims)

    live = look(client, indu).context["stats"][2]

    assert (live.value, live.verdict, live.tone) == ("1 / 2", "SGML", "t-bad")


def test_a_month_is_ranked_and_held_against_the_same_days_of_the_one_before(client, indu, rims, sgml):
    before = TODAY - timedelta(days=31)
    for place, now, was in ((rims, 60, 50), (sgml, 20, 40)):
        keep(place, "visits", 100, part="MED")
        keep(place, "prescribed", now)
        keep(place, "visits", 100, day=before, part="MED")
        keep(place, "prescribed", was, day=before)
    keep(sgml, "prescribed", 90, day=date(2026, 10, 31))  # after the same day of October

    first, second = look(client, indu).context["ranks"]

    assert (first.place, first.share, first.change_said, first.is_low) == (rims.district, 60, "+10", False)
    assert (second.place, second.share, second.change_said, second.is_low) == (sgml.district, 20, "−20", True)


def test_a_month_that_is_over_is_whole_and_none_lies_ahead(client, indu, rims):
    keep(rims, "visits", 1, day=date(2026, 10, 31), part="MED")

    october = look(client, indu, month="2026-10").context["review"]
    assert (october.first, october.last) == (date(2026, 10, 1), date(2026, 10, 31))
    for asked in ("2031-01", "nonsense", "0001-01", ""):
        assert look(client, indu, month=asked).context["review"].first == date(2026, 11, 1)


def test_whom_to_call_and_about_what(client, indu, rims, sgml):
    usual(sgml, 100)
    keep(sgml, "prescribed", 1000)
    usual(rims, 100)
    DailyFigure.objects.filter(facility=rims, day=TODAY).delete()
    keep(rims, "prescribed", 100, day=TODAY - timedelta(days=1))
    keep(rims, "dispensed", 7, part="given", day=TODAY - timedelta(days=1))
    keep(rims, "dispensed", 3, part="not_available", day=TODAY - timedelta(days=1))

    (call,) = look(client, indu).context["calls"]

    assert call.place == rims.district
    assert [str(words) for _weight, words, _place in call.first] == [
        "no registration today, usually 100",
        "E-prescriptions 4 %, goal 50",
        "30 % of the medicines were not available",
    ]


def test_nobody_is_called_before_eleven_or_on_a_sunday(client, indu, rims, time_machine):
    usual(rims, 100)
    keep(rims, "prescribed", 2000, day=TODAY - timedelta(days=1))
    DailyFigure.objects.filter(day=TODAY).delete()
    assert len(look(client, indu).context["calls"]) == 1
    for moment in (datetime(2026, 11, 25, 5, 0, tzinfo=UTC), datetime(2026, 11, 29, 7, 0, tzinfo=UTC)):
        time_machine.move_to(moment, tick=False)
        assert look(client, indu).context["calls"] == []


def test_an_unusual_rise_comes_first(client, indu, rims):
    for week in range(1, 9):
        keep(rims, "diagnoses", 40, part="J45", day=TODAY - timedelta(days=7 * week))
        keep(rims, "diagnoses", 2, part="A90", day=TODAY - timedelta(days=7 * week))
    keep(rims, "diagnoses", 41, part="J45")
    keep(rims, "diagnoses", 9, part="A90")

    first, second = look(client, indu, "outcome_list").context["diagnoses"]

    assert (first.said[:3], first.count, first.usual, first.is_rise) == ("A90", 9, 2, True)
    assert (second.said[:3], second.count, second.is_rise) == ("J45", 41, False)


def test_twelve_weeks_of_an_indicator(rims):
    keep(rims, "visits", 10, part="MED")
    keep(rims, "prescribed", 4)
    keep(rims, "visits", 10, part="MED", day=TODAY - timedelta(days=83))
    keep(rims, "prescribed", 9, day=TODAY - timedelta(days=83))

    (weeks,) = queries.weekly({rims: [rims]}, INDICATORS["prescriptions"], TODAY)

    assert weeks.shares == [90, *[None] * 10, 40]
    assert weeks.now == 40
    assert weeks.path == "M4 9.2L118 35.2"


def test_names_are_escaped_in_both_languages(client, indu, rims):
    rims.name = rims.name_hi = HOSTILE
    rims.save()
    usual(rims)
    for language in ("hi", "en"):
        client.cookies["django_language"] = language
        with translation.override(language):
            for name, args in (("review_detail", []), ("review_facility", [rims.pk])):
                page = look(client, indu, name, *args)
                assert page.status_code == 200
                assert HOSTILE not in page.text


def test_a_page_asks_as_much_of_thirty_hospitals_as_of_one(client, indu, rims, django_assert_max_num_queries):
    usual(rims)
    for n in range(30):
        place = make_facility(f"H{chr(65 + n // 26)}{chr(65 + n % 26)}", make_district(f"D{n}", 900 + n))
        usual(place, 50, days=3)
    client.force_login(indu)
    with django_assert_max_num_queries(20):
        assert client.get(reverse("reports:review_detail")).status_code == 200


# ── Small numbers outside the hospital ──


def ended(page):
    return {kind.value: now for kind, now, _before in page.context["outcomes"]}


def test_small_numbers_are_masked_outside_and_told_inside(client, indu, lata, rims):
    for kind, count in (("improved", 90), ("died", 2), ("lama", 12), ("referred", 7)):
        keep(rims, "discharges", count, part=kind)
    keep(rims, "diagnoses", 3, part="A90")
    keep(rims, "diagnoses", 30, part="J45")

    state, own = look(client, indu, "outcome_list"), look(client, lata, "outcome_list")

    told = ended(state)
    assert told["died"] is None
    assert sum(now is None for now in told.values()) >= 1
    assert {one.said[:3]: one.count for one in state.context["diagnoses"]} == {"J45": 30, "A90": None}
    assert ended(own) == {"died": 2, "lama": 12, "absconded": 0, "referred": 7}
    assert [one.count for one in own.context["diagnoses"]] == [30, 3]


@pytest.fixture
def three(rims, sgml, ranchi):
    """Two hospitals in Ranchi, one of them with three deaths, and the one of Gumla."""
    other = make_facility("SRNC", ranchi)
    for place, died in ((rims, 9), (other, 3), (sgml, 20)):
        keep(place, "discharges", died, part="died")
        keep(place, "discharges", 50, part="improved")
        keep(place, "diagnoses", died, part="A90")
    return other


def test_what_a_district_is_told_by_is_its_line_of_the_states_table(client, indu, three, rims, sgml, ranchi):
    assert ended(look(client, indu, "outcome_list"))["died"] == 32
    assert ended(look(client, indu, "outcome_list", district=ranchi.pk))["died"] == 12
    # Twelve less nine would be three: from the state no hospital of a district with several is told.
    for place in (rims, three):
        page = look(client, indu, "outcome_list", facility=place.pk)
        assert set(ended(page).values()) == {None}
        assert [one.count for one in page.context["diagnoses"]] == [None]
    assert ended(look(client, indu, "outcome_list", facility=sgml.pk))["died"] == 20


def test_a_district_is_told_by_its_hospitals_and_masked_by_them(client, three, rims, ranchi):
    officer = make_person("Hem", Role.DISTRICT_ADMIN, ranchi)

    assert ended(look(client, officer, "outcome_list"))["died"] == 12
    for place in (rims, three):
        page = look(client, officer, "outcome_list", facility=place.pk)
        assert ended(page)["died"] is None
        assert [one.count for one in page.context["diagnoses"]] == [None]


def test_from_outside_what_befell_people_is_one_table_of_a_month(client, indu, three):
    page = look(client, indu, "figure_detail", "discharges", begins="2026-11-03", ends="2026-11-04")

    died = queries.KINDS.index("died")
    lines = {place.name: numbers[died] for place, numbers, _sum in page.context["lines"]}
    assert lines == {"Gumla": 20, "Ranchi": 12}
    assert (page.context["first"], page.context["last"]) == (date(2026, 11, 1), TODAY)
    for measure in ("deaths", "diagnoses"):
        assert look(client, indu, "figure_detail", measure).status_code == 404


def test_inside_what_befell_people_opens_as_any_figure_does(client, lata, rims):
    keep(rims, "deaths", 3)

    own = look(client, lata, "figure_detail", "deaths")

    assert [line.value for line, _url in own.context["days"]] == [3]


# ── What a figure was counted from ──


def test_a_figure_leads_to_hospitals_days_and_rows(client, lata, indu, rims, med):
    asha = make_patient(rims)
    make_encounter(asha, med, at=timezone.now())
    keep(rims, "visits", 1, part="MED")
    place = {"facility": rims.pk, "begins": TODAY.isoformat(), "ends": TODAY.isoformat()}

    state = look(client, indu, "figure_detail", "visits")
    assert [(line.what, line.value) for line, _url in state.context["hospitals"]] == [(rims, 1)]
    above = look(client, indu, "figure_detail", "visits", **place)
    assert "rows" not in above.context
    assert asha.uhid_shown not in above.text

    own = look(client, lata, "figure_detail", "visits", **place)
    assert [row.patient for row in own.context["rows"]] == [asha]
    assert asha.uhid_shown in own.text
    seen = AuditEntry.objects.get(name="reports.rows_viewed")
    assert seen.detail == {"measure": "visits", "day": TODAY.isoformat()}


def test_what_was_found_names_nobody(client, lata, rims, med, bose):
    asha = make_patient(rims, name="Phulmani")
    make_condition(make_encounter(asha, med, at=timezone.now()), bose, "I10", at=timezone.now())
    keep(rims, "diagnoses", 1, part="I10")
    place = {"facility": rims.pk, "begins": TODAY.isoformat(), "ends": TODAY.isoformat()}

    page = look(client, lata, "figure_detail", "diagnoses", **place)

    assert len(page.context["rows"]) == 1
    assert "Phulmani" not in page.text


@pytest.mark.parametrize("measure", ["nothing", "visits2"])
def test_no_such_figure(client, indu, measure):
    assert look(client, indu, "figure_detail", measure).status_code == 404


def test_days_that_make_no_sense_are_today(client, indu, rims):
    for first, last in (("2026-11-30", "2026-11-01"), ("x", "y"), ("2020-01-01", "2026-01-01")):
        page = look(client, indu, "figure_detail", "visits", begins=first, ends=last)
        assert (page.context["first"], page.context["last"]) == (TODAY, TODAY)


def test_each_measure_lists_its_rows(client, lata, rims):
    for one in ALL:
        page = look(
            client,
            lata,
            "figure_detail",
            one.key,
            facility=rims.pk,
            begins=TODAY.isoformat(),
            ends=TODAY.isoformat(),
        )
        assert page.status_code == 200, one.key
    assert not Encounter.objects.exists()


def test_scope_of_a_place(rims, sgml):
    scope = Scope(rims.district.state, [rims, sgml])

    assert scope.kind == "state"
    assert list(scope.by_district()) == [sgml.district, rims.district]


# ── In numbers ──


def numbers(client, person, **query):
    page = look(client, person, "number_list", **query)
    return {one.asked.key: one for one, _values in page.context["numbers"]}


def figure(measure, rims, first, last=None):
    """The page of a measure at RIMS, as it stands in a page."""
    days = {"begins": first.isoformat(), "ends": (last or first).isoformat()}
    query = {"facility": rims.pk} | days
    address = reverse("reports:figure_detail", args=[measure], query=query).replace("&", "&amp;")
    return f'<a href="{address}">'


def test_every_number_opens_the_days_it_was_counted_from(client, lata, rims, unit):
    make_token(make_clinic_day(unit, held_on=TODAY), senior_since=NOON)
    for day in (0, 1, 40, 365):
        keep(rims, "visits", 7, day=TODAY - timedelta(days=day), part="MED")

    text = look(client, lata, "number_list").text
    for first, last in (
        (TODAY, TODAY),
        (TODAY - timedelta(days=30), TODAY - timedelta(days=1)),
        (TODAY.replace(day=1), TODAY),
        (date(2026, 10, 1), date(2026, 10, 25)),
        (date(2025, 11, 1), date(2025, 11, 25)),
    ):
        assert figure("visits", rims, first, last) in text, first
    assert figure("tokens", rims, TODAY) in text
    days = look(client, lata).text
    for day in (TODAY, TODAY - timedelta(days=1)):
        assert figure("collected", rims, day) in days


def test_today_stands_beside_30_days_a_month_and_a_year(client, lata, rims):
    for day, visits in ((0, 90), (1, 60), (30, 30), (40, 12), (365, 45)):
        keep(rims, "visits", visits, day=TODAY - timedelta(days=day), part="MED")
    keep(rims, "prescribed", 45)

    found = numbers(client, lata)

    # October is told up to its 25th: the 26th, thirty days ago, is none of it.
    assert found["visits"].values == [90, 3, 150, 12, 45]
    assert found["prescriptions"].values == [50, 0, 30, 0, 0]


def test_before_a_hospital_was_counted_nothing_is_said(client, lata, rims):
    keep(rims, "visits", 5, part="MED")

    assert numbers(client, lata)["visits"].values == [5, 0, 5, None, None]


def test_beds_taken_today_are_those_taken_now(client, lata, rims, ward, clara):
    keep(rims, "lain", 1)
    keep(rims, "beds", 100)
    beds = beds_in(ward)
    admit(make_patient(rims), beds[0], clara, at=NOON)

    occupancy = numbers(client, lata)["occupancy"]

    assert occupancy.today == 100 // sum(one.kind == BedKind.BED for one in beds)
    assert occupancy.month == 1


def test_a_past_month_is_told_whole(client, lata, rims):
    for day, visits in ((date(2026, 9, 30), 30), (date(2026, 8, 31), 31), (date(2025, 9, 1), 1)):
        keep(rims, "visits", visits, day=day, part="MED")

    assert numbers(client, lata, month="2026-09")["visits"].values == [0, 0, 30, 31, 1]


def test_numbers_are_of_the_place_that_is_named(client, hari, lata, rims, sgml, gumla):
    keep(rims, "visits", 70, part="MED")
    keep(sgml, "visits", 30, part="MED")

    assert numbers(client, hari)["visits"].today == 30
    assert numbers(client, hari, district=gumla.pk)["visits"].today == 30
    assert look(client, hari, "number_list", facility=rims.pk).status_code == 404
    assert look(client, lata, "number_list", facility=sgml.pk).status_code == 404


def test_the_queues_are_told_by_department(client, lata, rims, unit):
    med_day = make_clinic_day(unit, held_on=TODAY)
    for minutes in (10, 20, 60):
        token = make_token(med_day, senior_since=NOON - timedelta(hours=3))
        if minutes < 60:
            token.called_at = token.senior_since + timedelta(minutes=minutes)
            token.status = TokenStatus.DONE
            token.save()

    (queue,) = look(client, lata, "number_list").context["queues"]

    assert (queue.code, queue.came, queue.waiting, queue.median) == ("MED", 3, 1, 15)


def test_what_stands_beneath_comes_alone_into_the_page(client, lata, rims):
    for name, part in (("number_list", "numbers"), ("outcome_list", "outcomes")):
        assert f'hx-get="/reports/{part}/?' in look(client, lata).text
        answer = client.get(reverse(f"reports:{name}"), headers={"HX-Request": "true"})
        assert "<main" not in answer.text
        assert f'id="{part}"' in answer.text


def test_one_hospital_is_shown_by_all_its_indicators(client, lata, indu, rims):
    usual(rims)
    keep(rims, "prescribed", 40, day=TODAY)
    keep(rims, "prescribed", 40, day=date(2026, 10, 20))

    lines = [one for one, _tab in look(client, lata).context["lines"]]

    assert [one.place.key for one in lines] == list(INDICATORS)
    assert (lines[0].share, lines[0].change) == (2, -2)
    assert look(client, indu).context["lines"] == []


def test_every_plot_has_its_table(client, lata, rims):
    usual(rims)
    keep(rims, "prescribed", 50)

    rows = look(client, lata).context["week_rows"]

    assert rows[0] == (TODAY, [7])
    assert len(rows) == 12


# ── A year of a figure ──


def test_a_figure_is_drawn_day_by_day_beside_the_year_before(client, lata, rims):
    keep(rims, "visits", 7, day=TODAY, part="MED")
    keep(rims, "visits", 4, day=TODAY - timedelta(days=2), part="MED")
    keep(rims, "visits", 5, day=TODAY - timedelta(weeks=52), part="MED")

    week = {"begins": TODAY - timedelta(days=6), "ends": TODAY}
    curve = json.loads(look(client, lata, "figure_detail", "visits", **week).context["curve"])

    assert curve["value"] == [0, 0, 0, 0, 4, 0, 7]
    assert curve["lower"] == [*[None] * 6, 5]
    assert len(curve["at"]) == 7
    assert "curve" not in look(client, lata, "figure_detail", "visits").context


def test_until_the_figures_are_counted_the_page_says_so(client, lata, rims):
    said = "being counted for the first time"

    assert said in look(client, lata).text
    services.count_first(at=NOON)
    assert said not in look(client, lata).text
