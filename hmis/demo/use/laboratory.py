"""The laboratory of a hospital's year: what was ordered is paid, taken, measured, verified and authorised."""

from datetime import datetime, timedelta
from decimal import Decimal
from math import log
from typing import Any

from billing.states import InvoiceKind, ServiceKind
from facilities.roles import Role
from hmis.demo.copying import as_json
from hmis.demo.use.book import Book
from hmis.demo.use.money import Charge, Till
from hmis.demo.use.people import Known
from hmis.demo.use.places import Priced
from hmis.kernel.ids import uuid7
from hmis.kernel.numbering import Series
from lab.models import DiagnosticReport, ResultLine, ServiceRequest, Specimen
from lab.services.specimens import accession
from lab.states import Flag, OrderStatus, Pregnancy, SpecimenStatus, Uncharged, ValueType

# Numbers near what is usual; nothing of them is critical.
USUAL = {"HB": (90, 145, 1), "CRP": (10, 120, 1), "GLU_R": (95, 240, 0), "URIC": (30, 80, 1)}
SPREAD, LONGEST_HOURS, FOUND = 0.6, 70.0, 0.12
PAYS, WALKS, VERIFIES = timedelta(minutes=4), timedelta(minutes=9), timedelta(minutes=6)


def order_tests(
    book: Book,
    till: Till,
    who: Known,
    encounter_id: str,
    department_id: str,
    doctor_id: str,
    codes: tuple[str, ...],
    *,
    at: datetime,
) -> None:
    """Tests of one slip, with their bill; reported in the hospital's own time, as far as that has passed."""
    hospital = book.hospital
    wanted = [hospital.tests[code] for code in codes if code in hospital.tests]
    if not wanted or at + PAYS > book.now:
        return
    keys = [str(uuid7()) for _one in wanted]
    charges = [_charge(one, key) for one, key in zip(wanted, keys, strict=True) if one.price is not None]
    items: dict[str, str] = {}
    if charges:
        billed = till.bill(
            who, encounter_id, charges, till.relief_for(who), kind=InvoiceKind.COUNTER, at=at + PAYS
        )
        items = {one.source_id: item for one, item in zip(charges, billed, strict=True)}
    slip = hospital.numbers.next(Series.TESTS, till.year)
    book.tell(
        "lab.tests_ordered",
        "patients.encounter",
        encounter_id,
        actor=doctor_id,
        at=at,
        patient_id=who.id,
        count=len(keys),
        urgent=0,
        uncharged=len(keys) - len(charges),
    )
    for one, key in zip(wanted, keys, strict=True):
        said = {
            "facility_id": hospital.id,
            "encounter_id": encounter_id,
            "department_id": department_id,
            "test_id": one.test.pk,
            "slip_number": slip,
            "requester_id": doctor_id,
            "entered_by_id": doctor_id,
            "ordered_at": at,
            "ordered_on": at.date(),
            "charge_item_id": items.get(key),
            "uncharged": "" if key in items else Uncharged.NO_PRICE.value,
        }
        _work(book, till, who, key, one, said, at)


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


def _work(
    book: Book, till: Till, who: Known, key: str, one: Priced, said: dict[str, Any], at: datetime
) -> None:
    """The order on its way: its specimen, its result and its report."""
    dice, hospital = book.dice, book.hospital
    technician, pathologist = book.by(Role.LAB_TECHNICIAN), book.by(Role.PATHOLOGIST)
    hours = min(LONGEST_HOURS, max(0.6, dice.lognormvariate(log(hospital.ways.report), SPREAD)))
    collected_at = at + PAYS + WALKS
    received_at = collected_at + WALKS
    authorised_at = max(at + timedelta(hours=hours), received_at + VERIFIES * 2)
    if received_at > book.now:
        book.tables[ServiceRequest].add(id=key, patient_id=who.id, **said)
        return
    number = accession(hospital.numbers.next(Series.ACCESSION, till.year))
    specimen_id = book.tables[Specimen].add(
        facility_id=hospital.id,
        patient_id=who.id,
        encounter_id=said["encounter_id"],
        accession_number=number,
        specimen=one.test.specimen,
        container=one.test.container,
        status=SpecimenStatus.RECEIVED.value,
        collected_by_id=technician,
        collected_at=collected_at,
        pregnancy=Pregnancy.ANY.value,
        received_by_id=technician,
        received_at=received_at,
    )
    said["specimen_id"] = specimen_id
    if authorised_at > book.now:
        book.tables[ServiceRequest].add(id=key, patient_id=who.id, **said, status=OrderStatus.RECEIVED.value)
        return
    verified_at = authorised_at - VERIFIES
    book.tables[ServiceRequest].add(
        id=key,
        patient_id=who.id,
        **said,
        status=OrderStatus.AUTHORISED.value,
        verified_by_id=technician,
        verified_at=verified_at,
        authorised_at=authorised_at,
    )
    value, measured = _value(book, one)
    analyte = one.analyte
    book.tables[ResultLine].add(
        facility_id=hospital.id,
        patient_id=who.id,
        order_id=key,
        analyte_id=analyte.pk,
        specimen_id=specimen_id,
        value=value,
        number=measured,
        unit=analyte.unit,
        flag=Flag.NONE.value,
        effective_at=collected_at,
        entered_by_id=technician,
        entered_at=verified_at,
    )
    report_id = book.tables[DiagnosticReport].add(
        facility_id=hospital.id,
        patient_id=who.id,
        order_id=key,
        content=as_json(_content(one, value, number, collected_at, received_at)),
        verified_by_id=technician,
        verified_at=verified_at,
        authorised_by_id=pathologist,
        authorised_at=authorised_at,
    )
    book.tell(
        "lab.report_authorised",
        "lab.diagnosticreport",
        report_id,
        actor=pathologist,
        at=authorised_at,
        patient_id=who.id,
    )


def _value(book: Book, one: Priced) -> tuple[str, Decimal | None]:
    analyte, dice = one.analyte, book.dice
    if analyte.value_type == ValueType.CHOICE:
        return analyte.choices[1 if dice.random() < FOUND else 0], None
    low, high, decimals = USUAL.get(analyte.code, (10, 90, 1))
    number = Decimal(dice.randint(low, high)).scaleb(-decimals)
    return str(number), number


def _content(
    one: Priced, value: str, number: str, collected_at: datetime, received_at: datetime
) -> dict[str, Any]:
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
            "accession_number": number,
            "specimen": test.specimen,
            "collected_at": collected_at.isoformat(),
            "received_at": received_at.isoformat(),
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
