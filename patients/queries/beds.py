"""Where somebody lies, and where they may be laid."""

from django.db.models import Exists, OuterRef, QuerySet

from facilities.models import Bed, BedKind, Department, Facility
from facilities.states import BedStatus
from patients.models import BedStay, Encounter


def stay_of(encounter: Encounter) -> BedStay | None:
    """The bed that the patient lies in during this contact."""
    lying = BedStay.objects.filter(encounter=encounter, ended_at=None)
    return lying.select_related("bed__room__ward").first()


def places(facility: Facility, department: Department | None = None) -> QuerySet[Bed]:
    """Places that a patient may lie in, taken or not: of a department's wards, or of the whole hospital.

    No cradles: a newborn's is put up where its mother lies.
    """
    beds = Bed.objects.filter(facility=facility).exclude(kind=BedKind.CRADLE)
    if department:
        beds = beds.filter(room__ward__department=department)
    return beds.select_related("room__ward").order_by("room__number", "number")


def free_beds(facility: Facility, department: Department | None = None) -> QuerySet[Bed]:
    """Those of them that a patient may be laid into now."""
    taken = BedStay.objects.filter(ended_at=None, bed=OuterRef("pk"))
    beds = places(facility, department).filter(~Exists(taken), is_active=True)
    return beds.exclude(status=BedStatus.OUT_OF_SERVICE)
