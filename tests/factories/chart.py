"""What was measured and what is not tolerated, written past the services."""

from datetime import timedelta
from decimal import Decimal

from hmis.kernel.ids import uuid7
from patients.models import AllergyIntolerance, Observation, ToldBy, Vital
from patients.ranges import MEASURES


def make_observation(encounter, nurse, vital=Vital.PULSE, value="72", **changes):
    """Measured five minutes after the contact began."""
    at = encounter.started_at + timedelta(minutes=5)
    details = {
        "code": vital,
        "unit": MEASURES[vital.name.lower()].unit,
        "value": Decimal(value) if value is not None else None,
        "taken_together": uuid7(),
        "taken_at": at,
        "recorded_at": at,
        "taken_by": nurse,
    }
    return Observation.objects.create(
        facility=encounter.facility,
        patient=encounter.patient,
        encounter=encounter,
        **details | changes,
    )


def make_allergy(encounter, nurse, substance="Penicillin", **changes):
    details = {"told_by": ToldBy.PATIENT, "recorded_by": nurse, "recorded_at": encounter.started_at}
    return AllergyIntolerance.objects.create(
        facility=encounter.facility,
        patient=encounter.patient,
        encounter=encounter,
        substance=substance,
        **details | changes,
    )
