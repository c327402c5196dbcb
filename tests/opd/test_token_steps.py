"""A token's way through the day: in the room, at tests and back, gone and here again; each step measured."""

from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from hmis.kernel.errors import KeyReused, Refusal
from hmis.kernel.models import AuditEntry
from hmis.kernel.templatetags.ui import so_far
from opd.models import QueueToken, TokenStep
from opd.queries import board, with_last_steps
from opd.services import (
    Closing,
    Regret,
    begin_token,
    call_next,
    call_token,
    cancel_token,
    close_clinic,
    finish_token,
    leave_token,
    move_token,
    open_clinic,
    return_token,
    send_for_tests,
    skip_token,
)
from opd.states import CancelReason, CloseReason, Lane, LeftHow, TokenStatus
from tests.conftest import NOON
from tests.factories.cases import walked
from tests.factories.facilities import make_clerk, make_department, make_unit
from tests.factories.opd import close, make_clinic_day, make_display, make_token
from tests.factories.parallel import all_at_once
from tests.opd.test_register_visit import visit

BAD_NAME = '"><img src=x onerror=alert(1)>'


@pytest.fixture
def clinic(unit):
    return make_clinic_day(unit)


@pytest.fixture
def token(clinic):
    return make_token(clinic, senior_since=NOON)


@pytest.fixture
def second(med):
    return make_unit(med, "Unit 2")


def after(minutes):
    return NOON + timedelta(minutes=minutes)


def begin(token, doctor, at=NOON):
    return begin_token(token=token, actor=doctor, at=at)


def send(token, doctor, tests="CBC", at=NOON, key=None):
    return send_for_tests(token=token, tests=tests, request_key=key or uuid4(), actor=doctor, at=at)


def come_back(token, doctor, at=NOON):
    return return_token(token=token, actor=doctor, at=at)


def leave(token, person, how=LeftHow.SAID_SO, at=NOON):
    return leave_token(token=token, how=how, actor=person, at=at)


