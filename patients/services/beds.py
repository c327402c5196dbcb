"""Beds: given to one patient at a time. The bed's row is locked first, so that two who want it take turns."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from facilities.models import Bed
from hmis.kernel.errors import Refusal
from patients.models import BedStay, Encounter


def take_bed(*, encounter: Encounter, bed: Bed, actor: Any, at: datetime) -> BedStay:
    """The part of an act that lays the patient into this bed: a row for it to write.

    Refuses a bed of another hospital and one that is taken.
    """
    held = Bed.objects.locked().select_related("room__ward").filter(pk=bed.pk).first()
    if held is None or held.facility_id != encounter.facility_id:
        raise Refusal(_("There is no such bed here."), field="bed")
    if held.stays.filter(ended_at=None).exists():
        raise Refusal(_("Somebody lies in this bed already. Choose another one."), field="bed")
    return BedStay(
        facility_id=held.facility_id,
        bed=held,
        encounter=encounter,
        patient=encounter.patient,
        began_at=at,
        given_by=actor,
    )
