"""Reads of the OPD: who sits today, who waits how long, what a registration came to; screens; casualty."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from math import ceil
from operator import attrgetter
from statistics import median
from typing import Any
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import (
    Case,
    Count,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    Min,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    When,
    Window,
)
from django.db.models.functions import Cast, Coalesce, Extract, RowNumber
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.models import CreditNote, Invoice, Payment, Refund
from facilities.models import Department, Facility, Unit
from hmis.kernel import pdf
from hmis.kernel.composed import Composed
from hmis.kernel.models import IssuedDocument
from hmis.kernel.recent import recent
from lab.queries import is_touched
from opd.models import CasualtyArrival, ClinicDay, Consultation, Display, QueueToken, TokenStep
from opd.states import CARRIED, INSIDE, OPEN, SEEN, TRIAGE_RANK, LeftHow, TokenStatus
from opd.words import call_out
from patients import queries as patients
from patients.identifiers import SearchTerm
from patients.models import (
    IN_A_WARD,
    BedStay,
    ClinicalNote,
    Condition,
    Encounter,
    EncounterClass,
    MedicoLegalCase,
    Observation,
    Patient,
)
from patients.names import name_words
from patients.queries import merging
from patients.states import EncounterStatus

SLIP = "opd/documents/slip.html"
CASUALTY_SLIP = "opd/documents/casualty_slip.html"
DOWNTIME_SHEETS = "opd/documents/downtime_sheets.html"
WAITING = Q(tokens__status=TokenStatus.WAITING)
MOST_SHOWN = 40


@dataclass(frozen=True)
class Registration:
    """What one registration came to: its encounter, token, bill and papers."""

    encounter: Encounter
    token: QueueToken
    invoice: Invoice
    payment: Payment | None
    slip: IssuedDocument
    receipt: IssuedDocument | None


def registration(encounter_id: UUID) -> Registration:
    """A registration as it stands now, for whoever sends it a second time or opens it later.

    The token is the one where the patient waits, its slip the last one; encounter, bill and receipt stay who
    they are.
    """
    linked = ("patient", "facility", "department", "came_by__from_department", "came_by__referred_by")
    encounter = Encounter.objects.select_related(*linked).get(pk=encounter_id)
    token = encounter.tokens.exclude(status=TokenStatus.MOVED).select_related("clinic_day__unit__room").get()
    invoice = encounter.invoices.select_related("patient").order_by("pk").first()
    assert invoice is not None
    payment = invoice.payments.order_by("pk").first()
    slip = slips_of([token])[token.pk]
    receipt = pdf.original_of(payment.pk) if payment else None
    return Registration(encounter, token, invoice, payment, slip, receipt)


def slips_of(tokens: Iterable[QueueToken]) -> dict[UUID, IssuedDocument]:
    """{token id: its slip}. The first is about the visit; whoever was sent on has one about the new token."""
    by_about = {about: token.pk for token in tokens for about in (token.encounter_id, token.pk)}
    slips = pdf.originals(*by_about).filter(template=SLIP)
    return {by_about[paper.about_id]: paper for paper in slips.order_by("issued_at", "pk")}


def open_departments(facility: Facility) -> list[Department]:
    """The hospital's departments, favourites first, each with `units_today`: those that sit today."""
    return _open_departments(facility.pk, timezone.localdate())


@recent
def _open_departments(facility_id: UUID, day: date) -> list[Department]:
    shown = ("facility", "department", "room", "doctor")
    units = Unit.objects.filter(facility_id=facility_id, is_active=True).select_related(*shown)
    departments = Department.objects.filter(facility_id=facility_id, is_active=True)
    found = list(departments.select_related("facility"))
    for department in found:
        sitting = [unit for unit in units if unit.department_id == department.pk and unit.sits_on(day)]
        department.units_today = sitting  # type: ignore[misc]
    return found


def waiting_counts(facility: Facility, day: date) -> dict[UUID, int | None]:
    """{unit id: how many wait} on this day; None where the queue is closed."""
    return dict(_waiting(facility.pk, day, of="facility"))


@Composed
def _waiting(place_id: UUID, day: date, *, of: str) -> QuerySet[ClinicDay, tuple[UUID, int | None]]:
    places = {"facility": Q(facility_id=place_id), "department": Q(unit__department_id=place_id)}
    counted = Case(When(closed_at=None, then=waiting_now()))
    return ClinicDay.objects.filter(places[of], held_on=day).values_list("unit_id", counted)


