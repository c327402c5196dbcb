"""What is prescribed: the lines of a note, what runs, what is used most, what the rules say, how often."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Max, Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from hmis.kernel.composed import Composed
from hmis.kernel.verifying import Fault, holds
from patients.models import (
    AllergyIntolerance,
    ClinicalNote,
    DetectedIssue,
    Finding,
    MedicationDispense,
    MedicationRequest,
    MedicineSet,
    Observation,
    Patient,
    Sex,
    Vital,
)
from patients.prescribing.alert_words import AlertWords, alert_words, number, quiet_words
from patients.prescribing.alerts import ADULT_DAYS, Alert, Person, Rule, Weighs, alerts, quiet_notes
from patients.prescribing.alerts import Line as Given
from patients.prescribing.allergens import Allergen, allergen
from patients.prescribing.dosages import from_json
from patients.prescribing.doses import doses_of
from patients.prescribing.finding import Index
from patients.prescribing.forms import label
from patients.prescribing.lines import ASKED, NEEDED, SEPARATOR, Line, shown
from patients.prescribing.medicines import Formulary, Medicine
from patients.prescribing.quantities import quantity
from patients.prescribing.reading import Reading, read
from patients.prescribing.telling import amount_shown
from patients.queries.above import last_egfr
from patients.queries.allergies import Allergies, allergies_of
from patients.queries.formulary import formulary_at
from patients.queries.merging import same_person
from patients.states import IssueAnswer, MedicationStatus, NoteStatus

LEARNT_FOR = timedelta(days=180)
MOST_OPTIONS, MOST_FAVOURITES, MOST_SETS = 7, 9, 12
MOST_RUNNING = 40


# ── Reading a line ──


@lru_cache(maxsize=8)
def _index(formulary: "_Same") -> Index:
    return Index(formulary.held.medicines)


class _Same:
    """A formulary as a key: two are the same only if they are one object."""

    def __init__(self, held: Formulary) -> None:
        self.held = held

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.held is self.held

    def __hash__(self) -> int:
        return id(self.held)


def read_at(facility_id: UUID, text: str, medication_id: UUID | None = None) -> Reading:
    """A typed line as this hospital's list understands it; of the medicine that was chosen, if one was."""
    formulary = formulary_at(facility_id)
    chosen = formulary.by_id.get(medication_id) if medication_id else None
    return read(text, _index(_Same(formulary)), chosen)


def medicine_of(facility_id: UUID, medication_id: str) -> str:
    """The name under which a line of this medicine begins; "" where there is none of this id."""
    try:
        medicine = formulary_at(facility_id).by_id.get(UUID(medication_id))
    except ValueError:
        return ""
    return label(medicine) if medicine else ""


def why_unread(reading: Reading) -> Any:
    """What is asked first of a line that is not whole; None where nothing is."""
    if reading.rest:
        return _("not understood: %(words)s") % {"words": " ".join(reading.rest)}
    asked = [one for one in reading.asked if one in NEEDED] or (["medicine"] if not reading.line else [])
    return ASKED[asked[0]] if asked else None


@dataclass(frozen=True)
class Option:
    """One way to take what is typed: the medicine, and the line read back in full."""

    medicine: Medicine
    text: str
    reading: Reading

    @property
    def value(self) -> str:
        return f"{self.medicine.id}|{self.text}"

    @property
    def line(self) -> str:
        return shown(self.reading.line) if self.reading.line else self.medicine.named

    @property
    def sig(self) -> str:
        return sig_of(self.reading.line) if self.reading.line else ""

    @property
    def amount(self) -> str:
        amount = quantity(self.reading.line) if self.reading.line else None
        return amount_shown(amount.given_out, amount.unit) if amount else ""

    @property
    def asked(self) -> Any:
        """What is missing; what the law does not ask for may stay away, and is said all the same."""
        asked = [one for one in self.reading.asked if one != "rest"]
        return ASKED[asked[0]] if asked else ""

    @property
    def rest(self) -> str:
        return " ".join(self.reading.rest)


def sig_of(line: Line) -> str:
    """The line without its medicine: 1-1-1 tablet · 5 days."""
    return shown(line).removeprefix(label(line.medicine)).removeprefix(SEPARATOR)


