"""What is done in the queues: called, in the room, sent for tests and back, seen off, sent on, left."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from facilities.models import Department, Unit
from hmis.kernel import facts, requests
from hmis.kernel.access import lock
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal
from hmis.kernel.ids import uuid7
from hmis.kernel.models import AuditEntry
from hmis.kernel.prepared import prepared
from hmis.kernel.transitions import move
from opd import documents, queries
from opd.models import ClinicDay, QueueToken, TokenStep
from opd.states import AWAY, OPEN, TOKEN_MOVES, Lane, LeftHow, TokenStatus, lane_rank
from patients import services as patients
from patients.models import Encounter, Patient, Sex

TAKE_NUMBER = """
    UPDATE opd_clinicday SET last_number = last_number + 1 WHERE unit_id = %s AND held_on = %s
    RETURNING id, last_number, closed_at
"""


def numbered(token: QueueToken, unit: Unit, day: date) -> QueueToken:
    """The token with the unit's next number: 1…n without gaps: the counter is locked until the commit."""
    taken = _take_number(unit, day)
    if taken is None:  # the first patient opens the day
        open_day(unit, day)
        taken = _take_number(unit, day)
    clinic_day_id, token.number, closed_at = taken
    if closed_at:
        raise _is_closed(unit, day)
    token.clinic_day = ClinicDay(id=clinic_day_id, unit=unit, facility_id=unit.facility_id, held_on=day)
    return token


def held_token(patient: Patient, department: Department, day: date) -> QueueToken | None:
    """The patient's token of this department whose turn is not over: asked before another one is given.

    It locks the patient: of two who give a token at once, the second sees the first one's.
    """
    patients.lock_patient(patient)
    return queries.waiting_in(patient.pk, department, day)


def open_day(unit: Unit, day: date) -> None:
    """The unit has a clinic day on this day; two who open it at once open one."""
    opened = ClinicDay(unit=unit, facility_id=unit.facility_id, held_on=day)
    ClinicDay.objects.bulk_create([opened], ignore_conflicts=True)


def _take_number(unit: Unit, day: date) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(prepared(TAKE_NUMBER, "take_number"), [unit.pk, day])
        return cursor.fetchone()


def _is_closed(unit: Unit, day: date) -> Refusal:
    """What the desk is told instead of a token: which unit of the department is open."""
    open_now = queries.other_units(unit, day)
    if not open_now:
        return Refusal(_("The queue of %(unit)s is closed for today."), field="unit", unit=unit)
    names = ", ".join(str(other) for other, _waiting in open_now)
    return Refusal(
        _("The queue of %(unit)s is closed for today. Open: %(others)s."),
        field="unit",
        unit=unit,
        others=names,
    )


@act
def call_next(*, clinic_day: ClinicDay, request_key: UUID, actor: Any, at: datetime) -> QueueToken | None:
    """Call whoever is next; None when nobody waits. Two who call at once call two different people."""
    call_id, seen = requests.claim(request_key, "opd.call_next", actor=actor, body=[clinic_day.pk])
    if seen:
        called = AuditEntry.objects.filter(pk=call_id).values("about_id")
        return clinic_day.tokens.filter(pk__in=called).first()
    waiting = queries.in_order(clinic_day.tokens.filter(status=TokenStatus.WAITING))
    token = waiting.select_for_update(of=("self",), skip_locked=True).first()
    return _call(token, actor=actor, at=at, call_id=call_id) if token else None


@act
def call_token(*, token: QueueToken, request_key: UUID | None = None, actor: Any, at: datetime) -> QueueToken:
    """Call this one (again): who was skipped, or has not come."""
    seen = requests.was_sent(request_key, "opd.call_token", actor=actor, body=[token.pk])
    held = lock(QueueToken, token.pk)
    return held if seen else _call(held, actor=actor, at=at)


