"""People on file, written past the services: no audit row, no request key."""

from datetime import UTC, date, datetime

from patients.models import (
    DeathNotice,
    Encounter,
    EncounterClass,
    MergeRecord,
    NameWord,
    Patient,
    PatientIdentifier,
)
from patients.names import name_words
from patients.services import next_uhid
from tests.factories.facilities import written

REGISTERED = datetime(2026, 4, 1, 5, 0, tzinfo=UTC)


def make_patient(facility, name="Asha Devi", name_hi="आशा देवी", **changes):
    details = {
        "uhid": next_uhid(),
        "sex": "female",
        "birth_date": date(1992, 7, 1),
        "birth_precision": "year",
        "phone": "9431100001",
        "district": facility.district,
        "registered_at": REGISTERED,
    }
    words = name_words(name, name_hi)
    patient = Patient(facility=facility, name=name, name_hi=name_hi, name_words=words, **details | changes)
    return written(patient, *(NameWord(word=word) for word in words))


def give_identifier(patient, kind, value):
    return PatientIdentifier.objects.create(
        patient=patient, facility=patient.facility, kind=kind, value=value
    )


def make_encounter(patient, department, *, at=REGISTERED, **changes):
    details = {"encounter_class": EncounterClass.AMBULATORY, "started_at": at}
    where = {"facility": department.facility, "department": department}
    return written(Encounter(patient=patient, **where, **details | changes))


def make_death_notice(encounter, person, *, died_at, **changes):
    """This contact's patient is dead on file."""
    details = {"died_at": died_at, "said_by": person, "said_at": died_at}
    return DeathNotice.objects.create(
        facility_id=encounter.facility_id,
        patient_id=encounter.patient_id,
        encounter=encounter,
        **details | changes,
    )


def make_merge(patient, kept, person, *, at=REGISTERED, **changes):
    """The first record is given up for the second."""
    details = {"why": "card lost", "merged_by": person, "merged_at": at}
    return MergeRecord.objects.create(facility=kept.facility, patient=patient, kept=kept, **details | changes)
