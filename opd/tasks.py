"""What the OPD hears: somebody was registered, so the slip is made ready to print."""

from uuid import UUID

from hmis.kernel import facts, pdf


@facts.on("opd.visit_registered")
@facts.on("opd.casualty_registered")
def render_slip(encounter_id: UUID) -> None:
    """Make the slip's bytes before somebody waits for them."""
    pdf.prepare(about_id=encounter_id)
