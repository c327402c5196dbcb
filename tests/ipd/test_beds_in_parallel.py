"""Never two in a bed, never one in two beds, no deadlock shown to a user: many hands at once, for real."""

import random
import re
from datetime import timedelta
from itertools import pairwise
from uuid import uuid4

import pytest
from django.db.models import F
from django.utils import timezone

from hmis.kernel import acts
from hmis.kernel.errors import Refusal
from ipd.models import Admission
from ipd.services import (
    admit_patient,
    begin_leave,
    cancel_admission,
    end_leave,
    leave_bed,
    stays,
    transfer_bed,
)
from ipd.states import AdmissionStatus, DischargeType
from patients import services as patients
from patients.models import BedStay
from tests.factories.ipd import Admitting, admit, beds_in, make_ward
from tests.factories.parallel import all_at_once, rolled_back
from tests.factories.patients import make_patient

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

AT_ONCE = 20


@pytest.fixture(autouse=True)
def _no_deadlock_at_all(monkeypatch):
    """Nor one that is tried again unseen: then it would be luck."""
    again = []
    monkeypatch.setattr(acts, "sleep", again.append)
    yield
    assert not again


def people(facility, count=AT_ONCE):
    return [make_patient(facility, name=f"Patient {chr(65 + n)}") for n in range(count)]


def laying(patient, bed, actor, department):
    def act():
        return admit_patient(
            who=patient,
            admitting=Admitting(department=department, bed=bed),
            request_key=uuid4(),
            actor=actor,
            at=timezone.now(),
        )

    return act


def asking(service):
    """(admission, bed, actor) → this act for them, each time with a key and a moment of its own."""

    def of(admission, bed, actor):
        said = {"admission": admission, "bed": bed, "actor": actor, "confirm_bed": True}
        return lambda: service(**said, request_key=uuid4(), at=timezone.now())

    return of


moving, returning = asking(transfer_bed), asking(end_leave)


def begun(admission, actor):
    """The doctor has begun the discharge."""
    Admission.objects.filter(pk=admission.pk).update(
        status=AdmissionStatus.DISCHARGE_INITIATED,
        discharge_type=DischargeType.IMPROVED,
        initiated_by=actor,
        initiated_at=timezone.now(),
    )


def refusals_only(outcomes):
    """What went wrong was a refusal in words, and never a lock that somebody lost."""
    wrong = [one for one in outcomes if isinstance(one, Exception)]
    assert all(isinstance(one, Refusal) for one in wrong), wrong
    return len(outcomes) - len(wrong)


def nobody_lies_twice():
    open_stays = list(BedStay.objects.filter(ended_at=None))
    assert len({one.bed_id for one in open_stays}) == len(open_stays)
    assert len({one.patient_id for one in open_stays}) == len(open_stays)
    return open_stays


def without_gap(patient):
    # A stay of no time, of one who was moved on at once, comes before the one that lasted.
    stays = list(
        BedStay.objects.filter(patient=patient).order_by("began_at", F("ended_at").asc(nulls_last=True))
    )
    for earlier, later in pairwise(stays):
        assert earlier.ended_at == later.began_at, stays
    return stays


def test_twenty_want_three_beds(rims, med, clara):
    beds = beds_in(make_ward(med, beds=3, floor=0))
    patients = people(rims)
    acts = [laying(one, beds[n % 3], clara, med) for n, one in enumerate(patients)]
    assert refusals_only(all_at_once(acts)) == 3
    assert {one.bed_id for one in nobody_lies_twice()} == {bed.pk for bed in beds}
    assert Admission.objects.count() == 3


def test_one_patient_is_laid_into_twenty_beds_at_once(asha, med, clara):
    beds = beds_in(make_ward(med, beds=AT_ONCE, floor=0))
    assert refusals_only(all_at_once([laying(asha, bed, clara, med) for bed in beds])) == 1
    assert len(nobody_lies_twice()) == Admission.objects.count() == 1


