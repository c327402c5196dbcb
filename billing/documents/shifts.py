"""What the closing sheet of a shift says."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from billing import permissions
from billing.models import Shift
from billing.queries import DENOMINATIONS, PAISE, Taken
from billing.states import PaymentMode
from billing.words import rupees_in_words, rupees_in_words_hindi
from facilities.documents import heading
from hmis.kernel import pdf
from hmis.kernel.models import IssuedDocument
from hmis.kernel.pdf import in_both

CLOSING_SHEET = "billing/documents/closing_sheet.html"

pdf.name_kind(CLOSING_SHEET, opened_by=permissions.VIEW_INVOICE)


def issue_closing_sheet(shift: Shift, *, taken: Sequence[Taken], actor: Any, at: datetime) -> IssuedDocument:
    """What was received, should be there and was counted: signed by both who hold the money."""
    assert shift.counted is not None
    assert shift.left_in_drawer is not None
    to_safe = shift.counted - shift.left_in_drawer
    return pdf.issue(
        CLOSING_SHEET,
        about=shift,
        facility_id=shift.facility_id,
        patient_id=None,
        actor=actor,
        at=at,
        context={
            "facility": heading(shift.facility),
            "cashier": shift.cashier.name,
            "cashier_hi": shift.cashier.name_hi,
            "closed_by": actor.name if actor.pk != shift.cashier_id else "",
            "opened_at": shift.opened_at.isoformat(),
            "closed_at": at.isoformat(),
            "opening_float": str(shift.opening_float),
            "is_taken_over": shift.taken_over_from_id is not None,
            "taken": [_line(one) for one in taken],
            "count": [
                {
                    "worth": worth,
                    "number": shift.count.get(str(worth), 0),
                    "amount": worth * shift.count.get(str(worth), 0),
                }
                for worth in DENOMINATIONS
            ],
            "paise": shift.count.get(PAISE, 0),
            "counted": str(shift.counted),
            "expected": str(shift.expected),
            "difference": str(shift.difference),
            "explanation": shift.explanation,
            "left_in_drawer": str(shift.left_in_drawer),
            "to_safe": str(to_safe),
            "words": rupees_in_words(to_safe),
            "words_hi": rupees_in_words_hindi(to_safe),
        },
    )


def _line(taken: Taken) -> dict[str, Any]:
    mode, mode_hi = in_both(PaymentMode, taken.mode)
    return {
        "mode": mode,
        "mode_hi": mode_hi,
        "receipts": taken.receipts,
        "came": str(taken.came),
        "vouchers": taken.vouchers,
        "back": str(taken.back),
        "net": str(taken.net),
    }
