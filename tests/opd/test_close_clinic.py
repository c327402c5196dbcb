"""A queue closed early: nobody who waits is lost, and it can be opened again."""

from collections import Counter
from datetime import date, timedelta
from functools import partial
from threading import Event
from uuid import uuid4

import pytest
from django.urls import reverse

from billing.models import Payment
from hmis.kernel import acts
from hmis.kernel.errors import KeyReused, Refusal
from hmis.kernel.models import AuditEntry, IssuedDocument
from opd import services
from opd.models import ClinicDay, QueueToken, TokenStep
from opd.queries import Registration, moved_on, registration, to_carry, waiting_times
from opd.services import (
    Closing,
    Regret,
    call_next,
    cancel_token,
    close_clinic,
    move_token,
    open_clinic,
    skip_token,
)
from opd.states import CancelReason, CloseReason, Lane, LeftHow, TokenStatus
from patients.models import CaseKind, Encounter
from tests.conftest import NOON
from tests.factories.facilities import make_clerk, make_department, make_unit
from tests.factories.opd import DAY, close, make_clinic_day, make_token
from tests.factories.parallel import all_at_once
from tests.factories.patients import make_patient
from tests.opd.test_register_visit import days_later, visit
from tests.patients.test_legal import mark

AWAY = CloseReason.CALLED_AWAY


@pytest.fixture
def clinic(unit):
    return make_clinic_day(unit)


@pytest.fixture
def second(med):
    """Medicine's other unit, which sits today too."""
    return make_unit(med, "Unit 2")


@pytest.fixture
def three(clinic):
    return [make_token(clinic, senior_since=NOON + timedelta(minutes=n)) for n in range(3)]


def shut(clinic, person, *, to=None, key=None, at=NOON, because=AWAY, note=""):
    closing = Closing(because, note, to)
    return close_clinic(clinic_day=clinic, closing=closing, request_key=key or uuid4(), actor=person, at=at)


def statuses(clinic):
    return [one.status for one in clinic.tokens.order_by("number")]


def waiting_at(unit, day=DAY):
    """[(number, earlier number)] of who waits there, in the order of call."""
    tokens = QueueToken.objects.filter(clinic_day__unit=unit, clinic_day__held_on=day, status="waiting")
    ordered = tokens.order_by("lane_rank", "senior_since", "number").select_related("moved_from")
    return [(one.number, one.moved_from and one.moved_from.number) for one in ordered]


# ── To another unit today ──


def test_a_closed_queue_says_who_closed_it_when_and_why(clinic, three, second, bose):
    shut(clinic, bose, to=second)

    clinic.refresh_from_db()
    assert (clinic.closed_at, clinic.closed_by, clinic.closed_because) == (NOON, bose, AWAY)
    assert clinic.closed_why == "the doctor was called away"
    fact = AuditEntry.objects.get(name="opd.clinic_closed")
    assert (fact.actor, fact.detail) == (bose, {"because": "called_away", "carried": 3})


def test_who_waits_goes_on_in_the_other_unit_with_the_time_of_the_first_token(clinic, three, second, bose):
    there = make_clinic_day(second)
    make_token(there, senior_since=NOON + timedelta(seconds=30))
    shut(clinic, bose, to=second)

    assert statuses(clinic) == ["moved"] * 3
    assert waiting_at(second) == [(2, 1), (1, None), (3, 2), (4, 3)]


def test_who_was_skipped_or_is_at_tests_is_carried_too_and_who_is_inside_stays(clinic, second, bose):
    _inside, skipped, tests, _seen = [
        make_token(clinic, status=status) for status in ("called", "skipped", "sent_for_tests", "done")
    ]
    shut(clinic, bose, to=second)

    assert statuses(clinic) == ["called", "moved", "moved", "done"]
    carried = {one.moved_from: one for one in QueueToken.objects.exclude(moved_from=None)}
    assert set(carried) == {skipped, tests}
    assert (carried[tests].lane, carried[skipped].lane) == (Lane.BACK_FROM_TESTS, Lane.NORMAL)


def test_lanes_are_kept(clinic, second, bose):
    make_token(clinic)
    make_token(clinic, lane=Lane.PREGNANT)
    shut(clinic, bose, to=second)

    assert waiting_at(second) == [(1, 2), (2, 1)]


def test_the_slip_says_the_new_token_and_no_second_fee_is_asked(asha, med, unit, second, kavita):
    made = visit(asha, med, kavita, unit=unit)
    shut(made.token.clinic_day, kavita, to=second)

    last = registration(made.encounter.pk)
    assert (last.token.moved_from, last.slip.context["unit"]) == (made.token, "Unit 2")
    assert (last.slip.context["came_from"], last.slip.context["come_on"]) == (1, "")
    assert Payment.objects.count() == 1