def test_twenty_move_one_patient_and_the_stay_has_no_gap(asha, med, clara):
    beds = beds_in(make_ward(med, beds=AT_ONCE + 1, floor=0))
    admission = admit(asha, beds[0], clara).admission
    done = refusals_only(all_at_once([moving(admission, bed, clara) for bed in beds[1:]]))
    assert len(nobody_lies_twice()) == 1
    assert len(without_gap(asha)) == done + 1


def test_the_bed_into_which_somebody_was_moved_meanwhile_is_locked_before_it_is_left(
    asha, med, clara, monkeypatch
):
    first, second, third = beds_in(make_ward(med, beds=3, floor=0))
    admission = admit(asha, first, clara).admission
    locked, lock_beds = [], patients.beds.lock_beds

    def after_another_has_moved_her(wanted):
        wanted = {getattr(one, "pk", one) for one in wanted}
        locked.append(wanted)
        if len(locked) == 1:
            assert refusals_only(all_at_once([moving(admission, second, clara)])) == 1
        return lock_beds(wanted)

    monkeypatch.setattr(patients.beds, "lock_beds", after_another_has_moved_her)
    moving(admission, third, clara)()

    mine, anew = {first.pk, third.pk}, {second.pk, third.pk}
    assert locked[0] == mine
    assert anew in locked[locked.index({first.pk, second.pk}) + 1 :]
    assert len(without_gap(asha)) == 3


def test_the_bed_into_which_somebody_came_back_meanwhile_is_locked_too(asha, med, clara, bose, monkeypatch):
    first, second, third = beds_in(make_ward(med, beds=3, floor=0))
    admission = admit(asha, first, clara).admission
    away = {"why": "wedding", "due_at": timezone.now() + timedelta(hours=5), "keeps_bed": False}
    begin_leave(admission=admission, **away, request_key=uuid4(), actor=bose, at=timezone.now())
    locked, lock_beds, lock_admission = [], patients.beds.lock_beds, stays.lock_admission

    def noted(wanted):
        locked.append({getattr(one, "pk", one) for one in wanted} - {None})
        return lock_beds(wanted)

    def after_another_has_laid_her_down(wanted):
        monkeypatch.setattr(stays, "lock_admission", lock_admission)
        assert refusals_only(all_at_once([returning(admission, second, bose)])) == 1
        return lock_admission(wanted)

    monkeypatch.setattr(patients.beds, "lock_beds", noted)
    monkeypatch.setattr(stays, "lock_admission", after_another_has_laid_her_down)
    moving(admission, third, clara)()

    assert locked[0] == {third.pk}
    assert {second.pk, third.pk} in locked
    lay = BedStay.objects.filter(patient=asha).order_by("began_at", "ended_at")  # second as short as can be
    assert [stay.bed for stay in lay] == [first, second, third]


def test_those_who_change_places_hold_nobody_up(rims, med, clara):
    beds = beds_in(make_ward(med, beds=8, floor=0))
    lying = [admit(one, bed, clara).admission for one, bed in zip(people(rims, 8), beds, strict=True)]
    # Each wants the next one's bed: whoever waits for another waits in the order of the beds.
    acts = [moving(one, beds[(n + 1) % 8], clara) for n, one in enumerate(lying)]
    acts += [moving(one, beds[(n - 1) % 8], clara) for n, one in enumerate(lying)]
    refusals_only(all_at_once(acts))
    assert len(nobody_lies_twice()) == 8


def test_admitted_moved_and_gone_all_at_once_in_forty_beds(rims, med, clara, bose):
    beds = beds_in(make_ward(med, beds=40, floor=0))
    lying = [admit(one, bed, clara).admission for one, bed in zip(people(rims), beds, strict=False)]
    for one in lying[:10]:
        begun(one, bose)
    drawn = random.Random(8)
    going = [
        lambda one=one: leave_bed(admission=one, request_key=uuid4(), actor=clara, at=timezone.now())
        for one in lying[:10]
    ]
    moves = [moving(one, drawn.choice(beds), clara) for one in lying[:14]]
    coming = [laying(one, drawn.choice(beds), clara, med) for one in people(rims, 12)]
    acts = [*going, *moves, *coming]
    drawn.shuffle(acts)
    refusals_only(all_at_once(acts))
    nobody_lies_twice()
    for one in Admission.objects.all():
        without_gap(one.patient)
        lies = BedStay.objects.filter(encounter=one.encounter, ended_at=None).count()
        assert lies == (0 if one.left_at else 1)


