"""What patients hear: the police were told of a case, so the letter is made ready to print."""

from uuid import UUID

from hmis.kernel import facts, pdf


@facts.on("patients.police_informed")
def render_intimation(intimation_id: UUID) -> None:
    """Make the letter's bytes before somebody waits for them."""
    pdf.prepare(about_id=intimation_id)
