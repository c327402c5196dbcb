"""What the worker does for the reports."""

import logging

from celery import shared_task
from django.utils import timezone

from reports import services

log = logging.getLogger(__name__)


@shared_task(name="reports.prove")
def prove() -> int:
    """Each hour: the rules of `manage.py verify`. What is broken stands on the supervisor's page."""
    broken = services.prove_rules(at=timezone.now())
    if broken:
        log.error("%s rows break a rule: run manage.py verify.", broken)
    return broken
