"""What was measured: its last values, its curves, and what strikes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from hmis.kernel import scope
from hmis.kernel.plots import Plot, plot
from patients.models import Encounter, Observation, Patient
from patients.queries.merging import records_of, same_person
from patients.ranges import asked_about, body_mass_index
from patients.states import EncounterStatus


def in_reach(model: type[Any], user: Any, row_id: UUID) -> QuerySet[Any]:
    """The row with this id, of the own hospital or of whoever is treated here now, on whichever record."""
    row = model.objects.filter(pk=row_id)
    if user.posting is None:
        return row.none()
    own = same_person(*row.values_list("patient_id", flat=True))
    here = Encounter.objects.visible_to(user).filter(patient__in=own)
    return row.filter(user.posting.sees("facility") | Exists(here.filter(status=EncounterStatus.IN_PROGRESS)))


def observations_of(patient: Patient) -> QuerySet[Observation]:
    """What was measured of whose chart is open, newest first; what was wrong stays, and says why."""
    own = Observation.objects.filter(patient__in=same_person(patient.pk))
    return own.select_related("taken_by", "wrong_by", "facility").order_by("-taken_at", "-pk")


def taken_together(set_id: UUID) -> list[Observation]:
    """One act's vitals, in the order in which they were written."""
    linked = Observation.objects.select_related("taken_by", "wrong_by", "facility")
    return list(linked.filter(taken_together=set_id).order_by("pk"))


def measured_in(encounter: Encounter) -> list[Observation]:
    """What was measured in this contact, newest first; what was wrong too."""
    return list(encounter.observations.select_related("taken_by").order_by("-taken_at", "-pk")[:60])


CURVE = 12


def last_vitals(patients: Iterable[UUID], user: Any) -> dict[UUID, dict[str, list[Observation]]]:
    """{patient id: {vital: its last twelve, oldest first}} of those treated here, wrong ones out.

    On whichever of their records they are treated, and were measured.
    """
    people = records_of(patients)
    here = Encounter.objects.visible_to(user).filter(patient__in=people)
    going_on = here.filter(status=EncounterStatus.IN_PROGRESS).values_list("patient_id", flat=True)
    whose = {people[one] for one in going_on}
    treated = [one for one, person in people.items() if person in whose]
    newest = Window(RowNumber(), partition_by=[F("patient_id"), F("code")], order_by=F("taken_at").desc())
    right = Observation.objects.filter(patient__in=treated, wrong_at=None)
    found: dict[UUID, dict[str, list[Observation]]] = {}
    with scope.within(scope.with_charts(treated)):
        for one in right.annotate(place=newest).filter(place__lte=CURVE).order_by("taken_at", "pk"):
            found.setdefault(people[one.patient_id], {}).setdefault(one.vital, []).append(one)
    return {
        one: {vital: observed[-CURVE:] for vital, observed in found[people[one]].items()}
        for one in treated
        if people[one] in found
    }


def body_mass(vitals: Mapping[str, list[Observation]]) -> Decimal | None:
    """Of the last weight and height; None where either is missing. It is nowhere stored."""
    weight, height = (vitals.get(name) for name in ("weight", "height"))
    if not weight or not height or weight[-1].value is None or height[-1].value is None:
        return None
    return body_mass_index(weight[-1].value, height[-1].value)


def months_old(patient: Patient, day: date) -> int | None:
    """Whole months since birth; None where no birth date is known."""
    born = patient.birth_date
    if born is None:
        return None
    return (day.year - born.year) * 12 + day.month - born.month - (day.day < born.day)


@dataclass(frozen=True)
class Trend:
    """What one vital was last, when, and its curve where there is one."""

    last: Observation
    curve: Plot | None


def trend(observed: list[Observation]) -> Trend:
    """Of one vital's last values, oldest first; a blood pressure has two curves."""
    upper = [(one.taken_at, float(one.value)) for one in observed if one.value is not None]
    lower = [(one.taken_at, float(one.diastolic)) for one in observed if one.diastolic is not None]
    return Trend(observed[-1], plot(upper, lower, said=", ".join(one.shown for one in observed)))


@dataclass(frozen=True)
class Reading:
    """One vital as a chart shows it: what it was last, whether today, whether it strikes, its curve."""

    last: Observation
    is_of_now: bool
    is_striking: bool
    curve: Plot | None


def readings(
    patient: Patient, vitals: Mapping[str, list[Observation]], encounter: Encounter
) -> list[Reading]:
    """Each vital, those of this contact first; what a nurse would be asked about strikes."""
    months = months_old(patient, timezone.localdate())
    pregnant = any(one.finding == "yes" for one in vitals.get("pregnant", [])[-1:])

    def strikes(one: Observation) -> bool:
        measured = {one.vital: one.value}
        if one.diastolic is not None:
            measured = {"systolic": one.value, "diastolic": one.diastolic}
        return any(
            value is not None and asked_about(name, value, months=months, pregnant=pregnant)
            for name, value in measured.items()
        )

    found = []
    for observed in vitals.values():
        seen = trend(observed)
        is_of_now = seen.last.encounter_id == encounter.pk
        found.append(Reading(seen.last, is_of_now, strikes(seen.last), seen.curve))
    return sorted(found, key=lambda one: not one.is_of_now)