def steps(token):
    """[(was, now, minutes)] in their order."""
    taken = TokenStep.objects.filter(token=token).order_by("at", "pk")
    return [(one.was, one.now, int((one.at - one.since).total_seconds() // 60)) for one in taken]


def test_each_step_says_what_was_how_long_and_who_ended_it(token, bose):
    call_token(token=token, actor=bose, at=after(20))
    begin(token, bose, after(22))
    send(token, bose, at=after(30))
    come_back(token, bose, after(75))
    begin(token, bose, after(80))
    finish_token(token=token, actor=bose, at=after(85))

    assert steps(token) == [
        ("waiting", "called", 20),
        ("called", "in_consultation", 2),
        ("in_consultation", "sent_for_tests", 8),
        ("sent_for_tests", "waiting", 45),
        ("waiting", "in_consultation", 5),
        ("in_consultation", "done", 5),
    ]
    assert set(TokenStep.objects.values_list("by", "facility")) == {(bose.pk, token.facility_id)}


def test_a_registration_writes_no_step(asha, med, unit, kavita):
    made = visit(asha, med, kavita, unit=unit)

    assert not TokenStep.objects.exists()
    assert made.token.step_at is None


# ── In the room ──


def test_who_was_called_comes_in_and_the_hall_still_hears_the_call(token, unit, bose, kavita):
    call_token(token=token, actor=bose, at=NOON)
    begun = begin(token, bose, after(0))

    assert (begun.status, begun.called_at, begun.times_called) == ("in_consultation", NOON, 1)
    assert board(make_display([unit], kavita), NOON).latest.token == token


def test_who_walks_in_is_with_the_doctor_and_nobody_is_called_out(token, unit, bose, kavita):
    begun = begin(token, bose, after(5))

    assert (begun.called_at, begun.called_by, begun.times_called) == (after(5), bose, 0)
    shown = board(make_display([unit], kavita), after(5))
    assert (shown.tiles[0].now, shown.calls) == (token, [])


def test_whoever_walked_in_is_not_paid_back(asha, med, unit, kavita, bose):
    made = visit(asha, med, kavita, unit=unit)
    for act in begin, send, come_back:
        act(made.token, bose)

    with pytest.raises(Refusal, match="already called"):
        cancel_token(
            token=made.token, regret=Regret(CancelReason.TWICE), request_key=uuid4(), actor=kavita, at=NOON
        )


def test_begun_twice_it_is_begun_once(token, bose, clara):
    assert begin(token, bose) == begin(token, clara, after(3))

    assert steps(token) == [("waiting", "in_consultation", 0)]
    assert AuditEntry.objects.filter(name="opd.token_begun").count() == 1


@pytest.mark.parametrize("was", [TokenStatus.SKIPPED, TokenStatus.SENT_FOR_TESTS, TokenStatus.DONE])
def test_who_was_aside_may_come_straight_in(clinic, bose, was):
    assert begin(make_token(clinic, status=was), bose).status == TokenStatus.IN_CONSULTATION


@pytest.mark.parametrize("was", [TokenStatus.MOVED, TokenStatus.LEFT, TokenStatus.CANCELLED])
def test_a_token_that_is_over_is_not_begun(clinic, bose, was):
    token = make_token(clinic, status=was)

    with pytest.raises(Refusal, match="cannot become"):
        begin(token, bose)
    assert not TokenStep.objects.exists()


# ── To the tests and back ──


def test_who_is_back_from_tests_goes_before_the_ordinary_and_keeps_seniority(clinic, token, bose):
    earlier = make_token(clinic, senior_since=after(-30))
    begin(token, bose)
    sent = send(token, bose, "CBC, X-ray")
    back = come_back(token, bose, after(40))

    assert sent.status == TokenStatus.SENT_FOR_TESTS
    assert (back.lane, back.lane_rank, back.senior_since) == (Lane.BACK_FROM_TESTS, 1, NOON)
    assert back.status_since == after(40)
    assert call_next(clinic_day=clinic, request_key=uuid4(), actor=bose, at=after(41)) == token
    assert earlier.status == TokenStatus.WAITING


@pytest.mark.parametrize("lane", [Lane.EMERGENCY, Lane.PREGNANT])
def test_a_lane_that_goes_first_already_stays(clinic, bose, lane):
    token = make_token(clinic, lane=lane, status=TokenStatus.SENT_FOR_TESTS)

    assert come_back(token, bose).lane == lane


def test_back_twice_is_back_once(token, bose):
    begin(token, bose)
    send(token, bose)
    come_back(token, bose, after(10))
    come_back(token, bose, after(11))

    assert len(steps(token)) == 3


def test_sent_twice_by_one_key_it_counts_once(token, bose):
    key = uuid4()
    begin(token, bose)
    send(token, bose, key=key)
    come_back(token, bose)

    assert send(token, bose, key=key).status == TokenStatus.WAITING
    assert TokenStep.objects.filter(now="sent_for_tests").count() == 1
    with pytest.raises(KeyReused):
        send(token, bose, "X-ray", key=key)


@pytest.mark.parametrize("tests", ["", "=1+1", BAD_NAME])
def test_which_tests_is_kept_as_it_was_said(clinic, token, bose, tests):
    begin(token, bose)
    send(token, bose, tests)
    with_last_steps(clinic, [token])

    assert token.last_step.tests == tests
    assert AuditEntry.objects.get(name="opd.token_sent_for_tests").detail == {"number": 1}


def test_only_from_the_room_is_anybody_sent_for_tests(token, bose):
    with pytest.raises(Refusal, match="cannot become"):
        send(token, bose)


def test_from_tests_to_another_unit_one_goes_first_there(token, second, bose):
    begin(token, bose)
    send(token, bose)
    moved = move_token(token=token, unit=second, request_key=uuid4(), actor=bose, at=after(50))

    assert (moved.lane, moved.senior_since, moved.status_since) == (Lane.BACK_FROM_TESTS, NOON, after(50))
    assert steps(token)[-1] == ("sent_for_tests", "moved", 50)


def test_the_doctor_sends_on_whoever_is_in_the_room(token, second, bose):
    begin(token, bose)

    moved = move_token(token=token, unit=second, request_key=uuid4(), actor=bose, at=after(9))
    assert (moved.status, moved.status_since) == (TokenStatus.WAITING, NOON)


# ── Left, and here again ──


def test_who_left_is_out_of_the_queue_and_it_says_how_that_is_known(clinic, token, bose):
    call_token(token=token, actor=bose, at=NOON)
    skip_token(token=token, actor=bose, at=NOON)
    left = leave(token, bose, LeftHow.NOT_THERE)
    with_last_steps(clinic, [left])

    assert (left.status, left.last_step.left_how) == (TokenStatus.LEFT, LeftHow.NOT_THERE)
    fact = AuditEntry.objects.get(name="opd.token_left")
    assert fact.detail == {"number": 1, "how": "not_there", "times_called": 1}


def test_nobody_is_missed_who_was_not_called(token, bose):
    with pytest.raises(Refusal, match="not called yet") as refused:
        leave(token, bose, LeftHow.NOT_THERE)
    assert refused.value.field == "how"
    assert not TokenStep.objects.exists()


def test_who_is_in_the_room_has_not_left(token, bose):
    begin(token, bose)
    with pytest.raises(Refusal, match="cannot become"):
        leave(token, bose)


def test_left_twice_is_left_once(token, bose, clara):
    leave(token, bose)
    leave(token, clara)

    assert len(steps(token)) == 1


@pytest.mark.parametrize("was", [TokenStatus.LEFT, TokenStatus.SKIPPED, TokenStatus.DONE])
def test_who_comes_again_waits_as_before(clinic, bose, was):
    token = make_token(clinic, lane=Lane.ELDERLY, senior_since=NOON, status=was)
    back = come_back(token, bose, after(30))

    assert (back.status, back.lane, back.senior_since) == (TokenStatus.WAITING, Lane.ELDERLY, NOON)


@pytest.mark.parametrize("was", [TokenStatus.CALLED, TokenStatus.CANCELLED])
def test_only_who_was_away_comes_back(clinic, bose, was):
    with pytest.raises(Refusal, match="cannot come back"):
        come_back(make_token(clinic, status=was), bose)


def test_who_waits_in_another_unit_does_not_come_back_here(token, second, bose):
    moved = move_token(token=token, unit=second, request_key=uuid4(), actor=bose, at=NOON)

    with pytest.raises(Refusal, match="is moved to another unit and cannot come back"):
        come_back(token, bose)
    assert QueueToken.objects.get(status=TokenStatus.WAITING) == moved


def test_nobody_comes_back_on_another_day(token, bose):
    leave(token, bose)

    with pytest.raises(Refusal, match="day is over"):
        come_back(token, bose, NOON + timedelta(hours=12))  # midnight in India, not yet in Greenwich
    assert come_back(token, bose, NOON + timedelta(hours=11, minutes=59)).status == TokenStatus.WAITING


def test_nobody_comes_back_into_a_closed_queue(clinic, token, bose):
    leave(token, bose)
    close(clinic, bose)

    with pytest.raises(Refusal, match="is closed for today"):
        come_back(token, bose)
    token.refresh_from_db()
    assert token.status == TokenStatus.LEFT


def test_carried_over_and_brought_back_the_wait_goes_on_from_its_beginning(clinic, token, second, bose):
    closing = Closing(CloseReason.CALLED_AWAY, "", second)
    close_clinic(clinic_day=clinic, closing=closing, request_key=uuid4(), actor=bose, at=after(10))
    open_clinic(clinic_day=clinic, actor=bose, at=after(15))
    token.refresh_from_db()

    assert token.status_since == NOON
    assert steps(token) == [("waiting", "moved", 10), ("moved", "waiting", 5)]


def test_a_cancelled_slip_leaves_its_step(asha, med, unit, kavita):
    made = visit(asha, med, kavita, unit=unit)
    regret = Regret(CancelReason.TWICE)
    cancel_token(token=made.token, regret=regret, request_key=uuid4(), actor=kavita, at=after(3))

    assert steps(made.token) == [("waiting", "cancelled", 3)]


# ── What the database holds ──


def test_a_step_is_written_once(token, bose):
    leave(token, bose)
    for change in (lambda rows: rows.update(left_how="not_there"), lambda rows: rows.delete()):
        with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
            change(TokenStep.objects.all())


@pytest.mark.parametrize(
    "wrong",
    [
        {"now": "left", "left_how": ""},
        {"now": "done", "left_how": "said_so"},
        {"now": "done", "tests": "CBC"},
        {"now": "done", "at": NOON - timedelta(seconds=1)},
    ],
)
def test_a_step_that_cannot_be_is_refused(token, bose, wrong):
    said = {"was": "waiting", "now": "done", "since": NOON, "at": NOON, "is_first": True, "by": bose} | wrong

    with pytest.raises(DatabaseError, match="violates check constraint"):
        TokenStep.objects.create(facility=token.facility, clinic_day=token.clinic_day, token=token, **said)


def test_another_servers_clock_that_is_behind_takes_no_time_back(token, bose):
    begin(token, bose, after(-1))

    assert steps(token) == [("waiting", "in_consultation", 0)]


# ── One open token in a department on one day ──


def over(token, bose, was):
    """Their turn is over: they left, or were done."""
    if was == "left":
        return leave(token, bose)
    return finish_token(token=call_token(token=token, actor=bose, at=NOON), actor=bose, at=NOON)


@pytest.mark.parametrize(("was", "act"), [("left", come_back), ("done", come_back), ("done", begin)])
def test_who_has_a_newer_token_here_comes_back_with_that_one(token, second, bose, was, act):
    over(token, bose, was)
    newer = make_token(make_clinic_day(second), token.patient)

    with pytest.raises(Refusal, match=r"has token 1 of Unit 2 today: waiting\. Go on with that one"):
        act(token, bose)

    over(newer, bose, "done")
    assert act(token, bose).status in ("waiting", "in_consultation")


def test_another_departments_or_days_token_keeps_nobody_away(token, unit, rims, bose):
    leave(token, bose)
    make_token(make_clinic_day(make_unit(make_department(rims, "SURG"), "Unit 9")), token.patient)
    make_token(make_clinic_day(unit, held_on=NOON.date() + timedelta(days=1)), token.patient)

    assert come_back(token, bose).status == "waiting"


def test_who_has_two_open_tokens_by_choice_goes_on_with_both(token, second, bose):
    begin(token, bose)
    send(token, bose)
    make_token(make_clinic_day(second), token.patient)

    assert come_back(token, bose).status == "waiting"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_run", range(3))
def test_here_again_at_once_with_both_tokens_one_waits(token, second, bose, clara, _run):
    there = make_token(make_clinic_day(second), token.patient)
    leave(token, bose)
    leave(there, bose)

    outcomes = all_at_once([partial(come_back, token, bose), partial(come_back, there, clara)])

    assert sorted(type(one).__name__ for one in outcomes) == ["QueueToken", "Refusal"]
    assert QueueToken.objects.filter(patient=token.patient, status=TokenStatus.WAITING).count() == 1


# ── At once ──


@pytest.mark.django_db(transaction=True)
def test_eight_who_begin_at_once_begin_once(rims, token):
    people = [make_clerk(f"k{n}", rims) for n in range(8)]

    begun = all_at_once([partial(begin, token, person) for person in people])
    assert [one.status for one in begun] == ["in_consultation"] * 8
    assert TokenStep.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_brought_back_twice_and_begun_at_once_who_was_done_is_in_the_room_once(token, bose, clara):
    finish_token(token=call_token(token=token, actor=bose, at=NOON), actor=bose, at=NOON)
    all_at_once(
        [partial(come_back, token, clara), partial(come_back, token, bose), partial(begin, token, bose)]
    )

    token.refresh_from_db()
    ways = {("in_consultation", ("waiting", "in_consultation")), ("in_consultation", ("in_consultation",))}
    assert (token.status, tuple(now for _was, now, _took in steps(token)[2:])) in ways
    assert token.done_at is None


@pytest.mark.django_db(transaction=True)
def test_called_and_gone_at_once_is_one_of_the_two(token, bose, clara):
    outcomes = all_at_once(
        [partial(leave, token, clara), partial(call_token, token=token, actor=bose, at=NOON)]
    )

    token.refresh_from_db()
    refused = [one for one in outcomes if isinstance(one, Refusal)]
    assert (token.status, len(refused), len(steps(token))) in {("left", 1, 1), ("left", 0, 2)}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_run", range(3))
def test_back_from_tests_while_the_queue_closes_nobody_is_lost(clinic, token, second, bose, clara, _run):
    begin(token, bose)
    send(token, bose)
    closing = Closing(CloseReason.CALLED_AWAY, "", second)
    shut = partial(close_clinic, clinic_day=clinic, closing=closing, request_key=uuid4(), actor=bose, at=NOON)

    all_at_once([partial(come_back, token, clara), shut])

    (waits,) = QueueToken.objects.filter(encounter=token.encounter, status=TokenStatus.WAITING)
    assert (waits.clinic_day.unit, waits.lane) == (second, Lane.BACK_FROM_TESTS)


# ── On the screen ──


@pytest.fixture
def today(unit):
    return make_clinic_day(unit, timezone.localdate())


def page_of(client, clinic):
    return client.get(reverse("opd:clinicday_detail", args=[clinic.pk])).content.decode()


def test_the_queue_says_how_long_each_waits(client, today, bose):
    client.force_login(bose)
    since = timezone.now() - timedelta(minutes=22, seconds=5)
    make_token(today, senior_since=since)

    assert so_far(since) in page_of(client, today)  # since yesterday, shortly after midnight


def test_the_whole_way_by_the_pages(client, today, bose):
    client.force_login(bose)
    token = make_token(today)

    def press(name, **sent):
        return client.post(reverse(f"opd:{name}", args=[token.pk]), sent)

    press("entry_new")
    asked = client.get(reverse("opd:tests_new", args=[token.pk]))
    sent = {"request_key": asked.context["form"]["request_key"].value(), "tests": BAD_NAME}
    assert press("tests_new", **sent).status_code == 303
    page = page_of(client, today)
    assert "&lt;img src=x" in page
    assert BAD_NAME not in page
    assert "Back from tests" in page
    press("return_new")
    assert client.get(reverse("opd:token_departure_new", args=[token.pk])).status_code == 200
    assert press("token_departure_new", how="said_so").status_code == 303
    assert 'aria-label="Has left"' in page_of(client, today)
    press("return_new")
    assert [now for _was, now, _took in steps(token)] == [
        "in_consultation",
        "sent_for_tests",
        "waiting",
        "left",
        "waiting",
    ]


def test_who_was_done_by_mistake_is_shown_with_the_way_back(client, today, bose):
    client.force_login(bose)
    token, other = make_token(today, status=TokenStatus.CALLED), make_token(today, status=TokenStatus.DONE)
    queue, back = reverse("opd:clinicday_detail", args=[today.pk]), reverse("opd:return_new", args=[token.pk])
    done = client.post(reverse("opd:completion_new", args=[token.pk]))

    assert done["Location"] == f"{queue}?seen={token.pk}"
    for shown in (
        client.get(done["Location"]),
        client.get(queue, {"seen": token.pk}, headers={"HX-Request": "true"}),
    ):
        assert shown.context["done"] == [token]
        assert shown.text.count(back) == 2  # the form's address, and HTMX's
    assert client.get(queue).context["done"] == []
    assert client.get(queue, {"seen": BAD_NAME}).context["done"] == []
    assert client.get(queue, {"seen": "all"}).context["done"] == [token, other]
    for _sent_twice in range(2):
        assert client.post(back, {"saw": "done"}).status_code == 303
    token.refresh_from_db()
    assert (token.status, token.done_at) == (TokenStatus.WAITING, None)
    assert [now for _was, now, _took in steps(token)] == ["done", "waiting"]


@walked("name", ["entry_new", "return_new"])
@walked("saw", [{"saw": "called"}, {"saw": "sent_for_tests"}, {"saw": BAD_NAME}, {}])
def test_a_page_that_did_not_see_that_they_are_done_does_not_call_them_back(client, today, bose, name, saw):
    client.force_login(bose)
    token = make_token(today, status=TokenStatus.DONE)

    refused = client.post(reverse(f"opd:{name}", args=[token.pk]), saw)

    assert refused.status_code == 422
    assert f"Token {token} is done by now." in refused.text
    assert refused.context["done"] == [token]
    token.refresh_from_db()
    assert token.status == TokenStatus.DONE


def test_the_buttons_say_what_their_page_saw(client, today, bose):
    client.force_login(bose)
    called = make_token(today, status=TokenStatus.CALLED)
    assert '<input type="hidden" name="saw" value="called">' in page_of(client, today)

    into_the_room = reverse("opd:entry_new", args=[called.pk])
    assert client.post(into_the_room, {"saw": "called"}).status_code == 303
    called.refresh_from_db()
    assert called.status == TokenStatus.IN_CONSULTATION


def test_in_a_queue_that_was_closed_nobody_done_comes_back(client, today, bose):
    client.force_login(bose)
    token = make_token(today, status=TokenStatus.DONE)
    close(today, bose)
    back = reverse("opd:return_new", args=[token.pk])

    assert back not in client.get(reverse("opd:clinicday_detail", args=[today.pk]), {"seen": "all"}).text
    assert "is closed for today" in client.post(back, {"saw": "done"}).text
    straight_in = client.post(reverse("opd:entry_new", args=[token.pk]), {"saw": "done"})
    assert "is closed for today" in straight_in.text


def test_the_likelier_act_with_whoever_was_called_comes_first(client, today, bose):
    client.force_login(bose)
    token = make_token(today, status=TokenStatus.CALLED)
    page = page_of(client, today)

    first = page.index("btn-primary", page.index(reverse("opd:entry_new", args=[token.pk])))
    assert first < page.index(reverse("opd:completion_new", args=[token.pk]))


def test_a_refusal_keeps_what_was_typed(client, today, bose):
    client.force_login(bose)
    address = reverse("opd:tests_new", args=[make_token(today).pk])

    refused = client.post(address, {"tests": "CBC", "request_key": uuid4()})
    assert refused.status_code == 422
    assert b"cannot become" in refused.content
    assert b'value="CBC"' in refused.content
    aadhaar = client.post(address, {"tests": "2345 6789 0124", "request_key": uuid4()})
    assert aadhaar.context["form"].errors["tests"]


@pytest.mark.parametrize("how", ["", "day_over", "not_there", "lost"])
def test_how_it_is_known_is_one_of_two_and_fits(client, today, bose, how):
    client.force_login(bose)
    token = make_token(today)

    refused = client.post(reverse("opd:token_departure_new", args=[token.pk]), {"how": how})
    assert refused.status_code == 422
    assert b'role="alert"' in refused.content
    token.refresh_from_db()
    assert token.status == TokenStatus.WAITING


def test_another_hospitals_token_is_not_there(client, today, esha):
    client.force_login(esha)
    token = make_token(today)

    for name in ("entry_new", "tests_new", "return_new", "token_departure_new"):
        assert client.post(reverse(f"opd:{name}", args=[token.pk])).status_code == 404
