"""What a discharge waits for, who holds it up and since when: read from the rows, stored nowhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Max, Prefetch, QuerySet

from billing import queries as billing
from billing.models import ChargeItem, Invoice, Payment
from billing.queries import DischargeAnswer
from facilities.models import Span
from facilities.roles import Reach, Role
from hmis.kernel import pdf, scope
from hmis.kernel.composed import Composed
from ipd.models import Admission, CareTeam, Death, DischargeStep
from ipd.queries.stays import case_of_contact, team_now
from ipd.states import AdmissionStatus, DischargeItem, DischargeType
from patients.models import BedStay, ClinicalNote, Encounter, MedicoLegalCase, NoteKind, PoliceIntimation
from patients.states import NoteStatus

# What is asked, by how the stay ends (discharge_types.csv): who ran away leaves no summary, and takes nothing
# along; the dead have no medicines, and whose death was taken back has them from the stay that goes on.
NOT_ASKED = {
    DischargeType.ABSCONDED: {DischargeItem.SUMMARY, DischargeItem.MEDICINES},
    DischargeType.DIED: {DischargeItem.MEDICINES},
    DischargeType.WITHDRAWN: {DischargeItem.MEDICINES},
}
# Who has a point in hand, where no person is known.
IN_HAND_OF = {
    DischargeItem.SUMMARY: Role.DOCTOR,
    DischargeItem.DUES: Role.CASHIER,
    DischargeItem.MEDICINES: Role.NURSE,
    DischargeItem.BED: Role.NURSE,
}
# Of whose medico-legal case the police hear again when they go so (discharge_types.csv).
POLICE_AGAIN = {DischargeType.LAMA, DischargeType.ABSCONDED, DischargeType.REFERRED}
MOST_BEGUN = 300
# A bed that was left is taken back so long: later, days and figures have built on it.
RETURNS_WITHIN = timedelta(days=1)


@dataclass(frozen=True)
class Point:
    """One point of the list: whether it is done or passed over, and else who holds it up since when."""

    item: DischargeItem
    is_done: bool
    step: DischargeStep | None = None
    # Of a point that is open: the person, or else the role, that has it in hand.
    by: Any = None
    role: Role | None = None
    since: datetime | None = None
    said: str = ""
    # Of a point that is done: when.
    at: datetime | None = None

    @property
    def label(self) -> str:
        """The point in words."""
        return str(self.item.label)

    @property
    def is_passed_over(self) -> bool:
        """Whether somebody passed it over with a reason."""
        return bool(self.step and self.step.override_why)

    @property
    def holds_up(self) -> bool:
        """Whether the gate waits for it."""
        return not self.is_done and self.step is None

    @property
    def holder(self) -> str:
        """Who holds it up, in words."""
        return str(self.by or (self.role.label if self.role else ""))


@dataclass(frozen=True)
class Checklist:
    """All that stands between the doctor's word and the gate."""

    admission: Admission
    points: Sequence[Point]
    answer: DischargeAnswer
    summary: ClinicalNote | None
    team: CareTeam | None

    @property
    def open(self) -> list[Point]:
        """What the gate waits for, the oldest first."""
        return sorted((one for one in self.points if one.holds_up), key=lambda one: str(one.since or ""))

    @property
    def is_done(self) -> bool:
        """Whether the patient may go."""
        return not self.open


def checklist(admission: Admission) -> Checklist:
    """The list of a discharge that is begun; nothing of it is stored that can be seen elsewhere."""
    # Of this beginning alone: a discharge that was taken back and begun again asks anew.
    done = DischargeStep.objects.filter(admission=admission).select_related("done_by")
    steps = {one.item: one for one in done if one.initiated_at == admission.initiated_at}
    answer = billing.discharge_answer(admission.encounter)
    asked = [
        one for one in DischargeItem if one not in NOT_ASKED.get(DischargeType(admission.discharge_type), ())
    ]
    summary, team = summary_of(admission), team_now(admission)
    found = [_point(one, admission, steps.get(one), answer, summary, team) for one in asked]
    return Checklist(admission, found, answer, summary, team)


