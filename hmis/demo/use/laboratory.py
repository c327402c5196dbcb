"""The laboratory of a hospital's year: what was ordered is paid, taken, measured, verified and authorised."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from math import log
from typing import Any

from billing.states import InvoiceKind, ServiceKind
from facilities.roles import Role
from hmis.demo.copying import as_json
from hmis.demo.use.book import Book
from hmis.demo.use.money import Charge, Till
from hmis.demo.use.people import Contact
from hmis.demo.use.places import Priced
from hmis.kernel.ids import uuid7
from hmis.kernel.numbering import Series
from lab.models import DiagnosticReport, ResultLine, ServiceRequest, Specimen
from lab.services.specimens import accession
from lab.states import OrderStatus, SpecimenStatus, Uncharged, ValueType

# Numbers near what is usual; nothing of them is critical.
USUAL = {"HB": (90, 145, 1), "CRP": (10, 120, 1), "GLU_R": (95, 240, 0), "URIC": (30, 80, 1)}
SPREAD, LONGEST_HOURS, FOUND = 0.6, 70.0, 0.12
PAYS, WALKS, VERIFIES = timedelta(minutes=4), timedelta(minutes=9), timedelta(minutes=6)


@dataclass(frozen=True)
class Tube:
    """What was taken: its number, and when."""

    number: str
    collected_at: datetime
    received_at: datetime


def order_tests(book: Book, till: Till, contact: Contact, codes: tuple[str, ...], *, at: datetime) -> None:
    """Tests of one slip, with their bill; reported in the hospital's own time, as far as that has passed."""
    hospital = book.hospital
    wanted = {str(uuid7()): hospital.tests[code] for code in codes if code in hospital.tests}
    if not wanted or at + PAYS > book.now:
        return
    charges = [_charge(one, key) for key, one in wanted.items() if one.price is not None]
    items: dict[str, str] = {}
    if charges:
        relief = till.relief_for(contact.who)
        billed = till.bill(contact, charges, relief, kind=InvoiceKind.COUNTER, at=at + PAYS)
        items = {one.source_id: item for one, item in zip(charges, billed, strict=True)}
    slip = hospital.numbers.next(Series.TESTS, till.year)
    book.tell(
        "lab.tests_ordered",
        "patients.encounter",
        contact.id,
        contact.who.id,
        by=contact.doctor_id,
        at=at,
        count=len(wanted),
        urgent=0,
        uncharged=len(wanted) - len(charges),
    )
    for key, one in wanted.items():
        order = {
            "id": key,
            "facility_id": hospital.id,
            "encounter_id": contact.id,
            "patient_id": contact.who.id,
            "department_id": contact.department_id,
            "test_id": one.test.pk,
            "slip_number": slip,
            "requester_id": contact.doctor_id,
            "entered_by_id": contact.doctor_id,
            "ordered_at": at,
            "ordered_on": at.date(),
            "charge_item_id": items.get(key),
            "uncharged": "" if key in items else Uncharged.NO_PRICE.value,
        }
        order |= _worked(book, till, contact, key, one, at)
        book.tables[ServiceRequest].add(**order)


def _charge(priced: Priced, order_id: str) -> Charge:
    service = priced.test.service
    assert service
    assert priced.price is not None
    return Charge(
        "lab.servicerequest",
        order_id,
        service.code,
        service.name,
        service.name_hi,
        priced.price,
        ServiceKind(service.kind),
        str(service.pk),
        service.sac_hsn,
    )


def _worked(
    book: Book, till: Till, contact: Contact, order_id: str, one: Priced, at: datetime
) -> dict[str, Any]:
    """How far the order has come, with the rows of its specimen, its result and its report."""
    hospital = book.hospital
    technician = book.by(Role.LAB_TECHNICIAN)
    hours = min(LONGEST_HOURS, book.dice.lognormvariate(log(hospital.ways.report), SPREAD))
    collected_at = at + PAYS + WALKS
    received_at = collected_at + WALKS
    authorised_at = max(at + timedelta(hours=hours), received_at + VERIFIES * 2)
    if received_at > book.now:
        return {}
    tube = Tube(accession(hospital.numbers.next(Series.ACCESSION, till.year)), collected_at, received_at)
    specimen_id = book.tables[Specimen].add(
        facility_id=hospital.id,
        patient_id=contact.who.id,
        encounter_id=contact.id,
        accession_number=tube.number,
        specimen=one.test.specimen,
        container=one.test.container,
        status=SpecimenStatus.RECEIVED.value,
        collected_by_id=technician,
        collected_at=collected_at,
        received_by_id=technician,
        received_at=received_at,
    )
    if authorised_at > book.now:
        return {"specimen_id": specimen_id, "status": OrderStatus.RECEIVED.value}
    verified = {"verified_by_id": technician, "verified_at": authorised_at - VERIFIES}
    _report(book, contact, order_id, one, tube, specimen_id, verified | {"authorised_at": authorised_at})
    return {
        "specimen_id": specimen_id,
        "status": OrderStatus.AUTHORISED.value,
        **verified,
        "authorised_at": authorised_at,
    }


def _report(
    book: Book,
    contact: Contact,
    order_id: str,
    one: Priced,
    tube: Tube,
    specimen_id: str,
    signed: dict[str, Any],
) -> None:
    """The result, and the report that freezes it."""
    of_order = {"facility_id": book.hospital.id, "patient_id": contact.who.id, "order_id": order_id}
    value, number = _value(book, one)
    book.tables[ResultLine].add(
        **of_order,
        analyte_id=one.analyte.pk,
        specimen_id=specimen_id,
        value=value,
        number=number,
        unit=one.analyte.unit,
        effective_at=tube.collected_at,
        entered_by_id=signed["verified_by_id"],
        entered_at=signed["verified_at"],
    )
    pathologist = book.by(Role.PATHOLOGIST)
    report_id = book.tables[DiagnosticReport].add(
        **of_order, content=as_json(_content(one, value, tube)), authorised_by_id=pathologist, **signed
    )
    book.tell(
        "lab.report_authorised",
        "lab.diagnosticreport",
        report_id,
        contact.who.id,
        by=pathologist,
        at=signed["authorised_at"],
    )


def _value(book: Book, one: Priced) -> tuple[str, Decimal | None]:
    analyte, dice = one.analyte, book.dice
    if analyte.value_type == ValueType.CHOICE:
        return analyte.choices[1 if dice.random() < FOUND else 0], None
    low, high, decimals = USUAL.get(analyte.code, (10, 90, 1))
    number = Decimal(dice.randint(low, high)).scaleb(-decimals)
    return str(number), number


def _content(one: Priced, value: str, tube: Tube) -> dict[str, Any]:
    """What a report freezes (lab.reporting.content_of)."""
    test, analyte = one.test, one.analyte
    return {
        "test": {
            "code": test.code,
            "name": test.name,
            "name_hi": test.name_hi,
            "section": test.section,
            "loinc_code": test.loinc_code,
        },
        "specimen": {
            "accession_number": tube.number,
            "specimen": test.specimen,
            "collected_at": tube.collected_at.isoformat(),
            "received_at": tube.received_at.isoformat(),
        },
        "lines": [
            {
                "code": analyte.code,
                "name": analyte.name,
                "name_hi": analyte.name_hi,
                "loinc_code": analyte.loinc_code,
                "value": value,
                "unit": analyte.unit,
                "flag": "",
                "low": None,
                "high": None,
                "text_range": "",
                "is_approved": False,
                "delta": "",
                "comment": "",
                "value_type": analyte.value_type,
                "is_confidential": analyte.is_confidential,
            }
        ],
        "comment": "",
    }