def _call(token: QueueToken, *, actor: Any, at: datetime, call_id: UUID | None = None) -> QueueToken:
    token.called_at, token.called_by, token.times_called = at, actor, token.times_called + 1
    said = ["called_at", "called_by", "times_called"]
    called = step(token, to=TokenStatus.CALLED, actor=actor, at=at, also=said)
    note("opd.token_called", token, actor=actor, at=at, new=[called], fact_id=call_id)
    return token


@act
def skip_token(*, token: QueueToken, request_key: UUID | None = None, actor: Any, at: datetime) -> QueueToken:
    """Whoever was called did not come: kept aside, to be called again."""
    seen = requests.was_sent(request_key, "opd.skip_token", actor=actor, body=[token.pk])
    token = lock(QueueToken, token.pk)
    if seen:
        return token
    skipped = step(token, to=TokenStatus.SKIPPED, actor=actor, at=at)
    note("opd.token_skipped", token, actor=actor, at=at, new=[skipped])
    return token


@act
def begin_token(
    *,
    token: QueueToken,
    request_key: UUID | None = None,
    actor: Any,
    at: datetime,
    saw: str | None = None,
) -> QueueToken:
    """The patient is in the room: called, walked in, or back after having been done.

    Begun before, nothing changes. `saw`: the status on the page that was pressed, where there was one.

    Refuses a token that is over, and one that was done where the page did not see it, the day is over, the
    queue closed or another token of theirs open in the department.
    """
    seen = requests.was_sent(request_key, "opd.begin_token", actor=actor, body=[token.pk, saw])
    patients.lock_patient(token.patient)
    token = lock(QueueToken, token.pk)
    if seen or token.status == TokenStatus.IN_CONSULTATION:
        return token
    if token.status == TokenStatus.DONE:
        _refuse_unseen(token, saw)
        _refuse_closed(token.clinic_day, at)
        _refuse_second(token)
    if token.called_at is None:  # walked in
        token.called_at, token.called_by = at, actor
    token.done_at = None
    said = ["called_at", "called_by", "done_at"]
    begun = step(token, to=TokenStatus.IN_CONSULTATION, actor=actor, at=at, also=said)
    note("opd.token_begun", token, actor=actor, at=at, new=[begun])
    return token


def _refuse_unseen(token: QueueToken, saw: str | None) -> None:
    """A page that was drawn before somebody was done does not bring them back."""
    if token.status == TokenStatus.DONE and saw not in (None, TokenStatus.DONE):
        raise Refusal(
            _("Token %(token)s is done by now. Press again if the patient has come back."), token=token
        )


def _refuse_closed(clinic_day: ClinicDay, at: datetime) -> None:
    if clinic_day.held_on < timezone.localdate(at):
        raise Refusal(_("This day is over."))
    if clinic_day.closed_at:
        raise _is_closed(clinic_day.unit, clinic_day.held_on)


def _refuse_second(token: QueueToken) -> None:
    """Whose turn was over comes back only where no other token of theirs waits. The patient is locked."""
    other = None if token.status in OPEN else queries.other_token(token)
    if other:
        raise Refusal(
            _("The patient has token %(token)s of %(unit)s today: %(status)s. Go on with that one."),
            token=other,
            unit=other.clinic_day.unit,
            status=other.get_status_display(),
        )


def may_come_back(token: QueueToken, at: datetime) -> bool:
    """Whether the queue of somebody done is still held, on its own day and not closed early, and no other
    token of theirs is open in the department."""
    day = token.clinic_day
    return day.held_on == timezone.localdate(at) and not day.closed_at and not queries.other_token(token)


@act
def finish_token(
    *, token: QueueToken, request_key: UUID | None = None, actor: Any, at: datetime
) -> QueueToken:
    """Whoever was called has been seen."""
    seen = requests.was_sent(request_key, "opd.finish_token", actor=actor, body=[token.pk])
    token = lock(QueueToken, token.pk)
    if seen:
        return token
    token.done_at = at
    done = step(token, to=TokenStatus.DONE, actor=actor, at=at, also=["done_at"])
    note("opd.token_done", token, actor=actor, at=at, new=[done])
    return token


