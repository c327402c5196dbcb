"""The person, the encounter, and what hangs on either."""

from patients.models.allergy import AllergyIntolerance, Severity, ToldBy
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
from patients.models.observation import Finding, Observation, Vital
from patients.models.outcomes import LONGEST_REST, AdmissionRequest, Certificate, Referral
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
    "LONGEST_REST",
    "OLD_KINDS",
    "AbhaStatus",
    "AdmissionRequest",
    "AllergyIntolerance",
    "BedStay",
    "Birth",
    "BirthPrecision",
    "CaseKind",
    "Category",
    "Certificate",
    "ClinicalNote",
    "Condition",
    "Encounter",
    "EncounterClass",
    "Finding",
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
    "Observation",
    "Patient",
    "PatientIdentifier",
    "PoliceIntimation",
    "Referral",
    "RelatedPerson",
    "Severity",
    "Sex",
    "SignatureKind",
    "ToldBy",
    "Vital",
]
