"""Who and where: the registries."""

from facilities.models.people import Posting, User
from facilities.models.places import (
    Bed,
    Block,
    Department,
    District,
    Facility,
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
    "Posting",
    "Room",
    "State",
    "Unit",
    "User",
    "Village",
    "Ward",
]