def options_for(user: Any, typed: str, *, today: date) -> list[Option]:
    """What a typed line may mean here, the likeliest first; without a text what is used most."""
    facility_id = user.posting.facility_id
    if not typed.strip():
        return favourites(user, today=today)
    formulary = formulary_at(facility_id)
    index = _index(_Same(formulary))
    first = read(typed, index)
    found = [first.medicine] if first.medicine else []
    found += [one for one in first.choices if one not in found]
    options = [
        Option(one, typed.strip(), first if one is first.medicine and first.line else read(typed, index, one))
        for one in found[:MOST_OPTIONS]
    ]
    # Once a line says all, what it cannot mean is no choice any more.
    whole = [one for one in options if one.reading.is_clear]
    return whole if whole and whole[0] is options[0] else options


def favourites(user: Any, *, today: date) -> list[Option]:
    """The lines that this doctor wrote most in half a year, then those of the department."""
    facility_id, department = user.posting.facility_id, user.posting.department
    since = today - LEARNT_FOR
    said = _most_used(facility_id, since, written_by=user)
    if len(said) < MOST_FAVOURITES and department:
        said += [one for one in _most_used(facility_id, since, department=department) if one not in said]
    options = []
    for medication_id, text in said[:MOST_FAVOURITES]:
        reading = read_at(facility_id, text, medication_id)
        if reading.line and reading.is_clear:
            options.append(Option(reading.line.medicine, text, reading))
    return options


def _most_used(facility_id: UUID, since: date, **whose: Any) -> list[tuple[UUID, str]]:
    signed = MedicationRequest.objects.filter(
        facility_id=facility_id, written_at__date__gte=since, signed_at__isnull=False, **whose
    )
    counted = signed.values("medication_id", "line").annotate(often=Count("pk"), last=Max("written_at"))
    rows = counted.order_by("-often", "-last")[:MOST_FAVOURITES]
    return [(row["medication_id"], row["line"]) for row in rows]


# ── The rules ──

# For so long what was measured or said once holds for a dose today.
WEIGHT_HOLDS = {True: timedelta(days=90), False: timedelta(days=365)}  # of a child; of an adult
PREGNANCY_HOLDS, FEEDING_HOLDS = timedelta(days=60), timedelta(days=180)


@dataclass(frozen=True)
class Raised:
    """What the rules say, and of which line of the note."""

    request_id: UUID
    alert: Alert

    @property
    def key(self) -> tuple[UUID, str, str]:
        """By what it is found again: line, rule, the row or medicine it rests on, and how grave it is.

        An answer holds for what was on the screen: of a graver alert, or of other figures, it says nothing.
        """
        because = self.alert.because
        figures = map(number, (because.given, because.limit, because.weight))
        found = (str(because.row_id or ""), str(self.alert.weighs), *figures, because.other)
        return self.request_id, str(self.alert.rule), "|".join(found)[:200]


@dataclass(frozen=True)
class Review:
    """What the rules say of a prescription: to be answered or watched, and what nobody knows."""

    raised: list[Raised]
    quiet: dict[UUID, list[str]]


def review(note: ClinicalNote, drafts: Sequence[MedicationRequest], *, today: date) -> Review:
    """What the rules say of these lines now, beside what the patient takes already."""
    if not drafts:
        return Review([], {})
    formulary = formulary_at(note.facility_id)
    replaced = {one.replaces_id for one in drafts}
    others = [one for one in running_of(note.patient, today) if one.pk not in replaced]
    # The newest first: of two that do not go together, the one that came later is asked about.
    new = [made for one in reversed(drafts) if (made := _given(formulary, one, today))]
    taken = [made for one in others if (made := _given(formulary, one, today, is_running=True))]
    person = person_of(note, today)
    quiet: dict[UUID, list[str]] = {}
    for said in quiet_notes(new, person, formulary, today=today):
        quiet.setdefault(UUID(said.line_key), []).append(quiet_words(said))
    found = alerts(new, taken, person, formulary, today=today)
    return Review([Raised(UUID(one.line_key), one) for one in found], quiet)


def _given(
    formulary: Formulary, row: MedicationRequest, today: date, *, is_running: bool = False
) -> Given | None:
    """A line as the rules take it; None where its medicine has left the list."""
    medicine = formulary.by_id.get(row.medication_id)
    if medicine is None:
        return None
    line = from_json(row.dosage, medicine)
    left = (row.ends_on - today).days + 1 if is_running and row.ends_on else row.days
    return Given(medicine, doses_of(line), line.route, left, is_running=is_running, key=str(row.pk))