def _point(
    item: DischargeItem,
    admission: Admission,
    step: DischargeStep | None,
    answer: DischargeAnswer,
    note: ClinicalNote | None,
    team: CareTeam | None,
) -> Point:
    role, begun = IN_HAND_OF[item], admission.initiated_at
    # Who passed it over, or saw the patient go, needs to be sent nowhere.
    account = "" if step or admission.discharged_at else answer.sentence
    if item == DischargeItem.SUMMARY:
        if note and note.status == NoteStatus.SIGNED:
            return Point(item, True, step, at=note.signed_at)
        by = note.author if note else (team and team.consultant) or admission.initiated_by
        return Point(item, False, step, by, role, note.saved_at if note else begun)
    if item == DischargeItem.DUES:
        if answer.may_leave:
            return Point(item, True, step, said=account, at=_paid_last(admission.encounter_id))
        since = max(filter(None, [begun, _charged_last(admission.encounter_id)])) if begun else None
        return Point(item, False, step, None, role, since, said=account)
    if item == DischargeItem.BED:
        return Point(item, admission.left_at is not None, step, None, role, begun, at=admission.left_at)
    return Point(
        item, bool(step and not step.override_why), step, None, role, begun, at=step.done_at if step else None
    )


def _charged_last(encounter_id: UUID) -> datetime | None:
    found: datetime | None = ChargeItem.objects.filter(encounter=encounter_id).aggregate(
        last=Max("raised_at")
    )["last"]
    return found


def _paid_last(encounter_id: UUID) -> datetime | None:
    found: datetime | None = Payment.objects.filter(invoice__encounter=encounter_id).aggregate(
        last=Max("received_at")
    )["last"]
    return found


def summary_of(admission: Admission) -> ClinicalNote | None:
    """The discharge summary of a stay: the signed one, else the one that was begun last."""
    kept = _summaries(admission.encounter_id)
    return next((one for one in kept if one.status == NoteStatus.SIGNED), kept[0] if kept else None)


@Composed
def _summaries(encounter_id: UUID) -> QuerySet[ClinicalNote]:
    notes = ClinicalNote.objects.filter(encounter=encounter_id, kind=NoteKind.DISCHARGE)
    linked = ("author", "template", "facility", "department", "patient")
    return notes.exclude(status=NoteStatus.DISCARDED).select_related(*linked).order_by("-pk")[:20]


def stay_here(admission_id: UUID, user: Any) -> Admission | None:
    """The stay with this key, of a hospital within reach."""
    span: Span = user.posting.span
    return next(iter(_stay_here(admission_id, span.place_id, reach=span.reach)), None)


@Composed
def _stay_here(admission_id: UUID, place_id: UUID, *, reach: Reach) -> QuerySet[Admission]:
    linked = ("facility", "encounter__department", "patient__district", "initiated_by", "discharged_by")
    visible = Admission.objects.visible_to(Span(reach, place_id))
    return visible.select_related(*linked).filter(pk=admission_id)


def discharges_begun(user: Any) -> QuerySet[Admission]:
    """Everybody here whose discharge is begun, the longest waiting first, each with the bed they hold."""
    lying = BedStay.objects.filter(ended_at=None).select_related("bed__room__ward")
    begun = Admission.objects.visible_to(user).filter(status=AdmissionStatus.DISCHARGE_INITIATED)
    return (
        begun.select_related("patient", "facility", "encounter__department", "initiated_by")
        .prefetch_related(Prefetch("encounter__bed_stays", lying, to_attr="lying_now"))
        .order_by("initiated_at", "pk")
    )


def give_waiting(admissions: Sequence[Any]) -> None:
    """What each of these waits for (`waits_for`, the points), in as many questions as for one."""
    encounters = [one.encounter_id for one in admissions]
    steps: dict[Any, set[str]] = {}
    for one in DischargeStep.objects.filter(admission__in=admissions):
        steps.setdefault((one.admission_id, one.initiated_at), set()).add(one.item)
    notes = ClinicalNote.objects.filter(encounter__in=encounters, kind=NoteKind.DISCHARGE)
    signed = set(notes.filter(status=NoteStatus.SIGNED).values_list("encounter", flat=True))
    owing = _owing(encounters)
    for admission in admissions:
        ticked = steps.get((admission.pk, admission.initiated_at), set())
        done = {
            DischargeItem.SUMMARY: admission.encounter_id in signed,
            DischargeItem.DUES: admission.encounter_id not in owing,
            DischargeItem.MEDICINES: False,
            DischargeItem.BED: admission.left_at is not None,
        }
        skipped = NOT_ASKED.get(DischargeType(admission.discharge_type), set())
        admission.waits_for = [
            one for one in DischargeItem if not done[one] and one not in ticked and one not in skipped
        ]


