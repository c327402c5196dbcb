"""The person, the encounter, and what hangs on either."""

from patients.models.bed import BedStay
from patients.models.conditions import Condition
from patients.models.encounter import Encounter, EncounterClass
from patients.models.legal import CaseKind, MedicoLegalCase, PoliceIntimation
from patients.models.newborn import Birth
from patients.models.notes import (
    ClinicalNote,
    NoteAddendum,
    NoteKind,
    NoteSignature,
    NoteTemplate,
    NoteVersion,
    SignatureKind,
)
from patients.models.person import (
    ABHA_KINDS,
    END_OF_PHONE,
    OLD_KINDS,
    AbhaStatus,
    BirthPrecision,
    Category,
    GuardianRelation,
    IdentifierKind,
    KnownName,
    NameWord,
    NoPhone,
    Patient,
    PatientIdentifier,
    RelatedPerson,
    Sex,
)

__all__ = [
    "ABHA_KINDS",
    "END_OF_PHONE",
    "OLD_KINDS",
    "AbhaStatus",
    "BedStay",
    "Birth",
    "BirthPrecision",
    "CaseKind",
    "Category",
    "ClinicalNote",
    "Condition",
    "Encounter",
    "EncounterClass",
    "GuardianRelation",
    "IdentifierKind",
    "KnownName",
    "MedicoLegalCase",
    "NameWord",
    "NoPhone",
    "NoteAddendum",
    "NoteKind",
    "NoteSignature",
    "NoteTemplate",
    "NoteVersion",
    "Patient",
    "PatientIdentifier",
    "PoliceIntimation",
    "RelatedPerson",
    "Sex",
    "SignatureKind",
]
