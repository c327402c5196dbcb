"""Clinical notes: begun, saved in versions, signed once, countersigned, added to.

Two windows never overwrite each other: each saving says which version it goes out from, and a second one that
went out from the same is answered with both texts.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Max, QuerySet
from django.utils.translation import gettext_lazy as _

from facilities.roles import Grade
from hmis.kernel import facts, pdf, requests
from hmis.kernel.acts import act
from hmis.kernel.composed import Composed
from hmis.kernel.errors import Refusal, refusing
from hmis.kernel.ids import uuid7
from hmis.kernel.models import IssuedDocument
from hmis.kernel.rows import write
from hmis.kernel.transitions import move
from patients import documents, queries
from patients.models import (
    ClinicalNote,
    Encounter,
    NoteAddendum,
    NoteKind,
    NoteSignature,
    NoteTemplate,
    NoteVersion,
    SignatureKind,
)
from patients.queries import above
from patients.sections import Sections, digest, filled, fitted
from patients.services.prescribing import sign_lines
from patients.services.writing import refuse_intern, refuse_not_writing
from patients.states import NOTE_MOVES, EncounterStatus, NoteStatus


class NoteConflict(Refusal):
    """The note was saved since this window read it: `note` is as it stands, `sections` what came."""

    def __init__(self, note: ClinicalNote, sections: Sections) -> None:
        super().__init__(
            _("This note was saved in another window as version %(version)s. Both texts are kept: choose."),
            version=note.version,
        )
        self.note, self.sections = note, sections


@dataclass(frozen=True)
class Writing:
    """A text of a note, and the version that its window went out from."""

    base: int
    sections: Sections


@act
def begin_note(
    *,
    encounter: Encounter,
    template: NoteTemplate,
    request_key: UUID,
    actor: Any,
    at: datetime,
    as_last_time: bool = False,
) -> ClinicalNote:
    """The actor's open note of this kind at this encounter: the one begun before, or a new draft.

    `as_last_time` fills it with the last signed note of this patient, the actor's own or the department's.
    Refuses a cancelled encounter, a retired template, and "as last time" where there is no such note.
    """
    body = [encounter.pk, template.pk, as_last_time]
    note_id, seen = requests.claim(request_key, "patients.begin_note", actor=actor, body=body)
    held = Encounter.objects.locked().get(pk=encounter.pk)
    note = queries.open_note(held, template.kind, actor)
    if note or seen:
        return note or ClinicalNote.objects.get(pk=note_id)
    if held.status == EncounterStatus.CANCELLED:
        raise Refusal(_("This visit was cancelled."))
    if template.retired_at:
        raise Refusal(_("This template is no longer in use. Choose another."), field="template")
    note = ClinicalNote(
        id=note_id,
        facility_id=held.facility_id,
        encounter=held,
        patient_id=held.patient_id,
        department_id=held.department_id,
        template=template,
        kind=NoteKind(template.kind),
        author=actor,
        begun_at=at,
        saved_by=actor,
        saved_at=at,
    )
    write(note)
    _record("patients.note_begun", note, actor=actor, at=at)
    if as_last_time:
        _save(note, _as_last_time(note, actor), actor=actor, at=at)
    return note


@act
def save_note(
    *, note: ClinicalNote, writing: Writing, request_key: UUID, actor: Any, at: datetime
) -> ClinicalNote:
    """Keep the text of an open note as its next version; the same text again is no new one.

    Raises NoteConflict when it was saved since from another window. Refuses a text that does not fit the
    template, a note that is signed, and one that somebody else writes. The version itself tells who saved
    what and when: the audit has no line of each (docs/adr/0240).
    """
    body = [note.pk, writing.base, writing.sections]
    version_id, seen = requests.claim(request_key, "patients.save_note", actor=actor, body=body)
    held = _locked(note)
    if not seen:
        _write(held, writing, actor=actor, at=at, version_id=version_id)
    return held


@act
def repeat_last_note(
    *, note: ClinicalNote, base: int, request_key: UUID, actor: Any, at: datetime
) -> ClinicalNote:
    """Fill what is still empty of an open note with the last signed note of this patient."""
    body = [note.pk, base]
    seen = requests.was_sent(request_key, "patients.repeat_last_note", actor=actor, body=body)
    held = _locked(note)
    if seen:
        return held
    refuse_not_writing(held, actor)
    if held.version != base:
        raise NoteConflict(held, {})
    _save(held, _as_last_time(held, actor), actor=actor, at=at)
    return held


@act
def submit_note(
    *, note: ClinicalNote, writing: Writing, request_key: UUID, actor: Any, at: datetime
) -> ClinicalNote:
    """An intern's note is written and waits for a doctor's signature.

    Refuses an empty one, and what an app above demands of its kind.
    """
    body = [note.pk, writing.base, writing.sections]
    version_id, seen = requests.claim(request_key, "patients.submit_note", actor=actor, body=body)
    held = _locked(note)
    if seen:
        return held
    if held.status == NoteStatus.AWAITING:
        raise Refusal(_("This note waits for a signature already."))
    _write(held, writing, actor=actor, at=at, version_id=version_id)
    _refuse_empty(held)
    above.refuse_lacking(held)
    move(held, to=NoteStatus.AWAITING, allowed=NOTE_MOVES)
    _record("patients.note_submitted", held, actor=actor, at=at)
    return held


@act
def return_note(*, note: ClinicalNote, request_key: UUID, actor: Any, at: datetime) -> ClinicalNote:
    """A note that waits for a signature goes back to its author, who may also take it back."""
    seen = requests.was_sent(request_key, "patients.return_note", actor=actor, body=[note.pk])
    held = _locked(note)
    if seen:
        return held
    if held.author_id != actor.pk:
        refuse_intern(actor)
    if held.status != NoteStatus.AWAITING:
        raise Refusal(_("This note does not wait for a signature."))
    move(held, to=NoteStatus.DRAFT, allowed=NOTE_MOVES)
    _record("patients.note_returned", held, actor=actor, at=at)
    return held


@act
def discard_note(
    *, note: ClinicalNote, base: int, request_key: UUID, actor: Any, at: datetime
) -> ClinicalNote:
    """Throw a draft away; its versions stay, for whoever must know what was written."""
    seen = requests.was_sent(request_key, "patients.discard_note", actor=actor, body=[note.pk, base])
    held = _locked(note)
    if seen:
        return held
    if held.author_id != actor.pk:
        raise Refusal(_("Only its author can throw a draft away."))
    if held.is_open and held.version != base:
        raise NoteConflict(held, {})
    move(held, to=NoteStatus.DISCARDED, allowed=NOTE_MOVES)
    _record("patients.note_discarded", held, actor=actor, at=at)
    return held


@act
def sign_note(
    *,
    note: ClinicalNote,
    writing: Writing,
    come_again: date | None = None,
    request_key: UUID,
    actor: Any,
    at: datetime,
) -> ClinicalNote:
    """Sign the text that is sent: from now on nothing of it changes, and its paper is issued.

    The paper also says when to `come_again`, where whoever signs has a day for it.
    Its medicines hold from now on, on a paper of their own. A resident's note asks for a countersignature.
    Refuses an intern, somebody else's draft, an empty note, one that is signed, what `sign_lines` refuses and
    what an app above demands of its kind; raises NoteConflict when another window saved it since.
    """
    body = [note.pk, writing.base, writing.sections]
    version_id, seen = requests.claim(request_key, "patients.sign_note", actor=actor, body=body)
    held = _locked(note)
    if seen:
        return held
    if held.status == NoteStatus.SIGNED:
        raise Refusal(_("This note is signed already. Write an addendum."))
    refuse_intern(actor)
    _write(held, writing, actor=actor, at=at, version_id=version_id)
    _refuse_empty(held)
    above.refuse_lacking(held)
    prescribed = sign_lines(held, actor=actor, at=at)
    held.diagnoses = queries.diagnoses_of(held.encounter_id)
    held.digest = digest(held.sections, held.diagnoses)
    held.signed_by, held.signed_at = actor, at
    held.needs_countersign = actor.posting.grade == Grade.RESIDENT
    with refusing(ClinicalNote):
        move(
            held,
            to=NoteStatus.SIGNED,
            allowed=NOTE_MOVES,
            also=["diagnoses", "digest", "signed_by", "signed_at", "needs_countersign"],
        )
    write(_signature(held, SignatureKind.SIGNED, actor=actor, at=at))
    _record("patients.note_signed", held, actor=actor, at=at)
    day = come_again.isoformat() if come_again else ""
    write(documents.issue_note(held, come_again=day, actor=actor, at=at))
    if prescribed:
        write(documents.issue_prescription(held, come_again=day, actor=actor, at=at))
    return held


@act
def countersign_note(*, note: ClinicalNote, request_key: UUID, actor: Any, at: datetime) -> ClinicalNote:
    """A consultant's signature under a resident's.

    Refuses interns and residents, one's own note, and one that asks for no countersignature.
    """
    seen = requests.was_sent(request_key, "patients.countersign_note", actor=actor, body=[note.pk])
    held = _locked(note)
    if seen:
        return held
    if actor.posting.grade in (Grade.INTERN, Grade.RESIDENT):
        raise Refusal(_("A consultant countersigns."))
    if held.status != NoteStatus.SIGNED:
        raise Refusal(_("Only a signed note is countersigned."))
    if held.signed_by_id == actor.pk:
        raise Refusal(_("Nobody countersigns their own note."))
    if not held.needs_countersign:
        raise Refusal(_("This note needs no countersignature."))
    write(_signature(held, SignatureKind.COUNTERSIGNED, actor=actor, at=at))
    _record("patients.note_countersigned", held, actor=actor, at=at)
    write(documents.issue_note(held, come_again=_come_again(held), actor=actor, at=at))
    if held.medicines.filter(signed_at__isnull=False).exists():
        write(documents.issue_prescription(held, come_again=_come_again(held), actor=actor, at=at))
    return held


@act
def add_addendum(
    *, note: ClinicalNote, reason: str, text: str, request_key: UUID, actor: Any, at: datetime
) -> NoteAddendum:
    """Add to a signed note, and say why; the note itself stays. Refuses interns, and one not yet signed."""
    body = [note.pk, reason, text]
    addendum_id, seen = requests.claim(request_key, "patients.add_addendum", actor=actor, body=body)
    if seen:
        return NoteAddendum.objects.get(pk=addendum_id)
    held = _locked(note)
    refuse_intern(actor)
    if held.status != NoteStatus.SIGNED:
        raise Refusal(_("An addendum is for a signed note. Write in the note itself."))
    last = held.addenda.aggregate(last=Max("number"))["last"] or 0
    addendum = NoteAddendum(
        id=addendum_id,
        facility_id=held.facility_id,
        note=held,
        patient_id=held.patient_id,
        number=last + 1,
        reason=reason.strip(),
        text=text.strip(),
        written_by=actor,
        written_at=at,
    )
    addendum.clean_fields(exclude=["facility", "note", "written_by"])
    write(addendum)
    facts.record("patients.addendum_written", about=addendum, actor=actor, at=at, patient_id=held.patient_id)
    write(documents.issue_note(held, come_again=_come_again(held), actor=actor, at=at))
    return addendum


@act
def print_note(*, note: ClinicalNote, size: str, actor: Any, at: datetime) -> IssuedDocument:
    """The paper of a signed note as it stands, on A4 or A5; asked for again it is the same paper."""
    return _on_paper(note, documents.NOTE_SIZES, size, actor=actor, at=at)


@act
def print_prescription(*, note: ClinicalNote, size: str, actor: Any, at: datetime) -> IssuedDocument:
    """The paper of a signed note's medicines, on A4 or A5. Refuses a note that prescribes nothing."""
    return _on_paper(note, documents.PRESCRIPTION_SIZES, size, actor=actor, at=at)


