"""The inpatient's page: who, where, since when; scores, medicines with holds, what was done and asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Subquery

from facilities.models import Span
from facilities.roles import Reach, Role
from hmis.kernel.composed import Composed
from hmis.kernel.plots import Plot, plot
from ipd.models import Admission, CareTeam, EarlyWarning, Leave, Opinion, Procedure, WarningAnswer
from ipd.queries.stays import cases_of, natural, with_places
from ipd.queries.warnings import standing
from ipd.states import OPEN_ADMISSIONS, DischargeType, OpinionStatus
from patients.models import (
    BedStay,
    ClinicalNote,
    MedicationHold,
    MedicationRequest,
    Vital,
)
from patients.queries import notes_charted
from patients.queries.merging import same_person
from patients.states import MedicationStatus, NoteStatus

MOST_NOTES, MOST_SCORES, MOST_DONE, MOST_LINES, MOST_HERE = 15, 24, 30, 60, 200


def inpatients(user: Any) -> QuerySet[Admission]:
    """Admissions within reach, each with what its head says: on leave until when, medico-legal or not."""
    away = Leave.objects.filter(admission=OuterRef("pk"), ended_at=None)
    case = cases_of(OuterRef("encounter"), OuterRef("came_from"), OuterRef("patient"))
    linked = ("patient__district", "encounter__department", "encounter__facility", "facility", "scale2_by")
    held = Admission.objects.visible_to(user).select_related(*linked)
    return held.annotate(
        away_until=Subquery(away.values("due_at")[:1]), case_number=Subquery(case.values("number")[:1])
    )


def inpatient(admission_id: UUID, user: Any) -> Admission | None:
    """The one of these with this key, if it is within reach."""
    span: Span = user.posting.span
    return next(iter(_inpatient(admission_id, span.place_id, reach=span.reach)), None)


@Composed
def _inpatient(admission_id: UUID, place_id: UUID, *, reach: Reach) -> QuerySet[Admission]:
    return inpatients(Span(reach, place_id)).filter(pk=admission_id)


@dataclass(frozen=True)
class Scores:
    """The warning scores of an inpatient: the last one, those before it, their curve, what waits."""

    listed: Sequence[EarlyWarning]
    curve: Plot | None
    is_overdue: bool

    @property
    def last(self) -> EarlyWarning | None:
        return self.listed[0] if self.listed else None

    @property
    def waiting(self) -> list[EarlyWarning]:
        """Those that ask for a doctor and have no answer yet, the newest first."""
        return [one for one in self.listed if one.waits]  # type: ignore[attr-defined]


def scores_of(admission: Admission, now: datetime) -> Scores:
    """The last scores that stand, newest first, each with its answer; one that waits is never left out."""
    answers = WarningAnswer.objects.filter(warning=OuterRef("pk"))
    waits = Q(escalates=True) & ~Exists(answers)
    own = standing().filter(admission=admission).annotate(waits=waits)
    whole = own.select_related("answered__answered_by").order_by("-waits", "-taken_at", "-pk")
    rows = list(whole[:MOST_SCORES])
    rows.sort(key=lambda one: (one.taken_at, one.pk), reverse=True)
    points = [(one.taken_at, float(one.score)) for one in reversed(rows)]
    said = ", ".join(str(one.score) for one in reversed(rows))
    late = bool(rows) and admission.status in OPEN_ADMISSIONS and rows[0].next_due_at < now
    return Scores(rows, plot(points, said=said), late)


def notes_of_stay(admission: Admission, user: Any) -> list[ClinicalNote]:
    """The notes of this stay that may be read, newest first; also drafts of one's own."""
    written = notes_charted(user).filter(encounter=admission.encounter_id)
    return list(written.exclude(status=NoteStatus.DISCARDED).order_by("-begun_at", "-pk")[:MOST_NOTES])


@dataclass(frozen=True)
class Medicines:
    """What runs and what was stopped in this stay; each line with the hold that goes on (`held`) and all."""

    running: Sequence[MedicationRequest]
    stopped: Sequence[MedicationRequest]


def medicines_of(admission: Admission, today: date) -> Medicines:
    """What runs for this patient, prescribed wherever it was, and what was stopped since the admission."""
    holds = MedicationHold.objects.select_related("began_by", "ended_by").order_by("-began_at")
    runs = Q(status=MedicationStatus.ACTIVE) & (Q(ends_on=None) | Q(ends_on__gte=today))
    gone = Q(status=MedicationStatus.STOPPED, stopped_at__gte=admission.admitted_at)
    rows = MedicationRequest.objects.filter(runs | gone, patient__in=same_person(admission.patient_id))
    linked = ("medication", "facility", "signed_by", "stopped_by")
    lines: list[Any] = list(
        rows.select_related(*linked)
        .prefetch_related(Prefetch("holds", holds))
        .order_by("-signed_at", "position", "pk")[:MOST_LINES]
    )
    for line in lines:
        line.held = next((one for one in line.holds.all() if one.ended_at is None), None)
        line.is_ours = line.facility_id == admission.facility_id
    return Medicines(
        [one for one in lines if one.status == MedicationStatus.ACTIVE],
        [one for one in lines if one.status == MedicationStatus.STOPPED],
    )