def test_where_they_went_is_listed(clinic, three, second, bose):
    shut(clinic, bose, to=second)

    assert [(one.moved_from, one.number) for one in moved_on(clinic)] == list(
        zip(three, (1, 2, 3), strict=True)
    )
    assert list(to_carry(clinic)) == []


def test_neither_the_question_nor_the_list_after_it_names_a_survivor(
    clinic, asha, second, bose, clara, client
):
    asha.phone = "9431155555"
    asha.save()
    token = make_token(clinic, asha)
    mark(token.encounter, clara, CaseKind.SEXUAL_ASSAULT)
    client.force_login(bose)

    asked = client.get(reverse("opd:closure_new", args=[clinic.pk])).text
    shut(clinic, bose, to=second)
    after = client.get(reverse("opd:clinicday_detail", args=[clinic.pk])).text
    for told in asked, after:
        assert "name withheld" in told
        assert not any(said in told for said in (asha.name, "94311"))


# ── To the next clinic day ──


def test_without_another_unit_they_come_first_on_the_units_next_clinic_day(asha, med, unit, kavita, rims):
    unit.clinic_days = [2, 4]  # Wednesday, which is today, and Friday
    unit.save()
    made = visit(asha, med, kavita)
    shut(made.token.clinic_day, kavita)

    last, friday = registration(made.encounter.pk), DAY + timedelta(days=2)
    assert (last.token.clinic_day.held_on, last.token.number) == (friday, 1)
    assert last.slip.context["come_on"] == friday.isoformat()
    visit(make_patient(rims), med, kavita, at=days_later(2))
    assert waiting_at(unit, friday) == [(1, 1), (2, None)]


def test_the_slip_holds_until_the_day_they_are_put_off_to(asha, med, unit, kavita):
    unit.clinic_days = [2]
    unit.save()
    med.opd_validity_days = 3
    med.save()
    made = visit(asha, med, kavita)
    shut(made.token.clinic_day, kavita)

    encounter = Encounter.objects.get(pk=made.encounter.pk)
    assert encounter.valid_till == DAY + timedelta(days=7)
    assert registration(encounter.pk).slip.context["valid_till"] == encounter.valid_till.isoformat()


def test_who_was_put_off_may_still_have_the_fee_back_on_the_day_it_was_paid(asha, med, unit, kavita):
    made = visit(asha, med, kavita)
    shut(made.token.clinic_day, kavita)
    token = registration(made.encounter.pk).token
    regret = Regret(CancelReason.DOCTOR_ABSENT)

    back = cancel_token(token=token, regret=regret, request_key=uuid4(), actor=kavita, at=NOON)
    assert len(back.refunds) == 1


def test_a_closed_later_day_is_passed_over(clinic, three, unit, bose):
    close(make_clinic_day(unit, DAY + timedelta(days=1)), bose)
    shut(clinic, bose)

    assert len(waiting_at(unit, DAY + timedelta(days=2))) == 3


def test_who_was_carried_over_can_be_carried_over_again(clinic, three, unit, second, bose):
    shut(clinic, bose)
    tomorrow = ClinicDay.objects.get(unit=unit, held_on=DAY + timedelta(days=1))
    shut(tomorrow, bose, to=second)

    assert waiting_at(second, tomorrow.held_on) == [(1, 1), (2, 2), (3, 3)]


# ── Who has a token there already ──


@pytest.fixture
def put_off(clinic, unit, second, bose):
    """Asha's token of tomorrow, from a queue that was opened again, and her token of today in it."""
    first = make_token(clinic, senior_since=NOON)
    shut(clinic, bose)
    there = QueueToken.objects.get(moved_from=first)
    also = make_token(make_clinic_day(second), first.patient, senior_since=NOON - timedelta(minutes=9))
    open_clinic(clinic_day=clinic, actor=bose, at=NOON)
    shut(also.clinic_day, bose, to=unit)
    clinic.refresh_from_db()
    return there, QueueToken.objects.get(moved_from=also)


def test_two_queues_put_off_to_one_day_leave_one_token_there(clinic, put_off, unit, bose):
    there, here = put_off
    shut(clinic, bose)

    assert waiting_at(unit, there.clinic_day.held_on) == [(1, 1)]
    here.refresh_from_db()
    there.refresh_from_db()
    assert (here.status, list(to_carry(clinic))) == (TokenStatus.LEFT, [])
    assert there.senior_since == here.senior_since  # they wait since their first token of the two
    assert AuditEntry.objects.filter(name="opd.clinic_closed").latest("pk").detail["carried"] == 0
    assert here.encounter.tokens.exclude(status=TokenStatus.MOVED).get() == here


