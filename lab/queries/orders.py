"""Reads of orders: what can be ordered, what a doctor orders most, what was ordered and how it is paid."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.models import ChargeItem, CreditNoteLine, Exemption, InvoiceLine, RefundRequest
from billing.states import STILL_ASKED, InvoiceStatus
from facilities.models import Department
from hmis.kernel import pdf
from hmis.kernel.composed import Composed
from hmis.kernel.models import IssuedDocument
from hmis.kernel.recent import recent
from hmis.kernel.verifying import Fault, holds, rows_of
from lab import codes
from lab.models import ServiceRequest, TestDefinition
from lab.queries.confidential import say_consent
from lab.states import OrderStatus, Owing
from patients.models import IN_A_WARD, Encounter, EncounterClass, Patient
from patients.queries.merging import same_person
from patients.states import EncounterStatus

LEARNT_FROM = timedelta(days=180)
MOST_FAVOURITES = 9
MOST_SHOWN = 200
SLIP = "lab/documents/test_slip.html"
# Their bills come at the end: nobody is sent to a counter first.
BILLED_LATER = (EncounterClass.EMERGENCY, *IN_A_WARD)
LINKED = ("test", "requester", "entered_by", "cancelled_by", "charge_item", "specimen")


# ── What can be ordered ──


@recent
def tests_in_use() -> list[TestDefinition]:
    """All that can be ordered, in the order of the list. Asked at each keystroke: not to be changed."""
    return list(
        TestDefinition.objects.filter(is_active=True, is_withdrawn=False).order_by("position", "code")
    )


def catalogue_of(tests: Sequence[TestDefinition]) -> codes.Catalogue:
    """The same tests, to be searched by words."""
    return codes.catalogue(tuple((one.code, (one.name, one.name_hi, *one.words)) for one in tests))


def tests_for(user: Any, typed: str, tests: Sequence[TestDefinition], *, today: date) -> list[TestDefinition]:
    """What the text behind the last comma means to this person; without one what is ordered most."""
    by_code = {one.code: one for one in tests}
    liked = favourite_tests(user, user.posting.department, today=today)
    said = codes.last_of(typed)
    if not said:
        return [by_code[code] for code in liked if code in by_code]
    found = catalogue_of(tests).search(said, preferred=liked)
    return [by_code[code] for code, _how in found]


def favourite_tests(user: Any, department: Department | None = None, *, today: date) -> list[str]:
    """The codes that this doctor orders most here, then those that the department does (docs/adr/0321)."""
    here, since = user.posting.facility_id, today - LEARNT_FROM
    own = _most_ordered(here, since, "requester_id", user.pk)
    colleagues = _most_ordered(here, since, "department_id", department.pk) if department else []
    return list(dict.fromkeys(own + colleagues))[:MOST_FAVOURITES]


@recent
def _most_ordered(facility_id: UUID, since: date, by: str, whose: UUID) -> list[str]:
    """A department's half-year has tens of thousands of rows: not to be counted at each keystroke."""
    ordered = ServiceRequest.objects.filter(facility_id=facility_id, ordered_on__gte=since, **{by: whose})
    counted = ordered.standing().values("test__code").annotate(times=Count("pk"))
    return [row["test__code"] for row in counted.order_by("-times", "test__code")[:MOST_FAVOURITES]]


# ── What was ordered ──


def with_money(orders: QuerySet[ServiceRequest]) -> QuerySet[ServiceRequest]:
    """Orders with what is known of their charge: its bill, why it is free, whether it was taken back."""
    of_charge = {"charge_item": OuterRef("charge_item_id")}
    lines = InvoiceLine.objects.filter(**of_charge)
    free = Exemption.objects.filter(**of_charge)
    taken = CreditNoteLine.objects.filter(invoice_line__charge_item=OuterRef("charge_item_id"))
    # A request that names no line means the whole bill.
    going_back = RefundRequest.objects.filter(
        Q(lines=[]) | Q(lines__contains=[F("invoice__lines__pk")]),
        invoice__lines__charge_item=OuterRef("charge_item_id"),
        status__in=STILL_ASKED,
    )
    return orders.select_related(*LINKED).annotate(
        bill_status=Subquery(lines.values("invoice__status")[:1]),
        bill_line=Subquery(lines.values("pk")[:1]),
        free_by=Subquery(free.values("reason")[:1]),
        free_by_hi=Subquery(free.values("reason_hi")[:1]),
        is_credited=Exists(taken),
        is_asked_back=Exists(going_back),
        is_reversed=Exists(ChargeItem.objects.filter(pk=OuterRef("charge_item_id"), reversals__isnull=False)),
    )


def give_owing(orders: Sequence[Any]) -> list[ServiceRequest]:
    """Say of each order (of `with_money`, with its encounter) how it stands with the money."""
    for one in orders:
        one.owing = _owing(one)
        one.why_free = {"en": one.free_by or "", "hi": one.free_by_hi or ""}
    return list(orders)


def _owing(order: Any) -> Owing:
    if order.charge_item is None:
        return Owing.TAKEN_BACK if order.status == OrderStatus.CANCELLED else Owing.UNPRICED
    if order.is_reversed or order.is_credited:
        return Owing.TAKEN_BACK
    if order.is_asked_back:
        return Owing.REFUND_ASKED
    if order.charge_item.net == 0:
        return Owing.FREE
    if order.bill_status == InvoiceStatus.PAID:
        return Owing.PAID
    later = order.encounter.encounter_class in BILLED_LATER
    return Owing.ON_ACCOUNT if later and order.bill_status is None else Owing.TO_PAY