def waiting_now() -> Coalesce:
    """How many wait in a clinic's queue: an index leads to them, whatever the day's tokens are by now."""
    waiting = QueueToken.objects.filter(clinic_day=OuterRef("pk"), status=TokenStatus.WAITING)
    counted = waiting.order_by().values("clinic_day").annotate(count=Count("*")).values("count")
    return Coalesce(Subquery(counted), 0)


def shortest_queue(units: Sequence[Unit], day: date) -> Unit:
    """Of a department's units that sit today, the open one where the fewest wait; the first of equals."""
    if len(units) == 1:
        return units[0]
    return by_queue(units, dict(_waiting(units[0].department_id, day, of="department")))[0]


def by_queue(units: Iterable[Unit], counts: dict[UUID, int | None]) -> list[Unit]:
    """The units with the shortest queue first and the closed ones last."""
    waiting = {unit.pk: counts.get(unit.pk, 0) for unit in units}
    return sorted(
        units,
        key=lambda unit: (waiting[unit.pk] is None, waiting[unit.pk] or 0, unit.department_id, unit.name),
    )


def sitting_units(facility: Facility, day: date) -> list[tuple[Unit, int | None]]:
    """Each unit that sits on this day, with how many wait there, or None where its queue is closed."""
    units = Unit.objects.filter(facility=facility, is_active=True, department__is_active=True)
    sitting = [one for one in units.select_related("department", "room", "doctor") if one.sits_on(day)]
    counts = waiting_counts(facility, day)
    return [(one, counts.get(one.pk, 0)) for one in sitting]


def other_units(unit: Unit, day: date) -> list[tuple[Unit, int]]:
    """The department's other units whose queue is open on this day, the shortest first."""
    units = unit.department.units.filter(is_active=True).exclude(pk=unit.pk).select_related("room", "doctor")
    sitting = [one for one in units if one.sits_on(day)]
    counts = waiting_counts(unit.facility, day) if sitting else {}
    ordered = [(one, counts.get(one.pk, 0)) for one in by_queue(sitting, counts)]
    return [(one, waiting) for one, waiting in ordered if waiting is not None]


FARTHEST = 31  # days: a unit that sits once a month is found


def next_clinic(unit: Unit, day: date) -> date | None:
    """The unit's next clinic day after this one whose queue is not closed."""
    later = [day + timedelta(days=ahead) for ahead in range(1, FARTHEST + 1)]
    closed = set(
        unit.clinic_days_held.filter(held_on__gt=day, closed_at__isnull=False).values_list(
            "held_on", flat=True
        )
    )
    return next((one for one in later if unit.sits_on(one) and one not in closed), None)


def to_carry(clinic_day: ClinicDay) -> QuerySet[QueueToken]:
    """Whoever has no turn any more when this queue is closed, in the order of call."""
    return in_order(clinic_day.tokens.filter(status__in=CARRIED))


def moved_on(clinic_day: ClinicDay) -> list[QueueToken]:
    """Where those who left this queue for another one wait now; each with `moved_from`."""
    encounters = clinic_day.tokens.filter(status=TokenStatus.MOVED).values("encounter_id")
    there = QueueToken.objects.filter(encounter_id__in=encounters, moved_from__clinic_day=clinic_day)
    linked = ("patient", "moved_from", "clinic_day__unit__room", "clinic_day__unit__department")
    return list(in_order(there.exclude(status=TokenStatus.MOVED).select_related(*linked)))


@dataclass(frozen=True)
class Cancellation:
    """What a cancelled slip came to: what was taken back, and what was paid back."""

    token: QueueToken
    credit_note: CreditNote
    refunds: list[Refund]


def is_of_today(encounter: Encounter, *, at: datetime) -> bool:
    """Whether this visit began today: only then its fee goes back with the slip."""
    return timezone.localdate(encounter.started_at) == timezone.localdate(at)


def cancellation(credit_note_id: UUID) -> Cancellation:
    """A cancellation as it was written, for whoever sends it a second time."""
    note = CreditNote.objects.select_related("invoice").get(pk=credit_note_id)
    token = QueueToken.objects.get(encounter_id=note.invoice.encounter_id, status=TokenStatus.CANCELLED)
    return Cancellation(token, note, list(note.refunds.order_by("pk")))


def followed(patient: Patient, department: Department, day: date) -> Encounter | None:
    """The encounter whose slip still covers this day in this department; what is owed on it stays owed.

    A free return leans on the visit that was paid; moved to another department, its own slip covers that one.
    """
    return next(iter(_followed([patient.pk], department.pk, day)), None)


@Composed
def _followed(records: list[UUID], department_id: UUID, day: date) -> QuerySet[Encounter]:
    held = Encounter.objects.filter(
        patient__in=merging.same_person(*records), department_id=department_id, valid_till__gte=day
    )
    held = held.exclude(follows__department_id=department_id).exclude(status=EncounterStatus.CANCELLED)
    return held.order_by("-started_at")[:1]


