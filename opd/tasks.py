"""What the OPD hears: a visit was registered, so its slip is made ready to print."""

from uuid import UUID

from hmis.kernel import facts, pdf


@facts.on("opd.visit_registered")
def render_slip(encounter_id: UUID) -> None:
    """Make the slip's bytes before somebody waits for them."""
    pdf.prepare(about_id=encounter_id)
