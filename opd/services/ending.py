"""The end of the day: no queue of yesterday stays open, no visit outlives its slip."""

from datetime import date, datetime, time

from django.db.models import QuerySet
from django.utils import timezone

from facilities.models import Facility
from hmis.kernel import facts
from hmis.kernel.acts import act
from hmis.kernel.rows import write
from opd import queries
from opd.models import ClinicDay, QueueToken, TokenStep
from opd.services.queues import step
from opd.states import OPEN, LeftHow, TokenStatus
from patients import services as patients
from patients.models import Encounter

MOST = 200  # tokens or visits in one transaction


def end_days(*, at: datetime) -> int:
    """End each queue whose day is over; how many tokens and visits that was. Asked again: none."""
    over = ClinicDay.objects.filter(ended_at=None, held_on__lt=timezone.localdate(at))
    ended = 0
    for clinic_day in over.order_by("held_on", "pk"):
        while some := end_clinic_day(clinic_day=clinic_day, at=at):
            ended += some
    return ended


@act
def end_clinic_day(*, clinic_day: ClinicDay, at: datetime) -> int:
    """End what of this day still stands open, at most `MOST`; how much that was.

    Whoever was seen is done, the others have left, and their visit ends with the day. What somebody else
    holds just now is left for the next hour.
    """
    free = ClinicDay.objects.select_for_update(of=("self",), skip_locked=True)
    held = free.filter(pk=clinic_day.pk, ended_at=None).first()
    if held is None:
        return 0
    ends = end_of(held.held_on)
    seen, left = _end_tokens(held, ends)
    unseen = _held(queries.unseen(held))
    for encounter in unseen:
        patients.end_encounter(encounter, at=ends)
    still = held.tokens.filter(status__in=OPEN).exists() or queries.unseen(held).exists()
    if not still:
        held.ended_at = at
        held.save(update_fields=["ended_at"])
    if seen or left or unseen or not still:
        facts.record(
            "opd.clinic_day_ended",
            about=held,
            actor=None,
            at=at,
            facility_id=held.facility_id,
            seen=seen,
            left=left,
            visits=len(unseen),
        )
    return seen + left + len(unseen)


def _end_tokens(clinic_day: ClinicDay, ends: datetime) -> tuple[int, int]:
    """(how many were seen, how many have left) of those who were still in the queue."""
    waiting = QueueToken.objects.select_for_update(of=("self",), skip_locked=True)
    tokens = list(waiting.filter(clinic_day=clinic_day, status__in=OPEN).order_by("pk")[:MOST])
    written_of = queries.written_of({one.encounter_id for one in tokens})
    steps = [_end(token, ends, was_seen=token.encounter_id in written_of) for token in tokens]
    write(*steps)
    left = sum(one.now == TokenStatus.LEFT for one in steps)
    return len(steps) - left, left


def _end(token: QueueToken, ends: datetime, *, was_seen: bool) -> TokenStep:
    """Called and written of is seen too: not every room presses each button."""
    inside = token.status in (TokenStatus.IN_CONSULTATION, TokenStatus.SENT_FOR_TESTS)
    if inside or (token.status == TokenStatus.CALLED and was_seen):
        token.done_at = ends
        return step(token, to=TokenStatus.DONE, actor=None, at=ends, also=["done_at"])
    left = step(token, to=TokenStatus.LEFT, actor=None, at=ends)
    left.left_how = LeftHow.DAY_OVER
    return left


def finish_visits(*, at: datetime) -> int:
    """Finish each OPD visit whose slip no longer holds; how many."""
    today, finished = timezone.localdate(at), 0
    for facility in Facility.objects.filter(pk__in=queries.run_out(today).values("facility_id")):
        while some := finish_visits_at(facility=facility, at=at):
            finished += some
    return finished


@act
def finish_visits_at(*, facility: Facility, at: datetime) -> int:
    """Finish at most `MOST` of this hospital's visits whose last day is over, at the end of that day."""
    over = _held(queries.run_out(timezone.localdate(at)).filter(facility=facility))
    for encounter in over:
        assert encounter.valid_till
        patients.end_encounter(encounter, at=end_of(encounter.valid_till))
    if over:
        facts.record(
            "opd.visits_finished",
            about=facility,
            actor=None,
            at=at,
            facility_id=facility.pk,
            visits=len(over),
        )
    return len(over)


def _held(encounters: QuerySet[Encounter]) -> list[Encounter]:
    """Some of these, locked; what somebody else holds is passed over."""
    free = encounters.select_for_update(of=("self",), skip_locked=True, no_key=True)
    return list(free.order_by("pk")[:MOST])


def end_of(day: date) -> datetime:
    """The last moment of this day in the hospital."""
    return datetime.combine(day, time.max, tzinfo=timezone.get_current_timezone())
