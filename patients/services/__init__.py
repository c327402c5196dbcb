"""What is done with patients."""

from patients.services.people import (
    LikelyDuplicate,
    add_patient,
    claimed,
    edit_patient,
    find_patients,
    next_uhid,
    note_seen,
    open_encounter,
    register_patient,
    uhid_of_serial,
)

__all__ = [
    "LikelyDuplicate",
    "add_patient",
    "claimed",
    "edit_patient",
    "find_patients",
    "next_uhid",
    "note_seen",
    "open_encounter",
    "register_patient",
    "uhid_of_serial",
]