def others_sitting(encounter: Encounter) -> list[Department]:
    """The departments to which a patient may be sent today: those that sit, but for their own."""
    found = open_departments(encounter.facility)
    return [one for one in found if one.units_today and one.pk != encounter.department_id]


def open_tokens(department: Department, day: date) -> QuerySet[QueueToken]:
    """The tokens of this department whose turn has not come or is not over."""
    return QueueToken.objects.filter(
        status__in=OPEN, clinic_day__held_on=day, clinic_day__unit__department=department
    )


def waiting_in(patient_id: UUID, department: Department, day: date) -> QueueToken | None:
    """The patient's token in this department whose turn has not come or is not over."""
    held = open_tokens(department, day).filter(encounter__patient__in=merging.same_person(patient_id))
    return held.select_related("clinic_day__unit__room").first()


def other_token(token: QueueToken) -> QueueToken | None:
    """Of somebody whose turn is over: their token of the same department and day whose turn is not."""
    day = token.clinic_day
    return waiting_in(token.patient_id, day.unit.department, day.held_on)


def free_returns(encounter: Encounter) -> QuerySet[Encounter]:
    """The visits that cost nothing because this one was paid."""
    own = merging.same_person(encounter.patient_id)
    returns = Encounter.objects.filter(patient__in=own, follows=encounter)
    return returns.exclude(status=EncounterStatus.CANCELLED)


def todays_clinics(user: Any, day: date) -> list[ClinicDay]:
    """The queues of the day that this person may see, with how many wait, were called, are done."""
    days = ClinicDay.objects.visible_to(user).filter(held_on=day)
    counted = days.select_related("unit__department", "unit__room", "unit__doctor", "facility").annotate(
        waiting=Count("tokens", filter=WAITING),
        done=Count("tokens", filter=Q(tokens__status=TokenStatus.DONE)),
        given=Count("tokens", filter=~Q(tokens__status=TokenStatus.CANCELLED)),
    )
    return list(counted.order_by("facility__code", "unit__department__position", "unit__name"))


def queue_of(clinic_day: ClinicDay) -> list[QueueToken]:
    """Everybody still in this queue: who is inside, then who waits in order of call, then the skipped."""
    return list(in_order(clinic_day.tokens.filter(status__in=OPEN)).select_related("patient", "called_by"))


ORDER_OF_CALL = ("lane_rank", "senior_since", "number")
_place_in_queue = attrgetter(*ORDER_OF_CALL)


def in_order(tokens: QuerySet[QueueToken]) -> QuerySet[QueueToken]:
    """The order of call: emergencies, then reasons to go first, then by time of the first token."""
    return tokens.order_by(*ORDER_OF_CALL)


def todays_registrations(user: Any, day_begins: datetime, day_ends: datetime) -> QuerySet[QueueToken]:
    """The slips of a day, newest first, with all that a list of them shows."""
    tokens = QueueToken.objects.visible_to(user).filter(
        encounter__started_at__gte=day_begins, encounter__started_at__lt=day_ends
    )
    linked = ("patient", "encounter__department", "clinic_day__unit__room")
    # Whoever was sent on is listed once, where they wait now.
    return (
        tokens.exclude(status=TokenStatus.MOVED)
        .select_related(*linked)
        .order_by(F("encounter__started_at").desc(), "-pk")
    )


def made_before(tokens: QuerySet[QueueToken], last: QueueToken) -> QuerySet[QueueToken]:
    """Of a day's slips those that a list shows after this one."""
    began = last.encounter.started_at
    at_once = Q(encounter__started_at=began, pk__lt=last.pk)
    return tokens.filter(Q(encounter__started_at__lt=began) | at_once)


def slips_meant(tokens: QuerySet[QueueToken], term: SearchTerm) -> QuerySet[QueueToken]:
    """Of a day's slips those that a token's number, a name or a number of the patient means."""
    if term.kind == "token":
        return tokens.filter(number=int(term.value))
    if term.kind == "phone":
        return tokens.filter(patient__in=merging.same_as(Patient.objects.filter(phone=term.value)))
    said = name_words(term.value, "") if term.kind == "name" else []
    if not said:
        return tokens.filter(patient__in=merging.same_as(patients.found_exactly(term)))
    for alike in patients.words_alike(said):
        tokens = tokens.filter(patient__name_words__overlap=alike)
    return tokens