def test_leave_and_return_race_with_a_transfer(asha, med, clara, bose):
    beds = beds_in(make_ward(med, beds=6, floor=0))
    admission = admit(asha, beds[0], clara).admission
    due = timezone.now() + timedelta(hours=5)

    def out():
        return begin_leave(
            admission=admission,
            why="wedding",
            due_at=due,
            keeps_bed=False,
            request_key=uuid4(),
            actor=bose,
            at=timezone.now(),
        )

    acts = [
        out,
        out,
        *(returning(admission, bed, bose) for bed in beds[1:4]),
        *(moving(admission, bed, clara) for bed in beds[1:]),
    ]
    refusals_only(all_at_once(acts))
    on_leave = admission.leaves.filter(ended_at=None).exists()
    assert len(nobody_lies_twice()) == (0 if on_leave else 1)


def test_whoever_waited_goes_on_from_where_the_other_ended(rims, med, clara, bose):
    """An act reads the clock, then waits for a lock: its time is before that of the one it waited for."""
    first, second, third = beds_in(make_ward(med, beds=3, floor=0))
    asha, babita = people(rims, 2)
    one, other = (admit(who, bed, clara).admission for who, bed in ((asha, first), (babita, second)))
    early = timezone.now()
    moving(one, third, clara)()
    again = {"why": "", "request_key": uuid4(), "actor": clara, "confirm_bed": True}
    assert transfer_bed(admission=other, bed=first, at=early, **again).began_at > early
    assert len(without_gap(asha)) == len(without_gap(babita)) == 2

    let = {"why": "wedding", "due_at": timezone.now() + timedelta(hours=5), "keeps_bed": False}
    begin_leave(admission=one, **let, request_key=uuid4(), actor=bose, at=timezone.now())
    back = {"bed": third, "request_key": uuid4(), "actor": bose, "confirm_bed": True}
    leave = end_leave(admission=one, **back, at=early)
    assert leave.ended_at == leave.began_at
    assert BedStay.objects.get(patient=asha, ended_at=None).began_at >= leave.began_at


def test_one_admission_is_taken_back_once_while_it_is_moved(asha, med, clara):
    beds = beds_in(make_ward(med, beds=4, floor=0))
    admission = admit(asha, beds[0], clara).admission

    def back():
        return cancel_admission(
            admission=admission, why="mistake", request_key=uuid4(), actor=clara, at=timezone.now()
        )

    refusals_only(all_at_once([back, back, *(moving(admission, bed, clara) for bed in beds[1:])]))
    assert not nobody_lies_twice()
    assert Admission.objects.get().status == AdmissionStatus.CANCELLED


def test_the_same_admission_sent_twenty_times_is_one(asha, med, clara):
    bed, key = beds_in(make_ward(med))[0], uuid4()
    at = timezone.now()

    def act():
        return admit(asha, bed, clara, at=at, key=key)

    outcomes = all_at_once([act] * AT_ONCE)
    assert refusals_only(outcomes) == AT_ONCE
    assert len({one.admission.pk for one in outcomes}) == 1


def test_numbers_have_no_gap_although_some_are_lost(rims, med, clara):
    beds = beds_in(make_ward(med, beds=AT_ONCE, floor=0))
    patients = people(rims)

    def lost(act):
        return lambda: rolled_back(act)

    acts = [laying(one, bed, clara, med) for one, bed in zip(patients, beds, strict=True)]
    acts = [lost(act) if n % 4 == 0 else act for n, act in enumerate(acts)]
    refusals_only(all_at_once(acts))
    numbers = sorted(int(re.split(r"/", one.number)[-1]) for one in Admission.objects.all())
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) == AT_ONCE - AT_ONCE // 4
