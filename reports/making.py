"""The worker's side of reports: takes what waits longest, makes it as whoever asked, keeps the file."""

import logging

from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from facilities.models import User
from hmis.kernel import scope
from hmis.kernel.access import note_refused
from hmis.kernel.errors import Refusal
from reports import services
from reports.kinds import KINDS, Cancelled, Making, ReportKind
from reports.models import ReportRun

log = logging.getLogger(__name__)


def make_waiting() -> int:
    """Make whatever waits, one after the other; how many were begun."""
    services.take_back_lost_reports(at=timezone.now())
    begun = 0
    while run := services.begin_next_report(at=timezone.now()):
        begun += 1
        make(run)
    return begun


def make(run: ReportRun) -> None:
    """Make this report, which has begun. Whatever goes wrong is kept with it: the worker goes on."""
    try:
        kind, actor = _kind(run), _person(run)
        with scope.within(scope.Scope.of(actor)), translation.override(actor.language):
            _refuse_other_duties(kind, actor)
            content = kind.make(Making(actor, run.asked, lambda percent: _tell(run, percent)))
    except Cancelled:
        log.info("A report was cancelled while it was made.")
    except Refusal as refusal:
        with translation.override(run.asked_by.language):
            services.fail_report(run=run, why=str(refusal), at=timezone.now())
    except Exception:
        log.exception("A report of the kind %s failed.", run.kind)
        services.fail_report(run=run, at=timezone.now())
    else:
        services.finish_report(
            run=run, content=content, filename=kind.filename(run.asked), kept=kind.kept, at=timezone.now()
        )


def _kind(run: ReportRun) -> ReportKind:
    if run.kind not in KINDS:
        raise Refusal(_("There is no such report any more."))
    return KINDS[run.kind]


def _person(run: ReportRun) -> User:
    """Whoever asked, at the duty as which they asked: it may have ended since."""
    person = User.objects.get(pk=run.asked_by_id)
    if not person.is_active or not person.work_as(str(run.posting_id)):
        raise Refusal(_("The person who asked for this report does not work there any more."))
    return person


def _refuse_other_duties(kind: ReportKind, actor: User) -> None:
    if not actor.may(kind.permission):
        note_refused(kind.permission, actor=actor)
        raise Refusal(_("Your role does not include this."))


def _tell(run: ReportRun, percent: int) -> bool:
    return services.note_progress(run=run, percent=percent, at=timezone.now())