def left_of(clinic_day: ClinicDay) -> list[QueueToken]:
    """Whoever has left this queue, the last first: they may come again."""
    left = clinic_day.tokens.filter(status=TokenStatus.LEFT).select_related("patient")
    return list(left.order_by(F("step_at").desc(nulls_last=True))[:MOST_SHOWN])


def done_of(clinic_day: ClinicDay) -> QuerySet[QueueToken]:
    """Whoever was seen in this queue, the last first."""
    done = clinic_day.tokens.filter(status=TokenStatus.DONE).select_related("patient")
    return done.order_by(F("done_at").desc(nulls_last=True))


def with_last_steps(clinic_day: ClinicDay, tokens: Iterable[QueueToken]) -> None:
    """Give each its `last_step`: to which tests they went, how it is known that they left."""
    wanted = {one.pk: one for one in tokens}
    for one in wanted.values():
        one.last_step = None
    steps = TokenStep.objects.filter(clinic_day=clinic_day, token__in=wanted) if wanted else []
    for taken in sorted(steps, key=lambda one: (one.at, one.pk)):
        wanted[taken.token_id].last_step = taken


# ── The day's end ──


def written_of(encounters: Iterable[UUID]) -> set[UUID]:
    """Those of these contacts of which a doctor wrote a note or a diagnosis."""
    wanted = list(encounters)
    notes = ClinicalNote.objects.filter(encounter__in=wanted).values_list("encounter_id", flat=True)
    found = Condition.objects.filter(encounter__in=wanted).values_list("encounter_id", flat=True)
    return set(notes.order_by().union(found.order_by())) if wanted else set()


# Of encounters those that are visits of the OPD. A desk that sees a danger sign gives the emergency lane,
# and with it a token; casualty gives none.
OF_THE_OPD = Q(encounter_class=EncounterClass.AMBULATORY) | Q(
    Exists(QueueToken.objects.filter(encounter=OuterRef("pk"))), encounter_class=EncounterClass.EMERGENCY
)


def _ending() -> QuerySet[Encounter]:
    """Visits of the OPD that go on, and in which nobody lies in a bed."""
    lying = Exists(BedStay.objects.filter(encounter=OuterRef("pk"), ended_at=None))
    return Encounter.objects.filter(OF_THE_OPD, ~lying, status=EncounterStatus.IN_PROGRESS)


def run_out(day: date) -> QuerySet[Encounter]:
    """Visits whose slip held until a day before this one."""
    return _ending().filter(valid_till__lt=day)


def unseen(clinic_day: ClinicDay) -> QuerySet[Encounter]:
    """Visits that still go on of those who left this queue, and whom no doctor has seen in any."""
    left = clinic_day.tokens.filter(status=TokenStatus.LEFT).values("encounter_id")
    taken = TokenStep.objects.filter(clinic_day=OuterRef("clinic_day"), token=OuterRef("pk"), now__in=SEEN)
    seen = QueueToken.objects.filter(Exists(taken), encounter=OuterRef("pk"))
    notes = ClinicalNote.objects.filter(encounter=OuterRef("pk"))
    found = Condition.objects.filter(encounter=OuterRef("pk"))
    return _ending().filter(~Exists(seen), ~Exists(notes), ~Exists(found), pk__in=left)


# ── Waiting times ──


