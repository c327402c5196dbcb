"""How long each step took: by department and unit, of one day, and honest about who was not measured."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from facilities.roles import Role
from hmis.kernel.templatetags.ui import so_far
from opd.queries import Spread, Waits, waiting_times
from opd.services import (
    Closing,
    begin_token,
    call_token,
    close_clinic,
    end_days,
    finish_token,
    leave_token,
    move_token,
    return_token,
    send_for_tests,
    skip_token,
)
from opd.states import CloseReason, LeftHow, TokenStatus
from tests.conftest import NOON
from tests.factories.chart import make_observation
from tests.factories.facilities import make_department, make_person, make_unit
from tests.factories.opd import DAY, make_clinic_day, make_token

TOMORROW = date(2026, 7, 23)
PAGE = "opd:waiting_list"


def after(minutes):
    return NOON + timedelta(minutes=minutes)


@pytest.fixture
def clinic(unit):
    return make_clinic_day(unit)


@pytest.fixture
def second(med):
    return make_unit(med, "Unit 2")


def come(clinic, minutes=0, **changes):
    return make_token(clinic, senior_since=after(minutes), **changes)


def see(token, doctor, called, done):
    """Called and done, so many minutes after noon."""
    call_token(token=token, actor=doctor, at=after(called))
    finish_token(token=token, actor=doctor, at=after(done))


def measure(token, nurse, minutes, **changes):
    at = after(minutes)
    make_observation(token.encounter, nurse, taken_at=at, recorded_at=at, **changes)


def waits(user, day=DAY):
    """The day of the only department with its only unit."""
    (department,) = waiting_times(user, day)
    return department.all


def whole(seconds):
    """Whole minutes, the shortest first: the database gathers them as it finds them."""
    return sorted(one // 60 for one in seconds)


# ── Of many, the middle and nine of ten ──


def minutes(*counts):
    return [one * 60 for one in counts]


@pytest.mark.parametrize(
    ("took", "spread"),
    [
        ([], None),
        ([7], Spread(1, 7, 7)),
        ([30, 10], Spread(2, 20, 30)),
        ([5, 1, 3], Spread(3, 3, 5)),
        (range(1, 11), Spread(10, 5, 9)),
        (range(1, 12), Spread(11, 6, 10)),
        ([*[10] * 9, 500], Spread(10, 10, 10)),
    ],
)
def test_the_middle_and_what_nine_of_ten_did_not_exceed(took, spread):
    assert Spread.of(minutes(*took)) == spread


def test_no_time_is_less_than_none_and_only_whole_minutes_are_said():
    assert Spread.of([-90, -30]) == Spread(2, 0, 0)
    assert Spread.of([119]) == Spread(1, 1, 1)


def test_units_are_added_up():
    first, other = Waits(given=2, waiting=1, waits_since=after(9)), Waits(given=3, waits_since=after(4))
    other.to_call = minutes(3)
    first.add(other)
    first.add(Waits())

    assert (first.given, first.waiting, first.waits_since) == (5, 1, after(4))
    assert first.to_call == minutes(3)


# ── A day ──


def test_from_the_registration_to_the_first_call_and_to_done(clinic, bose):
    see(come(clinic), bose, called=20, done=26)
    token = come(clinic, 5)
    call_token(token=token, actor=bose, at=after(35))
    skip_token(token=token, actor=bose, at=after(36))
    see(token, bose, called=60, done=70)

    day = waits(bose)
    assert whole(day.to_call) == [20, 30]
    assert whole(day.with_doctor) == [6, 10]
    assert (day.given, day.waiting, day.left_unseen) == (2, 0, 0)


def test_the_detour_to_the_tests_is_not_the_doctors_time(clinic, bose):
    token = come(clinic)
    call_token(token=token, actor=bose, at=after(10))
    begin_token(token=token, actor=bose, at=after(12))
    send_for_tests(token=token, request_key=uuid4(), actor=bose, at=after(20))
    return_token(token=token, actor=bose, at=after(80))
    see(token, bose, called=85, done=90)

    day = waits(bose)
    assert (whole(day.to_call), whole(day.at_tests), whole(day.with_doctor)) == ([10], [60], [5, 8])


def test_who_waits_and_how_long_the_longest(clinic, bose):
    come(clinic, 10)
    come(clinic, 4)
    back = come(clinic, 0, status=TokenStatus.SENT_FOR_TESTS)
    return_token(token=back, actor=bose, at=after(30))
    come(clinic, -90, status=TokenStatus.CANCELLED)

    day = waits(bose)
    assert (day.waiting, day.waits_since, day.given) == (3, after(4), 3)


def test_from_the_registration_to_the_first_vital_sign(clinic, bose, clara):
    measured, wrong, _never = come(clinic), come(clinic), come(clinic)
    for n in (12, 5):
        measure(measured, clara, n)
    measure(
        wrong,
        clara,
        2,
        wrong_at=after(3),
        wrong_by=clara,
        wrong_because="another patient",
    )
    measure(wrong, clara, -2)

    assert whole(waits(bose).to_measure) == [-2, 5]  # measured at the door


def test_who_left_unseen_is_counted_and_who_was_seen_is_not(clinic, bose):
    leave_token(token=come(clinic), how=LeftHow.SAID_SO, actor=bose, at=after(50))
    come(clinic)
    seen = come(clinic)
    begin_token(token=seen, actor=bose, at=after(9))
    send_for_tests(token=seen, request_key=uuid4(), actor=bose, at=after(10))
    leave_token(token=seen, how=LeftHow.SAID_SO, actor=bose, at=after(11))
    returned = come(clinic)
    leave_token(token=returned, how=LeftHow.SAID_SO, actor=bose, at=after(1))
    return_token(token=returned, actor=bose, at=after(2))

    assert waits(bose).left_unseen == 1
    end_days(at=NOON + timedelta(hours=13))
    assert waits(bose).left_unseen == 3


def test_the_days_end_is_no_measure(clinic, bose):
    begin_token(token=come(clinic), actor=bose, at=after(5))
    sent = come(clinic)
    begin_token(token=sent, actor=bose, at=after(6))
    send_for_tests(token=sent, request_key=uuid4(), actor=bose, at=after(7))
    come(clinic)
    end_days(at=NOON + timedelta(hours=13))

    day = waits(bose)
    assert (whole(day.to_call), whole(day.with_doctor), day.at_tests) == ([5, 6], [1], [])


def test_moved_to_another_unit_the_whole_wait_counts_there(clinic, second, bose):
    token = come(clinic)
    moved = move_token(token=token, unit=second, request_key=uuid4(), actor=bose, at=after(30))
    see(moved, bose, called=45, done=50)

    (department,) = waiting_times(bose, DAY)
    first, other = (of for _clinic, of in department.units)
    assert (whole(first.to_call), whole(other.to_call), whole(department.all.to_call)) == ([], [45], [45])


def test_from_the_tests_into_another_unit_it_is_no_first_wait(clinic, second, bose):
    token = come(clinic)
    begin_token(token=token, actor=bose, at=after(8))
    send_for_tests(token=token, request_key=uuid4(), actor=bose, at=after(10))
    moved = move_token(token=token, unit=second, request_key=uuid4(), actor=bose, at=after(50))
    see(moved, bose, called=52, done=60)

    (department,) = waiting_times(bose, DAY)
    assert whole(department.all.to_call) == [8]
    assert whole(department.all.at_tests) == [40]


def test_the_night_between_two_days_is_nobodys_wait(clinic, unit, bose, clara):
    token = come(clinic)
    closing = Closing(CloseReason.CALLED_AWAY)
    close_clinic(clinic_day=clinic, closing=closing, request_key=uuid4(), actor=bose, at=after(60))
    (carried,) = unit.clinic_days_held.get(held_on=TOMORROW).tokens.all()
    morning = 22 * 60
    measure(token, clara, morning)
    see(carried, bose, called=morning, done=morning + 5)

    day = waits(bose, TOMORROW)
    assert (day.to_call, day.to_measure, whole(day.with_doctor)) == ([], [], [5])


def test_midnight_is_indias(unit, bose):
    """Registered at 0:10 in India: the day before in Greenwich."""
    tomorrow = make_clinic_day(unit, TOMORROW)
    see(come(tomorrow, 730), bose, called=745, done=750)

    assert whole(waits(bose, TOMORROW).to_call) == [15]
    assert waiting_times(bose, DAY) == []


def test_departments_stand_in_their_order_with_their_units(rims, clinic, second, bose):
    make_clinic_day(second)
    make_clinic_day(make_unit(make_department(rims, "EYE", position=999), "Eye 1"))

    shown = waiting_times(bose, DAY)
    assert [(one.department.code, [day.unit.name for day, _of in one.units]) for one in shown] == [
        ("MED", [clinic.unit.name, "Unit 2"]),
        ("EYE", ["Eye 1"]),
    ]


def test_another_hospital_sees_nothing_of_it(clinic, esha):
    come(clinic)

    assert waiting_times(esha, DAY) == []


# ── The page ──


@pytest.fixture
def lata(rims):
    return make_person("Lata", Role.FACILITY_ADMIN, rims)


def test_the_page_shows_today_and_leads_to_each_queue(client, unit, lata):
    client.force_login(lata)
    today = make_clinic_day(unit, timezone.localdate())
    since = timezone.now() - timedelta(minutes=61, seconds=5)
    make_token(today, senior_since=since)

    page = client.get(reverse(PAGE))
    assert page.status_code == 200
    # An hour after midnight it is "since" the day before.
    assert f"longest {so_far(since)}" in page.content.decode()
    assert reverse("opd:clinicday_detail", args=[today.pk]) in page.content.decode()
    assert b"hx-trigger" in page.content


def test_another_day_is_chosen_and_does_not_renew_itself(client, clinic, lata, bose):
    client.force_login(lata)
    see(come(clinic), bose, called=95, done=100)

    page = client.get(reverse(PAGE), {"day": "2026-07-22"})
    assert "<b>1 h 35 min</b>" in page.content.decode()
    assert b'hx-trigger="every 30s"' not in page.content
    assert page.context["before"] == date(2026, 7, 21)


@pytest.mark.parametrize("day", ["", "yesterday", "2026-13-01", "=1+1"])
def test_a_day_that_is_none_is_refused_at_its_field(client, lata, day):
    client.force_login(lata)

    page = client.get(reverse(PAGE), {"day": day})
    assert page.status_code == 422
    assert page.context["form"].errors["day"]


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_first_and_the_last_day_of_the_calendar_have_no_queue(client, lata, day):
    client.force_login(lata)

    page = client.get(reverse(PAGE), {"day": day})
    assert b"There was no queue on this day." in page.content


def test_only_a_fragment_is_sent_to_renew_it(client, clinic, lata):
    client.force_login(lata)

    page = client.get(reverse(PAGE), headers={"HX-Request": "true"})
    assert page.content.decode().lstrip().startswith("<section")


def test_the_day_is_asked_as_people_here_write_it(client, clara, clinic):
    client.force_login(clara)

    shown = client.get(reverse(PAGE), {"day": f"{TOMORROW:%d-%m-%Y}"}).text
    assert f'value="{TOMORROW:%d-%m-%Y}"' in shown
    assert 'type="date"' not in shown
