"""What the worker does for the reports."""

import logging
from functools import partial
from uuid import UUID

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from facilities.models import Facility
from hmis.kernel import bell, facts, scope
from reports import making, services

log = logging.getLogger(__name__)


@shared_task(name="reports.prove")
def prove() -> int:
    """Each hour: the rules of `manage.py verify`. What is broken stands on the supervisor's page."""
    broken = services.prove_rules(at=timezone.now())
    if broken:
        log.error("%s rows break a rule: run manage.py verify.", broken)
    return broken


@shared_task(name="reports.follow")
def follow() -> int:
    """Every few seconds: the figures that were touched are counted anew. If none was yet, ring for that."""
    changed = services.follow_facts(at=timezone.now())
    if changed is None:
        bell.ring("reports.count_first")
    return changed or 0


@shared_task(name="reports.count_first")
def count_first() -> int:
    """Everything is counted once before facts can be followed: minutes, where there are years."""
    return services.count_first(at=timezone.now())


@shared_task(name="reports.repair")
def repair() -> int:
    """Each night: every figure from the rows. Whatever was wrong is put right, and said."""
    wrong = sum(services.recount_all(facility=one) for one in Facility.objects.all())
    if wrong:
        log.warning("%s figures differed from their rows and were put right.", wrong)
    return wrong


@shared_task(name="reports.count_use")
def count_use() -> int:
    """Each hour, hospital by hospital: what was done with each module. At night the last 30 days anew."""
    at = timezone.now()
    with scope.within(scope.everywhere()):
        hospitals = list(Facility.objects.values_list("pk", flat=True))
    whole = timezone.localtime(at).hour == services.NIGHT
    done = 0
    for facility_id in hospitals:
        with scope.within(scope.at_hospitals(facility_id)):
            done += services.count_use(facility_id=facility_id, at=at, whole=whole)
    return done


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


@facts.on("facilities.facility_added")
def enter_hospital(facility_id: UUID) -> None:
    """A hospital that was opened is on the list of the Health Facility Registry at once."""
    enter_hospitals()


@shared_task(name="reports.enter_hospitals")
def enter_hospitals() -> int:
    """Each hour: hospitals that came by a file (load_jharkhand) are on the list too."""
    with scope.within(scope.everywhere()):
        return services.enter_hospitals(actor=None, at=timezone.now())
