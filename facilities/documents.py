"""What every paper says of its hospital."""

from facilities.models import Bed, Facility


def heading(facility: Facility) -> dict[str, str]:
    """The hospital as every paper's head names it."""
    return {name: getattr(facility, name) for name in ("code", "name", "name_hi", "hfr_id")}


def place_of(bed: Bed) -> str:
    """Where a bed stands: ward, room, bed."""
    ward = bed.room.ward
    parts = [ward.name_hi or ward.name] if ward else []
    return " · ".join([*parts, bed.room.number, bed.number])
