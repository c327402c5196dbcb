"""What billing hears: money came or went back, so its paper is made ready to print; the bank has a UTR."""

from uuid import UUID

from django.utils import timezone

from billing import services
from billing.models import Payment, Settlement
from hmis.kernel import facts, pdf


@facts.on("billing.payment_taken")
def render_receipt(payment_id: UUID) -> None:
    """Make the receipt's bytes before somebody waits for them; the bank may have had its UTR before."""
    pdf.prepare(about_id=payment_id)
    services.match_payment(payment=Payment.objects.get(pk=payment_id), at=timezone.now())


@facts.on("billing.payment_refunded")
def render_voucher(refund_id: UUID) -> None:
    """Make the voucher's bytes before somebody waits for them."""
    pdf.prepare(about_id=refund_id)


@facts.on("billing.settlement_applied")
def match_settlement(settlement_id: UUID) -> None:
    """What was typed at a counter while the file was taken in."""
    services.match_settlement(settlement=Settlement.objects.get(pk=settlement_id), at=timezone.now())
