"""The person and the encounter."""

from patients.models.encounter import Encounter, EncounterClass
from patients.models.person import (
    ABHA_KINDS,
    OLD_KINDS,
    AbhaStatus,
    BirthPrecision,
    Category,
    GuardianRelation,
    IdentifierKind,
    NameWord,
    NoPhone,
    Patient,
    PatientIdentifier,
    RelatedPerson,
    Sex,
)

__all__ = [
    "ABHA_KINDS",
    "OLD_KINDS",
    "AbhaStatus",
    "BirthPrecision",
    "Category",
    "Encounter",
    "EncounterClass",
    "GuardianRelation",
    "IdentifierKind",
    "NameWord",
    "NoPhone",
    "Patient",
    "PatientIdentifier",
    "RelatedPerson",
    "Sex",
]
