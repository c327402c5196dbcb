"""The demo's laboratory: what the doctors ordered is collected, measured, and for the most part reported."""

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import uuid4

from facilities.models import Facility, User
from facilities.roles import Role
from lab import queries, reporting
from lab.formulas import FORMULAS
from lab.models import ServiceRequest
from lab.queries.catalogue import Analyte
from lab.ranges import Subject, rounded
from lab.services import (
    Entry,
    authorise_report,
    band_of,
    collect_specimens,
    enter_results,
    receive_specimens,
    set_priority,
    subject_of,
    verify_results,
)
from lab.states import OrderStatus, Priority, Section, ValueType
from patients.models import Encounter
from patients.states import EncounterStatus

WALKS = timedelta(minutes=6)
MEASURES = timedelta(minutes=25)
# How far the orders of a morning come: some are collected only, some wait for the pathologist.
FAR = (
    OrderStatus.COLLECTED,
    OrderStatus.RECEIVED,
    OrderStatus.RESULTED,
    OrderStatus.VERIFIED,
    *[OrderStatus.AUTHORISED] * 4,
)
URGENT_OF = 4


def work_through(facility: Facility, staff: dict[str, User], dice: Random, *, at: datetime) -> None:
    """Take what is ordered and may be collected some way through the laboratory; `at` is when it ends."""
    technician, pathologist = staff[Role.LAB_TECHNICIAN], staff[Role.PATHOLOGIST]
    ordered = ServiceRequest.objects.filter(facility=facility, status=OrderStatus.ORDERED)
    waiting = ordered.exclude(test__section=Section.IMAGING).exclude(
        encounter__status=EncounterStatus.CANCELLED
    )
    encounters = Encounter.objects.filter(pk__in=waiting.values("encounter")).order_by("pk")
    for place, encounter in enumerate(encounters.select_related("patient", "facility")):
        orders = list(waiting.filter(encounter=encounter).select_related("test"))
        if place % URGENT_OF == 0:
            orders = [_made_urgent(one, technician, at) for one in orders]
        stuck = {one.pk for one in queries.unpaid_of(orders)}
        orders = [one for one in orders if one.pk not in stuck]
        if orders and dice.random() > 0.2:
            _take(encounter, orders, technician, pathologist, dice, at=at)


def _made_urgent(order: ServiceRequest, technician: User, at: datetime) -> ServiceRequest:
    return set_priority(
        order=order, priority=Priority.URGENT, request_key=uuid4(), actor=technician, at=at - MEASURES * 3
    )


def _take(
    encounter: Encounter,
    orders: list[ServiceRequest],
    technician: User,
    pathologist: User,
    dice: Random,
    *,
    at: datetime,
) -> None:
    begun = at - MEASURES * 2 - WALKS
    specimens = collect_specimens(
        encounter=encounter, orders=orders, request_key=uuid4(), actor=technician, at=begun
    )
    far = dice.choice(FAR)
    if far == OrderStatus.COLLECTED:
        return
    receive_specimens(specimens=specimens, actor=technician, at=begun + WALKS)
    if far == OrderStatus.RECEIVED:
        return
    for order in ServiceRequest.objects.filter(pk__in=[one.pk for one in orders]):
        _measure(order, far, technician, pathologist, dice, at=begun + WALKS + MEASURES)


def _measure(
    order: ServiceRequest,
    far: OrderStatus,
    technician: User,
    pathologist: User,
    dice: Random,
    *,
    at: datetime,
) -> None:
    analytes = queries.analytes_at(order.facility_id)
    subject = subject_of(order)
    values = {
        one.row.code: some_value(one, subject, dice)
        for one in analytes.of(order.test.members)
        if one.row.code not in FORMULAS
    }
    entries = [Entry(order.pk, code, value) for code, value in values.items() if value]
    done = enter_results(entries=entries, actor=technician, at=at)
    if far == OrderStatus.RESULTED or not done.lines:
        return
    seen = reporting.seal_of(order, queries.lines_of(order))
    verify_results(order=order, seen=seen, is_partial=True, actor=technician, at=at + WALKS)
    if far == OrderStatus.AUTHORISED:
        authorise_report(
            order=order, seen=seen, request_key=uuid4(), actor=pathologist, at=at + WALKS + WALKS
        )


def some_value(analyte: Analyte, subject: Subject, dice: Random) -> str:
    """A value near its range, seldom outside it; "" where no range says what is near."""
    row = analyte.row
    if row.value_type == ValueType.CHOICE:
        return row.choices[0 if dice.random() < 0.9 else 1]
    band = band_of(analyte, subject)
    if row.value_type == ValueType.TEXT or band is None or (band.low is None and band.high is None):
        return ""
    high = band.high if band.high is not None else (band.low or Decimal(1)) * 2
    low = band.low if band.low is not None else high / 4
    place = Decimal(str(round(dice.triangular(-0.25, 1.25, 0.5), 3)))
    return str(max(rounded(low + (high - low) * place, row.decimals), Decimal(0)))
