"""What the laboratory does by the clock, and what it hears."""

import logging

from celery import shared_task
from django.utils import timezone

from facilities.models import Facility
from hmis.kernel import scope
from lab import queries, services
from lab.models import UnmatchedResult
from lab.states import TrayStatus

log = logging.getLogger(__name__)


@shared_task(name="lab.escalate_criticals")
def escalate_criticals() -> int:
    """Each minute: critical values that nobody answered in time go one step higher, hospital by hospital."""
    with scope.within(scope.everywhere()):
        late = set(queries.unanswered().values_list("facility_id", flat=True).distinct())
        hospitals = list(Facility.objects.filter(pk__in=late))
    taken = 0
    for hospital in hospitals:
        with scope.within(scope.at_hospitals(hospital.pk)):
            try:
                taken += services.escalate_criticals(facility=hospital, at=timezone.now())
            except Exception:  # the next hospital's patients do not wait for this one's fault
                log.exception("Critical values of %s were not escalated.", hospital.code)
    return taken


@shared_task(name="lab.take_messages")
def take_messages() -> int:
    """Each minute: what analysers sent and nobody matched yet, and what may have left the tray by now."""
    taken = services.take_messages()
    with scope.within(scope.everywhere()):
        waiting = UnmatchedResult.objects.filter(status=TrayStatus.WAITING)
        hospitals = set(waiting.values_list("facility_id", flat=True).distinct())
    for hospital in hospitals:
        with scope.within(scope.at_hospitals(hospital)):
            taken += services.match_again(facility_id=hospital, actor=None, at=timezone.now())
    return taken
