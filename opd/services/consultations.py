"""The doctor's room: a patient is brought in, written about, and leaves with a signed note."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hmis.kernel import facts, requests
from hmis.kernel.access import lock
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal, refusing
from hmis.kernel.rows import write
from hmis.kernel.transitions import move
from opd.models import Consultation, QueueToken
from opd.services.queues import begin_token, finish_token, may_come_back
from opd.states import CONSULTATION_MOVES, INSIDE, ConsultationStatus, TokenStatus
from patients import queries as patient_queries
from patients import services as patients
from patients.models import ClinicalNote, Encounter
from patients.sections import DurationUnit
from patients.services import NoteConflict, Writing
from patients.states import NoteStatus

# From where a patient comes in. Who was sent for tests is written about where they are.
OUTSIDE = (TokenStatus.WAITING, TokenStatus.SKIPPED, TokenStatus.CALLED)
GONE = (TokenStatus.MOVED, TokenStatus.LEFT, TokenStatus.CANCELLED)
FARTHEST_FOLLOW_UP = timedelta(days=366)


@dataclass(frozen=True)
class After:
    """So many days, weeks, months or years from the day of the act."""

    number: int
    unit: DurationUnit

    def day(self, today: date) -> date:
        """The day that is meant; of a month that is too short, its last."""
        if self.unit in (DurationUnit.DAY, DurationUnit.WEEK):
            return today + timedelta(days=self.number * (7 if self.unit == DurationUnit.WEEK else 1))
        months = self.number * (12 if self.unit == DurationUnit.YEAR else 1)
        year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
        return date(year, month + 1, min(today.day, monthrange(year, month + 1)[1]))


@dataclass(frozen=True)
class ComeAgain:
    """The day to come again as it was said, and what it was in the window that says so."""

    on: date | After | None = None
    was: date | None = None

    def claimed(self) -> list[Any]:
        """What a request key stands for."""
        return list(vars(self.on).values()) if isinstance(self.on, After) else [self.on]


@act
def start_consultation(*, token: QueueToken, request_key: UUID, actor: Any, at: datetime) -> Consultation:
    """Bring a patient in, and begin the actor's note by the department's template; or go on with both.

    Who was done today is in the room again, unless another token of theirs is open in the department.

    A consultation is one for each doctor of an encounter: another doctor's stays that doctor's own.
    Refuses a token that was moved, left or cancelled.
    """
    consultation_id, seen = requests.claim(
        request_key, "opd.start_consultation", actor=actor, body=[token.pk]
    )
    encounter = patients.lock_encounter(token.encounter)
    patients.lock_patient(encounter.patient)  # before the token, which may come back
    mine = Consultation.objects.locked().filter(encounter=encounter, doctor=actor).first()
    if seen and mine:
        return mine
    held = lock(QueueToken, token.pk)
    if held.status in GONE:
        raise Refusal(_("This patient is not in this queue any more."))
    if held.status in OUTSIDE or (held.status == TokenStatus.DONE and may_come_back(held, at)):
        held = begin_token(token=held, actor=actor, at=at)
    if mine and mine.note.status != NoteStatus.DISCARDED:
        return mine
    note = _begin_note(encounter, request_key=request_key, actor=actor, at=at)
    if mine:  # thrown away elsewhere, begun again
        mine.note = note
        mine.save(update_fields=["note"])
        return mine
    consultation = Consultation(
        id=consultation_id,
        facility_id=encounter.facility_id,
        encounter=encounter,
        token=held,
        note=note,
        doctor=actor,
        started_at=at,
    )
    write(consultation)
    _record("opd.consultation_started", consultation, actor=actor, at=at)
    return consultation


def _begin_note(encounter: Encounter, *, request_key: UUID, actor: Any, at: datetime) -> ClinicalNote:
    offered = patient_queries.templates_for(encounter.department)
    if not offered:
        raise Refusal(_("There is no template for notes yet. Tell the administrator."))
    key = uuid5(request_key, "note")
    return patients.begin_note(encounter=encounter, template=offered[0], request_key=key, actor=actor, at=at)


@act
def save_consultation(
    *,
    consultation: Consultation,
    writing: Writing,
    come_again: ComeAgain | None = None,
    request_key: UUID,
    actor: Any,
    at: datetime,
) -> Consultation:
    """Keep the draft as it stands in a window. Raises NoteConflict where another window saved it since.

    Refuses what `patients.services.save_note` refuses, and a day to come again that is past or too far.
    """
    seen = _sent_before("opd.save_consultation", consultation, writing, come_again, request_key, actor)
    held = _locked(consultation)
    if seen:
        return held
    key = uuid5(request_key, "note")
    held.note = patients.save_note(note=held.note, writing=writing, request_key=key, actor=actor, at=at)
    if come_again and _decide(held, come_again, writing, at=at):
        held.save(update_fields=["follow_up_on"])
    return held


@act
def submit_consultation(
    *,
    consultation: Consultation,
    writing: Writing,
    come_again: ComeAgain | None = None,
    request_key: UUID,
    actor: Any,
    at: datetime,
) -> Consultation:
    """An intern's consultation waits for a doctor's signature; the patient stays until it is there."""
    seen = _sent_before("opd.submit_consultation", consultation, writing, come_again, request_key, actor)
    held = _locked(consultation)
    if seen:
        return held
    key = uuid5(request_key, "note")
    held.note = patients.submit_note(note=held.note, writing=writing, request_key=key, actor=actor, at=at)
    if come_again and _decide(held, come_again, writing, at=at):
        held.save(update_fields=["follow_up_on"])
    return held


@act
def sign_consultation(
    *,
    consultation: Consultation,
    writing: Writing,
    come_again: ComeAgain | None = None,
    request_key: UUID,
    actor: Any,
    at: datetime,
) -> Consultation:
    """Sign the note; the patient may go, and comes again free of charge until the day that is set.

    Refuses what `patients.services.sign_note` refuses, and a day to come again that is past or too far.
    """
    seen = _sent_before("opd.sign_consultation", consultation, writing, come_again, request_key, actor)
    encounter = patients.lock_encounter(consultation.encounter)
    token = lock(QueueToken, consultation.token_id)
    held = _locked(consultation)
    if seen:
        return held
    if come_again:
        _decide(held, come_again, writing, at=at)
    held.note = patients.sign_note(
        note=held.note,
        writing=writing,
        come_again=held.follow_up_on,
        request_key=uuid5(request_key, "note"),
        actor=actor,
        at=at,
    )
    _end(held, encounter, token, actor=actor, at=at)
    return held


@act
def follow_signature(*, note_id: UUID, at: datetime) -> None:
    """A consultation's note was signed elsewhere, by the API: the consultation ends with it."""
    found = Consultation.objects.filter(note=note_id, status=ConsultationStatus.DRAFT).first()
    if found is None:
        return
    encounter = patients.lock_encounter(found.encounter)
    token = lock(QueueToken, found.token_id)
    held = _locked(found)
    if held.is_open and held.note.status == NoteStatus.SIGNED:
        _end(held, encounter, token, actor=None, at=at)