def _on_paper(
    note: ClinicalNote, sizes: dict[str, str], size: str, *, actor: Any, at: datetime
) -> IssuedDocument:
    held = _locked(note)
    if held.status != NoteStatus.SIGNED:
        raise Refusal(_("Only a signed note is printed."))
    papers = pdf.originals(held.pk).order_by("-pk")
    issued = papers.filter(template=sizes["a4"]).first()
    if issued is None:  # the note's own is issued with the signature
        raise Refusal(_("Nothing was prescribed with this note."))
    paper = papers.filter(template=sizes[size], pk__gte=issued.pk).first()
    if paper is None:
        paper = documents.in_other_size(issued, sizes[size], actor=actor, at=at)
        write(paper)
    return paper


@act
def note_read(*, note: ClinicalNote, actor: Any, at: datetime) -> None:
    """Write down that somebody read a note."""
    _record("patients.note_viewed", note, actor=actor, at=at)


def _come_again(note: ClinicalNote) -> str:
    """The day that the paper of the signature names: the papers after it name it too."""
    issued = queries.papers_of_note(note).get(documents.NOTE)
    return str(issued.context.get("come_again", "")) if issued else ""


def _locked(note: ClinicalNote) -> ClinicalNote:
    return _held.one(note.pk)


@Composed
def _held(note_id: UUID) -> QuerySet[ClinicalNote]:
    of_the_paper = ("facility", "department", "patient__district", "author")
    return ClinicalNote.objects.locked().filter(pk=note_id).select_related("template", *of_the_paper)


