"""A queue closed early, its patients carried over, and opened again."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from facilities.models import Unit
from hmis.kernel import facts, requests
from hmis.kernel.access import lock
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal, refusing
from hmis.kernel.models import IssuedDocument
from opd import documents, queries
from opd.models import ClinicDay, QueueToken, TokenStep
from opd.services.queues import note, open_day, step, successor
from opd.states import OPEN, CloseReason, LeftHow, TokenStatus
from patients import services as patients


@dataclass(frozen=True)
class Closing:
    """Why a queue is closed, and which unit takes those who wait: None for the unit's own next clinic day."""

    because: CloseReason
    note: str = ""
    to: Unit | None = None


@act
def close_clinic(
    *, clinic_day: ClinicDay, closing: Closing, request_key: UUID, actor: Any, at: datetime
) -> ClinicDay:
    """Close a queue before everybody was seen. Whoever waits is carried over, with their seniority and slip.

    Refuses a queue that is closed, a day that is over, and a unit that cannot take them.
    """
    to = closing.to
    body = [clinic_day.pk, closing.because, closing.note, to and to.pk]
    fact_id, seen = requests.claim(request_key, "opd.close_clinic", actor=actor, body=body)
    if seen:
        return clinic_day
    unit, day = clinic_day.unit, clinic_day.held_on
    if day < timezone.localdate(at):
        raise Refusal(_("This day is over. Its queue need not be closed."))
    # Their slips may hold longer by this; the visits come before queues and tokens.
    patients.lock_encounters(queries.to_carry(clinic_day).order_by().values("encounter_id"))
    held, there = _locked_days(clinic_day, _carried_to(unit, to, day))
    if held.closed_at:
        raise Refusal(_("The queue of %(unit)s is already closed."), unit=unit)
    held.closed_at, held.closed_by = at, actor
    held.closed_because, held.closed_note = closing.because, closing.note
    with refusing(ClinicDay):
        held.save(update_fields=["closed_at", "closed_by", "closed_because", "closed_note"])
    carried = _carry_over(held, there, to or unit, actor=actor, at=at)
    facts.record(
        "opd.clinic_closed",
        about=held,
        actor=actor,
        at=at,
        fact_id=fact_id,
        because=closing.because,
        carried=len(carried),
    )
    return held


def _carried_to(unit: Unit, to: Unit | None, day: date) -> tuple[Unit, date] | None:
    """Which queue takes them; None where the unit has no further clinic day."""
    if to is None:
        later = queries.next_clinic(unit, day)
        return (unit, later) if later else None
    if to.department_id != unit.department_id or to.pk == unit.pk or not to.sits_on(day):
        raise Refusal(_("%(unit)s cannot take these patients today."), field="to", unit=to)
    return to, day


def _locked_days(
    clinic_day: ClinicDay, target: tuple[Unit, date] | None
) -> tuple[ClinicDay, ClinicDay | None]:
    """This queue and the one that takes its patients, locked in one order so that two closings never wait
    for each other."""
    wanted = Q(pk=clinic_day.pk)
    if target:
        unit, day = target
        open_day(unit, day)
        wanted |= Q(unit=unit, held_on=day)
    days = {one.pk: one for one in ClinicDay.objects.locked().filter(wanted).select_related("unit")}
    held = days.pop(clinic_day.pk)
    return held, next(iter(days.values()), None)


def _carry_over(
    held: ClinicDay, there: ClinicDay | None, unit: Unit, *, actor: Any, at: datetime
) -> list[QueueToken]:
    """Tokens of the other queue for whoever waits in this one, numbered in the order of call."""
    linked = ("patient", "encounter__department", "encounter__facility")
    waiting = list(queries.to_carry(held).select_for_update(of=("self",)).select_related(*linked))
    if not waiting:
        return []
    if there is None:
        raise Refusal(_("%(unit)s has no further clinic day. Choose another unit."), field="to", unit=unit)
    if there.closed_at:
        raise Refusal(_("The queue of %(unit)s is closed for today."), field="to", unit=unit)
    slips, carried = queries.slips_of(waiting), []
    # Nobody waits twice in one queue. Whoever has two tokens in this one was asked about it, and keeps both.
    held_there = {
        one.patient_id: one for one in QueueToken.objects.locked().filter(clinic_day=there, status__in=OPEN)
    }
    for token in waiting:
        if has := held_there.get(token.patient_id):
            _leave_to(has, token, actor=actor, at=at)
        else:
            carried.append(_carry(token, there, slips.get(token.pk), actor=actor, at=at))
    there.save(update_fields=["last_number"])
    return carried


