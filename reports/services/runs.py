"""Reports asked for, made in the background, cancelled, taken out of the house, forgotten."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hmis.kernel import facts, requests
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal
from hmis.kernel.rows import write
from hmis.kernel.transitions import move
from reports.kinds import KINDS
from reports.models import ReportRun
from reports.states import RUN_MOVES, RunStatus

MOST_OPEN = 5
# A worker that gives no sign for so long is lost; a report that was lost so often does not fit this machine.
SILENCE = timedelta(minutes=10)
MOST_TRIES = 3


@act
def ask_report(
    *,
    kind: str,
    asked: Mapping[str, Any],
    typed: Mapping[str, str] | None = None,
    request_key: UUID,
    actor: Any,
    at: datetime,
) -> ReportRun:
    """Put a report into the queue, to be made as whoever asks. `asked` is what its kind's form gave.

    `typed` is what the form was filled with: an empty day becomes another one after midnight. Refuses a kind
    that is not the person's, and more than MOST_OPEN at once.
    """
    body = [kind, dict(asked if typed is None else typed)]
    run_id, seen = requests.claim(request_key, "reports.ask_report", actor=actor, body=body)
    if seen:
        return ReportRun.objects.get(pk=run_id)
    if kind not in KINDS or not actor.may(KINDS[kind].permission):
        raise Refusal(_("Your role does not include this."), field="kind")
    waiting = Q(asked_by=actor, status__in=[RunStatus.QUEUED, RunStatus.RUNNING])
    if ReportRun.objects.filter(waiting).count() >= MOST_OPEN:
        raise Refusal(_("%(most)s reports of yours are not ready yet. Wait, or cancel one."), most=MOST_OPEN)
    run = ReportRun(
        id=run_id,
        facility_id=actor.posting.facility_id,
        district_id=actor.posting.district_id,
        kind=kind,
        asked=dict(asked),
        asked_by=actor,
        posting=actor.posting,
        asked_at=at,
    )
    facts.record(
        "reports.report_asked", about=run, actor=actor, at=at, new=[run], report=kind, asked=dict(asked)
    )
    return run


@act
def begin_next_report(*, at: datetime) -> ReportRun | None:
    """The report that waits longest is the worker's from here on; None where none waits."""
    waiting = ReportRun.objects.filter(status=RunStatus.QUEUED).order_by("asked_at", "pk")
    run = waiting.select_for_update(of=("self",), skip_locked=True).first()
    if run is None:
        return None
    run.tries, run.heard_at, run.progress = run.tries + 1, at, 0
    move(run, to=RunStatus.RUNNING, allowed=RUN_MOVES, also=("tries", "heard_at", "progress"))
    _told("reports.report_begun", run, at)
    return run


def note_progress(*, run: ReportRun, percent: int, at: datetime) -> bool:
    """Say how far the making is; False where it is wanted no more. One UPDATE, no lock is held."""
    running = ReportRun.objects.filter(pk=run.pk, status=RunStatus.RUNNING, tries=run.tries)
    return running.update(progress=min(99, max(0, percent)), heard_at=at) == 1


@act
def finish_report(
    *, run: ReportRun, content: bytes, filename: str, kept: timedelta, at: datetime
) -> ReportRun | None:
    """Keep the file of a report; None where it was cancelled meanwhile, or another worker has it now."""
    held = _held(run)
    if held is None:
        return None
    held.content, held.size = content, len(content)
    held.sha256 = hashlib.sha256(content).hexdigest()
    held.filename, held.progress, held.ended_at = filename, 100, at
    held.kept_until = timezone.localdate(at + kept)
    also = ("content", "size", "sha256", "filename", "progress", "ended_at", "kept_until")
    move(held, to=RunStatus.DONE, allowed=RUN_MOVES, also=also)
    _told("reports.report_made", held, at, size=held.size, sha256=held.sha256)
    return held


@act
def fail_report(*, run: ReportRun, why: str = "", at: datetime) -> None:
    """It cannot be made; `why` as its reader can understand it."""
    held = _held(run)
    if held is not None:
        _fail(held, why, at)


def _held(run: ReportRun) -> ReportRun | None:
    """The run, locked, if it is still in the making by whoever began this try."""
    running = ReportRun.objects.filter(pk=run.pk, status=RunStatus.RUNNING, tries=run.tries)
    return running.locked().first()


def _fail(run: ReportRun, why: str, at: datetime) -> None:
    run.why, run.ended_at = why[:200], at
    move(run, to=RunStatus.FAILED, allowed=RUN_MOVES, also=("why", "ended_at"))
    _told("reports.report_failed", run, at)


@act
def take_back_lost_reports(*, at: datetime) -> int:
    """Reports whose worker gives no sign any more wait again, or have failed for good; how many."""
    lost = ReportRun.objects.filter(status=RunStatus.RUNNING, heard_at__lt=at - SILENCE)
    held = list(lost.order_by("pk").select_for_update(of=("self",), skip_locked=True))
    for run in held:
        if run.tries >= MOST_TRIES:
            _fail(run, "", at)
        else:
            move(run, to=RunStatus.QUEUED, allowed=RUN_MOVES)
            _told("reports.report_taken_back", run, at)
    return len(held)


@act
def cancel_report(*, run: ReportRun, actor: Any, at: datetime) -> ReportRun:
    """It is wanted no more; whoever makes it stops at the next sign. Refuses one that is over."""
    run = ReportRun.objects.locked().get(pk=run.pk)
    run.ended_at, run.cancelled_by = at, actor
    move(run, to=RunStatus.CANCELLED, allowed=RUN_MOVES, also=("ended_at", "cancelled_by"))
    facts.record("reports.report_cancelled", about=run, actor=actor, at=at, report=run.kind)
    return run


@act
def note_report_exported(*, run: ReportRun, actor: Any, at: datetime) -> None:
    """Write down that somebody took the file of a report out of the house."""
    facts.record("reports.report_exported", about=run, actor=actor, at=at, report=run.kind, sha256=run.sha256)


@act
def forget_report_files(*, at: datetime) -> int:
    """The files whose days are over go; who asked what and when stays. How many went."""
    over = ReportRun.objects.filter(size__gt=0, kept_until__lt=timezone.localdate(at))
    held = list(over.defer("content").order_by("pk").select_for_update(of=("self",), skip_locked=True))
    for run in held:
        run.content, run.size = None, 0
        run.save(update_fields=["content", "size"])
        _told("reports.report_file_forgotten", run, at)
    return len(held)


def _told(name: str, run: ReportRun, at: datetime, **detail: Any) -> None:
    """The worker's own deeds happened where the report belongs."""
    rows = facts.rows(
        name, about=run, actor=None, at=at, facility_id=run.facility_id, report=run.kind, **detail
    )
    write(*rows)