def _write(held: ClinicalNote, writing: Writing, *, actor: Any, at: datetime, version_id: UUID) -> None:
    """The text that a window sent, as the next version of a locked note."""
    refuse_not_writing(held, actor)
    sections = fitted(writing.sections, held.layout())
    if sections == held.sections:
        return
    if held.version != writing.base:
        raise NoteConflict(held, sections)
    _save(held, sections, actor=actor, at=at, version_id=version_id)


def _save(
    held: ClinicalNote, sections: Sections, *, actor: Any, at: datetime, version_id: UUID | None = None
) -> None:
    if sections == held.sections:
        return
    held.sections, held.version = sections, held.version + 1
    held.saved_by, held.saved_at = actor, at
    kept = NoteVersion(
        id=version_id or uuid7(),
        facility_id=held.facility_id,
        note=held,
        number=held.version,
        sections=sections,
        saved_by=actor,
        saved_at=at,
    )
    write(kept)
    held.save(update_fields=["sections", "version", "saved_by", "saved_at"])


def _as_last_time(note: ClinicalNote, actor: Any) -> Sections:
    last = queries.last_signed_note(note, actor)
    if last is None:
        raise Refusal(_("Neither you nor this department has signed a note of this patient before."))
    return filled(note.sections, last.sections, note.layout())


def _signature(note: ClinicalNote, kind: SignatureKind, *, actor: Any, at: datetime) -> NoteSignature:
    return NoteSignature(
        facility_id=note.facility_id,
        note=note,
        patient_id=note.patient_id,
        kind=kind,
        digest=note.digest,
        grade=actor.posting.grade,
        signed_by=actor,
        signed_at=at,
    )


def _refuse_empty(held: ClinicalNote) -> None:
    if not held.sections:
        raise Refusal(_("Nothing is written in this note yet."))


def _record(name: str, note: ClinicalNote, *, actor: Any, at: datetime) -> None:
    facts.record(name, about=note, actor=actor, at=at, patient_id=note.patient_id, kind=note.kind)
