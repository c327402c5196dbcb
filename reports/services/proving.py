"""What is found out across the apps, and kept."""

from datetime import datetime

from django.utils import timezone

from facilities.models import Facility
from hmis.kernel import scope, verifying

NIGHT = 3  # the hour in which the slow rules are asked too


def prove_rules(*, at: datetime) -> int:
    """Ask every rule of every app and keep what it found, for each hospital; how many faults there are."""
    with scope.within(scope.everywhere()):
        hospitals = list(Facility.objects.values_list("pk", flat=True))
    return verifying.prove(hospitals, at=at, at_night=timezone.localtime(at).hour == NIGHT)
