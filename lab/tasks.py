"""What the laboratory does by the clock, and what it hears."""

from celery import shared_task
from django.utils import timezone

from facilities.models import Facility
from hmis.kernel import scope
from lab import queries, services


@shared_task(name="lab.escalate_criticals")
def escalate_criticals() -> int:
    """Each minute: critical values that nobody answered in time go one step higher, hospital by hospital."""
    with scope.within(scope.everywhere()):
        late = set(queries.unanswered().values_list("facility_id", flat=True).distinct())
        hospitals = list(Facility.objects.filter(pk__in=late))
    taken = 0
    for hospital in hospitals:
        with scope.within(scope.at_hospitals(hospital.pk)):
            taken += services.escalate_criticals(facility=hospital, at=timezone.now())
    return taken