def person_of(note: ClinicalNote, today: date) -> Person:
    """What the rules must know of the patient, as of now; the eGFR comes from the laboratory above."""
    patient = note.patient
    days = (today - patient.birth_date).days if patient.birth_date else None
    last = _last_said(patient)
    is_child = days is not None and days < ADULT_DAYS
    weight = _fresh(last.get(Vital.WEIGHT), today, WEIGHT_HOLDS[is_child])
    pregnant = _fresh(last.get(Vital.PREGNANT), today, PREGNANCY_HOLDS)
    feeding = _fresh(last.get(Vital.BREAST_FEEDING), today, FEEDING_HOLDS)
    known = allergies_of(patient)
    egfr = last_egfr(patient)
    return Person(
        age_days=days,
        sex=patient.sex,
        weight=weight.value if weight else None,
        pregnant=pregnant.finding if pregnant else None,
        breast_feeding=feeding.finding if feeding else None,
        egfr=egfr[0] if egfr else None,
        egfr_on=egfr[1] if egfr else None,
        allergies=tuple(_allergen(one) for one in known.listed) if known.is_asked else None,
    )


def is_pregnant(patient: Patient, today: date) -> bool:
    """Whether she was said to be pregnant, as lately as a dose would still rest on it."""
    if patient.sex == Sex.MALE:
        return False
    said = _fresh(_last_said(patient).get(Vital.PREGNANT), today, PREGNANCY_HOLDS)
    return said is not None and said.finding == Finding.YES


def _last_said(patient: Patient) -> dict[str, Observation]:
    return {one.code: one for one in _said_by([patient.pk])}


@Composed
def _said_by(records: list[UUID]) -> QuerySet[Observation]:
    wanted = [Vital.WEIGHT, Vital.PREGNANT, Vital.BREAST_FEEDING]
    said = Observation.objects.filter(patient__in=same_person(*records), code__in=wanted, wrong_at=None)
    return said.order_by("code", "-taken_at", "-pk").distinct("code")


def _fresh(said: Observation | None, today: date, holds: timedelta) -> Observation | None:
    return said if said and timezone.localdate(said.taken_at) >= today - holds else None


def _allergen(row: AllergyIntolerance) -> Allergen:
    return allergen(row.substance, ingredient=row.ingredient, reaction=row.reaction, severity=row.severity)


# ── What is written, and what runs ──


def own_lines(note: ClinicalNote) -> list[MedicationRequest]:
    """The lines of a note in their order; of a note that is not signed those that still stand."""
    rows = MedicationRequest.objects.filter(note=note).exclude(status=MedicationStatus.REMOVED)
    return list(rows.select_related("medication", "replaces").order_by("position", "pk"))


def signed_lines(note: ClinicalNote) -> list[MedicationRequest]:
    """The medicines of a signed note."""
    rows = MedicationRequest.objects.filter(note=note, signed_at__isnull=False)
    return list(rows.select_related("medication").order_by("position", "pk"))


def running_of(patient: Patient, today: date) -> list[MedicationRequest]:
    """What was prescribed to this patient, at whatever hospital is open, and has not ended by now."""
    return _running([patient.pk], today)


@Composed
def _running(records: list[UUID], today: date) -> QuerySet[MedicationRequest]:
    own = same_person(*records)
    rows = MedicationRequest.objects.filter(patient__in=own, status=MedicationStatus.ACTIVE)
    rows = rows.filter(Q(ends_on=None) | Q(ends_on__gte=today))
    return rows.select_related("medication", "facility").order_by("-signed_at", "position")[:MOST_RUNNING]


def of_chart(patient: Patient, notes: Sequence[Any], today: date) -> list[MedicationRequest]:
    """What runs; in the same read each of these notes is given its medicines (`prescribed`)."""
    signed = MedicationRequest.objects.filter(patient__in=same_person(patient.pk), signed_at__isnull=False)
    runs = Q(status=MedicationStatus.ACTIVE) & (Q(ends_on=None) | Q(ends_on__gte=today))
    rows = signed.filter(runs | Q(note__in=notes)).select_related("medication", "facility")
    lines = list(rows.order_by("-signed_at", "position", "pk"))
    for note in notes:
        note.prescribed = [one for one in lines if one.note_id == note.pk]
    active = [one for one in lines if one.status == MedicationStatus.ACTIVE]
    return [one for one in active if one.ends_on is None or one.ends_on >= today][:MOST_RUNNING]


