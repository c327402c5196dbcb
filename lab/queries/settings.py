"""What a hospital's laboratory asks."""

from uuid import UUID

from lab.models import LaboratorySetting


def settings_of(facility_id: UUID) -> LaboratorySetting:
    """The settings of a hospital's laboratory; where it has said nothing, the usual ones, not written."""
    held = LaboratorySetting.objects.filter(facility=facility_id).first()
    return held or LaboratorySetting(facility_id=facility_id)
