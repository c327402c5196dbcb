"""What patients hear: the police were told, a note was signed; their papers are made ready to print."""

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
