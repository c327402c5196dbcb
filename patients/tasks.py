"""What patients hear: police told, a note signed, an outcome given; their papers are made ready to print."""

from uuid import UUID

from hmis.kernel import facts, pdf


@facts.on("patients.police_informed")
def render_intimation(intimation_id: UUID) -> None:
    """Make the letter's bytes before somebody waits for them."""
    pdf.prepare(about_id=intimation_id)


@facts.on("patients.note_signed")
@facts.on("patients.note_countersigned")
def render_note(note_id: UUID) -> None:
    """Make the note's bytes before somebody waits for them."""
    pdf.prepare(about_id=note_id)


@facts.on("patients.patient_referred")
@facts.on("patients.admission_requested")
@facts.on("patients.certificate_issued")
def render_outcome(row_id: UUID) -> None:
    """Make the bytes of a letter, a slip or a certificate before somebody waits for them."""
    pdf.prepare(about_id=row_id)