def _end(held: Consultation, encounter: Encounter, token: QueueToken, *, actor: Any, at: datetime) -> None:
    """The signature's other half: the token is done, and the slip holds until the day to come again."""
    held.signed_at = at
    with refusing(Consultation):
        move(
            held,
            to=ConsultationStatus.SIGNED,
            allowed=CONSULTATION_MOVES,
            also=["signed_at", "follow_up_on"],
        )
    if held.follow_up_on:
        _hold_slip(encounter, held.follow_up_on)
    if token.status in INSIDE:
        finish_token(token=token, actor=actor, at=at)
    _record("opd.consultation_signed", held, actor=actor, at=at, follow_up=bool(held.follow_up_on))


def _hold_slip(encounter: Encounter, day: date) -> None:
    """The visit that was paid holds until this day, and so does the free one that follows it."""
    if encounter.follows_id:
        patients.keep_valid(patients.lock_encounter(Encounter(pk=encounter.follows_id)), day)
    patients.keep_valid(encounter, day)


def _sent_before(
    act_name: str,
    consultation: Consultation,
    writing: Writing,
    come_again: ComeAgain | None,
    request_key: UUID,
    actor: Any,
) -> bool:
    said = come_again.claimed() if come_again else []
    body = [consultation.pk, writing.base, writing.sections, *said]
    return requests.claim(request_key, act_name, actor=actor, body=body)[1]


def _decide(held: Consultation, said: ComeAgain, writing: Writing, *, at: datetime) -> bool:
    """Take over the day to come again, if this window changed it; whether it is another one now."""
    today = timezone.localdate(at)
    on = said.on.day(today) if isinstance(said.on, After) else said.on
    if on in (said.was, held.follow_up_on):
        return False
    if held.follow_up_on != said.was:
        raise NoteConflict(held.note, writing.sections)
    if on and not today < on <= today + FARTHEST_FOLLOW_UP:
        raise Refusal(
            _("The next visit can be from tomorrow up to a year. Write 5 days, or a date."), field="follow_up"
        )
    held.follow_up_on = on
    return True


def _locked(consultation: Consultation) -> Consultation:
    linked = ("note__template", "encounter")
    return lock(Consultation, consultation.pk, *linked)


@act
def note_room_seen(*, token: QueueToken, actor: Any, at: datetime) -> None:
    """Write down that a doctor opened a patient's page in the room."""
    facts.record("opd.patient_opened", about=token.encounter, actor=actor, at=at, patient_id=token.patient_id)


def _record(name: str, consultation: Consultation, *, actor: Any, at: datetime, **detail: Any) -> None:
    facts.record(
        name,
        about=consultation,
        actor=actor,
        at=at,
        patient_id=consultation.encounter.patient_id,
        facility_id=consultation.facility_id,
        **detail,
    )
