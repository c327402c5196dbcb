"""What the slip of tests says: which, where, paid or to pay; for the patient and whoever collects."""

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy

from facilities.documents import heading
from hmis.kernel import pdf
from hmis.kernel.models import IssuedDocument
from hmis.kernel.pdf import in_both
from lab import permissions
from lab.models import ServiceRequest, TestDefinition
from lab.queries import SLIP, approved_here
from lab.states import Owing, Section
from patients.documents import person
from patients.models import ContentKind, Encounter

# Changes from print to print and makes no other slip.
OF_THE_PRINT = ("at",)
# Where each kind of test is done, in both languages; by the beginning of its code, else the sample counter.
SAMPLES = ("नमूना काउंटर (लैब)", "Sample counter")
PLACES = (
    ("XR", ("एक्स-रे कक्ष", "X-ray room")),
    ("USG", ("अल्ट्रासाउंड कक्ष", "Ultrasound room")),
    ("DOPP", ("अल्ट्रासाउंड कक्ष", "Ultrasound room")),
    ("CT", ("सी.टी. कक्ष", "CT room")),
    ("MRI", ("एम.आर.आई. कक्ष", "MRI room")),
    ("MAMMO", ("एक्स-रे कक्ष", "X-ray room")),
    ("ECG", ("ई.सी.जी. कक्ष", "ECG room")),
    ("ECHO", ("इको कक्ष", "Echo room")),
)

pdf.name_kind(SLIP, opened_by=permissions.PRINT_SLIP, title=gettext_lazy("slip of tests"))


def issue_slip(
    encounter: Encounter, orders: Sequence[ServiceRequest], *, actor: Any, at: datetime
) -> IssuedDocument:
    """The slip of these orders (with `owing`), which bear one number."""
    return pdf.issue(
        SLIP,
        about=encounter,
        facility_id=encounter.facility_id,
        patient_id=encounter.patient_id,
        number=orders[0].slip_number,
        context=slip_of(encounter, orders, at=at),
        actor=actor,
        at=at,
    )


def slip_of(encounter: Encounter, orders: Sequence[ServiceRequest], *, at: datetime) -> dict[str, Any]:
    """What the slip says now."""
    to_pay = [one.charge_item.net for one in orders if one.owing == Owing.TO_PAY and one.charge_item]
    later = [one.charge_item.net for one in orders if one.owing == Owing.ON_ACCOUNT and one.charge_item]
    first = orders[0]
    approved = approved_here(encounter.facility_id, ContentKind.LAB_TEST)
    return {
        "facility": heading(encounter.facility),
        **person(encounter.patient, at),
        "department": encounter.department.name,
        "department_hi": encounter.department.name_hi,
        "doctor": first.requester.name if first.requester else first.requester_name,
        "doctor_hi": first.requester.name_hi if first.requester else "",
        "ordered_at": first.ordered_at.isoformat(),
        "at": at.isoformat(),
        "all_approved": all(one.test_id in approved for one in orders),
        "is_urgent": any(one.is_urgent() for one in orders),
        "groups": _groups(orders, approved),
        "to_pay": str(sum(to_pay, Decimal(0))) if to_pay else "",
        "later": str(sum(later, Decimal(0))) if later else "",
    }


def says_the_same(before: IssuedDocument, now: IssuedDocument) -> bool:
    """Whether nothing but the time of print has changed."""
    said, says = ({k: v for k, v in one.context.items() if k not in OF_THE_PRINT} for one in (before, now))
    return bool(said == says)


def _groups(orders: Sequence[ServiceRequest], approved: Collection[UUID]) -> list[dict[str, Any]]:
    """By section, in the order of the sections; each with the places that do it."""
    groups = []
    for section in Section:
        of_it = [one for one in orders if one.test.section == section]
        if not of_it:
            continue
        name, name_hi = in_both(Section, section)
        places = list(dict.fromkeys(place_of(one.test) for one in of_it))
        groups.append(
            {
                "name": name,
                "name_hi": name_hi,
                "where": ", ".join(english for _hindi, english in places),
                "where_hi": ", ".join(hindi for hindi, _english in places),
                "lines": [_line(one, one.test_id in approved) for one in of_it],
            }
        )
    return groups


def place_of(test: TestDefinition) -> tuple[str, str]:
    """(Hindi, English) of the room where a test is done or its sample given."""
    if not test.is_imaging:
        return SAMPLES
    return next((place for begins, place in PLACES if test.code.startswith(begins)), PLACES[0][1])


def _line(order: ServiceRequest, is_approved: bool) -> dict[str, Any]:
    test, item = order.test, order.charge_item
    owing, owing_hi = in_both(Owing, order.owing)
    return {
        "code": test.code,
        "name": test.name,
        "name_hi": test.name_hi,
        "specimen": test.specimen,
        "container": test.container,
        "volume": test.volume,
        "is_approved": is_approved,
        "is_urgent": order.is_urgent(),
        "note": order.note,
        "owing": owing,
        "owing_hi": owing_hi,
        "amount": str(item.net) if item and item.net else "",
        "why_free": order.why_free["en"] if order.owing == Owing.FREE else "",
        "why_free_hi": order.why_free["hi"] if order.owing == Owing.FREE else "",
    }
