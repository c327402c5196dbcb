"""Who and where: the registries."""

from facilities.models.people import Posting, StaffImport, User, WhyDisabled, WhyReset
from facilities.models.places import (
    Bed,
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
    "Block",
    "Department",
    "District",
    "Facility",
    "FacilityKind",
    "Posting",
    "ReceiptPaper",
    "Room",
    "StaffImport",
    "State",
    "Unit",
    "User",
    "Village",
    "Ward",
    "WhyDisabled",
    "WhyReset",
]