def last_medicines(note: ClinicalNote, user: Any) -> list[MedicationRequest]:
    """The lines of the last prescription that this doctor or department signed for this patient."""
    signed = MedicationRequest.objects.filter(
        Q(written_by=user) | Q(department_id=note.department_id),
        facility_id=note.facility_id,
        patient__in=same_person(note.patient_id),
        signed_at__isnull=False,
    ).exclude(note=note)
    last = signed.order_by("-signed_at").values_list("note_id", flat=True).first()
    if last is None:
        return []
    rows = MedicationRequest.objects.filter(note_id=last, signed_at__isnull=False)
    return list(rows.select_related("medication").order_by("position", "pk"))


def sets_of(user: Any) -> QuerySet[MedicineSet]:
    """The doctor's own sets, and those that departments share."""
    here = MedicineSet.objects.visible_to(user).filter(retired_at=None)
    return here.filter(Q(owner=user) | Q(owner=None))


def whole_lines(user: Any) -> QuerySet[MedicationRequest]:
    """The lines of this hospital that this person may see, with their alerts and what was given of them."""
    return _whole(MedicationRequest.objects.visible_to(user).filter(_readable_by(user)))


def charted_lines(user: Any) -> QuerySet[MedicationRequest]:
    """The lines of whoever's chart is open, of whatever hospital."""
    return _whole(MedicationRequest.objects.filter(_readable_by(user)))


def _readable_by(user: Any) -> Q:
    """What is not signed is its writer's, and of whoever signs for an intern."""
    return Q(signed_at__isnull=False) | Q(written_by=user) | Q(note__status=NoteStatus.AWAITING)


def _whole(rows: QuerySet[MedicationRequest]) -> QuerySet[MedicationRequest]:
    linked = ("written_by", "signed_by", "patient", "note__encounter", "replaces")
    issues = DetectedIssue.objects.order_by("pk")
    given = MedicationDispense.objects.select_related("given_by").order_by("pk")
    whole = rows.select_related(*linked).prefetch_related(Prefetch("issues", issues))
    return whole.prefetch_related(Prefetch("dispenses", given)).order_by("-written_at", "-pk")


def _sets_for(note: ClinicalNote, user: Any) -> QuerySet[MedicineSet]:
    offered = sets_of(user).filter(Q(owner=user) | Q(department=note.department_id))
    return offered.order_by("owner", "name")[:MOST_SETS]


@dataclass
class Desk:
    """What stands in the part of the room where medicines are written."""

    lines: list[Any]
    running: list[Any]
    allergies: Allergies
    options: list[Option]
    sets: list[MedicineSet]
    has_last: bool
    first_open: "Asked | None"


@dataclass(frozen=True)
class Asked:
    """An alert in words, with the row that its answer is kept in."""

    alert: Alert
    issue: DetectedIssue | None

    @property
    def is_open(self) -> bool:
        """Whether it stands in the way of the signature."""
        return bool(self.alert.must_be_answered and self.issue and not self.issue.answer)

    @property
    def is_grave(self) -> bool:
        return self.alert.weighs in (Weighs.CONTRAINDICATED, Weighs.SERIOUS)

    @property
    def words(self) -> AlertWords:
        return alert_words(self.alert)

    @property
    def others(self) -> list[Medicine]:
        """Other medicines of the group, where the way out leads there."""
        return [one for way in self.alert.ways_out for one in way.medicines]

    @property
    def ways(self) -> set[str]:
        return {str(way.way) for way in self.alert.ways_out}

    @property
    def reason_key(self) -> int:
        """The digit behind the other ways out: 1 takes it off, the others come between."""
        return len(self.others) + 2


