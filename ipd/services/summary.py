"""The discharge summary: drafted from what is known, edited and signed as a note, on a paper of its own."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.utils.translation import gettext_lazy as _

from hmis.kernel import requests
from hmis.kernel.access import lock
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal
from hmis.kernel.models import IssuedDocument
from hmis.kernel.rows import write
from ipd import documents, queries
from ipd.models import Admission
from ipd.services.stays import lock_admission
from ipd.states import DischargeType
from patients import queries as patient_queries
from patients import services as patients
from patients.models import ClinicalNote, NoteKind
from patients.queries import above
from patients.services import Writing
from patients.states import NoteStatus

MUST_SAY = (
    ("diagnosis", "final", _("Write the final diagnosis.")),
    ("condition", "state", _("Write the condition at discharge.")),
)
# The dead are in none that matters, and of who went without a word nobody knows it.
WITHOUT_CONDITION = (DischargeType.DIED, DischargeType.ABSCONDED, DischargeType.WITHDRAWN)
SIGNED = ("template", "facility", "department", "patient__district", "signed_by")


@act
def draft_summary(*, admission: Admission, request_key: UUID, actor: Any, at: datetime) -> ClinicalNote:
    """The actor's summary of this stay: the one begun before as it stands, or a new one with what is known.

    Refuses a stay that is over, one whose summary is signed, and a hospital without the template.
    """
    seen = requests.was_sent(request_key, "ipd.draft_summary", actor=actor, body=[admission.pk])
    held = lock_admission(admission)
    mine = patient_queries.open_note(held.encounter, NoteKind.DISCHARGE, actor)
    if mine or seen:
        return mine or _signed_of(held)
    found = queries.summary_of(held)
    if found and found.status == NoteStatus.SIGNED:
        raise Refusal(_("The summary is signed already. Write an addendum."))
    offered = patient_queries.templates_for(held.encounter.department, NoteKind.DISCHARGE)
    if not offered:
        raise Refusal(_("There is no template for notes yet. Tell the administrator."))
    said = {"actor": actor, "at": at}
    note = patients.begin_note(
        encounter=held.encounter, template=offered[0], request_key=uuid5(request_key, "note"), **said
    )
    asked = {section["code"] for section in note.layout()}
    text = {code: fields for code, fields in queries.drafted(held, at=at).items() if code in asked}
    writing = Writing(note.version, text)
    return patients.save_note(note=note, writing=writing, request_key=uuid5(request_key, "text"), **said)


def _signed_of(admission: Admission) -> ClinicalNote:
    found = queries.summary_of(admission)
    if found is None:
        raise Refusal(_("This draft was thrown away."))
    return found


@above.demands(NoteKind.DISCHARGE)
def refuse_bare(note: ClinicalNote) -> None:
    """A summary says what the next doctor reads first, where the template asks for it; whoever signs it."""
    admission = Admission.objects.filter(encounter=note.encounter_id).first()
    asked = {(part["code"], one["code"]) for part in note.layout() for one in part.get("fields", ())}
    for section, field, sentence in MUST_SAY:
        if section == "condition" and admission and admission.discharge_type in WITHOUT_CONDITION:
            continue
        if (section, field) in asked and not str(note.sections.get(section, {}).get(field, "")).strip():
            raise Refusal(sentence, field=f"{section}-{field}")


@act
def print_summary(*, note: ClinicalNote, actor: Any, at: datetime) -> IssuedDocument:
    """The paper of a signed summary as it stands; asked for again it is the same paper.

    Refuses a note that is no summary of a stay, and one that nobody has signed.
    """
    held = lock(ClinicalNote, note.pk, *SIGNED)
    if held.status != NoteStatus.SIGNED:
        raise Refusal(_("Only a signed note is printed."))
    admission = Admission.objects.filter(encounter=held.encounter_id).select_related("facility").first()
    if held.kind != NoteKind.DISCHARGE or admission is None:
        raise Refusal(_("This is no discharge summary."))
    new = documents.summary_of(held, admission, actor=actor, at=at)
    last = queries.summary_paper(held)
    if last and last.context == new.context:
        return last
    write(new)
    return new
