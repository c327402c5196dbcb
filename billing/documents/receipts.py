"""What a receipt and a refund voucher say."""

from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.urls import reverse

from billing import permissions
from billing.models import ChargeItem, CreditNote, Exemption, Invoice, Payment, Refund
from billing.states import PaymentMode
from billing.words import rupees_in_words, rupees_in_words_hindi
from facilities.documents import heading
from facilities.models import ReceiptPaper
from hmis.kernel import pdf
from hmis.kernel.models import IssuedDocument
from hmis.kernel.pdf import in_both

SHEETS = {
    ReceiptPaper.A5: "billing/documents/receipt.html",
    ReceiptPaper.ROLL: "billing/documents/receipt_roll.html",
}
VOUCHERS = {
    ReceiptPaper.A5: "billing/documents/voucher.html",
    ReceiptPaper.ROLL: "billing/documents/voucher_roll.html",
}

pdf.name_kind(*SHEETS.values(), *VOUCHERS.values(), opened_by=permissions.VIEW_INVOICE)


def issue_receipt(
    payment: Payment,
    *,
    invoice: Invoice,
    lines: list[tuple[ChargeItem, Exemption | None]],
    still_owed: Decimal,
    at: datetime,
) -> IssuedDocument:
    """What the receipt says, frozen now: a name put right tomorrow changes no paper of today."""
    patient, facility = invoice.patient, payment.facility
    mode, mode_hi = in_both(PaymentMode, payment.mode)
    let_off = [exemption for _, exemption in lines if exemption]
    check_key = pdf.new_check_key()
    return pdf.issue(
        SHEETS[ReceiptPaper(facility.receipt_paper)],
        about=payment,
        facility_id=facility.pk,
        patient_id=patient.pk,
        actor=payment.received_by,
        at=at,
        number=payment.receipt_number,
        check_key=check_key,
        context={
            "facility": heading(facility),
            "invoice_number": invoice.number,
            "at": at.isoformat(),
            "uhid": patient.uhid,
            "name": patient.name,
            "name_hi": patient.name_hi,
            "lines": [
                {
                    "description": item.description,
                    "description_hi": item.description_hi,
                    "amount": str(item.gross),
                }
                for item, _ in lines
            ],
            "discount": {
                "label": let_off[0].reason,
                "label_hi": let_off[0].reason_hi,
                "amount": str(sum(one.amount for one in let_off)),
            }
            if let_off
            else None,
            "total": str(invoice.total),
            "received": str(payment.amount),
            "mode": mode,
            "mode_hi": mode_hi,
            "reference": payment.reference,
            "words": rupees_in_words(payment.amount),
            "words_hi": rupees_in_words_hindi(payment.amount),
            "still_owed": str(still_owed),
            "cashier": payment.received_by.name,
            "cashier_hi": payment.received_by.name_hi,
            "check_url": settings.PUBLIC_URL + reverse("receipt_check", args=[check_key]),
        },
    )


def issue_voucher(refund: Refund, *, note: CreditNote, invoice: Invoice) -> IssuedDocument:
    """What the voucher says, that the patient signs for the money; the same sheet is the credit note."""
    patient, facility = invoice.patient, refund.facility
    mode, mode_hi = in_both(PaymentMode, refund.mode)
    return pdf.issue(
        VOUCHERS[ReceiptPaper(facility.receipt_paper)],
        about=refund,
        facility_id=facility.pk,
        patient_id=patient.pk,
        actor=refund.paid_back_by,
        at=refund.paid_back_at,
        number=refund.voucher_number,
        context={
            "facility": heading(facility),
            "credit_note_number": note.number,
            "invoice_number": invoice.number,
            "receipt_number": refund.payment.receipt_number,
            "received_at": refund.payment.received_at.isoformat(),
            "at": refund.paid_back_at.isoformat(),
            "uhid": patient.uhid,
            "name": patient.name,
            "name_hi": patient.name_hi,
            "amount": str(refund.amount),
            "mode": mode,
            "mode_hi": mode_hi,
            "reference": refund.reference,
            "reason": refund.reason,
            "reason_hi": refund.reason_hi,
            "words": rupees_in_words(refund.amount),
            "words_hi": rupees_in_words_hindi(refund.amount),
            "cashier": refund.paid_back_by.name,
            "cashier_hi": refund.paid_back_by.name_hi,
        },
    )
