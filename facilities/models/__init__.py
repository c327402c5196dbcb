"""Who and where: the registries."""

from facilities.models.people import Posting, Span, StaffImport, User, WhyDisabled, WhyReset
from facilities.models.places import (
    Bed,
    BedKind,
    Block,
    Department,
    District,
    Facility,
    FacilityKind,
    ReceiptPaper,
    Room,
    State,
    Unit,
    Village,
    Ward,
)

__all__ = [
    "Bed",
    "BedKind",
    "Block",
    "Department",
    "District",
    "Facility",
    "FacilityKind",
    "Posting",
    "ReceiptPaper",
    "Room",
    "Span",
    "StaffImport",
    "State",
    "Unit",
    "User",
    "Village",
    "Ward",
    "WhyDisabled",
    "WhyReset",
]
