"""What is done in the queues: called, skipped, seen off, sent on."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from facilities.models import Unit
from hmis.kernel import facts, requests
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal
from hmis.kernel.ids import uuid7
from hmis.kernel.models import AuditEntry
from hmis.kernel.transitions import move
from opd import documents, queries
from opd.models import ClinicDay, QueueToken
from opd.states import TOKEN_MOVES, Lane, TokenStatus, lane_rank
from patients import services as patients
from patients.models import Encounter

TAKE_NUMBER = """
    UPDATE opd_clinicday SET last_number = last_number + 1 WHERE unit_id = %s AND held_on = %s
    RETURNING id, last_number, closed_at
"""


def numbered(token: QueueToken, unit: Unit, day: date) -> QueueToken:
    """The token with the unit's next number: 1…n without gaps: the counter is locked until the commit."""
    taken = _take_number(unit, day)
    if taken is None:  # the first patient opens the day
        opened = ClinicDay(unit=unit, facility_id=unit.facility_id, held_on=day)
        ClinicDay.objects.bulk_create([opened], ignore_conflicts=True)
        taken = _take_number(unit, day)
    clinic_day_id, token.number, closed_at = taken
    if closed_at:
        raise _is_closed(unit, day)
    token.clinic_day = ClinicDay(id=clinic_day_id, unit=unit, facility_id=unit.facility_id, held_on=day)
    return token


def _take_number(unit: Unit, day: date) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(TAKE_NUMBER, [unit.pk, day])
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
def call_token(*, token: QueueToken, actor: Any, at: datetime) -> QueueToken:
    """Call this one (again): who was skipped, or has not come."""
    return _call(QueueToken.objects.locked().get(pk=token.pk), actor=actor, at=at)


def _call(token: QueueToken, *, actor: Any, at: datetime, call_id: UUID | None = None) -> QueueToken:
    move(token, to=TokenStatus.CALLED, allowed=TOKEN_MOVES)
    token.called_at, token.called_by, token.times_called = at, actor, token.times_called + 1
    token.save(update_fields=["called_at", "called_by", "times_called"])
    note("opd.token_called", token, actor=actor, at=at, fact_id=call_id)
    return token


@act
def skip_token(*, token: QueueToken, actor: Any, at: datetime) -> QueueToken:
    """Whoever was called did not come: kept aside, to be called again."""
    token = QueueToken.objects.locked().get(pk=token.pk)
    move(token, to=TokenStatus.SKIPPED, allowed=TOKEN_MOVES)
    note("opd.token_skipped", token, actor=actor, at=at)
    return token


@act
def finish_token(*, token: QueueToken, actor: Any, at: datetime) -> QueueToken:
    """Whoever was called has been seen."""
    token = QueueToken.objects.locked().get(pk=token.pk)
    move(token, to=TokenStatus.DONE, allowed=TOKEN_MOVES)
    token.done_at = at
    token.save(update_fields=["done_at"])
    note("opd.token_done", token, actor=actor, at=at)
    return token


@act
def move_token(*, token: QueueToken, unit: Unit, request_key: UUID, actor: Any, at: datetime) -> QueueToken:
    """Send somebody on to the right unit in one step: a token there, with the time of the first one kept."""
    token_id, seen = requests.claim(request_key, "opd.move_token", actor=actor, body=[token.pk, unit.pk])
    if seen:
        return QueueToken.objects.select_related("clinic_day__unit__room").get(pk=token_id)
    encounter = patients.lock_encounter(token.encounter)
    held = QueueToken.objects.locked().select_related("facility", "patient").get(pk=token.pk)
    today = timezone.localdate(at)
    if not unit.sits_on(today):
        raise Refusal(_("%(unit)s does not sit today."), field="unit", unit=unit)
    if held.clinic_day_id in unit.clinic_days_held.values_list("pk", flat=True):
        raise Refusal(_("This patient already waits there."), field="unit")
    if unit.department_id != encounter.department_id:
        patients.send_to_department(encounter, unit.department)
    move(held, to=TokenStatus.MOVED, allowed=TOKEN_MOVES)
    moved = numbered(successor(held, encounter, token_id=token_id), unit, today)
    slip = queries.slips_of([held]).get(held.pk)
    paper = documents.issue_slip_again(moved, slip, actor=actor, at=at) if slip else None
    note("opd.token_moved", moved, actor=actor, at=at, new=[moved, paper])
    return moved


def successor(held: QueueToken, encounter: Encounter, *, token_id: UUID | None = None) -> QueueToken:
    """The place in another queue of somebody who waited in this one. Back from tests, they go first there."""
    back = held.status == TokenStatus.SENT_FOR_TESTS and held.lane == Lane.NORMAL
    lane = Lane.BACK_FROM_TESTS if back else Lane(held.lane)
    return QueueToken(
        id=token_id or uuid7(),
        facility_id=held.facility_id,
        encounter=encounter,
        patient=held.patient,
        lane=lane,
        lane_rank=lane_rank(lane),
        senior_since=held.senior_since,
        moved_from=held,
    )


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
        new=new,
        fact_id=fact_id,
        number=token.number,
        **detail,
    )
