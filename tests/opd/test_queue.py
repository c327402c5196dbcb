"""The queue of a room: called in order, each to one doctor, and nobody lost on the way."""

from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from hmis.kernel import pdf
from hmis.kernel.errors import KeyReused, Refusal
from hmis.kernel.models import AuditEntry, IssuedDocument
from opd.models import ClinicDay, QueueToken
from opd.queries import queue_of, registration, shortest_queue, todays_clinics, todays_registrations
from opd.services import call_next, call_token, finish_token, move_token, skip_token
from opd.states import Lane, TokenStatus
from tests.conftest import NOON
from tests.factories.cases import walked
from tests.factories.facilities import make_department, make_doctor, make_unit
from tests.factories.opd import DAY, close, make_clinic_day, make_token
from tests.factories.parallel import all_at_once
from tests.factories.patients import make_patient
from tests.opd.test_register_visit import visit


@pytest.fixture
def clinic(unit):
    return make_clinic_day(unit)


@pytest.fixture
def three(clinic):
    """Three who wait, in the order in which they came."""
    return [make_token(clinic, senior_since=NOON + timedelta(minutes=n)) for n in range(3)]


@pytest.fixture
def surgery(med):
    """Where a patient may be sent on to."""
    return make_unit(med, "Unit 2")


def call(clinic, doctor, key=None, at=NOON):
    return call_next(clinic_day=clinic, request_key=key or uuid4(), actor=doctor, at=at)


def send(token, unit, actor, key=None):
    return move_token(token=token, unit=unit, request_key=key or uuid4(), actor=actor, at=NOON)


def test_who_came_first_is_called_first(clinic, three, bose):
    assert [call(clinic, bose) for _ in range(4)] == [*three, None]


def test_an_emergency_is_called_before_all_who_wait(clinic, three, bose):
    urgent = make_token(clinic, lane=Lane.EMERGENCY, senior_since=NOON + timedelta(hours=1))

    assert call(clinic, bose) == urgent


def test_a_reason_to_go_first_is_called_before_the_ordinary_by_time(clinic, three, bose):
    later = make_token(clinic, lane=Lane.ELDERLY, senior_since=NOON + timedelta(minutes=9))
    sooner = make_token(clinic, lane=Lane.DISABLED, senior_since=NOON + timedelta(minutes=8))

    assert [call(clinic, bose) for _ in range(3)] == [sooner, later, three[0]]


def test_a_call_says_who_called_and_when(clinic, three, bose):
    call(clinic, bose)

    token, fact = QueueToken.objects.get(pk=three[0].pk), AuditEntry.objects.get()
    assert (token.status, token.called_by, token.called_at) == (TokenStatus.CALLED, bose, NOON)
    assert (fact.name, fact.actor, fact.detail) == ("opd.token_called", bose, {"number": 1})


def test_a_double_click_calls_one(clinic, three, bose):
    key = uuid4()

    assert call(clinic, bose, key) == call(clinic, bose, key) == three[0]
    assert AuditEntry.objects.count() == 1


def test_an_old_key_is_answered_with_the_token_that_it_called(clinic, three, bose):
    first, second = uuid4(), uuid4()
    call(clinic, bose, first)
    call(clinic, bose, second)

    assert call(clinic, bose, first) == three[0]
    assert call(clinic, bose, second) == three[1]
    call_token(token=three[0], actor=bose, at=NOON + timedelta(minutes=9))
    assert call(clinic, bose, second) == three[1]
    assert QueueToken.objects.filter(status=TokenStatus.CALLED).count() == 2


def test_a_key_that_found_nobody_finds_nobody_again(clinic, bose):
    key = uuid4()
    assert call(clinic, bose, key) is None
    make_token(clinic)

    assert call(clinic, bose, key) is None
    assert call(clinic, bose).number == 1


def test_one_key_calls_at_one_room(clinic, three, surgery, bose):
    key = uuid4()
    call(clinic, bose, key)

    with pytest.raises(KeyReused):
        call(make_clinic_day(surgery), bose, key)


def test_who_did_not_come_is_put_aside_and_called_again(clinic, three, bose):
    token = call(clinic, bose)
    skip_token(token=token, actor=bose, at=NOON)
    assert call(clinic, bose) == three[1]

    again = call_token(token=token, actor=bose, at=NOON)
    assert (again.status, again.times_called) == (TokenStatus.CALLED, 2)


def test_who_was_seen_is_done(clinic, three, bose):
    token = finish_token(token=call(clinic, bose), actor=bose, at=NOON)

    assert (token.status, token.done_at) == (TokenStatus.DONE, NOON)
    assert token not in queue_of(clinic)


