"""The link: what PCs tell is added to their hours; hours without contact, medians, the beacon's door."""

from datetime import date, timedelta
from functools import partial

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from hmis.kernel.models import AuditEntry
from reports import queries, services, views
from reports.forms import ReadingsForm
from reports.models import BUCKETS, LinkHour
from reports.services import Reading
from tests.conftest import NOON
from tests.factories.parallel import all_at_once
from tests.factories.rollout import make_hour, make_setting

TODAY = date(2026, 7, 22)
URL = "reports:linkreading_new"


def tell(facility, *readings, at=NOON):
    """(ms or None, seconds ago)…"""
    said = [Reading(timedelta(seconds=ago), ms) for ms, ago in readings]
    return services.note_link(facility_id=facility.pk, readings=said, at=at)


def link_of(facility, setting=None, at=NOON):
    settings = {facility.pk: setting} if setting else {}
    return queries.links_of([facility], settings, at)[facility.pk]


def test_readings_are_added_to_the_hours_in_which_they_were_taken(rims):
    assert tell(rims, (90, 0), (None, 60), (1700, 3600)) == 2
    assert tell(rims, (30, 0), at=NOON + timedelta(minutes=59)) == 1

    now, before = LinkHour.objects.get(hour=12), LinkHour.objects.get(hour=11)
    assert (now.readings, now.failures, now.sum_ms, now.worst_ms) == (2, 0, 120, 90)
    assert (now.to_100, now.rev) == (2, 1)
    assert (before.readings, before.failures, before.to_3200, before.worst_ms) == (1, 1, 1, 1700)
    assert {one.day for one in (now, before)} == {TODAY}


def test_a_pc_with_a_wrong_clock_changes_no_hour_of_another_day(rims):
    assert tell(rims, (90, 24 * 3600 + 1), (90, -5)) == 0
    assert not LinkHour.objects.exists()


def test_an_endless_answer_counts_as_a_minute(rims):
    tell(rims, (99_999, 0))

    assert (LinkHour.objects.get().worst_ms, LinkHour.objects.get().slower) == (60_000, 1)


def test_telling_is_one_statement_and_no_fact(rims):
    with CaptureQueriesContext(connection) as asked:
        tell(rims, *[(90, 600 * n) for n in range(100)])

    assert len(asked) == 1
    assert not AuditEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_twenty_pcs_that_tell_at_once_lose_nothing(rims):
    both = [(90, 0), (None, 3600)]
    outcomes = all_at_once([partial(tell, rims, *(both if n % 2 else reversed(both))) for n in range(20)])

    assert outcomes == [2] * 20
    assert LinkHour.objects.get(hour=12).readings == LinkHour.objects.get(hour=11).failures == 20


# ── What is read ──


@pytest.mark.parametrize(
    ("counts", "median"),
    [
        ({}, None),
        ({"to_100": 1}, 50),
        ({"to_100": 2, "to_400": 1}, 75),
        ({"to_100": 1, "to_400": 1}, 100),
        ({"to_800": 4}, 600),
        ({"slower": 3}, 3200),
        ({"to_100": 1, "slower": 1}, 100),
    ],
)
def test_a_median_is_read_from_the_buckets(counts, median):
    assert queries.median_of(dict.fromkeys(BUCKETS, 0) | counts) == median


def test_hours_without_contact_are_those_in_which_it_is_open(rims):
    setting = make_setting(rims, opens_at=10, closes_at=14, open_days=[1, 2])  # Tuesday, Wednesday
    make_hour(rims, TODAY, 10)
    make_hour(rims, TODAY, 9)  # closed
    make_hour(rims, TODAY, 12)  # this hour is not over
    make_hour(rims, TODAY - timedelta(days=1), 13)
    make_hour(rims, TODAY - timedelta(days=1), 11, 0, readings=0, to_100=0, failures=4)
    make_hour(rims, TODAY - timedelta(days=7), 10)  # before the days that are asked for

    link = link_of(rims, setting)
    assert (link.open_hours, link.reached, link.lost, link.lost_share) == (6, 2, 4, 67)
    assert (link.readings, link.failures, link.median, link.worst) == (4, 4, 50, 90)