@act
def send_for_tests(
    *, token: QueueToken, tests: str = "", request_key: UUID, actor: Any, at: datetime
) -> QueueToken:
    """From the room to the tests, and to which, where that is said; they come back into this queue."""
    step_id, seen = requests.claim(request_key, "opd.send_for_tests", actor=actor, body=[token.pk, tests])
    token = lock(QueueToken, token.pk)
    if seen:
        return token
    sent = step(token, to=TokenStatus.SENT_FOR_TESTS, actor=actor, at=at)
    sent.pk, sent.tests = step_id, tests
    note("opd.token_sent_for_tests", token, actor=actor, at=at, new=[sent])
    return token


@act
def return_token(
    *,
    token: QueueToken,
    request_key: UUID | None = None,
    actor: Any,
    at: datetime,
    saw: str | None = None,
) -> QueueToken:
    """Whoever was at tests, was skipped, had left or was done is here again, with the seniority they had.

    Back from tests, they go before the ordinary. Who waits already, waits. `saw` as in `begin_token`.
    Refuses a day that is over, a closed queue, who was done where the page did not see it, and who left or
    was done and has another token open in the department.
    """
    seen = requests.was_sent(request_key, "opd.return_token", actor=actor, body=[token.pk, saw])
    # Before the queue and the token, as whoever gives a token: of two at once one sees the other's.
    patients.lock_patient(token.patient)
    clinic_day = lock(ClinicDay, token.clinic_day_id, "unit__facility")
    token = lock(QueueToken, token.pk)
    if seen or token.status == TokenStatus.WAITING:
        return token
    if token.status not in AWAY:
        was = token.get_status_display()
        raise Refusal(_("Token %(token)s is %(was)s and cannot come back."), token=token, was=was)
    _refuse_unseen(token, saw)
    _refuse_closed(clinic_day, at)
    _refuse_second(token)
    token.lane = _lane_after(token)
    token.lane_rank = lane_rank(token.lane)
    token.done_at = None
    also = ["lane", "lane_rank", "done_at"]
    back = step(token, to=TokenStatus.WAITING, actor=actor, at=at, also=also)
    note("opd.token_returned", token, actor=actor, at=at, new=[back], was=back.was)
    return token


@act
def leave_token(
    *, token: QueueToken, how: LeftHow, request_key: UUID | None = None, actor: Any, at: datetime
) -> QueueToken:
    """The patient has left without the doctor's word, and how that is known. Left before, nothing changes.

    Refuses `not there` of somebody whom nobody called.
    """
    seen = requests.was_sent(request_key, "opd.leave_token", actor=actor, body=[token.pk, how])
    token = lock(QueueToken, token.pk)
    if seen or token.status == TokenStatus.LEFT:
        return token
    if how == LeftHow.NOT_THERE and not token.times_called:
        raise Refusal(_("This patient was not called yet."), field="how")
    left = step(token, to=TokenStatus.LEFT, actor=actor, at=at)
    left.left_how = how
    note("opd.token_left", token, actor=actor, at=at, new=[left], how=how, times_called=token.times_called)
    return token


