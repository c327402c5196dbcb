"""What the wards hear."""

from uuid import UUID

from django.utils import timezone

from hmis.kernel import facts
from ipd import services
from patients.models import Observation


@facts.on("patients.vitals_recorded")
def score_vitals(observation_id: UUID) -> None:
    """Vital signs were written down somewhere: those of an inpatient have their warning score."""
    observation = Observation.objects.get(pk=observation_id)
    services.score_recorded(observation=observation, at=timezone.now())
