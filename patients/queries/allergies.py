"""What is not tolerated."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from hmis.kernel.composed import Composed
from patients.models import AllergyIntolerance, Patient
from patients.queries.merging import same_person


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
    """Of one patient, from whatever hospital and record: it is a matter of life. `at`: what was known then.

    "None known" is over once an allergy was written after it.
    """
    return _known([one for one in _written([patient.pk]) if at is None or one.recorded_at <= at], at)


@Composed
def _written(records: list[UUID]) -> QuerySet[AllergyIntolerance]:
    rows = AllergyIntolerance.objects.filter(patient__in=same_person(*records))
    return rows.select_related("recorded_by", "facility").order_by("recorded_at", "pk")


def _known(rows: list[AllergyIntolerance], at: datetime | None) -> Allergies:
    standing = [one for one in rows if one.refuted_at is None or (at and one.refuted_at > at)]
    listed = [one for one in standing if not one.is_none_known]
    last = rows[-1] if rows else None
    stands = last and last.is_none_known and last in standing
    return Allergies(listed, None if listed or not stands else last)
