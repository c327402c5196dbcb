"""What every paper says of its hospital."""

from facilities.models import Facility


def heading(facility: Facility) -> dict[str, str]:
    """The hospital as every paper's head names it."""
    return {name: getattr(facility, name) for name in ("code", "name", "name_hi", "hfr_id")}