@walked(
    ("was", "act"),
    [
        (TokenStatus.WAITING, finish_token),
        (TokenStatus.WAITING, skip_token),
        (TokenStatus.SKIPPED, finish_token),
        (TokenStatus.DONE, call_token),
        (TokenStatus.DONE, skip_token),
        (TokenStatus.MOVED, call_token),
        (TokenStatus.MOVED, skip_token),
        (TokenStatus.CANCELLED, call_token),
        (TokenStatus.IN_CONSULTATION, skip_token),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(clinic, bose, was, act):
    token = make_token(clinic, status=was)

    with pytest.raises(Refusal, match="cannot become"):
        act(token=token, actor=bose, at=NOON)
    token.refresh_from_db()
    assert (token.status, token.times_called) == (was, 0)
    assert not AuditEntry.objects.exists()


# ── Sent to another unit ──


def test_who_is_sent_on_keeps_the_time_of_the_first_token(three, surgery, clara, bose):
    there = make_clinic_day(surgery)
    make_token(there, senior_since=NOON + timedelta(minutes=1))
    moved = send(three[0], surgery, clara)

    three[0].refresh_from_db()
    assert (three[0].status, moved.moved_from, moved.number) == (TokenStatus.MOVED, three[0], 2)
    assert (moved.senior_since, moved.encounter_id) == (three[0].senior_since, three[0].encounter_id)
    assert call(there, bose) == moved


def test_a_lane_moves_along(clinic, surgery, clara):
    moved = send(make_token(clinic, lane=Lane.PREGNANT), surgery, clara)

    assert (moved.lane, moved.lane_rank) == (Lane.PREGNANT, 1)


def test_a_lane_that_cannot_be_does_not_move_along(rims, clinic, surgery, clara):
    moved = send(make_token(clinic, make_patient(rims, sex="male"), lane=Lane.PREGNANT), surgery, clara)

    assert (moved.lane, moved.lane_rank) == (Lane.NORMAL, 2)


def test_who_came_to_the_wrong_department_belongs_to_the_right_one(three, rims, clara):
    eyes = make_unit(make_department(rims, "EYE"), "Eye 1")
    moved = send(three[0], eyes, clara)

    moved.encounter.refresh_from_db()
    assert moved.encounter.department == eyes.department


def test_who_waits_in_the_other_department_already_is_not_sent_there_too(three, rims, clara):
    eyes = make_unit(make_department(rims, "EYE"), "Eye 1")
    held = make_token(make_clinic_day(eyes), three[0].patient)

    with pytest.raises(Refusal, match=f"token {held}") as refused:
        send(three[0], eyes, clara)

    assert refused.value.field == "unit"
    three[0].refresh_from_db()
    assert (three[0].status, QueueToken.objects.count()) == (TokenStatus.WAITING, 4)


def test_nobody_is_sent_to_a_closed_queue(three, surgery, clara):
    close(make_clinic_day(surgery), clara)

    with pytest.raises(Refusal, match="The queue of Unit 2 is closed"):
        send(three[0], surgery, clara)
    three[0].refresh_from_db()
    assert three[0].status == TokenStatus.WAITING


def test_who_is_sent_on_has_a_slip_with_the_new_token(asha, med, unit, surgery, kavita, clara):
    made = visit(asha, med, kavita, unit=unit)
    make_token(make_clinic_day(surgery))
    moved = send(made.token, surgery, clara)

    slip = registration(made.encounter.pk).slip
    assert slip.about_id == moved.pk
    said = slip.context
    assert (said["token"], said["unit"], said["came_from"], said["come_on"]) == (2, "Unit 2", 1, "")
    assert (said["name"], said["fee"]) == (made.slip.context["name"], "5.00")
    assert IssuedDocument.objects.get(pk=made.slip.pk).context["token"] == 1
    assert b"%PDF" in pdf.bytes_of(slip)[:8]


def test_sent_on_twice_the_slip_says_the_last_place(asha, med, unit, surgery, kavita, clara):
    made = visit(asha, med, kavita, unit=unit)
    moved = send(send(made.token, surgery, clara), make_unit(med, "Unit 3"), clara)

    last = registration(made.encounter.pk)
    assert (last.token, last.slip.about_id, last.slip.context["unit"]) == (moved, moved.pk, "Unit 3")


def test_sent_twice_by_one_key_there_is_one_token(three, surgery, clara):
    key = uuid4()

    assert send(three[0], surgery, clara, key) == send(three[0], surgery, clara, key)
    assert QueueToken.objects.filter(clinic_day__unit=surgery).count() == 1


def test_nobody_is_sent_to_a_unit_that_does_not_sit(three, med, clara):
    absent = make_unit(med, "Unit 3", clinic_days=[0])

    with pytest.raises(Refusal, match="Unit 3 does not sit today"):
        send(three[0], absent, clara)
    three[0].refresh_from_db()
    assert three[0].status == TokenStatus.WAITING


def test_nobody_is_sent_where_they_already_wait(three, unit, clara):
    with pytest.raises(Refusal, match="already waits there"):
        send(three[0], unit, clara)


def test_who_was_seen_is_not_sent_on(clinic, surgery, clara):
    with pytest.raises(Refusal, match="cannot become"):
        send(make_token(clinic, status=TokenStatus.DONE), surgery, clara)


# ── Who sees the queue ──


def test_the_queue_shows_all_who_are_still_here(clinic, three, bose):
    call(clinic, bose)
    finish_token(token=three[0], actor=bose, at=NOON)
    skip_token(token=call(clinic, bose), actor=bose, at=NOON)

    assert set(queue_of(clinic)) == {three[1], three[2]}


def test_the_days_clinics_are_counted(clinic, three, bose):
    finish_token(token=call(clinic, bose), actor=bose, at=NOON)
    (day,) = todays_clinics(bose, DAY)

    assert (day.waiting, day.done, day.given) == (2, 1, 3)


def test_another_hospital_sees_neither_queue_nor_token(clinic, three, esha, bose):
    day = NOON.replace(hour=0)

    for user, seen in (esha, 0), (bose, 3):
        assert QueueToken.objects.visible_to(user).count() == seen
        assert ClinicDay.objects.visible_to(user).exists() == bool(seen)
        assert bool(todays_clinics(user, DAY)) == bool(seen)
        assert todays_registrations(user, day, day + timedelta(days=1)).count() == seen


def test_of_two_units_the_emptier_is_the_shortest(unit, three, surgery):
    assert shortest_queue([unit, surgery], DAY) == surgery
    assert shortest_queue([unit], DAY) == unit


# ── Many at once ──


@pytest.mark.django_db(transaction=True)
def test_two_doctors_who_call_at_once_call_two_people(rims, clinic, three):
    doctors = [make_doctor(f"d{n}", rims) for n in range(2)]

    called = all_at_once([partial(call, clinic, doctor) for doctor in doctors])
    assert set(called) == set(three[:2])


@pytest.mark.django_db(transaction=True)
def test_eight_calls_for_three_people_call_each_once(rims, clinic, three):
    doctors = [make_doctor(f"d{n}", rims) for n in range(8)]

    called = all_at_once([partial(call, clinic, doctor) for doctor in doctors])
    assert sorted(str(token) for token in called if token) == ["1", "2", "3"]


@pytest.mark.django_db(transaction=True)
def test_the_same_click_ten_times_calls_one(clinic, three, bose):
    called = all_at_once([partial(call, clinic, bose, uuid4())] * 10)

    assert set(called) == {three[0]}


@pytest.mark.django_db(transaction=True)
def test_one_patient_is_sent_on_by_one_nurse_only(three, surgery, clara, bose):
    outcomes = all_at_once([partial(send, three[0], surgery, nurse) for nurse in (clara, bose)])

    assert sorted(type(one) for one in outcomes if isinstance(one, Refusal)) == [Refusal]
    assert QueueToken.objects.filter(clinic_day__unit=surgery).count() == 1


@pytest.mark.django_db(transaction=True)
def test_patients_sent_across_at_once_block_nobody(clinic, unit, surgery, clara, bose):
    there = make_clinic_day(surgery)
    here, gone = make_token(clinic), make_token(there)

    outcomes = all_at_once([partial(send, here, surgery, clara), partial(send, gone, unit, bose)])
    assert [token.number for token in outcomes] == [2, 2]


# ── On the screen ──


def test_the_registration_of_somebody_sent_on_can_still_be_opened_and_printed(
    asha, med, unit, surgery, kavita, clara, client
):
    made = visit(asha, med, kavita, unit=unit)
    moved = send(made.token, surgery, clara)
    client.force_login(kavita)
    address = reverse("opd:registration_detail", args=[made.encounter.pk])

    page = client.get(address)
    assert page.status_code == 200
    assert page.context["made"].token == moved
    begins = NOON.replace(hour=0)
    assert list(todays_registrations(kavita, begins, begins + timedelta(days=1))) == [moved]
    assert client.post(f"{address}copies/new/").status_code == 302


def test_the_way_on_shows_the_other_units_that_sit_with_who_waits_there(client, three, surgery, clara):
    client.force_login(clara)
    make_token(make_clinic_day(surgery, timezone.localdate()))

    page = client.get(reverse("opd:move_new", args=[three[0].pk]))

    assert [(unit, waiting) for unit, waiting in page.context["units"]] == [(surgery, 1)]


def test_a_way_on_that_is_refused_says_so_and_moves_nobody(client, three, surgery, clara):
    client.force_login(clara)
    address = reverse("opd:move_new", args=[three[0].pk])
    sent = {"unit": surgery.pk, "request_key": uuid4()}
    client.post(address, sent)

    again = client.post(address, sent | {"request_key": uuid4()})

    assert again.status_code == 422
    assert b"moved to another unit" in again.content
    assert QueueToken.objects.count() == 4
