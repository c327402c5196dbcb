"""One stay: its bed now, its team, the newborns beside it, and what the hospital has set."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from facilities.models import BedKind
from ipd.models import Admission, CareTeam, InpatientSetting
from patients.models import BedStay, MedicoLegalCase

PLACE = ("bed__room__ward",)


@dataclass(frozen=True)
class Admitted:
    """An inpatient in the first bed, with the medico-legal case that was marked at the door."""

    admission: Admission
    stay: BedStay
    case: MedicoLegalCase | None = None


def admitted(admission_id: UUID) -> Admitted:
    """What an admission had made."""
    admission = Admission.objects.select_related("facility", "encounter", "patient").get(pk=admission_id)
    first = BedStay.objects.filter(encounter=admission.encounter_id).select_related(*PLACE)
    case = MedicoLegalCase.objects.filter(encounter=admission.encounter_id).first()
    return Admitted(admission, first.order_by("began_at", "pk")[0], case)


def stay(stay_id: UUID) -> BedStay:
    """A stay in a bed, with its place."""
    return BedStay.objects.select_related(*PLACE).get(pk=stay_id)


def stay_now(admission: Admission) -> BedStay | None:
    """The bed that an inpatient lies in now; None: on leave without one, or gone."""
    lying = BedStay.objects.filter(encounter=admission.encounter_id, ended_at=None)
    return lying.select_related(*PLACE).first()


def team_now(admission: Admission) -> CareTeam | None:
    """Who answers for an inpatient, or answered last."""
    teams = admission.care_teams.select_related("department", "consultant")
    return teams.order_by("-began_at", "-pk").first()


def cradled(mother: Admission) -> list[BedStay]:
    """The newborns that lie in cradles beside this mother, each in a stay of its own."""
    lying = BedStay.objects.filter(
        facility=mother.facility_id,
        ended_at=None,
        bed__kind=BedKind.CRADLE,
        encounter__encounter_class="inpatient",
        patient__birth__mother=mother.patient_id,
    )
    return list(lying.select_related("encounter", "patient", *PLACE).order_by("pk"))


def setting(facility_id: UUID) -> InpatientSetting:
    """How this hospital counts its bed-days and readies its beds."""
    held = InpatientSetting.objects.filter(facility=facility_id).first()
    return held or InpatientSetting(facility_id=facility_id)


def is_begun(admission: Admission) -> bool:
    """Whether anything was written, ordered or charged in this stay."""
    encounter: Any = admission.encounter
    written = (encounter.notes, encounter.orders, encounter.charge_items, encounter.observations)
    return any(rows.exists() for rows in written) or admission.procedures.exists()
