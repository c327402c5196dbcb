"""Beds cleaned, shut, kept for somebody, put away; places laid down on the spot."""

from collections import Counter
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.utils import timezone

from facilities.models import Bed, BedKind
from facilities.services import add_beds, add_place
from facilities.states import BedStatus
from hmis.kernel.errors import KeyReused, Refusal
from hmis.kernel.models import AuditEntry
from ipd import services
from patients.models import BedReservation, CaseKind
from patients.services import DoubtfulBed
from tests.conftest import NOON
from tests.factories.ipd import admit, beds_in
from tests.factories.parallel import all_at_once
from tests.factories.patients import make_encounter, make_patient
from tests.patients.test_legal import mark

pytestmark = pytest.mark.django_db


@pytest.fixture
def bed(ward):
    return beds_in(ward)[1]


def reserve(bed, actor, *, key=None, at=None, **changes):
    return services.reserve_bed(
        bed=bed, request_key=key or uuid4(), actor=actor, at=at or timezone.now(), **changes
    )


# ── States ──


def test_a_bed_is_cleaned_and_ready_again(bed, clara):
    services.start_cleaning(bed=bed, actor=clara, at=NOON)
    bed.refresh_from_db()
    assert (bed.status, bed.status_at) == (BedStatus.CLEANING, NOON)

    services.ready_bed(bed=bed, actor=clara, at=NOON + timedelta(minutes=20))

    bed.refresh_from_db()
    assert bed.status == BedStatus.VACANT
    facts = AuditEntry.objects.filter(name="ipd.bed_state_changed").order_by("pk")
    assert [one.detail["now"] for one in facts] == ["cleaning", "vacant"]


def test_a_bed_out_of_service_says_why_and_comes_back(bed, clara):
    with pytest.raises(Refusal, match="Say why"):
        services.take_out_of_service(bed=bed, why="", actor=clara, at=NOON)

    services.take_out_of_service(bed=bed, why="oxygen line", actor=clara, at=NOON)

    bed.refresh_from_db()
    assert (bed.status, bed.status_why) == (BedStatus.OUT_OF_SERVICE, "oxygen line")
    services.ready_bed(bed=bed, actor=clara, at=NOON)
    bed.refresh_from_db()
    assert (bed.status, bed.status_why) == (BedStatus.VACANT, "")


@pytest.mark.parametrize(
    "do",
    [
        services.start_cleaning,
        services.ready_bed,
        partial(services.take_out_of_service, why="broken"),
        services.put_bed_away,
        partial(services.reserve_bed, for_whom="Gumla", request_key=uuid4()),
    ],
)
def test_a_bed_that_somebody_lies_in_stays_as_it_is(admitted, clara, do):
    with pytest.raises(Refusal, match="Somebody lies in this bed"):
        do(bed=admitted.stay.bed, actor=clara, at=timezone.now())


def test_who_comes_second_is_told(bed, clara):
    services.start_cleaning(bed=bed, actor=clara, at=NOON)
    with pytest.raises(Refusal, match="being cleaned already"):
        services.start_cleaning(bed=bed, actor=clara, at=NOON)


@pytest.mark.django_db(transaction=True)
def test_of_ten_who_shut_a_bed_one_does_and_nine_are_told(bed, clara):
    shut = partial(services.take_out_of_service, bed=bed, why="broken", actor=clara, at=NOON)

    outcomes = all_at_once([shut] * 10)

    assert Counter(map(type, outcomes)) == {Bed: 1, Refusal: 9}
    assert AuditEntry.objects.filter(name="ipd.bed_state_changed").count() == 1


@pytest.mark.django_db(transaction=True)
def test_cleaned_or_lain_into_never_both_unseen(bed, clara, asha):
    at = timezone.now()
    clean = partial(services.start_cleaning, bed=bed, actor=clara, at=at)
    lie = partial(admit, asha, bed, clara, at=at)

    all_at_once([clean, lie])

    bed.refresh_from_db()
    lain = bed.stays.filter(ended_at=None).exists()
    assert lain != (bed.status == BedStatus.CLEANING)


# ── Kept for somebody ──


def test_a_bed_is_kept_for_two_hours_unless_said_otherwise(bed, clara):
    kept = reserve(bed, clara, for_whom="Casualty: a man from Bero", at=NOON)

    assert kept.until == NOON + timedelta(hours=2)
    assert AuditEntry.objects.get(name="ipd.bed_reserved").detail == {}


def test_sent_twice_it_is_kept_once(bed, clara):
    key = uuid4()
    first, again = (reserve(bed, clara, for_whom="Gumla", at=NOON, key=key) for _ in range(2))

    assert first.pk == again.pk
    with pytest.raises(KeyReused):
        reserve(bed, clara, for_whom="Lohardaga", at=NOON, key=key)


def test_kept_for_one_it_is_kept_for_no_other(bed, clara):
    reserve(bed, clara, for_whom="Gumla")
    with pytest.raises(Refusal, match=r"kept for Gumla\. Release it first"):
        reserve(bed, clara, for_whom="Bero")


