"""The census and the figures: what the database counts is what a plain recount counts."""

import random
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from uuid import uuid4

import pytest
import time_machine

from facilities.models import Bed
from hmis.kernel.errors import Refusal
from hmis.kernel.models import AuditEntry
from hmis.kernel.numbering import INDIA
from ipd import queries
from ipd.models import Admission, Death, WardCensus
from ipd.queries.counting import COUNTED
from ipd.queries.invariants import bed_faults, census_faults, held_faults, number_faults, stay_faults
from ipd.services import begin_leave, cancel_admission, count_day, count_missing_days, end_leave, transfer_bed
from ipd.states import AdmissionStatus, DischargeType
from patients.models import BedStay
from patients.services import withdraw_death
from tests.conftest import NOON
from tests.factories.facilities import make_doctor
from tests.factories.ipd import admit, beds_in, begin_discharge, die, leave, make_ward
from tests.factories.patients import make_patient

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def night(day):
    return datetime(day.year, day.month, day.day, tzinfo=INDIA) + DAY


def list_of_stays():
    """[(admission, its stays in their order)]: written off once, however many days are counted from it."""
    stays = defaultdict(list)
    for one in BedStay.objects.select_related("bed__room").order_by("began_at", "pk"):
        stays[one.encounter_id].append(one)
    held = Admission.objects.exclude(status=AdmissionStatus.CANCELLED)
    return [(one, stays[one.encounter_id]) for one in held]


def plain_census(listed, ward, beds, day):
    """What somebody with the list of all stays and a pencil counts."""
    found = Counter(dict.fromkeys(COUNTED, 0))
    found["beds"] = sum(1 for bed in beds if bed.kind == "bed")
    for admission, stays in listed:
        lain = [one for one in stays if one.ended_at != one.began_at]
        for before, one, after in zip([None, *lain], lain, [*lain[1:], None], strict=False):
            if one.bed.room.ward_id == ward.pk:
                found.update(_came(before, one, day))
                found.update(_went(admission, one, after, day))
    return dict(found)


def _came(before, one, day):
    """How this stay counts at the day's midnight, and if it began in the day."""
    begins, ends = night(day) - DAY, night(day)
    if one.began_at < ends and (one.ended_at is None or one.ended_at >= ends):
        yield "in_beds" if one.bed.kind == "bed" else "in_extra"
    if begins <= one.began_at < ends:
        if before is None:
            yield "admitted"
        elif (before.ended_at, before.bed.room.ward_id) != (one.began_at, one.bed.room.ward_id):
            yield "moved_in"


def _went(admission, one, after, day):
    """How this stay counts if it ended in the day."""
    if one.ended_at is None or not night(day) - DAY <= one.ended_at < night(day):
        return
    if after is None and admission.left_at == one.ended_at:
        yield "died" if admission.discharge_type == "died" else "left"
    elif after is None or (after.began_at, after.bed.room.ward_id) != (one.ended_at, one.bed.room.ward_id):
        yield "moved_out"


def plain_figures(listed, first, last):
    """The same for the figures."""
    begins, ends = night(first) - DAY, night(last)
    held = [one for one, _stays in listed]
    gone = [one for one in held if one.left_at and begins <= one.left_at < ends]
    local = lambda moment: moment.astimezone(INDIA).date()  # noqa: E731
    days = sum(max((local(one.left_at) - local(one.admitted_at)).days, 1) for one in gone)
    died = [one for one in gone if one.discharge_type == "died"]
    hours = {one.encounter_id: one.died_at for one in Death.objects.all()}
    early = [
        one
        for one in died
        if hours.get(one.encounter_id, one.left_at) - one.admitted_at < timedelta(hours=48)
    ]
    nights = sum(
        1
        for _one, stays in listed
        for stay in stays
        for n in range((last - first).days + 1)
        if stay.began_at < night(first + n * DAY)
        and (stay.ended_at is None or stay.ended_at >= night(first + n * DAY))
    )
    admitted = sum(1 for one in held if begins <= one.admitted_at < ends)
    lama = sum(one.discharge_type == "lama" for one in gone)
    return admitted, len(gone), len(died), len(early), lama, days, nights