def is_touched(encounter: Encounter) -> bool:
    """Whether anything was written, measured, ordered or charged at this contact.

    Written is also a diagnosis, an allergy, or that somebody was asked and knows of none.
    """
    contact: Any = encounter
    written = (contact.notes, contact.conditions, contact.allergies, contact.observations)
    return any(rows.exists() for rows in (*written, contact.orders, contact.charge_items))


def orders_of(encounter: Encounter) -> list[ServiceRequest]:
    """All that was ordered at this encounter, the oldest first; each with `owing` and `lacks_consent`."""
    rows = _orders_of(encounter.pk)
    for one in rows:
        one.encounter = encounter
    return say_consent(give_owing(rows))


@Composed
def _orders_of(encounter_id: UUID) -> QuerySet[ServiceRequest]:
    return with_money(ServiceRequest.objects.filter(encounter=encounter_id)).order_by("ordered_at", "pk")


def orders_here(user: Any, day: date, *, section: str = "", status: str = "") -> QuerySet[ServiceRequest]:
    """What was ordered on a day at the person's hospital: urgent first, then as it came, taken back last."""
    began = timezone.make_aware(datetime.combine(day, time.min))
    here = ServiceRequest.objects.visible_to(user).filter(
        ordered_at__gte=began, ordered_at__lt=began + timedelta(days=1)
    )
    if section:
        here = here.filter(test__section=section)
    if status:
        here = here.filter(status=status)
    linked = with_money(here).select_related("encounter", "patient", *LINKED)
    taken_back = Case(When(status=OrderStatus.CANCELLED, then=1), default=0)
    return linked.order_by(taken_back, "-priority", "ordered_at", "pk")


def orders_by_slip(user: Any, number: str) -> list[ServiceRequest]:
    """What stands on the slip with this number."""
    found = with_money(ServiceRequest.objects.visible_to(user).filter(slip_number=number))
    return give_owing(
        list(found.select_related("encounter", "patient", *LINKED).order_by("ordered_at", "pk"))
    )


def orders_of_patient(user: Any, patient: Patient) -> list[ServiceRequest]:
    """A patient's orders at the person's hospital, of whichever record, the newest first."""
    own = ServiceRequest.objects.visible_to(user).filter(patient__in=same_person(patient.pk))
    linked = with_money(own).select_related("encounter", "patient", *LINKED)
    return give_owing(list(linked.order_by("-ordered_at", "pk")[:MOST_SHOWN]))


def open_encounters_of(user: Any, patient: Patient) -> list[Encounter]:
    """The contacts of a patient here to which a test can be ordered."""
    own = Encounter.objects.visible_to(user).filter(patient__in=same_person(patient.pk))
    open_here = own.filter(status=EncounterStatus.IN_PROGRESS)
    return list(open_here.select_related("department", "facility").order_by("-started_at")[:10])


def last_slip_of(encounter: Encounter, number: str) -> IssuedDocument | None:
    """The original of the newest slip with this number."""
    slips = pdf.originals(encounter.pk).filter(template=SLIP, number=number)
    return slips.order_by("-issued_at").first()


# ── What must be so ──


STILL_CHARGED = """
    SELECT ordered.slip_number FROM lab_servicerequest ordered
    WHERE ordered.status = 'cancelled' AND ordered.charge_item_id IS NOT NULL
        AND NOT EXISTS (SELECT FROM billing_chargereversal WHERE charge_item_id = ordered.charge_item_id)
        AND NOT EXISTS (SELECT FROM billing_creditnoteline taken
            JOIN billing_invoiceline line ON line.id = taken.invoice_line_id
            WHERE line.charge_item_id = ordered.charge_item_id)
        AND NOT EXISTS (SELECT FROM billing_refundrequest request
            JOIN billing_invoiceline line ON line.invoice_id = request.invoice_id
            WHERE line.charge_item_id = ordered.charge_item_id
                AND (request.lines = '{}' OR line.id = ANY (request.lines)))
"""
TAKEN_FROM_UNDER = """
    SELECT ordered.slip_number FROM lab_servicerequest ordered
    JOIN billing_chargereversal USING (charge_item_id) WHERE ordered.status <> 'cancelled'
"""
ANOTHERS = """
    SELECT ordered.slip_number FROM lab_servicerequest ordered
    JOIN billing_chargeitem item ON item.id = ordered.charge_item_id
    WHERE item.source <> 'lab.servicerequest' OR item.source_id <> ordered.id
        OR item.encounter_id <> ordered.encounter_id
"""
ORDERLESS = """
    SELECT item.id FROM billing_chargeitem item WHERE item.source = 'lab.servicerequest'
        AND NOT EXISTS (SELECT FROM lab_servicerequest ordered WHERE ordered.charge_item_id = item.id)
"""


@holds(
    "lab.orders_are_charged",
    _("Every order has its own charge or says why not; a cancelled one's is taken back."),
)
def order_faults() -> Iterator[Fault]:
    """Orders without their charge, with another's, or cancelled and still charged; charges of no order."""
    for (row,) in rows_of(STILL_CHARGED):
        yield Fault(_("A test of slip %(row)s is cancelled and still charged."), row=row)
    for (row,) in rows_of(TAKEN_FROM_UNDER):
        yield Fault(_("A test of slip %(row)s stands, and its charge was taken back."), row=row)
    for (row,) in rows_of(ANOTHERS):
        yield Fault(_("A test of slip %(row)s has the charge of something else."), row=row)
    for (row,) in rows_of(ORDERLESS):
        yield Fault(_("Charge %(row)s is of a test that nobody ordered."), row=row)
