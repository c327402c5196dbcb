"""What the OPD hears: a slip was written, so it is made ready to print."""

from uuid import UUID

from hmis.kernel import facts, pdf


@facts.on("opd.visit_registered")
@facts.on("opd.casualty_registered")
def render_slip(encounter_id: UUID) -> None:
    """Make the slip's bytes before somebody waits for them."""
    pdf.prepare(about_id=encounter_id)


@facts.on("opd.token_moved")
def render_new_slip(token_id: UUID) -> None:
    """The slip with the new token, room and day."""
    pdf.prepare(about_id=token_id)