def live(dice, wards, rims, clara, bose):
    """Some days of a hospital, at random: admitted, moved, on leave, back, gone."""
    at, n = NOON, 0
    for _ in range(45):
        at += timedelta(minutes=dice.randrange(20, 400))
        beds = Bed.objects.filter(room__ward__in=wards).order_by("pk")
        taken = set(BedStay.objects.filter(ended_at=None).values_list("bed_id", flat=True))
        free = [bed for bed in beds if bed.pk not in taken]
        inside = list(Admission.objects.filter(status=AdmissionStatus.ADMITTED).order_by("pk"))
        deed = dice.choice("aaattlrdd")
        said = {"request_key": uuid4(), "actor": clara, "at": at}
        if deed == "a" and free:
            n += 1
            admit(make_patient(rims, name=f"P{n}"), dice.choice(free), clara, at=at, confirm_bed=True)
            continue
        if not inside:
            continue
        one = dice.choice(inside)
        leaves = one.leaves.filter(ended_at=None).first()
        if deed == "t" and free and queries.stay_now(one):
            transfer_bed(admission=one, bed=dice.choice(free), why="x", confirm_bed=True, **said)
        elif deed == "l" and not leaves:
            begin_leave(admission=one, why="x", due_at=at + DAY, keeps_bed=dice.random() < 0.5, **said)
        elif deed == "r" and leaves and free:
            end_leave(admission=one, bed=dice.choice(free), confirm_bed=True, **said)
        elif deed == "d":
            kind = dice.choice([DischargeType.CURED, DischargeType.LAMA, DischargeType.DIED])
            if kind == DischargeType.DIED:
                die(one.encounter, bose, died_at=at, at=at)
            else:
                begin_discharge(one, bose, kind, at=at, lama_name="Ravi" if kind == "lama" else "")
            leave(one, clara, at=at)
    return at


@pytest.mark.parametrize(("hours", "early"), [(47, 1), (49, 0)])
def test_a_death_is_early_by_its_hour_not_by_when_the_body_left_the_bed(admission, bose, clara, hours, early):
    died_at, left_at = (admission.admitted_at + timedelta(hours=n) for n in (hours, hours + 12))
    die(admission.encounter, bose, died_at=died_at, at=died_at)
    leave(admission, clara, at=left_at)
    day = left_at.astimezone(INDIA).date()
    found = queries.figures_of(admission.facility, day - DAY, day)
    assert (found.died, found.died_early) == (1, early)


@pytest.mark.parametrize("seed", range(6))
def test_what_is_counted_is_what_a_plain_recount_counts(seed, med, rims, clara, bose):
    dice = random.Random(seed)
    wards = [make_ward(med, beds=3, floor=1), make_ward(med, beds=2, floor=1, kind="icu")]
    last = live(dice, wards, rims, clara, bose)
    first = Admission.objects.order_by("admitted_at")[0].admitted_at
    first_day, last_day = first.astimezone(INDIA).date(), last.astimezone(INDIA).date()
    count_missing_days(facility=rims, at=night(last_day))
    before, listed = Counter(), list_of_stays()
    beds = {ward.pk: beds_in(ward) for ward in wards}
    rows = {(row.ward_id, row.day): row for row in WardCensus.objects.all()}
    for n in range((last_day - first_day).days + 1):
        day = first_day + n * DAY
        for ward in wards:
            row = rows[ward.pk, day]
            found = {name: getattr(row, name) for name in COUNTED}
            assert found == plain_census(listed, ward, beds[ward.pk], day), (day, ward)
            stands = found["in_beds"] + found["in_extra"]
            came = found["admitted"] + found["moved_in"]
            went = found["moved_out"] + found["left"] + found["died"]
            assert stands == before[ward.pk] + came - went
            before[ward.pk] = stands
    counted = queries.figures_of(rims, first_day, last_day)
    assert plain_figures(listed, first_day, last_day) == (
        counted.admitted,
        counted.gone,
        counted.died,
        counted.died_early,
        counted.lama,
        counted.days_of_gone,
        counted.nights,
    )
    assert counted.bed_days == 5 * counted.days
    if counted.gone:
        share = Decimal(counted.days_of_gone) / counted.gone
        assert counted.length_of_stay == share.quantize(Decimal("0.1"), ROUND_HALF_UP)
    for faults in (bed_faults, census_faults, held_faults, number_faults, stay_faults):
        assert [str(one) for one in faults()] == []


