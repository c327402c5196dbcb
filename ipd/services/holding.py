"""The row of a stay, locked until the act ends: the beds are locked before it (`patients.lock_beds_of`)."""

from uuid import UUID

from django.db.models import QuerySet

from hmis.kernel.composed import Composed
from ipd.models import Admission


def hold(admission: Admission) -> Admission:
    """The admission, locked, also one that is over."""
    return _held.get(admission.pk)


@Composed
def _held(admission_id: UUID) -> QuerySet[Admission]:
    linked = ("facility", "encounter", "patient")
    return Admission.objects.locked().select_related(*linked).filter(pk=admission_id)
