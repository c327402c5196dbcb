"""What a receipt and a refund voucher say."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.urls import reverse

from billing import permissions
from billing.models import ChargeItem, CreditNote, DepositAccount, Exemption, Invoice, Payment, Refund
from billing.states import PaymentMode
from billing.words import rupees_in_words, rupees_in_words_hindi
from facilities.documents import heading
from facilities.models import ReceiptPaper
from hmis.kernel import pdf
from hmis.kernel.models import IssuedDocument
from hmis.kernel.money import NOTHING
from hmis.kernel.pdf import in_both
from patients.models import Patient

SHEETS = {
    ReceiptPaper.A4: "billing/documents/receipt_a4.html",
    ReceiptPaper.A5: "billing/documents/receipt.html",
    ReceiptPaper.ROLL: "billing/documents/receipt_roll.html",
}
VOUCHERS = {
    ReceiptPaper.A4: "billing/documents/voucher.html",
    ReceiptPaper.A5: "billing/documents/voucher.html",
    ReceiptPaper.ROLL: "billing/documents/voucher_roll.html",
}

pdf.name_kind(*SHEETS.values(), *VOUCHERS.values(), opened_by=permissions.VIEW_INVOICE, once=True)


def issue_receipt(
    payment: Payment,
    *,
    invoice: Invoice,
    lines: Any,
    still_owed: Decimal,
    at: datetime,
) -> IssuedDocument:
    """What the receipt says, frozen now: a name put right tomorrow changes no paper of today.

    `lines`: (ChargeItem, Exemption or None) of each charge that still stands on the bill. What they ask, less
    what was paid before and now, is still owed.
    """
    total = sum((item.net for item, _ in lines), NOTHING)
    return _receipt(
        payment,
        invoice.patient,
        at=at,
        invoice_number=invoice.number,
        lines=[line_said(item) for item, _ in lines],
        discount=_let_off(lines),
        total=str(total),
        credited=_if_any(invoice.total - total),
        paid_before=_if_any(total - payment.amount - still_owed),
        still_owed=str(still_owed),
    )


def _if_any(amount: Decimal) -> str:
    return str(amount) if amount else ""


def issue_deposit_receipt(
    payment: Payment, *, account: DepositAccount, balance: Decimal, at: datetime
) -> IssuedDocument:
    """The receipt of money in advance: what was given now, and what is in the account with it."""
    line = {
        "description": "Deposit for the stay",
        "description_hi": "भर्ती की अग्रिम राशि",
        "amount": str(payment.amount),
    }
    return _receipt(
        payment,
        account.patient,
        at=at,
        invoice_number="",
        lines=[line],
        discount=None,
        total=str(payment.amount),
        still_owed="0.00",
        in_deposit=str(balance),
    )


def _receipt(payment: Payment, patient: Patient, *, at: datetime, **said: Any) -> IssuedDocument:
    facility = payment.facility
    mode, mode_hi = in_both(PaymentMode, payment.mode)
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
            "at": at.isoformat(),
            "uhid": patient.uhid,
            "name": patient.name,
            "name_hi": patient.name_hi,
            "received": str(payment.amount),
            "mode": mode,
            "mode_hi": mode_hi,
            "reference": payment.reference,
            "words": rupees_in_words(payment.amount),
            "words_hi": rupees_in_words_hindi(payment.amount),
            "cashier": payment.received_by.name,
            "cashier_hi": payment.received_by.name_hi,
            "check_url": settings.PUBLIC_URL + reverse("receipt_check", args=[check_key]),
            **said,
        },
    )


def line_said(item: ChargeItem) -> dict[str, str]:
    """A charge as a paper lists it, its tax within."""
    times = f" × {item.quantity}" if item.quantity > 1 else ""
    return {
        "description": item.description + times,
        "description_hi": item.description_hi + times if item.description_hi else "",
        "amount": str(item.gross + item.tax),
    }


def _let_off(lines: list[tuple[ChargeItem, Exemption | None]]) -> dict[str, str] | None:
    let_off = [one for _, one in lines if one]
    if not let_off:
        return None
    return {
        "label": " · ".join(dict.fromkeys(one.reason for one in let_off)),
        "label_hi": " · ".join(dict.fromkeys(one.reason_hi for one in let_off)),
        "amount": str(sum(one.amount for one in let_off)),
    }


def issue_voucher(refund: Refund, *, note: CreditNote | None, invoice: Invoice | None) -> IssuedDocument:
    """What the voucher says, that the patient signs for the money; where a bill is taken back, the same
    sheet is the credit note."""
    payment = refund.payment
    kept = invoice or payment.deposit
    assert kept
    patient, facility = kept.patient, refund.facility
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
            "credit_note_number": note.number if note else "",
            "invoice_number": invoice.number if invoice else "",
            "receipt_number": payment.receipt_number,
            "received_at": payment.received_at.isoformat(),
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
