"""What is not tolerated."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from patients.models import AllergyIntolerance, Patient


@dataclass(frozen=True)
class Allergies:
    """What is known of a patient's allergies: a list, "none known" since a day, or nobody has asked."""

    listed: list[AllergyIntolerance]
    none_known: AllergyIntolerance | None = None

    @property
    def is_asked(self) -> bool:
        return bool(self.listed or self.none_known)

    @property
    def unchecked(self) -> list[AllergyIntolerance]:
        """What no medicine is checked against, since the list does not know it by this name."""
        return [one for one in self.listed if not one.is_checked]


def allergies_of(patient: Patient, at: datetime | None = None) -> Allergies:
    """Of one patient, from whatever hospital: it is a matter of life. `at`: what was known then."""
    return allergies_of_all([patient.pk], at)[patient.pk]


def allergies_of_all(patients: Iterable[UUID], at: datetime | None = None) -> dict[UUID, Allergies]:
    """{patient id: what is known}. "None known" is over once an allergy was written after it."""
    asked = list(patients)
    rows = AllergyIntolerance.objects.filter(patient__in=asked).select_related("recorded_by", "facility")
    by_patient: dict[UUID, list[AllergyIntolerance]] = {}
    if at:
        rows = rows.filter(recorded_at__lte=at)
    for row in rows.order_by("recorded_at", "pk"):
        by_patient.setdefault(row.patient_id, []).append(row)
    return {pk: _known(by_patient.get(pk, []), at) for pk in asked}


def _known(rows: list[AllergyIntolerance], at: datetime | None) -> Allergies:
    standing = [one for one in rows if one.refuted_at is None or (at and one.refuted_at > at)]
    listed = [one for one in standing if not one.is_none_known]
    last = rows[-1] if rows else None
    stands = last and last.is_none_known and last in standing
    return Allergies(listed, None if listed or not stands else last)
