"""The medico-legal register, and whom lists do not name."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from hmis.kernel.composed import Composed
from patients.models import Encounter, MedicoLegalCase, Patient, PoliceIntimation
from patients.queries.merging import same_person


def withhold_names(patients: Iterable[Patient]) -> None:
    """Mark those whom a list, register or display must not name (`Patient.listed_name`).

    The case may stand on another record of the same person. Search results
    and the patient's own page name everybody: they say nothing of a case.
    """
    listed = list(patients)
    cases = _cases([*{one.pk for one in listed}])
    withheld = {case.patient_id for case in cases if case.withholds_name()}
    if withheld:
        withheld = set(Patient.objects.filter(pk__in=same_person(*withheld)).values_list("pk", flat=True))
    for patient in listed:
        patient.is_withheld = patient.pk in withheld


@Composed
def _cases(records: list[UUID]) -> QuerySet[MedicoLegalCase]:
    return MedicoLegalCase.objects.filter(patient__in=same_person(*records)).select_related("patient")


def cases_here(user: Any) -> QuerySet[MedicoLegalCase]:
    """The medico-legal register of the hospitals that this person works at, newest first."""
    linked = ("patient", "facility", "marked_by", "encounter__department")
    told = PoliceIntimation.objects.select_related("informed_by").order_by("informed_at", "pk")
    register = MedicoLegalCase.objects.visible_to(user).select_related(*linked)
    return register.prefetch_related(Prefetch("intimations", told)).order_by("-marked_at", "-pk")


def case_of(encounter: Encounter) -> MedicoLegalCase | None:
    """The medico-legal case that this contact is marked as."""
    return MedicoLegalCase.objects.filter(encounter=encounter).first()
