"""What billing hears: money came or went back, so its paper is made ready to print."""

from uuid import UUID

from hmis.kernel import facts, pdf


@facts.on("billing.payment_taken")
def render_receipt(payment_id: UUID) -> None:
    """Make the receipt's bytes before somebody waits for them."""
    pdf.prepare(about_id=payment_id)


@facts.on("billing.payment_refunded")
def render_voucher(refund_id: UUID) -> None:
    """Make the voucher's bytes before somebody waits for them."""
    pdf.prepare(about_id=refund_id)