@dataclass(frozen=True)
class Spread:
    """Minutes of many: how many were measured, the middle, and what nine of ten did not exceed."""

    count: int
    median: int
    ninetieth: int

    @classmethod
    def of(cls, seconds: Sequence[int]) -> "Spread | None":
        """None of nobody. Two servers' clocks may differ: nothing took less than no time."""
        if not seconds:
            return None
        ordered = sorted(seconds)
        nine_of_ten = ordered[ceil(len(ordered) * 0.9) - 1]
        return cls(len(ordered), max(0, int(median(ordered)) // 60), max(0, nine_of_ten // 60))


@dataclass
class Waits:
    """How a day went for those who waited for one unit, or for all units of a department; in seconds."""

    given: int = 0
    waiting: int = 0
    waits_since: datetime | None = None
    left_unseen: int = 0
    to_measure: list[int] = field(default_factory=list)
    to_call: list[int] = field(default_factory=list)
    with_doctor: list[int] = field(default_factory=list)
    at_tests: list[int] = field(default_factory=list)

    def add(self, other: "Waits") -> None:
        """These too."""
        self.given += other.given
        self.waiting += other.waiting
        self.left_unseen += other.left_unseen
        since = [one for one in (self.waits_since, other.waits_since) if one]
        self.waits_since = min(since, default=None)
        for name in ("to_measure", "to_call", "with_doctor", "at_tests"):
            getattr(self, name).extend(getattr(other, name))

    def spreads(self) -> list[tuple[Any, Spread | None]]:
        """[(step, its minutes)] in the order of the steps."""
        return [
            (_("Registered to measured"), Spread.of(self.to_measure)),
            (_("Registered to called"), Spread.of(self.to_call)),
            (_("With the doctor"), Spread.of(self.with_doctor)),
            (_("Tests, there and back"), Spread.of(self.at_tests)),
        ]


@dataclass(frozen=True)
class DepartmentWaits:
    """A department's day: all of its units together, and each of them."""

    department: Department
    all: Waits
    units: list[tuple[ClinicDay, Waits]]


def waiting_times(user: Any, day: date) -> list[DepartmentWaits]:
    """How long each step took on this day, by department and unit, where this person works."""
    linked = ("unit__department", "unit__room", "facility")
    held = ClinicDay.objects.visible_to(user).filter(held_on=day).select_related(*linked)
    days = list(held.order_by("facility__code", "unit__department__position", "unit__name"))
    waits = {one.pk: Waits() for one in days}
    begins = datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone())
    if days:
        _count(waits)
        _measure_steps(waits, begins)
        _measure_triage(waits, begins)
    departments: dict[UUID, DepartmentWaits] = {}
    for one in days:
        of = one.unit.department
        whole = departments.setdefault(of.pk, DepartmentWaits(of, Waits(), []))
        whole.units.append((one, waits[one.pk]))
        whole.all.add(waits[one.pk])
    return list(departments.values())


def _count(waits: dict[UUID, Waits]) -> None:
    """How many came into each queue, who waits and since when the first of them; who left unseen.

    Whoever waits elsewhere instead is counted there.
    """
    elsewhere = (TokenStatus.MOVED, TokenStatus.CANCELLED)
    steps = TokenStep.objects.filter(clinic_day=OuterRef("clinic_day"), token=OuterRef("pk"))
    doubled = Exists(steps.filter(left_how=LeftHow.OTHER_TOKEN))
    tokens = QueueToken.objects.filter(clinic_day__in=waits).exclude(status__in=elsewhere).order_by()
    tokens = tokens.exclude(doubled, status=TokenStatus.LEFT)
    waiting = Q(status=TokenStatus.WAITING)
    since = Min(Coalesce("step_at", "senior_since"), filter=waiting)
    counted = tokens.values_list("clinic_day_id").annotate(
        given=Count("pk"), still=Count("pk", filter=waiting), since=since
    )
    for of, given, still, first in counted:
        waits[of].given, waits[of].waiting, waits[of].waits_since = given, still, first
    unseen = tokens.filter(~Exists(steps.filter(now__in=SEEN)), status=TokenStatus.LEFT)
    for of, left in unseen.values_list("clinic_day_id").annotate(Count("pk")):
        waits[of].left_unseen = left


def _seconds(took: Any, condition: Q | None = None) -> ArrayAgg:
    """All of these durations, in seconds."""
    lasted = ExpressionWrapper(took, output_field=DurationField())
    return ArrayAgg(Cast(Extract(lasted, "epoch"), IntegerField()), filter=condition, default=[])


def _measure_steps(waits: dict[UUID, Waits], begins: datetime) -> None:
    """What the steps took that somebody took. Each row is a measure of its own.

    Who came from another day, or from tests, has no first wait here; the day's end is no measure.
    """
    steps = TokenStep.objects.filter(clinic_day__in=waits, by__isnull=False).order_by()
    called = Q(was=TokenStatus.WAITING, now__in=INSIDE, is_first=True, since__gte=begins)
    # Not every room presses that the patient has come in.
    seen = Q(was=TokenStatus.IN_CONSULTATION, now__in=SEEN) | Q(was=TokenStatus.CALLED, now=TokenStatus.DONE)
    at_tests = Q(was=TokenStatus.SENT_FOR_TESTS)
    took = F("at") - F("since")
    rows = steps.values_list("clinic_day_id").annotate(
        to_call=_seconds(took, called), with_doctor=_seconds(took, seen), at_tests=_seconds(took, at_tests)
    )
    for of, *measured in rows:
        waits[of].to_call, waits[of].with_doctor, waits[of].at_tests = measured


def _measure_triage(waits: dict[UUID, Waits], begins: datetime) -> None:
    """From the registration to the first vital sign of the visit."""
    came = QueueToken.objects.filter(clinic_day__in=waits, senior_since__gte=begins)
    tokens = with_triaged_at(came.exclude(status=TokenStatus.MOVED)).order_by()
    rows = tokens.values_list("clinic_day_id").annotate(
        to_measure=_seconds(F("triaged_at") - F("senior_since"))
    )
    for of, measured in rows:
        waits[of].to_measure = [one for one in measured if one is not None]


# ── Triage ──


@dataclass(frozen=True)
class TriageList:
    """Who waits to be measured, in the order of call, and how many were measured already."""

    tokens: list[QueueToken]
    count: int
    measured: int

    def after(self, token: QueueToken | None) -> QueueToken | None:
        """Whoever comes after this one; after the last one, the first."""
        others = [one for one in self.tokens if token is None or one.pk != token.pk]
        later = [one for one in others if token and _place_in_queue(one) > _place_in_queue(token)]
        return next(iter(later or others), None)


def _measured(encounter: Any) -> QuerySet[Observation]:
    """What was measured in this contact, and not by mistake."""
    return Observation.objects.filter(encounter=encounter, wrong_at=None)


def with_triaged_at(tokens: QuerySet[QueueToken]) -> QuerySet[QueueToken]:
    """Each with `triaged_at`: when this contact was first measured. It is kept nowhere else."""
    first = _measured(OuterRef("encounter")).order_by("taken_at").values("taken_at")[:1]
    return tokens.annotate(triaged_at=Subquery(first))


def triage_units(user: Any, day: date) -> list[Unit]:
    """The units whose queues were begun today, for a nurse to choose hers."""
    held = ClinicDay.objects.visible_to(user).filter(held_on=day)
    units = Unit.objects.filter(pk__in=held.values("unit_id")).select_related("department", "room")
    return list(units.order_by("department__position", "name")[:60])


def to_triage(user: Any, day: date, unit: Unit | None = None) -> TriageList:
    """The day's waiting tokens of one unit or of all that this person sees."""
    held = ClinicDay.objects.visible_to(user).filter(held_on=day)
    days = list((held.filter(unit=unit) if unit else held).values_list("pk", flat=True))
    waiting = QueueToken.objects.filter(clinic_day__in=days, status=TokenStatus.WAITING)
    left = waiting.filter(~Exists(_measured(OuterRef("encounter"))))
    shown = in_order(left).select_related("patient", "clinic_day__unit__department", "clinic_day__unit__room")
    count, given = left.count(), waiting.count()
    return TriageList(list(shown[:MOST_SHOWN]), count, given - count)


# ── The doctor's room ──

MOST_WAITING_SHOWN, MOST_DONE_SHOWN = 30, 5


@dataclass(frozen=True)
class RoomQueue:
    """A doctor's queue of today: who is inside, who waits, who is aside, who was seen last."""

    units: list[Unit]
    unit: Unit | None = None
    clinic: ClinicDay | None = None
    inside: Sequence[QueueToken] = ()
    waiting: Sequence[QueueToken] = ()
    aside: Sequence[QueueToken] = ()
    done: Sequence[QueueToken] = ()

    @property
    def shown(self) -> list[QueueToken]:
        """Everybody that the list names."""
        return [*self.inside, *self.waiting[:MOST_WAITING_SHOWN], *self.aside, *self.done]

    @property
    def more(self) -> int:
        """How many wait beyond the list."""
        return max(0, len(self.waiting) - MOST_WAITING_SHOWN)


def room_units(user: Any, day: date) -> list[Unit]:
    """The units that sit today: the doctor's own first, then those of the posting's department."""
    units = Unit.objects.visible_to(user).filter(is_active=True, department__is_active=True)
    sitting = [one for one in units.select_related("department", "room") if one.sits_on(day)]
    department_id = user.posting.department_id
    return sorted(sitting, key=lambda one: (one.doctor_id != user.pk, one.department_id != department_id))


def own_unit(units: Sequence[Unit], user: Any, chosen: str = "") -> Unit | None:
    """Which of these is the room: chosen, own, that of the last consultation, the department's."""
    by_id = {str(one.pk): one for one in units}
    if chosen in by_id:
        return by_id[chosen]
    if units and units[0].doctor_id == user.pk:
        return units[0]
    last = Consultation.objects.visible_to(user).filter(doctor=user).order_by("-started_at")
    where = last.values_list("token__clinic_day__unit_id", flat=True).first()
    if where and str(where) in by_id:
        return by_id[str(where)]
    department_id = user.posting.department_id
    return next((one for one in units if department_id and one.department_id == department_id), None)


def room_queue(units: list[Unit], unit: Unit | None, day: date) -> RoomQueue:
    """The queue of this room today."""
    clinic = ClinicDay.objects.filter(unit=unit, held_on=day).first() if unit else None
    if clinic is None:
        return RoomQueue(units, unit)
    held = queue_of(clinic)
    groups: dict[str, list[QueueToken]] = {"inside": [], "waiting": [], "aside": []}
    for token in held:
        where = "inside" if token.status in INSIDE else "waiting"
        groups[where if token.status in (*INSIDE, TokenStatus.WAITING) else "aside"].append(token)
    return RoomQueue(units, unit, clinic, done=list(done_of(clinic)[:MOST_DONE_SHOWN]), **groups)


def consultations_here(user: Any) -> QuerySet[Consultation]:
    """The consultations of this hospital, with all that a page shows of them."""
    linked = (
        "doctor",
        "note__template",
        "note__author",
        "note__signed_by",
        "note__saved_by",
        "note__department",
    )
    return Consultation.objects.visible_to(user).select_related(*linked, "encounter", "token")


def consultations_of(encounter: Encounter, user: Any) -> list[Consultation]:
    """Of one contact, the earliest first."""
    return list(consultations_here(user).filter(encounter=encounter).order_by("started_at"))


def to_sign(user: Any) -> list[Consultation]:
    """Interns' consultations that wait for a doctor's signature, the longest first."""
    # Two short questions: joined into one of thirteen tables, the planner guesses, and once guessed wrong.
    notes = list(patients.notes_awaiting(user).values_list("pk", flat=True)[:MOST_SHOWN])
    linked = ("doctor", "note", "token", "encounter__patient", "encounter__department")
    waiting = Consultation.objects.visible_to(user).filter(note__in=notes).select_related(*linked)
    return list(waiting.order_by("note__saved_at"))


# ── Casualty ──

URGENCY = Case(*(When(triage=colour, then=rank) for colour, rank in TRIAGE_RANK.items()), default=9)
EMERGENCY_CODE = "EMER"


@dataclass(frozen=True)
class Casualty:
    """What one registration in casualty came to: its arrival, bed, case and papers."""

    arrival: CasualtyArrival
    stay: BedStay | None
    case: MedicoLegalCase | None
    slip: IssuedDocument
    intimation: IssuedDocument | None


def casualty(encounter_id: UUID) -> Casualty:
    """A registration in casualty as it stands, for whoever sends it a second time or opens it later."""
    linked = ("encounter__department", "patient__district", "facility")
    people = ("triaged_by", "probably_same_as", "cancelled_by")
    arrival = CasualtyArrival.objects.select_related(*linked, *people).get(encounter_id=encounter_id)
    case = patients.case_of(arrival.encounter)
    told = case.intimations.order_by("-pk").first() if case else None
    slip = pdf.original_of(encounter_id)
    assert slip is not None
    stay = patients.stay_of(arrival.encounter)
    return Casualty(arrival, stay, case, slip, pdf.original_of(told.pk) if told else None)


def emergency_department(facility: Facility) -> Department | None:
    """Where casualty belongs to: the emergency department, or in a small hospital its first one."""
    here = open_departments(facility)
    return next((one for one in here if one.code == EMERGENCY_CODE), here[0] if here else None)


def in_casualty(user: Any) -> QuerySet[CasualtyArrival]:
    """Who is in casualty now, the most urgent first, then by the time they came."""
    return arrivals(user).filter(left_at=None).order_by(URGENCY, "arrived_at", "pk")


def is_begun(arrival: CasualtyArrival) -> bool:
    """Whether anything hangs on this contact: written, ordered, charged, certified, or an admission.

    The admission may be on another record of the same person.
    """
    contact: Any = arrival.encounter
    given = (contact.certificates, contact.referrals, contact.admission_requests, contact.deposit_accounts)
    said = any(rows.exists() for rows in (*given, contact.death_notices.standing()))
    admitted = Encounter.objects.filter(
        patient__in=merging.same_person(arrival.patient_id),
        facility=arrival.facility_id,
        encounter_class__in=IN_A_WARD,
        started_at__gte=arrival.arrived_at,
    )
    return said or is_touched(contact) or admitted.exclude(status=EncounterStatus.CANCELLED).exists()


def arrivals(user: Any) -> QuerySet[CasualtyArrival]:
    """Arrivals in casualty where this person works, with all that a list of them shows."""
    lying = BedStay.objects.filter(ended_at=None).select_related("bed__room__ward")
    linked = ("patient", "facility", "encounter__department", "encounter__medico_legal_case")
    return (
        CasualtyArrival.objects.visible_to(user)
        .select_related(*linked)
        .prefetch_related(Prefetch("encounter__bed_stays", lying, to_attr="lying"))
    )


# ── The hall's screen ──

CALL_SHOWN_FOR = timedelta(seconds=60)
SHOWN_NEXT = 3


@dataclass
class Tile:
    """One room on the screen: who is inside, who is next, or why nobody is."""

    unit: Unit
    sits: bool
    is_closed: bool = False
    is_called: bool = False
    now: QueueToken | None = None
    next: list[int] = field(default_factory=list)

    @property
    def room(self) -> str:
        return self.unit.room.number if self.unit.room else ""


@dataclass(frozen=True)
class Call:
    """One call of one token. Called again, it is another call."""

    token: QueueToken
    tile: Tile

    @property
    def name(self) -> str:
        """What the screen remembers it by, so that it says each call once."""
        return f"{self.token.pk}-{self.token.times_called}"

    @property
    def said(self) -> str:
        return call_out(self.token.number, self.tile.room, self.tile.unit.department.name_hi)


@dataclass(frozen=True)
class Board:
    """What a screen shows at one moment: its rooms, and the calls of the last minute, newest first."""

    tiles: list[Tile]
    calls: list[Call]
    latest: Call | None

    @property
    def size(self) -> str:
        """How many tiles share the screen, in the words of its style."""
        count = len(self.tiles)
        return "one" if count == 1 else "few" if count <= 4 else "some" if count <= 6 else "many"


def board(display: Display, at: datetime) -> Board:
    """The rooms of this screen as they are now. Nobody's name is read."""
    day = timezone.localdate(at)
    linked = Unit.objects.filter(facility_id=display.facility_id).select_related("room", "department")
    units = linked.in_bulk(display.unit_ids)
    days = {one.unit_id: one for one in ClinicDay.objects.filter(unit__in=units, held_on=day)}
    tiles = [_tile(units[pk], days.get(pk), day) for pk in display.unit_ids if pk in units]
    by_day = {days[tile.unit.pk].pk: tile for tile in tiles if tile.unit.pk in days}
    inside, waiting = _inside(by_day), _first_waiting(by_day)
    for token in inside:
        tile = by_day[token.clinic_day_id]
        tile.now = tile.now or token
    for clinic_day_id, number in waiting:
        by_day[clinic_day_id].next.append(number)
    called = [Call(one, by_day[one.clinic_day_id]) for one in inside]
    fresh = [call for call in called if _is_fresh(call.token, at)]
    for call in fresh:
        call.tile.is_called = True
    return Board(tiles, fresh, latest=called[0] if called else None)


def _tile(unit: Unit, clinic_day: ClinicDay | None, day: date) -> Tile:
    closed = clinic_day is not None and clinic_day.closed_at is not None
    return Tile(unit, sits=unit.sits_on(day), is_closed=closed)


def _inside(clinic_days: Iterable[UUID]) -> list[QueueToken]:
    """Who was called and not yet seen off, the newest call first; without the patients."""
    tokens = QueueToken.objects.filter(clinic_day__in=clinic_days, status__in=INSIDE)
    shown = ("number", "clinic_day", "called_at", "times_called", "status")
    return list(tokens.only(*shown).order_by(F("called_at").desc(nulls_last=True)))


def _first_waiting(clinic_days: Iterable[UUID]) -> list[tuple[UUID, int]]:
    """(clinic day, number) of the first few who wait in each queue, in the order of call."""
    waiting = QueueToken.objects.filter(clinic_day__in=clinic_days, status=TokenStatus.WAITING)
    placed = waiting.annotate(
        place=Window(RowNumber(), partition_by="clinic_day", order_by=list(ORDER_OF_CALL))
    )
    first = placed.filter(place__lte=SHOWN_NEXT).order_by("clinic_day", "place")
    return list(first.values_list("clinic_day_id", "number"))


def _is_fresh(token: QueueToken, at: datetime) -> bool:
    """Called a short while ago; who walked in was not called."""
    if not token.called_at or not token.times_called:
        return False
    return at - token.called_at < CALL_SHOWN_FOR


# A screen asks every few seconds; each PC's link is measured every ten minutes, too (static/js/beacon.js).
SILENT_AFTER = timedelta(minutes=10)


def displays_of(user: Any, at: datetime) -> list[Display]:
    """The screens this person minds, those in use first; each with `rooms`, the units of its tiles, and
    `is_silent`: seen once, and not for SILENT_AFTER."""
    listed = Display.objects.visible_to(user).select_related("facility", "made_by", "revoked_by")
    displays = list(listed.order_by(F("revoked_at").desc(nulls_first=True), "name"))
    wanted = {pk for one in displays for pk in one.unit_ids}
    units = Unit.objects.select_related("room", "department").in_bulk(wanted)
    for one in displays:
        one.rooms = [units[pk] for pk in one.unit_ids if pk in units]
        one.is_silent = one.last_seen_at is not None and at - one.last_seen_at > SILENT_AFTER
    return displays