def test_who_waits_elsewhere_instead_has_not_left_unseen(clinic, put_off, bose):
    _there, here = put_off
    shut(clinic, bose)

    assert TokenStep.objects.get(token=here, now=TokenStatus.LEFT).left_how == LeftHow.OTHER_TOKEN
    (medicine,) = waiting_times(bose, DAY)
    assert [(counted.given, counted.left_unseen) for _day, counted in medicine.units] == [(0, 0), (0, 0)]


def test_opened_again_they_wait_once_today(clinic, put_off, unit, bose):
    there, _here = put_off
    shut(clinic, bose)
    open_clinic(clinic_day=clinic, actor=bose, at=NOON)

    assert waiting_at(unit) == [(1, None)]
    assert waiting_at(unit, there.clinic_day.held_on) == []


def test_opened_again_who_had_a_token_of_the_other_day_before_keeps_both(clinic, three, unit, bose):
    tomorrow = DAY + timedelta(days=1)
    make_token(make_clinic_day(unit, tomorrow), three[1].patient)
    shut(clinic, bose)
    assert (statuses(clinic), len(waiting_at(unit, tomorrow))) == (["moved", "left", "moved"], 3)
    open_clinic(clinic_day=clinic, actor=bose, at=NOON)

    assert statuses(clinic) == ["waiting"] * 3
    assert waiting_at(unit, tomorrow) == [(1, None)]


def test_who_said_that_they_leave_is_not_brought_back_by_an_opening(clinic, three, second, bose):
    services.leave_token(token=three[0], how=LeftHow.SAID_SO, actor=bose, at=NOON)
    shut(clinic, bose, to=second)
    open_clinic(clinic_day=clinic, actor=bose, at=NOON)

    assert statuses(clinic) == ["left", "waiting", "waiting"]


def test_nor_who_was_brought_back_once_and_said_it_then(clinic, three, unit, bose):
    make_token(make_clinic_day(unit, DAY + timedelta(days=1)), three[1].patient)
    shut(clinic, bose)
    open_clinic(clinic_day=clinic, actor=bose, at=NOON)
    services.leave_token(token=three[1], how=LeftHow.SAID_SO, actor=bose, at=NOON)
    clinic.refresh_from_db()
    shut(clinic, bose)
    open_clinic(clinic_day=clinic, actor=bose, at=NOON)

    assert statuses(clinic) == ["waiting", "left", "waiting"]


def test_who_waits_in_the_other_unit_too_waits_there_once(clinic, three, second, bose):
    make_token(make_clinic_day(second), three[1].patient)
    shut(clinic, bose, to=second)

    assert sorted(waiting_at(second), key=str) == [(1, None), (2, 1), (3, 3)]


# ── When not ──


def test_a_unit_without_a_further_clinic_day_needs_another_one(clinic, three, unit, bose):
    unit.is_active = False
    unit.save()

    with pytest.raises(Refusal, match="no further clinic day"):
        shut(clinic, bose)
    clinic.refresh_from_db()
    assert (clinic.closed_at, statuses(clinic)) == (None, ["waiting"] * 3)


def test_an_empty_queue_is_closed_without_asking_where_to(clinic, unit, bose):
    unit.is_active = False
    unit.save()

    assert shut(clinic, bose).closed_at == NOON


@pytest.mark.parametrize("which", ["itself", "absent", "elsewhere"])
def test_a_unit_that_cannot_take_them_is_refused(clinic, three, unit, med, rims, bose, which):
    to = {
        "itself": lambda: unit,
        "absent": lambda: make_unit(med, "Unit 3", clinic_days=[0]),
        "elsewhere": lambda: make_unit(make_department(rims, "EYE"), "Eye 1"),
    }[which]()

    with pytest.raises(Refusal, match="cannot take these patients") as refused:
        shut(clinic, bose, to=to)
    assert refused.value.field == "to"


def test_a_closed_unit_takes_nobody(clinic, three, second, bose):
    close(make_clinic_day(second), bose)

    with pytest.raises(Refusal, match="The queue of Unit 2 is closed"):
        shut(clinic, bose, to=second)


def test_a_closed_queue_is_not_closed_again(clinic, bose):
    shut(clinic, bose)

    with pytest.raises(Refusal, match="already closed"):
        shut(clinic, bose)


