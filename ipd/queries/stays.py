"""One stay: its bed now, its team, the newborns beside it, and what the hospital has set."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Now

from facilities.models import Bed, BedKind, Department, Facility
from hmis.kernel.composed import Composed, among
from ipd.models import Admission, AdmissionQuerySet, CareTeam, InpatientSetting
from lab.queries import is_touched
from patients.models import (
    IN_A_WARD,
    BedReservation,
    BedStay,
    Birth,
    Encounter,
    EncounterClass,
    MedicoLegalCase,
    Patient,
)
from patients.queries import free_beds
from patients.queries.merging import same_person
from patients.states import EncounterStatus

PLACE = ("bed__room__ward",)
# Whoever left casualty so long ago comes to a ward for the same thing.
RECENTLY = timedelta(days=1)


@dataclass(frozen=True)
class Admitted:
    """An inpatient in the first bed, with the medico-legal case: marked at the door, or brought along."""

    admission: Admission
    stay: BedStay
    case: MedicoLegalCase | None = None


def admitted(admission_id: UUID) -> Admitted:
    """What an admission had made."""
    admission = Admission.objects.select_related("facility", "encounter", "patient").get(pk=admission_id)
    first = BedStay.objects.filter(encounter=admission.encounter_id).select_related(*PLACE)
    case = case_of_contact(admission.encounter_id, admission.patient_id)
    return Admitted(admission, first.order_by("began_at", "pk")[0], case)


def cases_of(encounter: Any, came_from: Any, patient: Any) -> QuerySet[MedicoLegalCase]:
    """The medico-legal cases of a contact and of the one that led there, the newest first."""
    own = Q(encounter=encounter)
    led = own | Q(encounter=came_from) if came_from else own
    return MedicoLegalCase.objects.filter(led, patient=patient).order_by("-pk")


def case_of_contact(encounter_id: UUID, patient_id: UUID) -> MedicoLegalCase | None:
    """The medico-legal case of this contact, or of the one that led to it: one rule for pages and papers."""
    return next(iter(_last_case(encounter_id, patient_id)), None)


@Composed
def _last_case(encounter_id: UUID, patient_id: UUID) -> QuerySet[MedicoLegalCase]:
    came_from = Admission.objects.filter(encounter=encounter_id).values("came_from")
    return cases_of(encounter_id, Subquery(came_from), patient_id)[:1]


def stay(stay_id: UUID) -> BedStay:
    """A stay in a bed, with its place."""
    return BedStay.objects.select_related(*PLACE).get(pk=stay_id)


def stay_now(admission: Admission) -> BedStay | None:
    """The bed that an inpatient lies in now; None: on leave without one, or gone."""
    return next(iter(_lying(admission.encounter_id)), None)


@Composed
def _lying(encounter_id: UUID) -> QuerySet[BedStay]:
    return BedStay.objects.filter(encounter=encounter_id, ended_at=None).select_related(*PLACE)


def stay_last(admission: Admission) -> BedStay | None:
    """The bed that an inpatient lies in, or lay in last."""
    lain = BedStay.objects.filter(encounter=admission.encounter_id)
    return lain.select_related(*PLACE).order_by("-began_at", "-pk").first()


def team_now(admission: Admission) -> CareTeam | None:
    """Who answers for an inpatient, or answered last."""
    return next(iter(_last_team(admission.pk)), None)


@Composed
def _last_team(admission_id: UUID) -> QuerySet[CareTeam]:
    teams = CareTeam.objects.filter(admission=admission_id).select_related("department", "consultant")
    return teams.order_by("-began_at", "-pk")[:1]


def cradled(mother: Admission) -> list[BedStay]:
    """The newborns that lie in cradles beside this mother, each in a stay of its own."""
    return _cradled(mother.facility_id, [mother.patient_id])


@Composed
def _cradled(facility_id: UUID, mother: list[UUID]) -> QuerySet[BedStay]:
    lying = BedStay.objects.filter(
        facility=facility_id,
        ended_at=None,
        bed__kind=BedKind.CRADLE,
        encounter__encounter_class__in=IN_A_WARD,
        patient__birth__mother__in=same_person(*mother),
    )
    return lying.select_related("encounter", "patient", *PLACE).order_by("pk")


def setting(facility_id: UUID) -> InpatientSetting:
    """How this hospital counts its bed-days and readies its beds."""
    return next(iter(_setting(facility_id)), None) or InpatientSetting(facility_id=facility_id)


@Composed
def _setting(facility_id: UUID) -> QuerySet[InpatientSetting]:
    return InpatientSetting.objects.filter(facility=facility_id)


def is_begun(admission: Admission) -> bool:
    """Whether anything was written, ordered or charged in this stay."""
    return is_touched(admission.encounter) or admission.procedures.exists()


# ── The desk ──


def contact_before(patient: Patient, facility_id: UUID, at: datetime) -> Encounter | None:
    """The contact here that leads somebody to a ward who comes by card or search, with its case.

    That is their last one in casualty if it goes on or ended within a day, however it ended: a case too many
    can be explained, a body that went without its case cannot be brought back. Or the one that led to an
    admission which was taken back within a day: it is admitted anew. The stay goes on under the record of
    this person that it hangs on.
    """
    return next(iter(_led_here([patient.pk], facility_id, at - RECENTLY)), None)


@Composed
def _led_here(person: list[UUID], facility_id: UUID, since: datetime) -> QuerySet[Encounter]:
    in_casualty = Q(encounter_class=EncounterClass.EMERGENCY) & (Q(ended_at=None) | Q(ended_at__gte=since))
    taken_back = Q(led_to_admissions__cancelled_at__gte=since)
    own = same_person(*person)
    theirs = Encounter.objects.filter(in_casualty | taken_back, patient__in=own, facility=facility_id)
    held = theirs.exclude(status=EncounterStatus.CANCELLED).select_related("department", "patient__district")
    return held.order_by("-started_at", "-pk")[:1]


def free_places(facility: Facility, *, kind: str = "", department_id: UUID | None = None) -> list[Bed]:
    """Where somebody can be laid now, each with `is_kept`: the wished kind first, then the department's.

    Left out is what is out of service, put away, or a cradle, which is chosen by its mother.
    """
    kept = BedReservation.objects.filter(bed=OuterRef("pk"), ended_at=None, until__gt=Now())
    free = free_beds(facility).filter(room__ward__is_active=True).select_related("room__ward__department")

    def order(bed: Bed) -> tuple[Any, ...]:
        ward = bed.room.ward
        assert ward
        nearest = (ward.kind != kind, ward.department_id != department_id, ward.position, ward.name)
        return (*nearest, natural(bed.room.number), bed.kind != BedKind.BED, natural(bed.number))

    return sorted(free.annotate(is_kept=Exists(kept)), key=order)


def natural(text: str) -> list[tuple[bool, int, str]]:
    """What sorts 9 before 10: each run of digits as a number, before letters."""
    parts = re.findall(r"\d+|\D+", text)
    return [(False, int(one), "") if one.isdecimal() else (True, 0, one) for one in parts]


def open_departments(facility: Facility) -> QuerySet[Department]:
    """Those that admit."""
    return Department.objects.filter(facility=facility, is_active=True)


def admissions_here(user: Any) -> AdmissionQuerySet:
    """The stays of the hospitals within reach, the newest first."""
    visible: AdmissionQuerySet = Admission.objects.visible_to(user)
    return visible.select_related("patient", "facility", "encounter").order_by("-admitted_at", "-pk")


def with_places(admissions: Iterable[Admission]) -> list[Admission]:
    """Each with `lies` (the stay in a bed now, or None) and `team`: one read each for all."""
    found = list(admissions)
    if not found:
        return []
    beds = {stay.encounter_id: stay for stay in _lying_of([one.encounter_id for one in found])}
    teams = {team.admission_id: team for team in _teams_of([one.pk for one in found])}
    for one in found:
        one.lies, one.team = beds.get(one.encounter_id), teams.get(one.pk)
    return found


@Composed
def _lying_of(encounter_ids: list[UUID]) -> QuerySet[BedStay]:
    lying = BedStay.objects.filter(encounter__in=among(encounter_ids), ended_at=None)
    return lying.select_related(*PLACE)


@Composed
def _teams_of(admission_ids: list[UUID]) -> QuerySet[CareTeam]:
    teams = CareTeam.objects.filter(admission__in=among(admission_ids), ended_at=None)
    return teams.select_related("department", "consultant")


def mother_of(patient: Patient) -> Admission | None:
    """The stay of a newborn's mother, if she lies in a ward now."""
    birth = Birth.objects.filter(baby=patient).first()
    if birth is None:
        return None
    own = same_person(birth.mother_id)
    stays = Admission.objects.going_on().filter(patient__in=own, facility=birth.facility_id)
    return stays.select_related("patient", "facility").first()


def admission_of(encounter: Encounter) -> Admission | None:
    """The stay that a contact is, if it is one."""
    return Admission.objects.filter(encounter=encounter).first()
