"""Dashboards by the API: the figures of the page, within the caller's reach."""

from decimal import Decimal

import pytest
from django.utils import timezone

from facilities.roles import Role
from reports.models import DailyFigure
from tests.api.conftest import refused
from tests.factories.facilities import make_person

pytestmark = pytest.mark.django_db
PATH = "/api/v1/dashboards/"


def keep(facility, measure, value, part=""):
    day = timezone.localdate()
    DailyFigure.objects.create(facility=facility, day=day, measure=measure, part=part, value=Decimal(value))


@pytest.fixture
def figures(rims, sgml):
    for place, prescribed in ((rims, 30), (sgml, 90)):
        keep(place, "visits", 100, "MED")
        keep(place, "prescribed", prescribed)


def test_the_state_reads_its_districts_in_their_order(caller, indu, figures, rims, sgml):
    told = caller(indu).get(PATH).json()

    assert (told["scope"], told["today"]["visits"], told["today"]["hospitals_at_work"]) == ("state", 200, 2)
    assert told["indicators"][0] == {"key": "prescriptions", "share": 60, "goal": 50, "is_low": False}
    assert [(one["code"], one["share"]) for one in told["ranks"]] == [
        (str(sgml.district.lgd_code), 90),
        (str(rims.district.lgd_code), 30),
    ]


def test_a_place_is_named_by_its_code(caller, indu, figures, rims):
    state = caller(indu)

    hospital = state.get(PATH, {"facility": "RIMS"}).json()
    district = state.get(PATH, {"district": rims.district.lgd_code}).json()

    assert (hospital["scope"], hospital["today"]["visits"]) == ("facility", 100)
    assert (district["scope"], [one["code"] for one in district["ranks"]]) == ("district", ["RIMS"])
    assert state.get(PATH, {"facility": "NONE"}).status_code == 404


def test_nobody_reads_beyond_their_reach(caller, hari, kavita, figures, rims, sgml):
    district = caller(hari)

    assert district.get(PATH).json()["today"]["visits"] == 100
    assert district.get(PATH, {"facility": "SGML"}).status_code == 200
    for asked in ({"facility": "RIMS"}, {"district": rims.district.lgd_code}):
        assert district.get(PATH, asked).status_code == 404
    assert caller(kavita).get(PATH).status_code == 403
    own = caller(make_person("Lata", Role.FACILITY_ADMIN, rims))
    assert own.get(PATH).json()["scope"] == "facility"
    assert own.get(PATH, {"district": rims.district.lgd_code}).status_code == 404


def test_what_makes_no_sense_is_refused(caller, indu, figures):
    state = caller(indu)
    for asked in ({"month": "2026-13"}, {"month": "2099-01"}, {"by": "beauty"}, {"nonsense": "1"}):
        refused(state.get(PATH, asked), 400 if asked != {"month": "2099-01"} else 422, next(iter(asked)))


def test_each_figure_stands_beside_others(caller, indu, figures):
    numbers = {one["key"]: one for one in caller(indu).get(PATH).json()["numbers"]}

    visits = numbers["visits"]
    assert (visits["unit"], visits["today"], visits["usual"], visits["year_ago"]) == (
        "count",
        "200.00",
        "0.00",
        None,
    )
    assert (numbers["prescriptions"]["unit"], numbers["prescriptions"]["month"]) == ("percent", "60.00")
