"""Who may still write in a note: parts of the acts on notes and on what is written with them."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from facilities.roles import Grade
from hmis.kernel.errors import Refusal
from patients.models import ClinicalNote
from patients.states import NoteStatus


def refuse_not_writing(held: ClinicalNote, actor: Any) -> None:
    """A draft is its author's; one that waits for a signature is also the signing doctor's."""
    if not held.is_open:
        raise Refusal(
            _("This note is %(status)s. Nothing more can be written in it."), status=held.get_status_display()
        )
    if held.author_id == actor.pk:
        return
    if held.status == NoteStatus.DRAFT:
        raise Refusal(_("Somebody else is writing this note."))
    refuse_intern(actor)


def refuse_intern(actor: Any) -> None:
    """Interns sign nothing."""
    if actor.posting.grade == Grade.INTERN:
        raise Refusal(_("An intern's note waits for a doctor's signature. Send it for signing."))


def refuse_intern_deciding(actor: Any) -> None:
    """What an intern sees, a doctor of the department decides."""
    if actor.posting.grade == Grade.INTERN:
        raise Refusal(_("An intern cannot decide this. Ask a doctor of the department."))