def test_a_day_that_is_over_is_not_closed(clinic, bose):
    with pytest.raises(Refusal, match="day is over"):
        shut(clinic, bose, at=days_later(1))


# ── Opened again ──


def test_opened_again_everybody_is_back_with_the_token_of_the_first_slip(asha, med, unit, second, kavita):
    made = visit(asha, med, kavita, unit=unit)
    shut(made.token.clinic_day, kavita, to=second)
    open_clinic(clinic_day=made.token.clinic_day, actor=kavita, at=NOON)

    last = registration(made.encounter.pk)
    assert (last.token, last.token.status, last.slip) == (made.token, TokenStatus.WAITING, made.slip)
    assert waiting_at(second) == []
    clinic = ClinicDay.objects.get(unit=unit)
    assert (clinic.closed_at, clinic.closed_by, clinic.closed_because) == (None, None, "")
    assert visit(make_patient(med.facility), med, kavita, unit=unit).token.number == 2


def test_who_was_called_in_the_other_unit_stays_there(clinic, three, second, bose):
    shut(clinic, bose, to=second)
    there = ClinicDay.objects.get(unit=second)
    called = call_next(clinic_day=there, request_key=uuid4(), actor=bose, at=NOON)
    skip_token(token=called, actor=bose, at=NOON)
    open_clinic(clinic_day=clinic, actor=bose, at=NOON)

    assert statuses(clinic) == ["moved", "waiting", "waiting"]
    assert waiting_at(second) == []


def test_who_was_sent_on_by_choice_before_stays_there(clinic, three, second, bose, clara):
    move_token(token=three[0], unit=second, request_key=uuid4(), actor=clara, at=NOON)
    shut(clinic, bose, to=second)
    open_clinic(clinic_day=clinic, actor=bose, at=NOON)

    assert statuses(clinic) == ["moved", "waiting", "waiting"]
    assert waiting_at(second) == [(1, 1)]


def test_who_was_put_off_and_took_another_token_today_is_not_brought_back_beside_it(
    clinic, three, second, bose
):
    shut(clinic, bose)
    make_token(make_clinic_day(second), three[0].patient)

    open_clinic(clinic_day=clinic, actor=bose, at=NOON)

    assert statuses(clinic) == ["moved", "waiting", "waiting"]
    kept = QueueToken.objects.get(moved_from=three[0])
    assert (kept.status, kept.clinic_day.held_on > DAY) == ("waiting", True)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_run", range(3))
def test_whoever_registers_while_their_queue_opens_again_has_one_token(
    asha, med, unit, second, kavita, bose, _run
):
    made = visit(asha, med, kavita, unit=unit)
    shut(made.token.clinic_day, bose)

    all_at_once(
        [
            partial(open_clinic, clinic_day=made.token.clinic_day, actor=bose, at=NOON),
            partial(visit, asha, med, kavita, unit=second),
        ]
    )

    today = QueueToken.objects.filter(clinic_day__held_on=DAY, patient=asha)
    assert today.filter(status=TokenStatus.WAITING).count() == 1


def test_an_open_queue_is_not_opened_and_yesterdays_neither(clinic, bose):
    with pytest.raises(Refusal, match="is open"):
        open_clinic(clinic_day=clinic, actor=bose, at=NOON)
    shut(clinic, bose)
    with pytest.raises(Refusal, match="day is over"):
        open_clinic(clinic_day=clinic, actor=bose, at=days_later(1))


def test_closed_opened_and_closed_again_nobody_is_lost(clinic, three, second, bose):
    for _ in range(2):
        shut(clinic, bose, to=second)
        open_clinic(clinic_day=clinic, actor=bose, at=NOON)
    shut(clinic, bose, to=second)

    assert sorted(old for _new, old in waiting_at(second)) == [1, 2, 3]


# ── Twice, and at once ──


def test_sent_twice_it_counts_once(clinic, three, second, bose):
    key = uuid4()
    for _ in range(2):
        shut(clinic, bose, to=second, key=key)

    assert len(waiting_at(second)) == 3
    with pytest.raises(KeyReused):
        shut(clinic, bose, key=key)


@pytest.mark.django_db(transaction=True)
def test_eight_who_close_at_once_close_it_once(clinic, three, second, rims):
    people = [make_clerk(f"k{n}", rims) for n in range(8)]

    outcomes = all_at_once([partial(shut, clinic, person, to=second) for person in people])

    assert Counter(map(type, outcomes)) == {ClinicDay: 1, Refusal: 7}
    assert len(waiting_at(second)) == 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_run", range(3))
