"""The formulary as the project's files state it, and medicines out of it."""

from django.core.management import call_command
from django.utils import timezone

from patients.models import ContentApproval, Medication
from patients.queries.formulary import formulary_at


def make_formulary(facility):
    """Everything that is known of medicines, as this hospital has it."""
    call_command("load_formulary", verbosity=0)
    return formulary_at(facility.pk)


def medication(generic_name, **more):
    """The first medicine of this name."""
    return Medication.objects.filter(generic_name=generic_name, **more).order_by("form", "strength").first()


def make_approval(row, doctor):
    """The hospital's word that this row is right, by this doctor of it."""
    return ContentApproval.objects.create(
        facility=doctor.posting.facility,
        kind=row.kind,
        row_id=row.pk,
        digest=row.digest(),
        approved_by=doctor,
        approved_at=timezone.now(),
    )
