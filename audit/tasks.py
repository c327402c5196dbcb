"""What the worker does for the audit."""

import logging

from celery import shared_task
from django.utils import timezone

from audit import services

log = logging.getLogger(__name__)


@shared_task(name="audit.prove")
def prove() -> int:
    """Each night: prove all seals. What does not hold is said in the log too, so that a watch can hear it."""
    broken = services.prove_seals(at=timezone.now())
    if broken:
        log.error("%s audit rows are not as they were sealed: run manage.py verify.", broken)
    return broken
