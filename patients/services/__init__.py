"""What is done with patients."""

from patients.services.beds import take_bed
from patients.services.legal import (
    CaseDetails,
    Intimation,
    OpenedCase,
    add_case,
    inform_police,
    open_case,
)
from patients.services.people import (
    LikelyDuplicate,
    add_patient,
    claimed,
    described,
    edit_patient,
    find_patients,
    finish_encounter,
    next_uhid,
    note_seen,
    open_encounter,
    register_patient,
    uhid_of_serial,
)
from patients.services.unnamed import MOST_AT_ONCE, Newborn, Unknown, add_unknown, named, register_newborns

__all__ = [
    "MOST_AT_ONCE",
    "CaseDetails",
    "Intimation",
    "LikelyDuplicate",
    "Newborn",
    "OpenedCase",
    "Unknown",
    "add_case",
    "add_patient",
    "add_unknown",
    "claimed",
    "described",
    "edit_patient",
    "find_patients",
    "finish_encounter",
    "inform_police",
    "named",
    "next_uhid",
    "note_seen",
    "open_case",
    "open_encounter",
    "register_newborns",
    "register_patient",
    "take_bed",
    "uhid_of_serial",
]
