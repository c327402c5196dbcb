"""What the worker does for the reports."""

import logging
from functools import partial
from uuid import UUID

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from hmis.kernel import bell, facts
from reports import making, services

log = logging.getLogger(__name__)


@shared_task(name="reports.prove")
def prove() -> int:
    """Each hour: the rules of `manage.py verify`. What is broken stands on the supervisor's page."""
    broken = services.prove_rules(at=timezone.now())
    if broken:
        log.error("%s rows break a rule: run manage.py verify.", broken)
    return broken


@facts.on("reports.report_asked")
def begin_reports(_run_id: UUID) -> None:
    """Somebody waits for a report: ring for a worker, after the commit of this delivery."""
    transaction.on_commit(partial(bell.ring, "reports.make_reports"), robust=True)


@shared_task(name="reports.make_reports")
def make_reports() -> int:
    """Each half minute, and when somebody asks: make the reports that wait."""
    return making.make_waiting()


@shared_task(name="reports.forget_files")
def forget_files() -> int:
    """Each night: the files of reports whose days are over."""
    return services.forget_report_files(at=timezone.now())
