"""Notes: who reads which, and what waits for whom."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import Case, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery, When
from django.utils.translation import gettext_lazy as _

from facilities.models import Department
from facilities.roles import Grade
from hmis.kernel import pdf
from hmis.kernel.composed import Composed
from hmis.kernel.models import IssuedDocument
from hmis.kernel.verifying import Fault, holds
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
from patients.sections import digest
from patients.states import OPEN_NOTES, NoteStatus


def open_note(encounter: Encounter, kind: str, author: Any) -> ClinicalNote | None:
    """The note of this kind that this person is writing at this encounter."""
    return next(iter(_being_written(encounter.pk, str(kind), author.pk)), None)


@Composed
def _being_written(encounter_id: UUID, kind: str, author_id: UUID) -> QuerySet[ClinicalNote]:
    mine = ClinicalNote.objects.filter(encounter=encounter_id, kind=kind, author=author_id)
    return mine.filter(status__in=OPEN_NOTES).select_related("template").order_by("pk")[:1]


def notes_here(user: Any) -> QuerySet[ClinicalNote]:
    """The notes that this person may read: what is signed or waits for it, and the own drafts."""
    return notes_of_all(user).filter(readable_by(user))


def readable_by(user: Any) -> Q:
    """Which notes are read at all: what is signed or waits for it, and the own drafts."""
    return Q(status__in=[NoteStatus.AWAITING, NoteStatus.SIGNED]) | Q(author=user)


def notes_charted(user: Any) -> QuerySet[ClinicalNote]:
    """Notes of whose chart is open, from whatever hospital."""
    linked = ("template", "department", "author", "signed_by", "saved_by", "facility")
    return ClinicalNote.objects.filter(readable_by(user)).select_related(*linked)


def notes_of_all(user: Any) -> QuerySet[ClinicalNote]:
    """The notes of this hospital, also drafts of others: for who acts on one, never to be shown."""
    notes = ClinicalNote.objects.visible_to(user)
    return notes.select_related("template", "department", "author", "signed_by", "saved_by")


def own_notes(user: Any) -> QuerySet[ClinicalNote]:
    """What this person wrote or signed: theirs to read, also when the patient is no longer treated here."""
    return notes_here(user).filter(Q(author=user) | Q(signed_by=user))


def is_for_me(note: ClinicalNote, user: Any) -> bool:
    """Whether a note is one's own, or waits for just this doctor's signature or countersignature."""
    signed = list(note.signatures.all())
    if user.pk in {note.author_id, *(one.signed_by_id for one in signed)}:
        return True
    grade = user.posting.grade if user.may("patients.write_notes") else Grade.INTERN
    if grade == Grade.INTERN:
        return False
    countersigned = any(one.kind == SignatureKind.COUNTERSIGNED for one in signed)
    to_countersign = note.needs_countersign and not countersigned and grade != Grade.RESIDENT
    return note.status == NoteStatus.AWAITING or to_countersign


def whole_notes_here(user: Any) -> QuerySet[ClinicalNote]:
    """The same with their signatures and addenda, as a page shows them."""
    addenda = NoteAddendum.objects.select_related("written_by").order_by("number")
    signatures = NoteSignature.objects.select_related("signed_by").order_by("pk")
    notes = notes_here(user).prefetch_related(Prefetch("addenda", queryset=addenda))
    return notes.prefetch_related(Prefetch("signatures", queryset=signatures))


def notes_awaiting(user: Any) -> QuerySet[ClinicalNote]:
    """Interns' notes that wait for a signature here, the longest first."""
    return notes_here(user).filter(status=NoteStatus.AWAITING).order_by("saved_at")


def notes_to_countersign(user: Any) -> QuerySet[ClinicalNote]:
    """Residents' signed notes that no consultant has countersigned, the oldest first."""
    done = NoteSignature.objects.filter(note=OuterRef("pk"), kind=SignatureKind.COUNTERSIGNED)
    residents = notes_here(user).filter(status=NoteStatus.SIGNED, needs_countersign=True)
    return residents.filter(~Exists(done)).order_by("signed_at")


def last_signed_note(note: ClinicalNote, actor: Any) -> ClinicalNote | None:
    """The last signed note of this kind and patient here: the actor's own, else the department's."""
    signed = ClinicalNote.objects.visible_to(actor).filter(
        patient_id=note.patient_id, kind=note.kind, status=NoteStatus.SIGNED
    )
    newest = signed.exclude(pk=note.pk).order_by("-signed_at")
    own = newest.filter(Q(author=actor) | Q(signed_by=actor)).first()
    return own or newest.filter(department_id=note.department_id).first()


def last_note_before(encounter: Encounter, user: Any) -> ClinicalNote | None:
    """The last signed consultation note of this patient, of this department before others.

    Of an earlier contact: what was written at this one stands on its own.
    """
    signed = notes_charted(user).filter(
        patient_id=encounter.patient_id, kind=NoteKind.CONSULTATION, status=NoteStatus.SIGNED
    )
    here = Case(When(department_id=encounter.department_id, then=0), default=1)
    return signed.exclude(encounter=encounter.pk).order_by(here, "-signed_at").first()


def papers_of_note(note: ClinicalNote) -> dict[str, IssuedDocument]:
    """{template: the newest paper of a signed note on it}."""
    return {one.template: one for one in pdf.originals(note.pk).order_by("pk")}


def templates_for(department: Department, kind: str = NoteKind.CONSULTATION) -> list[NoteTemplate]:
    """The templates to choose from: the department's own first, then those for every department."""
    current = NoteTemplate.objects.filter(kind=kind, retired_at=None)
    fitting = current.filter(Q(departments__contains=[department.code]) | Q(departments=[]))
    return sorted(fitting, key=lambda one: (not one.departments, one.code))


@holds("patients.signed_notes_stay", _("Every signed note says what was signed."), at_night=True)
def note_faults() -> Iterator[Fault]:
    """Signed notes whose text is not the one under their signature, or not their last version."""
    signed = ClinicalNote.objects.filter(status=NoteStatus.SIGNED)
    last = NoteVersion.objects.filter(note=OuterRef("pk"), number=OuterRef("version"))
    under = NoteSignature.objects.filter(note=OuterRef("pk"), kind=SignatureKind.SIGNED)
    asked = signed.annotate(kept=Subquery(last.values("sections")), under=Subquery(under.values("digest")))
    asked = asked.only("sections", "diagnoses")
    for note in asked.order_by("pk").iterator():
        stands = digest(note.sections, note.diagnoses)
        if stands != note.under or note.kept != note.sections:
            yield Fault(_("The text of note %(row)s is not the one that was signed."), row=note.pk)
