"""What billing hears: a payment was taken, so its receipt is made ready to print."""

from uuid import UUID

from hmis.kernel import facts, pdf


@facts.on("billing.payment_taken")
def render_receipt(payment_id: UUID) -> None:
    """Make the receipt's bytes before somebody waits for them."""
    pdf.prepare(about_id=payment_id)