@act
def move_token(*, token: QueueToken, unit: Unit, request_key: UUID, actor: Any, at: datetime) -> QueueToken:
    """Send somebody on to the right unit in one step: a token there, with the time of the first one kept.

    Refuses a unit that does not sit, the one where they wait, and a department where another token of theirs
    waits today.
    """
    token_id, seen = requests.claim(request_key, "opd.move_token", actor=actor, body=[token.pk, unit.pk])
    if seen:
        return QueueToken.objects.select_related("clinic_day__unit__room").get(pk=token_id)
    encounter, today = patients.lock_encounter(token.encounter), timezone.localdate(at)
    if not unit.sits_on(today):
        raise Refusal(_("%(unit)s does not sit today."), field="unit", unit=unit)
    if unit.department_id != encounter.department_id:
        waits = held_token(encounter.patient, unit.department, today)
        if waits:
            raise Refusal(_("The patient waits there already: token %(token)s."), field="unit", token=waits)
    # Before the token: whoever closes a queue has locked the days when they come to its tokens.
    open_day(unit, today)
    ClinicDay.objects.locked().get(unit=unit, held_on=today)
    held = lock(QueueToken, token.pk, "facility", "patient")
    if held.clinic_day_id in unit.clinic_days_held.values_list("pk", flat=True):
        raise Refusal(_("This patient already waits there."), field="unit")
    if unit.department_id != encounter.department_id:
        patients.send_to_department(encounter, unit.department)
    there = successor(held, encounter, at=at, token_id=token_id)
    gone = step(held, to=TokenStatus.MOVED, actor=actor, at=at)
    moved = numbered(there, unit, today)
    slip = queries.slips_of([held]).get(held.pk)
    paper = documents.issue_slip_again(moved, slip, actor=actor, at=at) if slip else None
    note("opd.token_moved", moved, actor=actor, at=at, new=[moved, paper, gone])
    return moved


def successor(
    held: QueueToken, encounter: Encounter, *, at: datetime, token_id: UUID | None = None
) -> QueueToken:
    """The place in another queue of somebody who is in this one. Back from tests, they go first there."""
    lane = _lane_after(held)
    return QueueToken(
        id=token_id or uuid7(),
        facility_id=held.facility_id,
        encounter=encounter,
        patient=held.patient,
        lane=lane,
        lane_rank=lane_rank(lane),
        senior_since=held.senior_since,
        moved_from=held,
        step_at=at if held.status == TokenStatus.SENT_FOR_TESTS else None,
    )


def cannot_have(lane: str, patient: Patient) -> bool:
    """Whether it is a lane that this patient cannot have: a man that of the pregnant."""
    return lane == Lane.PREGNANT and patient.sex == Sex.MALE


def lane_kept(held: QueueToken) -> Lane:
    """The lane that goes on with somebody: for a man among the pregnant by mistake the ordinary one."""
    return Lane.NORMAL if cannot_have(held.lane, held.patient) else Lane(held.lane)


def _lane_after(held: QueueToken) -> Lane:
    """The lane in which somebody waits on: from the tests before the ordinary, if not before them already."""
    back = held.status == TokenStatus.SENT_FOR_TESTS and held.lane == Lane.NORMAL
    return Lane.BACK_FROM_TESTS if back else lane_kept(held)


def step(
    token: QueueToken,
    *,
    to: TokenStatus,
    actor: Any,
    at: datetime,
    also: Sequence[str] = (),
    waits_on: bool = False,
) -> TokenStep:
    """The part of an act that takes a locked token on: what that step took is a row for the act to write.

    `waits_on`: as if nothing had been between.
    """
    taken = TokenStep(
        facility_id=token.facility_id,
        clinic_day_id=token.clinic_day_id,
        token=token,
        was=token.status,
        now=to,
        since=min(token.status_since, at),  # two servers' clocks
        at=at,
        is_first=token.step_at is None,
        by=actor,
    )
    token.step_at = None if waits_on else at
    move(token, to=to, allowed=TOKEN_MOVES, also=["step_at", *also])
    return taken


def note(
    name: str,
    token: QueueToken,
    *,
    actor: Any,
    at: datetime,
    new: Sequence[Any] = (),
    fact_id: UUID | None = None,
    **detail: Any,
) -> None:
    facts.record(
        name,
        about=token,
        actor=actor,
        at=at,
        patient_id=token.patient_id,
        facility_id=token.facility_id,
        new=new,
        fact_id=fact_id,
        number=token.number,
        **detail,
    )
