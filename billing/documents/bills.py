"""What a bill of supply and a credit note say, in the form that the GST rules ask for.

A bill of supply (rule 49 of the CGST Rules) names the supplier with GSTIN, a number of at most 16 letters and
digits, the date, who receives, the SAC or HSN code, the description and the value with what was let off.
Where one line is taxed and another exempt, an invoice-cum-bill of supply (rule 46A) stands for both.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.utils import timezone

from billing import permissions
from billing.documents.receipts import line_said
from billing.models import ChargeItem, CreditNote, Exemption, Invoice, InvoiceLine
from billing.states import InvoiceKind, ServiceKind
from billing.words import rupees_in_words, rupees_in_words_hindi
from facilities.documents import heading
from hmis.kernel import pdf
from hmis.kernel.models import IssuedDocument
from hmis.kernel.money import NOTHING
from hmis.kernel.pdf import in_both

BILL = "billing/documents/bill.html"
CREDIT = "billing/documents/credit_note.html"
TITLES = {
    # (is anything taxed, is anything exempt)
    (False, True): ("Bill of supply", "बिल (बिल ऑफ़ सप्लाई)"),
    (True, False): ("Tax invoice", "कर बीजक"),
    (True, True): ("Invoice-cum-bill of supply", "बीजक सह बिल ऑफ़ सप्लाई"),
    (False, False): ("Bill of supply", "बिल (बिल ऑफ़ सप्लाई)"),
}

pdf.name_kind(BILL, CREDIT, opened_by=permissions.VIEW_INVOICE, once=True)


def issue_bill(
    invoice: Invoice, charges: Sequence[tuple[ChargeItem, Exemption | None]], *, at: datetime, actor: Any
) -> IssuedDocument:
    """The bill as it was issued, its lines by department's head and day, frozen now."""
    items = [item for item, _ in charges]
    taxed = [bool(item.tax) for item in items]
    title, title_hi = TITLES[any(taxed), not all(taxed)]
    kind, kind_hi = in_both(InvoiceKind, invoice.kind)
    patient, facility = invoice.patient, invoice.facility
    return pdf.issue(
        BILL,
        about=invoice,
        facility_id=facility.pk,
        patient_id=patient.pk,
        actor=actor,
        at=at,
        number=invoice.number,
        context={
            "facility": heading(facility),
            "gstin": facility.gstin,
            "title": title,
            "title_hi": title_hi,
            "kind": kind,
            "kind_hi": kind_hi,
            "at": at.isoformat(),
            "uhid": patient.uhid,
            "name": patient.name,
            "name_hi": patient.name_hi,
            "groups": _groups(charges),
            "gross": str(sum((item.gross for item in items), NOTHING)),
            "let_off": str(sum((item.discount for item in items), NOTHING)),
            "tax": str(sum((item.tax for item in items), NOTHING)),
            "half_tax": _halves(sum((item.tax for item in items), NOTHING)),
            "total": str(invoice.total),
            "words": rupees_in_words(invoice.total),
            "words_hi": rupees_in_words_hindi(invoice.total),
            "issued_by": invoice.issued_by.name,
            "issued_by_hi": invoice.issued_by.name_hi,
        },
    )


def _halves(tax: Decimal) -> list[str]:
    """Central and state tax: the halves of it, the odd paisa with the centre."""
    state = (tax / 2).quantize(Decimal("0.01"), rounding="ROUND_DOWN")
    return [str(tax - state), str(state)]


def _groups(charges: Sequence[tuple[ChargeItem, Exemption | None]]) -> list[dict[str, Any]]:
    """The lines by head and day, as patients and auditors read them."""

    def place(line: tuple[ChargeItem, Exemption | None]) -> tuple[Any, ...]:
        return list(ServiceKind).index(ServiceKind(line[0].kind)), timezone.localdate(line[0].raised_at)

    groups = []
    for (kind, day), lines in groupby(sorted(charges, key=place), key=place):
        head, head_hi = in_both(ServiceKind, list(ServiceKind)[kind])
        held = list(lines)
        groups.append(
            {
                "head": head,
                "head_hi": head_hi,
                "day": f"{day:%d-%m-%Y}",
                "lines": [_line(item, exemption) for item, exemption in held],
                "sum": str(sum((item.net for item, _ in held), NOTHING)),
            }
        )
    return groups


def _line(item: ChargeItem, exemption: Exemption | None) -> dict[str, Any]:
    return line_said(item) | {
        "code": item.sac_hsn or item.code,
        "gross": str(item.gross),
        "let_off": str(item.discount) if item.discount else "",
        "why": exemption.reason if exemption and item.discount else "",
        "why_hi": exemption.reason_hi if exemption and item.discount else "",
        "tax_percent": f"{item.tax_percent.normalize():f}" if item.tax else "",
        "tax": str(item.tax) if item.tax else "",
        "net": str(item.net),
    }


def issue_credit_note(note: CreditNote, *, invoice: Invoice, lines: Sequence[InvoiceLine]) -> IssuedDocument:
    """What a credit note takes back, and of which bill."""
    patient, facility = invoice.patient, invoice.facility
    return pdf.issue(
        CREDIT,
        about=note,
        facility_id=facility.pk,
        patient_id=patient.pk,
        actor=note.issued_by,
        at=note.issued_at,
        number=note.number,
        context={
            "facility": heading(facility),
            "gstin": facility.gstin,
            "invoice_number": invoice.number,
            "invoice_at": invoice.issued_at.isoformat(),
            "at": note.issued_at.isoformat(),
            "uhid": patient.uhid,
            "name": patient.name,
            "name_hi": patient.name_hi,
            "lines": [line_said(line.charge_item) | {"amount": str(line.amount)} for line in lines],
            "total": str(note.amount),
            "reason": note.reason,
            "reason_hi": note.reason_hi,
            "words": rupees_in_words(note.amount),
            "words_hi": rupees_in_words_hindi(note.amount),
            "issued_by": note.issued_by.name,
            "issued_by_hi": note.issued_by.name_hi,
        },
    )
