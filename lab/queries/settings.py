"""What a hospital's laboratory asks."""

from uuid import UUID

from django.db.models import QuerySet

from hmis.kernel.composed import Composed
from lab.models import LaboratorySetting


def settings_of(facility_id: UUID) -> LaboratorySetting:
    """The settings of a hospital's laboratory; where it has said nothing, the usual ones, not written."""
    return next(iter(_said_by(facility_id)), None) or LaboratorySetting(facility_id=facility_id)


@Composed
def _said_by(facility_id: UUID) -> QuerySet[LaboratorySetting]:
    return LaboratorySetting.objects.filter(facility=facility_id)
