"""The formulary as the project's files state it, and medicines out of it."""

from django.core.management import call_command

from patients.models import Medication
from patients.queries.formulary import formulary_at


def make_formulary(facility):
    """Everything that is known of medicines, as this hospital has it."""
    call_command("load_formulary", verbosity=0)
    return formulary_at(facility.pk)


def medication(generic_name, **more):
    """The first medicine of this name."""
    return Medication.objects.filter(generic_name=generic_name, **more).order_by("form", "strength").first()