def desk_of(note: ClinicalNote, user: Any, typed: str, *, today: date) -> Desk:
    """The lines with their alerts, what runs beside them, and what may be chosen."""
    lines: list[Any] = own_lines(note)
    said = review(note, lines, today=today)
    listed = formulary_at(note.facility_id).by_id
    first = None
    kept = {
        (one.request_id, one.rule, one.cause): one for one in DetectedIssue.objects.filter(request__in=lines)
    }
    for line in lines:
        line.quiet = said.quiet.get(line.pk, [])
        medicine = listed.get(line.medication_id)
        line.is_approved = medicine is not None and medicine.approved
        line.asks_indication = asks_indication(line.medication)
        line.asks_agreement = asks_agreement(line.medication)
        of_line = [Asked(one.alert, kept.get(one.key)) for one in said.raised if one.request_id == line.pk]
        line.open_issues = [one for one in of_line if one.is_open]
        line.kept_issues = [one for one in of_line if one.issue and one.issue.answer == IssueAnswer.KEPT]
        line.told = [one for one in of_line if not one.alert.must_be_answered]
        first = first or next(iter(line.open_issues), None)
    running: list[Any] = [one for one in running_of(note.patient, today) if one.note_id != note.pk]
    for line in running:
        line.is_ours = line.facility_id == note.facility_id
    return Desk(
        lines=lines,
        running=running,
        allergies=allergies_of(note.patient),
        options=options_for(user, typed, today=today),
        sets=list(_sets_for(note, user)),
        has_last=not lines and bool(last_medicines(note, user)),
        first_open=first,
    )


def asks_indication(medicine: Any) -> bool:
    """Reserve antibiotics and Schedule X are not signed without what they are for."""
    return bool(medicine.schedule == "X" or asks_agreement(medicine))


def asks_agreement(medicine: Any) -> bool:
    """An antibiotic of WHO's Reserve group is agreed with somebody."""
    return bool(medicine.aware_group == "reserve")


@holds(
    "patients.medicines_are_signed_with_their_note",
    _("Medicines hold exactly if their note is signed."),
    at_night=True,
)
def medicine_faults() -> Iterator[Fault]:
    """Lines that hold without a signature under their note, and drafts of notes that are signed."""
    rows = MedicationRequest.objects.exclude(status=MedicationStatus.REMOVED)
    signed = Q(note__status=NoteStatus.SIGNED)
    wrong = rows.filter(~signed, signed_at__isnull=False) | rows.filter(signed, signed_at=None)
    for row in wrong.order_by("pk").iterator():
        yield Fault(_("Medicine %(row)s and its note do not say the same of their signature."), row=row.pk)


# ── How often the rules speak ──

COUNTED = timedelta(days=30)
_BY_ANSWER = {
    "shown": Count("pk"),
    "kept": Count("pk", filter=Q(answer=IssueAnswer.KEPT)),
    "heeded": Count("pk", filter=Q(answer__in=[IssueAnswer.REMOVED, IssueAnswer.CHANGED])),
    "settled": Count("pk", filter=Q(answer=IssueAnswer.SETTLED)),
    "waiting": Count("pk", filter=Q(answer="")),
}


def alerts_by_rule(user: Any, today: date) -> list[dict[str, Any]]:
    """Of each rule that spoke here how often, and with which answers; the noisiest first."""
    counted: Any = _counted(user, today).values("rule").annotate(**_BY_ANSWER)
    retired = formulary_at(user.posting.facility_id).retired
    titles = dict(Rule.choices)
    return [
        row
        | {
            "title": titles.get(row["rule"], row["rule"]),
            "share": round(100 * row["kept"] / row["shown"]),
            "is_retired": row["rule"] in retired,
        }
        for row in counted.order_by("-shown", "rule")
    ]


def alerts_by_doctor(user: Any, today: date, rule: str) -> list[dict[str, Any]]:
    """The same of one rule, by the doctor whom it spoke to."""
    named: dict[str, Any] = {"name": F("doctor__name"), "name_hi": F("doctor__name_hi")}
    of_rule: Any = _counted(user, today).filter(rule=rule)
    counted = of_rule.values("doctor", **named).annotate(**_BY_ANSWER)
    in_hindi = get_language() == "hi"
    return [
        row | {"shown_name": (in_hindi and row["name_hi"]) or row["name"]}
        for row in counted.order_by("-shown", "name")[:MOST_RUNNING]
    ]


def _counted(user: Any, today: date) -> QuerySet[DetectedIssue]:
    return DetectedIssue.objects.visible_to(user).filter(raised_at__date__gt=today - COUNTED)
