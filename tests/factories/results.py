"""Results and reports as they stand in the tables, written past the services that make them."""

from datetime import timedelta
from decimal import Decimal, InvalidOperation

from django.utils import timezone

from lab.documents.form_f import issue_form_f
from lab.models import (
    AnalyteDefinition,
    DiagnosticReport,
    FormF,
    ResultLine,
    ServiceRequest,
    Specimen,
    TestDefinition,
)
from lab.states import CRITICAL_FLAGS, FORM_F, OrderStatus, SpecimenStatus
from tests.factories.lab import make_test, order

_taken = iter(range(1, 10**6))


def make_specimen(order, taker, *, at=None, specimen="serum"):
    """A tube of this order, collected and received."""
    at = at or timezone.now()
    return Specimen.objects.create(
        facility_id=order.facility_id,
        patient_id=order.patient_id,
        encounter_id=order.encounter_id,
        accession_number=f"Y26{next(_taken):07d}",
        specimen=specimen,
        status=SpecimenStatus.RECEIVED,
        collected_by=taker,
        collected_at=at,
        received_by=taker,
        received_at=at + timedelta(minutes=10),
    )


def make_lines(order, values, *, at=None, by=None, specimen=None, **more):
    """{code: value or (value, flag)} as results of this order."""
    at = at or timezone.now()
    analytes = {one.code: one for one in AnalyteDefinition.objects.filter(code__in=list(values))}
    made = []
    for code, said in values.items():
        value, flag = said if isinstance(said, tuple) else (said, "N")
        analyte = analytes[code]
        line = ResultLine(
            facility_id=order.facility_id,
            patient_id=order.patient_id,
            order=order,
            analyte=analyte,
            specimen=specimen,
            value=value,
            number=_number(value) if analyte.value_type == "number" else None,
            unit=analyte.unit,
            flag=flag,
            effective_at=at,
            entered_by=by,
            entered_at=at,
            critical_at=at if flag in CRITICAL_FLAGS else None,
            **more,
        )
        line.save()
        made.append(line)
    return made


def _number(value):
    try:
        return Decimal(value)
    except InvalidOperation:
        return None


def content_of(order, lines, specimen=None, comment=""):
    """What a report freezes."""
    test = order.test
    return {
        "test": {name: getattr(test, name) for name in ("code", "name", "name_hi", "section", "loinc_code")},
        "specimen": {
            "accession_number": specimen.accession_number,
            "specimen": specimen.specimen,
            "collected_at": specimen.collected_at.isoformat(),
            "received_at": specimen.received_at.isoformat(),
        }
        if specimen
        else None,
        "lines": [
            {
                "code": one.analyte.code,
                "name": one.analyte.name,
                "name_hi": one.analyte.name_hi,
                "loinc_code": one.analyte.loinc_code,
                "value": one.value,
                "unit": one.unit,
                "flag": one.flag,
                "low": None if one.low is None else str(one.low),
                "high": None if one.high is None else str(one.high),
                "text_range": one.text_range,
                "is_approved": one.is_approved,
                "delta": one.delta,
                "comment": one.comment,
                "value_type": one.analyte.value_type,
                "is_confidential": one.analyte.is_confidential,
            }
            for one in lines
        ],
        "comment": comment,
    }


def make_report(order, values, *, technician, pathologist, at=None, comment="", with_tube=True, **more):
    """An authorised order with its first report."""
    at = at or timezone.now()
    specimen = make_specimen(order, technician, at=at) if with_tube else None
    lines = make_lines(order, values, at=at, by=technician, specimen=specimen, **more)
    return authorise(order, lines, technician, pathologist, at=at, specimen=specimen, comment=comment)


def authorise(order, lines, technician, pathologist, *, at, specimen=None, comment="", **version):
    """The next version of an order's report, and the order as authorised."""
    authorised_at = at + timedelta(hours=2)
    ServiceRequest.objects.filter(pk=order.pk).update(
        status=OrderStatus.AUTHORISED,
        specimen=specimen,
        verified_by=technician,
        verified_at=at + timedelta(hours=1),
        authorised_at=authorised_at,
    )
    order.refresh_from_db()
    return DiagnosticReport.objects.create(
        facility_id=order.facility_id,
        patient_id=order.patient_id,
        order=order,
        content=content_of(order, lines, specimen, comment),
        verified_by=technician,
        verified_at=at + timedelta(hours=1),
        authorised_by=pathologist,
        authorised_at=authorised_at,
        **version,
    )


def amend(report, value, *, reason="typed wrongly"):
    """Version two: its first line has this value now."""
    first, *others = report.content["lines"]
    return DiagnosticReport.objects.create(
        facility_id=report.facility_id,
        patient_id=report.patient_id,
        order=report.order,
        version=report.version + 1,
        reason=reason,
        content=report.content | {"lines": [first | {"value": value}, *others]},
        changes=[
            {
                "code": first["code"],
                "name": first["name"],
                "name_hi": first["name_hi"],
                "what": "value",
                "before": first["value"],
                "after": value,
            }
        ],
        verified_by=report.verified_by,
        verified_at=report.verified_at + timedelta(hours=3),
        authorised_by=report.authorised_by,
        authorised_at=report.authorised_at + timedelta(hours=3),
    )


# ── Without the list of tests around them ──


def _examination():
    kept = TestDefinition.objects.filter(code="USGOB").first()
    return kept or make_test("USGOB", name="Ultrasound obstetric", section="imaging", notifiable=FORM_F)


def order_scan(encounter, doctor):
    """An obstetric ultrasound, ordered."""
    return order(encounter, doctor, _examination(), urgent=True, again=True)[0]


def make_form_f(scan, doctor):
    """Its Form F, signed, with its paper."""
    form = FormF.objects.create(
        facility_id=scan.facility_id,
        order=scan,
        patient_id=scan.patient_id,
        centre_registration="JH/1",
        relative_name="Ramesh",
        address="Bundu",
        referred_by="Dr Bose",
        weeks=22,
        indications=[2],
        performed_by=doctor,
        registration="JMC-1",
        declared_on=timezone.localdate(),
        signed_at=timezone.now(),
    )
    issue_form_f(form, actor=doctor, at=timezone.now()).save(force_insert=True)
    return form


def make_bare_report(encounter, doctor, technician):
    """A report of a test without results."""
    test = TestDefinition.objects.exclude(section="imaging").first() or make_test()
    one = order(encounter, doctor, test, again=True)[0]
    return authorise(one, [], technician, doctor, at=timezone.now())