def test_whom_lists_withhold_no_refusal_names(bed, clara, asha, med):
    mark(make_encounter(asha, med), clara, CaseKind.SEXUAL_ASSAULT)
    reserve(bed, clara, patient=asha)

    with pytest.raises(Refusal, match=r"kept for name withheld\. Release"):
        reserve(bed, clara, for_whom="Bero")


def test_what_ran_out_holds_nobody_up(bed, clara):
    reserve(bed, clara, for_whom="Gumla", at=timezone.now() - timedelta(hours=3))

    reserve(bed, clara, for_whom="Bero")

    assert BedReservation.objects.get(ended_at=None).for_whom == "Bero"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "For whom is it kept"),
        ({"for_whom": "x", "until": NOON - timedelta(hours=1)}, "This time is over"),
        ({"for_whom": "x", "until": NOON + timedelta(hours=25)}, "a day at most"),
    ],
)
def test_whom_and_until_when_are_said(bed, clara, changes, words):
    with pytest.raises(Refusal, match=words):
        reserve(bed, clara, at=NOON, **changes)


def test_a_bed_out_of_service_is_kept_for_nobody(bed, clara):
    services.take_out_of_service(bed=bed, why="broken", actor=clara, at=NOON)
    with pytest.raises(Refusal, match="out of service: broken"):
        reserve(bed, clara, for_whom="Gumla")


def test_released_it_is_free_and_can_be_released_once(bed, clara):
    reserve(bed, clara, for_whom="Gumla")
    services.release_bed(bed=bed, actor=clara, at=timezone.now())
    with pytest.raises(Refusal, match="kept for nobody"):
        services.release_bed(bed=bed, actor=clara, at=timezone.now())


def test_for_whom_it_is_kept_lies_in_it_without_a_question(bed, clara, asha, rims):
    reserve(bed, clara, patient=asha)
    with pytest.raises(DoubtfulBed, match="kept for"):
        admit(make_patient(rims, name="Babita"), bed, clara)

    admit(asha, bed, clara)

    assert not BedReservation.objects.filter(ended_at=None).exists()


@pytest.mark.django_db(transaction=True)
def test_of_ten_who_keep_a_bed_one_has_it(bed, clara):
    outcomes = all_at_once([partial(reserve, bed, clara, for_whom=f"caller {n}") for n in range(10)])

    assert Counter(map(type, outcomes)) == {BedReservation: 1, Refusal: 9}


# ── Put up, put away ──


def test_ten_beds_from_one_are_put_up_at_once(ward, hema):
    room = ward.rooms.get()
    key = uuid4()
    put_up = partial(add_beds, room=room, first=11, count=10, request_key=key, actor=hema, at=NOON)

    first, again = put_up(), put_up()

    assert [one.number for one in first] == [str(n) for n in range(11, 21)]
    assert [one.pk for one in again] == [one.pk for one in first]


def test_a_number_that_stands_there_puts_up_none_of_them(ward, hema):
    with pytest.raises(Refusal, match="3 is already in this room"):
        add_beds(room=ward.rooms.get(), first=3, count=9, request_key=uuid4(), actor=hema, at=NOON)
    assert len(beds_in(ward)) == 5


@pytest.mark.parametrize("count", [0, 101])
def test_none_and_too_many_are_refused(ward, hema, count):
    with pytest.raises(Refusal, match="between 1 and 100"):
        add_beds(room=ward.rooms.get(), first=50, count=count, request_key=uuid4(), actor=hema, at=NOON)


def test_a_mattress_is_laid_down_on_the_spot_with_the_next_number(ward, clara):
    room = ward.rooms.get()
    laid = [
        add_place(room=room, kind=BedKind.FLOOR, request_key=uuid4(), actor=clara, at=NOON) for _ in range(2)
    ]
    trolley = add_place(room=room, kind=BedKind.TROLLEY, request_key=uuid4(), actor=clara, at=NOON)

    assert [one.number for one in (*laid, trolley)] == ["F1", "F2", "T1"]


def test_what_was_put_away_is_laid_down_again(ward, clara):
    room, key = ward.rooms.get(), uuid4()
    (floor,) = (one for one in beds_in(ward) if one.kind == BedKind.FLOOR)
    services.put_bed_away(bed=floor, actor=clara, at=NOON)

    lay = partial(add_place, room=room, kind=BedKind.FLOOR, actor=clara, at=NOON)

    assert lay(request_key=key) == lay(request_key=key) == floor


def test_a_bed_is_not_laid_down_on_the_spot(ward, clara):
    with pytest.raises(Refusal, match="only a floor mattress"):
        add_place(room=ward.rooms.get(), kind=BedKind.BED, request_key=uuid4(), actor=clara, at=NOON)


def test_a_bed_put_away_takes_nobody_and_comes_back(bed, hema, clara, asha):
    services.put_bed_away(bed=bed, actor=hema, at=NOON)
    with pytest.raises(Refusal, match="no such bed"):
        admit(asha, bed, clara)

    services.put_bed_back(bed=bed, actor=hema, at=NOON)

    admit(asha, bed, clara)


def test_a_bed_that_is_kept_is_not_put_away(bed, hema, clara):
    reserve(bed, clara, for_whom="Gumla")
    with pytest.raises(Refusal, match="kept for Gumla"):
        services.put_bed_away(bed=bed, actor=hema, at=timezone.now())
