"""Bed-days: by the stated rule, once however often somebody counts, at the price that holds."""

import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from uuid import uuid4

import pytest
import time_machine

from billing.models import ChargeItem
from hmis.kernel.numbering import INDIA
from ipd.bed_days import bed_days
from ipd.models import BedDay, DayTariff, InpatientSetting
from ipd.services import begin_leave, charge_all_bed_days, charge_bed_days, end_leave, transfer_bed
from ipd.states import BedDayRule
from ipd.tasks import end_days
from reports.queries import uncharged
from tests.conftest import NOON
from tests.factories.ipd import admit, beds_in, begin_discharge, leave, make_ward
from tests.factories.parallel import all_at_once
from tests.factories.tariffs import make_cover, make_definition, make_payer, make_price

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
CALENDAR, HOURS = BedDayRule.CALENDAR, BedDayRule.HOURS


def at(text):
    return datetime.strptime(f"2026-07-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=INDIA)


@pytest.mark.parametrize(
    ("rule", "came", "until", "leaving", "days"),
    [
        (CALENDAR, "10 09:00", "10 18:00", True, [10]),  # the only day
        (CALENDAR, "10 09:00", "10 18:00", False, []),  # may still be a mistake
        (CALENDAR, "10 09:00", "10 09:00", True, [10]),
        (CALENDAR, "10 23:59", "11 00:01", True, [10]),  # the day of leaving does not count
        (CALENDAR, "10 23:59", "11 00:01", False, [10]),
        (CALENDAR, "10 09:00", "13 08:00", True, [10, 11, 12]),
        (CALENDAR, "10 09:00", "13 08:00", False, [10, 11, 12]),
        (HOURS, "10 09:00", "10 10:00", True, [10]),
        (HOURS, "10 09:00", "10 10:00", False, []),
        (HOURS, "10 09:00", "11 09:00", True, [10]),
        (HOURS, "10 09:00", "11 09:01", True, [10, 11]),  # a second one is begun
        (HOURS, "10 09:00", "11 09:01", False, [10]),
        (HOURS, "10 09:00", "10 09:00", True, [10]),
        (HOURS, "10 09:00", "09 09:00", True, []),
    ],
)
def test_the_rule(rule, came, until, leaving, days):
    found = bed_days(rule, at(came), at(until), is_leaving=leaving)
    assert [one.day.day for one in found] == days
    assert all(one.ends_at <= max(at(until), at(came)) or not leaving for one in found)


def test_counting_on_the_way_counts_no_other_days_than_counting_at_the_end():
    """Whatever was counted each hour of a stay is counted at its end too."""
    dice = random.Random(8)
    for _ in range(200):
        came = at("01 00:00") + timedelta(minutes=dice.randrange(3000))
        left = came + timedelta(minutes=dice.randrange(9000))
        for rule in (CALENDAR, HOURS):
            at_the_end = {one.day for one in bed_days(rule, came, left, is_leaving=True)}
            on_the_way = {
                one.day
                for minutes in range(0, int((left - came).total_seconds() // 60), 60)
                for one in bed_days(rule, came, came + timedelta(minutes=minutes), is_leaving=False)
            }
            assert on_the_way <= at_the_end
            assert len(at_the_end - on_the_way) <= 1


# ── Charged ──

pytestmark = pytest.mark.django_db


@pytest.fixture
def general(rims):
    return make_price(make_definition("BED-GEN", kind="bed_day", name="Bed, general"), rims, "100.00")


@pytest.fixture
def admission(asha, ward, clara):
    return admit(asha, beds_in(ward)[0], clara, at=NOON).admission


def count(admission, when, actor=None):
    return charge_bed_days(admission=admission, actor=actor, at=when)


def test_each_night_is_charged_once_however_often_somebody_counts(admission, general, rims):
    for hour in range(0, 72, 6):
        count(admission, NOON + hour * HOUR)
        charge_all_bed_days(facility=rims, at=NOON + hour * HOUR)
    days = BedDay.objects.order_by("day")
    assert [one.day for one in days] == [date(2026, 7, 22), date(2026, 7, 23), date(2026, 7, 24)][: len(days)]
    assert len(days) == 3
    assert ChargeItem.objects.filter(source="ipd.bedday").count() == 3
    item = days[0].charge_item
    assert (item.net, item.description) == (Decimal("100.00"), "Bed, general 22-07-2026")
    assert item.source_id == days[0].pk


@pytest.mark.django_db(transaction=True)
def test_ten_who_count_at_once_charge_each_day_once(admission, general):
    outcomes = all_at_once([partial(count, admission, NOON + 3 * DAY)] * 10)
    assert sorted(len(one) for one in outcomes) == [*[0] * 9, 3]
    assert BedDay.objects.count() == ChargeItem.objects.count() == 3


def test_the_day_of_leaving_is_charged_only_if_it_is_the_only_one(admission, general, bose, clara):
    begin_discharge(admission, bose, at=NOON + HOUR)
    leave(admission, clara, at=NOON + 2 * HOUR)
    assert BedDay.objects.get().day == date(2026, 7, 22)
    count(admission, NOON + DAY)
    assert BedDay.objects.count() == 1


def test_whoever_came_on_the_day_is_not_charged_before_it_is_over(admission, general):
    assert count(admission, NOON + HOUR) == []


def test_the_ward_at_the_days_end_counts(admission, general, med, clara, rims):
    make_price(make_definition("BED-ICU", kind="bed_day"), rims, "900.00")
    icu = make_ward(med, kind="icu")
    transfer_bed(
        admission=admission,
        bed=beds_in(icu)[0],
        why="worse",
        request_key=uuid4(),
        actor=clara,
        at=NOON + 4 * HOUR,
    )
    count(admission, NOON + DAY)
    day = BedDay.objects.get()
    assert (day.ward, day.charge_item.code, day.charge_item.net) == (icu, "BED-ICU", Decimal("900.00"))


def test_the_hospitals_own_line_of_the_tariff_goes_first(admission, general, ward, rims):
    own = make_definition("ROOM-A", kind="bed_day")
    make_price(own, rims, "250.00")
    DayTariff.objects.create(facility=rims, ward=ward, definition=own)
    count(admission, NOON + DAY)
    assert BedDay.objects.get().charge_item.net == Decimal("250.00")


def test_a_ward_that_costs_nothing_has_days_without_a_charge(admission, general, ward, rims):
    DayTariff.objects.create(facility=rims, ward=ward, definition=None)
    count(admission, NOON + DAY)
    assert BedDay.objects.get().charge_item is None
    assert not ChargeItem.objects.exists()


def test_days_that_were_free_stay_free_when_the_ward_is_given_a_price(admission, general, ward, rims):
    tariff = DayTariff.objects.create(facility=rims, ward=ward, definition=None)
    count(admission, NOON + 3 * DAY)
    tariff.definition = general.definition
    tariff.save()
    count(admission, NOON + 4 * DAY)
    days = BedDay.objects.order_by("day")
    assert [one.is_free for one in days] == [True, True, True, False]
    assert [one.charge_item is None for one in days] == [True, True, True, False]
    assert not uncharged(rims, NOON.date(), NOON.date() + 4 * DAY)


def test_a_day_without_a_price_stands_among_the_uncharged_and_is_charged_once_there_is_one(admission, rims):
    count(admission, NOON + DAY)
    assert BedDay.objects.get().charge_item is None
    assert [one.encounter for one in uncharged(rims, NOON.date(), NOON.date() + DAY)] == [admission.encounter]
    make_price(make_definition("BED-GEN", kind="bed_day"), rims, "100.00")
    count(admission, NOON + DAY + HOUR)
    assert BedDay.objects.get().charge_item.net == Decimal("100.00")
    assert not uncharged(rims, NOON.date(), NOON.date() + DAY)


def test_a_scheme_pays_for_the_days_that_it_covers(admission, general, kavita):
    payer = make_payer()
    make_cover(admission.encounter, kavita, payer)
    count(admission, NOON + DAY)
    item = BedDay.objects.get().charge_item
    assert (item.gross, item.net) == (Decimal("100.00"), Decimal("0.00"))
    assert item.exemptions.get().scheme == payer


def test_a_day_charged_late_is_let_off_by_the_scheme_of_that_day(admission, rims, kavita):
    first, second = make_payer(), make_payer("STATE")
    make_cover(
        admission.encounter, kavita, first, granted_at=NOON + DAY, ended_at=NOON + 2 * DAY, ended_by=kavita
    )
    make_cover(admission.encounter, kavita, second, granted_at=NOON + 2 * DAY)
    count(admission, NOON + 3 * DAY)
    make_price(make_definition("BED-GEN", kind="bed_day"), rims, "100.00")
    count(admission, NOON + 3 * DAY + HOUR)
    items = [one.charge_item for one in BedDay.objects.order_by("day")]
    schemes = [[why.scheme for why in item.exemptions.all()] for item in items]
    assert schemes == [[], [first], [second]]


@pytest.mark.parametrize(
    ("keeps_bed", "charges", "days"), [(True, True, 2), (True, False, 1), (False, True, 1)]
)
def test_on_leave(admission, general, rims, clara, ward, keeps_bed, charges, days):
    InpatientSetting.objects.create(facility=rims, charges_leave=charges)
    begin_leave(
        admission=admission,
        why="festival",
        due_at=NOON + DAY,
        keeps_bed=keeps_bed,
        request_key=uuid4(),
        actor=clara,
        at=NOON + HOUR,
    )
    end_leave(
        admission=admission,
        bed=None if keeps_bed else beds_in(ward)[1],
        request_key=uuid4(),
        actor=clara,
        at=NOON + DAY,
        confirm_bed=True,
    )
    count(admission, NOON + 2 * DAY)
    assert BedDay.objects.count() == days


def test_by_hours_a_day_ends_at_the_hour_of_admission(admission, general, rims):
    InpatientSetting.objects.create(facility=rims, bed_day_rule=HOURS)
    assert count(admission, NOON + DAY - HOUR) == []
    assert len(count(admission, NOON + DAY)) == 1


def test_the_clock_counts_in_every_hospital(admission, general):
    with time_machine.travel(NOON + 3 * DAY):  # the same days on whatever day it is tested
        end_days()
        assert BedDay.objects.count() >= 1
        before = BedDay.objects.count()
        end_days()
    assert BedDay.objects.count() == before