def _leave_to(has: QueueToken, token: QueueToken, *, actor: Any, at: datetime) -> None:
    """They wait there already: this token ends, and its seniority goes on with the other.

    It is not moved: its visit would be without a token.
    """
    has.senior_since = min(has.senior_since, token.senior_since)
    has.lane_rank, has.lane = min((has.lane_rank, has.lane), (token.lane_rank, token.lane))
    has.save(update_fields=["senior_since", "lane_rank", "lane"])
    patients.keep_valid(token.encounter, has.clinic_day.held_on)
    left = step(token, to=TokenStatus.LEFT, actor=actor, at=at)
    left.left_how = LeftHow.OTHER_TOKEN
    note("opd.token_left", token, actor=actor, at=at, new=[left], how=left.left_how)


def _carry(
    token: QueueToken, there: ClinicDay, slip: IssuedDocument | None, *, actor: Any, at: datetime
) -> QueueToken:
    carried = successor(token, token.encounter, at=at)
    gone = step(token, to=TokenStatus.MOVED, actor=actor, at=at)
    there.last_number += 1
    carried.clinic_day, carried.number, carried.carried_over = there, there.last_number, True
    patients.keep_valid(token.encounter, there.held_on)
    paper = documents.issue_slip_again(carried, slip, actor=actor, at=at) if slip else None
    note("opd.token_moved", carried, actor=actor, at=at, new=[carried, paper, gone])
    return carried


@act
def open_clinic(
    *, clinic_day: ClinicDay, request_key: UUID | None = None, actor: Any, at: datetime
) -> ClinicDay:
    """Open a queue again that was closed by mistake.

    Whoever was carried over and not called there comes back, with the token that their first slip says. Who
    was put off to another day and has another token today keeps both: one for each day.
    """
    if requests.was_sent(request_key, "opd.open_clinic", actor=actor, body=[clinic_day.pk]):
        return ClinicDay.objects.get(pk=clinic_day.pk)
    # Before the queue, as whoever gives a token.
    away = clinic_day.tokens.filter(status__in=[TokenStatus.MOVED, TokenStatus.LEFT])
    patients.lock_patients(away.values("encounter__patient_id"))
    held = lock(ClinicDay, clinic_day.pk, "unit")
    if not held.closed_at:
        raise Refusal(_("The queue of %(unit)s is open."), unit=held.unit)
    if held.held_on < timezone.localdate(at):
        raise Refusal(_("This day is over."))
    held.closed_at = held.closed_by = None
    held.closed_because = held.closed_note = ""
    held.save(update_fields=["closed_at", "closed_by", "closed_because", "closed_note"])
    back = [_bring_back(token, actor=actor, at=at) for token in _carried_away(held)]
    back += [_wait_again(token, actor=actor, at=at) for token in _left_by_closing(held)]
    facts.record("opd.clinic_opened", about=held, actor=actor, at=at, brought_back=len(back))
    return held


def _carried_away(clinic_day: ClinicDay) -> list[QueueToken]:
    """Whoever the closing sent away, nobody has called since, and has no other token here; locked."""
    encounters = clinic_day.tokens.filter(status=TokenStatus.MOVED).values("encounter_id")
    there = QueueToken.objects.locked().filter(encounter_id__in=encounters, moved_from__clinic_day=clinic_day)
    untouched = there.filter(carried_over=True, status=TokenStatus.WAITING, times_called=0)
    untouched = untouched.filter(Q(clinic_day__held_on=clinic_day.held_on) | ~_has_another(clinic_day))
    return list(untouched.select_related("moved_from"))


def _left_by_closing(clinic_day: ClinicDay) -> list[QueueToken]:
    """Whoever the closing left to a token that they had there, and who has no other one here; locked."""
    steps = TokenStep.objects.filter(token=OuterRef("pk")).order_by("-at", "-pk")
    left = QueueToken.objects.locked().filter(clinic_day=clinic_day, status=TokenStatus.LEFT)
    by_closing = left.alias(how=Subquery(steps.values("left_how")[:1])).filter(how=LeftHow.OTHER_TOKEN)
    return list(by_closing.filter(~_has_another(clinic_day)))


def _has_another(clinic_day: ClinicDay) -> Exists:
    """Whether the patient of a token has an open one of this department and day."""
    here = queries.open_tokens(clinic_day.unit.department, clinic_day.held_on)
    return Exists(here.filter(encounter__patient=OuterRef("encounter__patient")))


def _bring_back(token: QueueToken, *, actor: Any, at: datetime) -> QueueToken:
    gone = step(token, to=TokenStatus.MOVED, actor=actor, at=at)
    first = lock(QueueToken, token.moved_from.pk)  # type: ignore[union-attr]
    here = step(first, to=TokenStatus.WAITING, actor=actor, at=at, waits_on=True)
    note("opd.token_brought_back", first, actor=actor, at=at, new=[gone, here])
    return first


def _wait_again(token: QueueToken, *, actor: Any, at: datetime) -> QueueToken:
    here = step(token, to=TokenStatus.WAITING, actor=actor, at=at, waits_on=True)
    note("opd.token_returned", token, actor=actor, at=at, new=[here], was=here.was)
    return token