def test_two_units_that_close_into_each_other_block_nobody(clinic, three, unit, second, bose, clara, _run):
    there = make_clinic_day(second)
    make_token(there)

    outcomes = all_at_once([partial(shut, clinic, bose, to=second), partial(shut, there, clara, to=unit)])

    assert Counter(map(type, outcomes)) == {ClinicDay: 1, Refusal: 1}
    assert QueueToken.objects.filter(status="waiting").count() == 4


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("opened", [True, False])
def test_sending_on_and_closing_into_the_same_queue_never_wait_for_each_other(
    clinic, three, second, bose, clara, monkeypatch, opened
):
    """The closing has its queues in hand just when somebody of it is being sent on."""
    if opened:
        make_clinic_day(second)
    in_hand = Event()
    succeed, carry = services.queues.successor, services.closing._carry_over

    def succeed_when_closing(*args, **options):
        if "token_id" in options:
            in_hand.wait(1)
        return succeed(*args, **options)

    def carry_in_hand(*args, **options):
        in_hand.set()
        return carry(*args, **options)

    monkeypatch.setattr(services.queues, "successor", succeed_when_closing)
    monkeypatch.setattr(services.closing, "_carry_over", carry_in_hand)
    again = []  # a deadlock that is tried once more is one
    monkeypatch.setattr(acts, "sleep", again.append)
    move = partial(move_token, token=three[0], unit=second, request_key=uuid4(), actor=clara, at=NOON)

    moved, closed = all_at_once([move, partial(shut, clinic, bose, to=second)])

    assert (type(closed), again) == (ClinicDay, [])
    assert isinstance(moved, QueueToken | Refusal)
    assert len(waiting_at(second)) == 3


@pytest.mark.django_db(transaction=True)
def test_putting_off_to_the_next_day_waits_for_no_visit_that_is_in_hand(
    clinic, three, second, bose, clara, monkeypatch
):
    """Their slips are made to hold longer: the visits are locked before the tokens, as everywhere."""
    Encounter.objects.update(valid_till=DAY)
    in_hand = Event()
    carry, open_day = services.closing._carry, services.queues.open_day

    def open_when_carried(*args):
        in_hand.wait(1)
        open_day(*args)

    def carry_in_hand(*args, **options):
        in_hand.set()
        return carry(*args, **options)

    monkeypatch.setattr(services.queues, "open_day", open_when_carried)
    monkeypatch.setattr(services.closing, "_carry", carry_in_hand)
    again = []
    monkeypatch.setattr(acts, "sleep", again.append)
    move = partial(move_token, token=three[0], unit=second, request_key=uuid4(), actor=clara, at=NOON)

    moved, closed = all_at_once([move, partial(shut, clinic, bose)])

    assert (type(closed), again) == (ClinicDay, [])
    assert isinstance(moved, QueueToken | Refusal)
    assert QueueToken.objects.filter(status="waiting").count() == 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_run", range(3))
def test_whoever_registers_while_the_queue_closes_is_carried_over_or_refused(
    rims, med, unit, second, clinic, bose, _run
):
    clerks = [make_clerk(f"k{n}", rims) for n in range(6)]
    people = [make_patient(rims, name=f"P {n}") for n in range(6)]
    registering = [
        partial(visit, person, med, clerk, unit=unit) for person, clerk in zip(people, clerks, strict=True)
    ]

    outcomes = all_at_once([*registering[:3], partial(shut, clinic, bose, to=second), *registering[3:]])

    assert {type(one) for one in outcomes} <= {Registration, Refusal, ClinicDay}
    registered = sum(isinstance(one, Registration) for one in outcomes)
    assert "waiting" not in statuses(clinic)
    assert len(waiting_at(second)) == registered
    assert IssuedDocument.objects.filter(template__contains="slip").count() == 2 * registered


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_run", range(3))
def test_cancelling_and_closing_at_once_lose_nobody(asha, med, unit, second, kavita, bose, _run):
    made = visit(asha, med, kavita, unit=unit)
    regret = Regret(CancelReason.TWICE)
    cancel = partial(
        cancel_token, token=made.token, regret=regret, request_key=uuid4(), actor=kavita, at=NOON
    )

    outcomes = all_at_once([cancel, partial(shut, made.token.clinic_day, bose, to=second)])

    assert isinstance(outcomes[1], ClinicDay)
    waits = len(waiting_at(second))
    assert waits == isinstance(outcomes[0], Refusal)


def test_the_day_of_these_tests_is_a_wednesday():
    assert DAY == date(2026, 7, 22) == NOON.date()
    assert DAY.weekday() == 2
