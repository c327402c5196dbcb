"""Medicines: written in one line, their alerts answered, signed with the note, stopped and changed.

A line is kept as soon as it is written. What it raises is kept beside it and counted; nothing is signed while
an alert has no answer, or before somebody has asked for allergies.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from django.db.models import Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from facilities.roles import Grade
from hmis.kernel import facts, requests
from hmis.kernel.acts import act
from hmis.kernel.composed import Composed
from hmis.kernel.errors import Refusal
from hmis.kernel.ids import uuid7
from hmis.kernel.rows import write
from hmis.kernel.transitions import move
from patients.models import ClinicalNote, DetectedIssue, MedicationRequest, MedicineSet
from patients.prescribing.alerts import Alert
from patients.prescribing.dosages import as_json
from patients.prescribing.lines import shown
from patients.prescribing.quantities import quantity
from patients.queries import allergies_of, prescribing
from patients.services.people import lock_encounter
from patients.services.writing import refuse_not_writing
from patients.states import MEDICATION_MOVES, EncounterStatus, IssueAnswer, MedicationStatus

LINKED = ["facility", "encounter", "patient", "department", "note", "medication", "written_by", "replaces"]
ANSWER = ["answer", "reason", "answered_by", "answered_at"]
MOST_LINES = 30


class AlertsOpen(Refusal):
    """An alert of these lines has no answer yet."""


class AllergiesNotAsked(Refusal):
    """Nobody has asked this patient for allergies."""


@dataclass(frozen=True)
class Typed:
    """A line as a doctor typed it; `medication_id` where one of several medicines was chosen."""

    text: str
    medication_id: UUID | None = None
    # The running medicine in whose place it comes, and why.
    replaces: MedicationRequest | None = None
    replaces_why: str = ""

    def claimed(self) -> list[Any]:
        """What a request key stands for."""
        return [self.text, self.medication_id, self.replaces and self.replaces.pk, self.replaces_why]


# ── Writing ──


@act
def prescribe(
    *, note: ClinicalNote, typed: Typed, request_key: UUID, actor: Any, at: datetime
) -> MedicationRequest:
    """Write a line of an open note's prescription, and keep what alerts it raises.

    Refuses what cannot be read in full (field "line"), a note that is closed or somebody else's, and one line
    too many.
    """
    body = [note.pk, typed.claimed()]
    line_id, seen = requests.claim(request_key, "patients.prescribe", actor=actor, body=body)
    if seen:
        return MedicationRequest.objects.get(pk=line_id)
    held = _open_note(note, actor)
    if len(_lines_of(held)) >= MOST_LINES:
        raise Refusal(_("A prescription has at most %(most)s lines."), field="line", most=MOST_LINES)
    _refuse_not_running(typed.replaces, held)
    last = held.medicines.aggregate(last=Max("position"))["last"] or 0
    row = _line(held, typed, line_id, last + 1, actor=actor, at=at)
    _write([row], held, actor=actor, at=at)
    return row


@act
def rewrite_line(
    *, line: MedicationRequest, typed: Typed, request_key: UUID, actor: Any, at: datetime
) -> MedicationRequest:
    """Write a line otherwise that is not signed yet; the one before it stays, taken off, with its alerts."""
    body = [line.pk, typed.claimed()]
    line_id, seen = requests.claim(request_key, "patients.rewrite_line", actor=actor, body=body)
    if seen:
        return MedicationRequest.objects.get(pk=line_id)
    note = _open_note(line.note, actor)
    held = _draft(line)
    typed = Typed(typed.text, typed.medication_id, held.replaces, held.replaces_why)
    row = _line(note, typed, line_id, held.position, actor=actor, at=at)
    _take_off(held, IssueAnswer.CHANGED, actor=actor, at=at)
    _write([row], note, actor=actor, at=at)
    return row


@act
def remove_line(*, line: MedicationRequest, request_key: UUID, actor: Any, at: datetime) -> MedicationRequest:
    """Take a line off that is not signed yet."""
    if requests.was_sent(request_key, "patients.remove_line", actor=actor, body=[line.pk]):
        return MedicationRequest.objects.get(pk=line.pk)
    note = _open_note(line.note, actor)
    held = _draft(line)
    _take_off(held, IssueAnswer.REMOVED, actor=actor, at=at)
    _look_again(note, actor=actor, at=at)
    _record("patients.medicine_removed", held, actor=actor, at=at)
    return held


@act
def answer_issue(
    *, issue: DetectedIssue, reason: str, request_key: UUID, actor: Any, at: datetime
) -> DetectedIssue:
    """The medicine is given in spite of an alert, for this reason. Refuses a second answer."""
    body = [issue.pk, reason]
    seen = requests.was_sent(request_key, "patients.answer_issue", actor=actor, body=body)
    _open_note(issue.request.note, actor)
    held = DetectedIssue.objects.locked().select_related("request").get(pk=issue.pk)
    if seen:
        return held
    if held.answer:
        raise Refusal(_("This alert is answered already."))
    if not reason.strip():
        raise Refusal(_("Write why it is given anyway."), field="reason")
    _answer(held, IssueAnswer.KEPT, reason.strip(), actor=actor, at=at)
    held.clean_fields(exclude=["facility", "patient", "request", "doctor", "answered_by"])
    held.save(update_fields=ANSWER)
    _record("patients.alert_overridden", held.request, actor=actor, at=at, rule=held.rule)
    return held


@act
def explain_line(
    *,
    line: MedicationRequest,
    indication: str,
    authorised_by: str = "",
    request_key: UUID,
    actor: Any,
    at: datetime,
) -> MedicationRequest:
    """Say what a medicine is for, and with whom it was agreed: what some groups are not given without."""
    body = [line.pk, indication, authorised_by]
    seen = requests.was_sent(request_key, "patients.explain_line", actor=actor, body=body)
    _open_note(line.note, actor)
    held = _draft(line)
    if seen:
        return held
    held.indication, held.authorised_by = indication.strip(), authorised_by.strip()
    held.clean_fields(exclude=LINKED)
    held.save(update_fields=["indication", "authorised_by"])
    return held


@act
def review_prescription(*, note: ClinicalNote, actor: Any, at: datetime) -> list[DetectedIssue]:
    """Look at all lines of an open note once more: what has become known since may raise or settle alerts."""
    held = _open_note(note, actor)
    return _look_again(held, actor=actor, at=at)


@act
def repeat_last_medicines(
    *, note: ClinicalNote, request_key: UUID, actor: Any, at: datetime
) -> list[MedicationRequest]:
    """Write what the last signed prescription of this patient says once more; what stands here stays.

    Refuses where there is none.
    """
    if requests.was_sent(request_key, "patients.repeat_last_medicines", actor=actor, body=[note.pk]):
        return _lines_of(note)
    held = _open_note(note, actor)
    last = prescribing.last_medicines(held, actor)
    if not last:
        raise Refusal(_("Neither you nor this department has prescribed anything to this patient before."))
    again = [Typed(one.line, one.medication_id) for one in last]
    return _write_all(held, again, request_key, actor=actor, at=at)


@act
def prescribe_set(
    *, note: ClinicalNote, of: MedicineSet, request_key: UUID, actor: Any, at: datetime
) -> list[MedicationRequest]:
    """Write the lines of a set; those whose medicine stands here already are passed over."""
    body = [note.pk, of.pk]
    if requests.was_sent(request_key, "patients.prescribe_set", actor=actor, body=body):
        return _lines_of(note)
    held = _open_note(note, actor)
    return _write_all(held, [Typed(one) for one in of.lines], request_key, actor=actor, at=at)


@act
def keep_set(
    *, note: ClinicalNote, name: str, is_shared: bool, request_key: UUID, actor: Any, at: datetime
) -> MedicineSet:
    """Keep the lines of this prescription under a name: the doctor's own, or the department's."""
    body = [note.pk, name, is_shared]
    set_id, seen = requests.claim(request_key, "patients.keep_set", actor=actor, body=body)
    if seen:
        return MedicineSet.objects.get(pk=set_id)
    lines = [one.line for one in _lines_of(note)]
    if not name.strip() or not lines:
        raise Refusal(_("A set has a name and at least one medicine."), field="name")
    kept = MedicineSet(
        id=set_id,
        facility_id=note.facility_id,
        department_id=note.department_id,
        owner=None if is_shared else actor,
        name=name.strip(),
        lines=lines,
        made_by=actor,
        made_at=at,
    )
    kept.clean_fields(exclude=["facility", "department", "owner", "made_by"])
    write(kept)
    facts.record("patients.medicine_set_kept", about=kept, actor=actor, at=at)
    return kept


@act
def retire_set(*, of: MedicineSet, actor: Any, at: datetime) -> MedicineSet:
    """Throw a set away; prescriptions that were written by it stay."""
    held = MedicineSet.objects.locked().get(pk=of.pk)
    if held.retired_at is None:
        held.retired_at = at
        held.save(update_fields=["retired_at"])
        facts.record("patients.medicine_set_retired", about=held, actor=actor, at=at)
    return held


@act
def stop_medicine(
    *, line: MedicationRequest, why: str, request_key: UUID, actor: Any, at: datetime
) -> MedicationRequest:
    """Stop a medicine that was prescribed. Refuses interns, no reason, and one that does not run."""
    body = [line.pk, why]
    seen = requests.was_sent(request_key, "patients.stop_medicine", actor=actor, body=body)
    held = MedicationRequest.objects.locked().get(pk=line.pk)
    if seen:
        return held
    if actor.posting.grade == Grade.INTERN:
        raise Refusal(_("An intern cannot stop a medicine. Ask a doctor of the department."))
    if not why.strip():
        raise Refusal(_("Say why it is stopped."), field="why")
    _stop(held, why.strip(), actor=actor, at=at)
    return held


# ── Signing: a part of the act that signs the note ──


def sign_lines(note: ClinicalNote, *, actor: Any, at: datetime) -> list[MedicationRequest]:
    """The part of an act that signs a locked note: its lines hold from now on; [] where it has none.

    Raises AllergiesNotAsked, AlertsOpen. Refuses a line without what the law asks for.
    """
    drafts = _lines_of(note)
    if not drafts:
        return []
    if not allergies_of(note.patient).is_asked:
        raise AllergiesNotAsked(_("Ask for allergies first: nobody has yet."))
    _refuse_unanswered(note, drafts, at=at)
    for one in drafts:
        _refuse_lawless(one, actor)
    today = timezone.localdate(at)
    for one in drafts:
        one.signed_by, one.signed_at, one.starts_on = actor, at, today
        one.ends_on = today + timedelta(days=one.days - 1) if one.days else None
        also = ["signed_by", "signed_at", "starts_on", "ends_on"]
        move(one, to=MedicationStatus.ACTIVE, allowed=MEDICATION_MOVES, also=also)
        _record("patients.medicine_prescribed", one, actor=actor, at=at)
        if one.replaces_id:
            _stop_replaced(one.replaces_id, one.replaces_why, actor=actor, at=at)
    return drafts


def _refuse_unanswered(note: ClinicalNote, drafts: Sequence[MedicationRequest], *, at: datetime) -> None:
    kept = {
        (one.request_id, one.rule, one.cause): one.answer
        for one in DetectedIssue.objects.filter(request__in=drafts)
    }
    raised = prescribing.review(note, drafts, today=timezone.localdate(at)).raised
    asked = [one.key for one in raised if one.alert.must_be_answered]
    waiting = [key for key in asked if kept.get(key) != IssueAnswer.KEPT]
    if waiting:
        said = ngettext_lazy(
            "%(count)s alert of this prescription waits for an answer.",
            "%(count)s alerts of this prescription wait for an answer.",
            len(waiting),
        )
        raise AlertsOpen(said, count=len(waiting))


def _refuse_lawless(line: MedicationRequest, actor: Any) -> None:
    """What the law, or the policy on antibiotics, does not let go without a word of the doctor."""
    medicine = line.medication
    if medicine.is_withdrawn:
        raise Refusal(
            _("%(medicine)s is no longer in the state's list. Take it off."), medicine=medicine.generic_name
        )
    if prescribing.asks_indication(medicine) and not line.indication:
        raise Refusal(_("Say what %(medicine)s is for."), field="indication", medicine=medicine.generic_name)
    if prescribing.asks_agreement(medicine) and not line.authorised_by:
        raise Refusal(
            _("Say with whom %(medicine)s was agreed: it is an antibiotic of the Reserve group."),
            field="authorised_by",
            medicine=medicine.generic_name,
        )
    if medicine.schedule == "X" and (line.quantity is None or not actor.council_number):
        raise Refusal(
            _("%(medicine)s is of Schedule X: it needs a total quantity and the doctor's council number."),
            medicine=medicine.generic_name,
        )


def _stop_replaced(line_id: UUID, why: str, *, actor: Any, at: datetime) -> None:
    before = MedicationRequest.objects.locked().filter(pk=line_id).first()
    if before and before.status == MedicationStatus.ACTIVE:
        _stop(before, why, actor=actor, at=at)


def _stop(held: MedicationRequest, why: str, *, actor: Any, at: datetime) -> None:
    held.stopped_by, held.stopped_at, held.stopped_why = actor, at, why
    held.clean_fields(exclude=LINKED)
    also = ["stopped_by", "stopped_at", "stopped_why"]
    move(held, to=MedicationStatus.STOPPED, allowed=MEDICATION_MOVES, also=also)
    _record("patients.medicine_stopped", held, actor=actor, at=at)


# ── Parts ──


def _open_note(note: ClinicalNote, actor: Any) -> ClinicalNote:
    encounter = lock_encounter(note.encounter)
    held = ClinicalNote.objects.locked().select_related("patient").get(pk=note.pk)
    held.encounter = encounter
    refuse_not_writing(held, actor)
    if encounter.status == EncounterStatus.CANCELLED:
        raise Refusal(_("This visit was cancelled."))
    return held


def _refuse_not_running(replaced: MedicationRequest | None, note: ClinicalNote) -> None:
    """What is changed runs, for this patient, and was prescribed here."""
    if replaced is None:
        return
    is_theirs = (replaced.patient_id, replaced.facility_id) == (note.patient_id, note.facility_id)
    if not is_theirs or replaced.status != MedicationStatus.ACTIVE:
        raise Refusal(_("This medicine is not being given."))


def _draft(line: MedicationRequest) -> MedicationRequest:
    held = MedicationRequest.objects.locked().select_related("medication", "replaces").get(pk=line.pk)
    if held.status != MedicationStatus.DRAFT:
        raise Refusal(_("This line is %(status)s already."), status=held.get_status_display())
    return held


def _lines_of(note: ClinicalNote) -> list[MedicationRequest]:
    return _drafts(note.pk)


@Composed
def _drafts(note_id: UUID) -> QuerySet[MedicationRequest]:
    drafts = MedicationRequest.objects.filter(note=note_id, status=MedicationStatus.DRAFT)
    return drafts.select_related("medication", "replaces").order_by("position")


def _line(
    note: ClinicalNote, typed: Typed, line_id: UUID, position: int, *, actor: Any, at: datetime
) -> MedicationRequest:
    """The row of a line that was read in full."""
    reading = prescribing.read_at(note.facility_id, typed.text, typed.medication_id)
    if reading.line is None or not reading.is_clear:
        raise Refusal(prescribing.why_unread(reading), field="line")
    line = reading.line
    amount = quantity(line)
    row = MedicationRequest(
        id=line_id,
        facility_id=note.facility_id,
        encounter_id=note.encounter_id,
        patient_id=note.patient_id,
        department_id=note.department_id,
        note=note,
        medication_id=line.medicine.id,
        position=position,
        typed=typed.text.strip()[:200],
        line=shown(line),
        dosage=as_json(line),
        days=line.days,
        quantity=amount.given_out if amount else None,
        quantity_unit=amount.unit if amount else "",
        replaces=typed.replaces,
        replaces_why=typed.replaces_why.strip(),
        written_by=actor,
        written_at=at,
    )
    row.clean_fields(exclude=LINKED)
    return row


def _write(rows: list[MedicationRequest], note: ClinicalNote, *, actor: Any, at: datetime) -> None:
    write(*rows)
    for one in rows:
        _record("patients.medicine_written", one, actor=actor, at=at)
    _look_again(note, actor=actor, at=at)


def _write_all(
    note: ClinicalNote, wanted: list[Typed], request_key: UUID, *, actor: Any, at: datetime
) -> list[MedicationRequest]:
    """Several lines at once, without what stands here already or is not in the list any more."""
    written = _lines_of(note)
    there = {one.medication_id for one in written}
    position = note.medicines.aggregate(last=Max("position"))["last"] or 0
    rows = []
    for place, typed in enumerate(wanted, start=1):
        try:
            line_id = uuid5(request_key, str(place))
            row = _line(note, typed, line_id, position + place, actor=actor, at=at)
        except Refusal:
            continue
        if row.medication_id not in there:
            there.add(row.medication_id)
            rows.append(row)
    if not rows:
        raise Refusal(_("All of these are already written, or are no longer in the hospital's list."))
    if len(written) + len(rows) > MOST_LINES:
        raise Refusal(_("A prescription has at most %(most)s lines."), field="line", most=MOST_LINES)
    _write(rows, note, actor=actor, at=at)
    return rows


def _take_off(held: MedicationRequest, answer: IssueAnswer, *, actor: Any, at: datetime) -> None:
    move(held, to=MedicationStatus.REMOVED, allowed=MEDICATION_MOVES)
    waiting = DetectedIssue.objects.locked().filter(request=held, answer="")
    for one in waiting:
        _answer(one, answer, "", actor=actor, at=at)
        one.save(update_fields=ANSWER)


def _look_again(note: ClinicalNote, *, actor: Any, at: datetime) -> list[DetectedIssue]:
    """Keep the alerts that are new; those that are no longer so are settled. The open ones come back."""
    drafts = _lines_of(note)
    kept = {
        (one.request_id, one.rule, one.cause): one
        for one in DetectedIssue.objects.locked().filter(request__in=drafts)
    }
    raised = prescribing.review(note, drafts, today=timezone.localdate(at)).raised
    found = {one.key: one.alert for one in raised}
    new = [
        DetectedIssue(
            id=uuid7(),
            facility_id=note.facility_id,
            patient_id=note.patient_id,
            request_id=key[0],
            rule=key[1],
            severity=str(alert.weighs),
            cause=key[2],
            about=_said(alert),
            raised_at=at,
            doctor=actor,
        )
        for key, alert in found.items()
        if key not in kept
    ]
    write(*new)
    for key, one in kept.items():
        if key not in found and not one.answer:
            _answer(one, IssueAnswer.SETTLED, "", actor=actor, at=at)
        elif key in found and one.answer == IssueAnswer.SETTLED:  # so again
            one.answer, one.answered_by, one.answered_at = "", None, None
        else:
            continue
        one.save(update_fields=ANSWER)
    return [*(one for one in kept.values() if not one.answer), *new]


def _said(alert: Alert) -> dict[str, Any]:
    """What the alert rested on when it was raised: the row may change later."""
    because = alert.because
    said = {
        "medicine": alert.medicine.named,
        "other": because.other,
        "ingredient": because.ingredient,
        "class": because.class_name,
        "says": because.says,
        "given": because.given,
        "limit": because.limit,
        "unit": because.unit,
        "source": because.source,
        "edition": because.edition,
        "approved": because.approved,
    }
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in said.items()}


def _answer(one: DetectedIssue, answer: IssueAnswer, reason: str, *, actor: Any, at: datetime) -> None:
    one.answer, one.reason, one.answered_by, one.answered_at = answer, reason, actor, at


def _record(name: str, line: MedicationRequest, *, actor: Any, at: datetime, **detail: Any) -> None:
    facts.record(name, about=line, actor=actor, at=at, patient_id=line.patient_id, **detail)
