"""What the worker does for the reports."""

import logging
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from hmis.kernel import facts, scope
from reports import services

log = logging.getLogger(__name__)


@shared_task(name="reports.prove")
def prove() -> int:
    """Each hour: the rules of `manage.py verify`. What is broken stands on the supervisor's page."""
    broken = services.prove_rules(at=timezone.now())
    if broken:
        log.error("%s rows break a rule: run manage.py verify.", broken)
    return broken


@facts.on("facilities.facility_added")
def enter_hospital(facility_id: UUID) -> None:
    """A hospital that was opened is on the list of the Health Facility Registry at once."""
    enter_hospitals()


@shared_task(name="reports.enter_hospitals")
def enter_hospitals() -> int:
    """Each hour: hospitals that came by a file (load_jharkhand) are on the list too."""
    with scope.within(scope.everywhere()):
        return services.enter_hospitals(actor=None, at=timezone.now())
