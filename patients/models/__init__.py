"""The person, the encounter, and what hangs on either."""

from patients.models.bed import BedStay
from patients.models.encounter import Encounter, EncounterClass
from patients.models.legal import CaseKind, MedicoLegalCase, PoliceIntimation
from patients.models.newborn import Birth
from patients.models.person import (
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
    "BedStay",
    "Birth",
    "BirthPrecision",
    "CaseKind",
    "Category",
    "Encounter",
    "EncounterClass",
    "GuardianRelation",
    "IdentifierKind",
    "MedicoLegalCase",
    "NameWord",
    "NoPhone",
    "Patient",
    "PatientIdentifier",
    "PoliceIntimation",
    "RelatedPerson",
    "Sex",
]