def test_counted_twice_it_is_one_row_a_ward(admission, ward, rims):
    day = admission.admitted_at.astimezone(INDIA).date()
    for _ in range(2):
        count_day(facility=rims, day=day, at=night(day))
    row = WardCensus.objects.get()
    assert (row.ward, row.in_beds, row.admitted, row.beds) == (ward, 1, 1, 4)


def test_a_day_that_is_not_over_is_refused(admission, rims):
    day = admission.admitted_at.astimezone(INDIA).date()
    with pytest.raises(Refusal, match="not over yet"):
        count_day(facility=rims, day=day, at=night(day) - timedelta(seconds=1))


def test_a_hospital_that_was_switched_off_catches_up(asha, ward, clara, rims):
    admit(asha, beds_in(ward)[0], clara, at=NOON)
    assert count_missing_days(facility=rims, at=NOON + 9 * DAY) == 9
    assert count_missing_days(facility=rims, at=NOON + 9 * DAY) == 0
    assert WardCensus.objects.filter(in_beds=1).count() == 9


def test_a_death_that_was_taken_back_is_counted_anew(asha, ward, bose, clara, rims):
    admission, day = admit(asha, beds_in(ward)[0], clara, at=NOON).admission, NOON.date()
    death = die(admission.encounter, bose, died_at=NOON, at=NOON)
    leave(Admission.objects.get(), clara, at=NOON + timedelta(hours=1))
    count_missing_days(facility=rims, at=night(day) + DAY)
    assert [(one.died, one.left) for one in WardCensus.objects.order_by("day")] == [(1, 0), (0, 0)]

    withdraw_death(
        notice=death.notice,
        why="the next bed",
        request_key=uuid4(),
        actor=make_doctor("Sen", rims),
        at=night(day) + 2 * DAY,
    )

    with time_machine.travel(night(day) + 2 * DAY):
        assert len(list(census_faults())) == 1
    assert count_missing_days(facility=rims, at=night(day) + 2 * DAY + timedelta(hours=1)) == 2
    assert [(one.died, one.left) for one in WardCensus.objects.order_by("day")] == [(0, 1), (0, 0), (0, 0)]
    with time_machine.travel(night(day) + 2 * DAY):
        assert list(census_faults()) == []
    assert count_missing_days(facility=rims, at=night(day) + 2 * DAY + timedelta(hours=2)) == 0
    told = AuditEntry.objects.filter(name="ipd.day_counted").order_by("pk")
    assert [one.detail["day"] for one in told].count(day.isoformat()) == 2


def test_an_admission_that_was_a_mistake_counts_nowhere(admission, clara, rims):
    cancel_admission(
        admission=admission, why="wrong", request_key=uuid4(), actor=clara, at=admission.admitted_at
    )
    day = admission.admitted_at.astimezone(INDIA).date()
    count_day(facility=rims, day=day, at=night(day))
    assert WardCensus.objects.filter(admitted=0, in_beds=0).count() == 1


def test_another_hospital_sees_none_of_it(admission, rims, esha, clara):
    day = admission.admitted_at.astimezone(INDIA).date()
    count_day(facility=rims, day=day, at=night(day))
    assert not queries.censuses(esha, day).exists()
    assert queries.censuses(clara, day).exists()


def test_nothing_is_divided_by_nothing(rims):
    found = queries.figures_of(rims, NOON.date(), NOON.date())
    assert (found.occupancy, found.length_of_stay, found.turnover, found.net_death_rate) == (None,) * 4


def test_a_wrong_count_is_found(admission, rims):
    day = admission.admitted_at.astimezone(INDIA).date()
    count_day(facility=rims, day=day, at=night(day))
    WardCensus.objects.update(in_beds=3)
    assert len(list(census_faults())) == 1