def _owing(encounters: Sequence[UUID]) -> set[UUID]:
    """Those of these stays whose accounts let nobody go: on a bill, or on none yet, also of casualty."""
    before = billing.led_from_casualty(encounters)
    contacts = [*encounters, *before]
    unpaid = billing.with_owed(Invoice.objects.filter(encounter__in=contacts, status__in=billing.UNPAID))
    found = set(unpaid.filter(owed__gt=0).values_list("encounter", flat=True))
    unbilled = ChargeItem.objects.filter(encounter__in=encounters, reversals=None, invoice_line=None)
    found |= set(unbilled.values_list("encounter", flat=True))
    found |= {one["encounter"] for one in billing.unbilled_sums(Encounter.objects.filter(pk__in=before))}
    return {before.get(one, one) for one in found}


def case_to_tell(admission: Admission) -> MedicoLegalCase | None:
    """The medico-legal case of which the police must hear again, since the patient goes in this way."""
    if admission.discharge_type not in POLICE_AGAIN:
        return None
    case = case_of_contact(admission.encounter_id, admission.patient_id)
    if case is None or admission.initiated_at is None:
        return None
    told = PoliceIntimation.objects.filter(case=case, informed_at__gte=admission.initiated_at)
    return None if told.exists() else case


# ── Deaths ──


def death_of(encounter_id: UUID) -> Death | None:
    """The death that ended a contact, if it was certified and not taken back."""
    return next(iter(_standing_deaths(encounter_id)), None)


@Composed
def _standing_deaths(encounter_id: UUID) -> QuerySet[Death]:
    held = Death.objects.standing().filter(encounter=encounter_id)
    return held.select_related("certified_by", "handed_by").order_by("pk")


def may_be_gone(admission: Admission) -> bool:
    """Whether somebody may be found gone whose discharge is begun: a living patient who has the bed still."""
    is_begun = admission.status == AdmissionStatus.DISCHARGE_INITIATED
    return is_begun and admission.left_at is None and admission.discharge_type != DischargeType.DIED


def may_return(admission: Admission, at: datetime) -> bool:
    """Whether a stay may go on whose discharge is begun: its bed is not left, or was within a day."""
    return admission.left_at is None or at - admission.left_at <= RETURNS_WITHIN


def death_taken_back(admission: Admission) -> Death | None:
    """The death with which this stay ended until it was taken back, the last one; with who did it."""
    if admission.discharge_type != DischargeType.WITHDRAWN:
        return None
    held = Death.objects.filter(encounter=admission.encounter_id).exclude(notice__withdrawn_at=None)
    return held.select_related("notice__withdrawn_by").order_by("-notice__withdrawn_at").first()


def deaths_here(user: Any) -> QuerySet[Death]:
    """The deaths at the hospitals within reach, the last first."""
    people = ("patient__district", "certified_by", "handed_by", "notice__withdrawn_by")
    linked = (*people, "facility", "encounter__department")
    return Death.objects.visible_to(user).select_related(*linked).order_by("-died_at", "-pk")


def genuine_death(check_key: str) -> Death | None:
    """The death whose paper bears this key, of whatever hospital; nobody's name is asked for."""
    with scope.within(scope.everywhere()):  # whoever has the paper in hand asks
        about = pdf.keyed(check_key).values("about_id")
        return Death.objects.select_related("facility", "notice").filter(pk__in=about).first()


def is_legal(death: Death) -> bool:
    """Whether the police must know before the body goes: a medico-legal case, or no natural death."""
    return death.manner != "natural" or case_of_contact(death.encounter_id, death.patient_id) is not None


def police_told_of(death: Death) -> PoliceIntimation | None:
    """When the police were told after the death."""
    case = case_of_contact(death.encounter_id, death.patient_id)
    if case is None:
        return None
    told = PoliceIntimation.objects.filter(case=case, informed_at__gte=death.died_at)
    return told.order_by("informed_at").first()