def procedures_of(admission: Admission) -> list[Procedure]:
    """What was done in this stay, newest first."""
    done = admission.procedures.select_related("performed_by", "recorded_by")
    return list(done.order_by("-began_at", "-pk")[:MOST_DONE])


def opinions_of(admission: Admission) -> list[Opinion]:
    """What was asked in this stay, newest first."""
    asked = admission.opinions.select_related("department", "asked_by", "answered_by")
    return list(asked.order_by("-asked_at", "-pk")[:MOST_DONE])


def opinions_for(user: Any) -> QuerySet[Opinion]:
    """The questions that wait for this person's department, the urgent ones first; of no department: all."""
    waiting = Opinion.objects.visible_to(user).filter(
        status=OpinionStatus.ASKED, admission__status__in=OPEN_ADMISSIONS
    )
    if user.posting.department_id:
        waiting = waiting.filter(department=user.posting.department_id)
    linked = ("admission", "patient", "department", "asked_by")
    return waiting.select_related(*linked).order_by("-is_urgent", "asked_at", "pk")


def teams_of(admission: Admission) -> list[CareTeam]:
    """Who answers for an inpatient, and who did before; the newest first."""
    return _teams(admission.pk)


@Composed
def _teams(admission_id: UUID) -> QuerySet[CareTeam]:
    teams = CareTeam.objects.filter(admission=admission_id)
    return teams.select_related("department", "consultant", "given_by").order_by("-began_at", "-pk")


def points_said(warning: EarlyWarning) -> list[tuple[Any, int]]:
    """(vital, its points) of what scored anything, the highest first."""
    scored = [(Vital[name.upper()].label, points) for name, points in warning.points.items() if points]
    return sorted(scored, key=lambda one: -one[1])


@dataclass(frozen=True)
class Neighbour:
    """Who lies before and after an inpatient on a round through the ward."""

    before: Any = None
    after: Any = None


def neighbours_of(stay: BedStay | None) -> Neighbour:
    """The admissions of the beds before and after this one, in the order of rooms and beds; one statement."""
    if stay is None:
        return Neighbour()
    lying = BedStay.objects.filter(
        facility=stay.facility_id,
        ended_at=None,
        bed__room__ward=stay.bed.room.ward_id,
        encounter__admission__status__in=OPEN_ADMISSIONS,
    )
    rows = lying.order_by("bed__room__number", "bed__number", "pk")
    walk = list(rows.values_list("pk", "encounter__admission__id"))
    places = [pk for pk, _admission in walk]
    if stay.pk not in places or len(walk) < 2:
        return Neighbour()
    here = places.index(stay.pk)
    return Neighbour(walk[here - 1][1], walk[(here + 1) % len(walk)][1])


def inpatients_of(user: Any, *, whole: bool = False) -> list[Admission]:
    """Those whom this person cares for, by ward and bed, each with `lies` and `team`.

    A doctor's are those of whom they are the consultant, and of their department or the unit that is theirs;
    a nurse's those of the wards of her department, also who absconded there until the gate. Of a nurse
    without a department, and with `whole`: everybody's here.
    """
    held = inpatients(user).filter(status__in=OPEN_ADMISSIONS, facility=user.posting.facility_id)
    department, is_doctor = user.posting.department_id, user.posting.role == Role.DOCTOR
    teams = CareTeam.objects.filter(admission=OuterRef("pk"), ended_at=None)
    if is_doctor and not whole:
        own = Q(department=department) if department else Q(department__units__doctor=user)
        held = held.filter(Exists(teams.filter(own | Q(consultant=user))))
    elif department and not whole:
        stays = BedStay.objects.filter(
            encounter=OuterRef("encounter"), bed__room__ward__department=department
        )
        ran_away = Q(discharge_type=DischargeType.ABSCONDED) & Exists(
            stays.filter(ended_at=OuterRef("left_at"))
        )
        held = held.filter(Exists(stays.filter(ended_at=None)) | ran_away)
    return sorted(with_places(held[:MOST_HERE]), key=_by_place)


def _by_place(admission: Admission) -> tuple[Any, ...]:
    stay = admission.lies
    if stay is None:
        return True, "", [], [], admission.number
    ward, room = stay.bed.room.ward, stay.bed.room
    return False, str(ward), natural(room.number), natural(stay.bed.number), admission.number