def test_a_hospital_that_says_nothing_is_open_as_most_opds_are(rims):
    link = link_of(rims)

    # Thursday to Saturday, Monday, Tuesday from 9 to 15; today from 9 until noon.
    assert (link.open_hours, link.lost, link.median, link.worst) == (33, 33, None, None)


def test_a_day_shows_why_an_hour_is_empty(rims):
    make_hour(rims, TODAY, 9)
    make_hour(rims, TODAY, 10, failures=2)
    make_hour(rims, TODAY - timedelta(days=3), 20)
    days = queries.link_days(rims, None, NOON, 4)

    assert [one.hour for one in days[0].hours] == [*range(9, 15), 20]
    assert [one.state for one in days[0].hours] == [
        *("good", "failing", "lost", "ahead", "ahead", "ahead", "ahead")
    ]
    assert {one.state for one in days[3].hours} == {"closed", "good"}  # a Sunday
    assert (days[0].lost, days[1].lost) == (1, 6)
    assert queries.last_heard(rims).hour == 10


# ── The door ──


def test_a_pc_tells_what_it_measured(client, rims, kavita):
    client.force_login(kavita)

    assert client.post(reverse(URL), {"readings": "85:20,x:600"}).status_code == 204
    assert sum(one.readings for one in LinkHour.objects.all()) == 1
    assert sum(one.failures for one in LinkHour.objects.all()) == 1
    assert client.post(reverse(URL), {"readings": ""}).status_code == 204
    assert client.get(reverse(URL)).status_code == 405


@pytest.mark.parametrize(
    "said", ["85", "85:", ":20", "85:20,", "-1:5", "1e9:5", "85:1234567", "x:x", "85:20;85:20", "123456:1"]
)
def test_what_is_no_reading_is_refused(said):
    assert not ReadingsForm({"readings": said}).is_valid()


def test_more_than_two_hundred_readings_are_refused():
    assert ReadingsForm({"readings": ",".join(["1:1"] * 200)}).is_valid()
    assert not ReadingsForm({"readings": ",".join(["1:1"] * 201)}).is_valid()


def test_who_works_at_no_hospital_tells_nothing(client, indu):
    client.force_login(indu)

    assert client.post(reverse(URL), {"readings": "85:20"}).status_code == 204
    assert not LinkHour.objects.exists()


def test_nobody_and_a_strangers_page_tell_nothing(client, kavita):
    assert client.post(reverse(URL), {"readings": "85:20"}).status_code == 302

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(kavita)
    assert strict.post(reverse(URL), {"readings": "85:20"}).status_code == 403
    assert not LinkHour.objects.exists()


def test_a_pc_that_tells_without_end_is_not_heard(client, kavita, monkeypatch):
    monkeypatch.setattr(views.rollout, "MOST_TELLINGS", 2)
    client.force_login(kavita)

    codes = [client.post(reverse(URL), {"readings": "85:20"}).status_code for _ in range(3)]
    assert codes == [204, 204, 429]


def test_telling_keeps_no_screen_awake(client, kavita, settings):
    client.force_login(kavita)
    client.get(reverse("home"))
    session = client.session
    session["seen"] = timezone.now().timestamp() - settings.IDLE_LOCK_SECONDS + 60
    session.save()

    client.post(reverse(URL), {"readings": ""}, headers={"X-Polling": "1"})
    assert client.session["seen"] == session["seen"]


def test_pages_at_a_hospital_carry_the_beacon(client, kavita, indu):
    client.force_login(kavita)
    page = client.get(reverse("patients:patient_list")).content.decode()
    assert f'data-beacon="{reverse(URL)}"' in page
    assert 'data-at="RIMS"' in page

    client.force_login(indu)
    assert "data-beacon" not in client.get(reverse("reports:rollout_list")).content.decode()
