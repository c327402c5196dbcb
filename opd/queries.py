"""Reads of the OPD: who sits today, who waits, what a registration came to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from billing.models import Invoice, Payment
from facilities.models import Department, Facility, Unit
from hmis.kernel.models import IssuedDocument
from hmis.kernel.recent import recent
from opd.models import ClinicDay, QueueToken
from opd.states import OPEN, TokenStatus
from patients.models import Encounter, Patient
from patients.states import EncounterStatus

SLIP = "opd/documents/slip.html"
DOWNTIME_SHEETS = "opd/documents/downtime_sheets.html"
WAITING = Q(tokens__status=TokenStatus.WAITING)


@dataclass(frozen=True)
class Registration:
    """What one registration came to: its encounter, token, bill and papers."""

    encounter: Encounter
    token: QueueToken
    invoice: Invoice
    payment: Payment | None
    slip: IssuedDocument
    receipt: IssuedDocument | None


def registration(encounter_id: UUID) -> Registration:
    """A registration as it was written, for whoever sends it a second time or opens it later."""
    linked = ("patient", "facility", "department")
    encounter = Encounter.objects.select_related(*linked).get(pk=encounter_id)
    token = encounter.tokens.select_related("clinic_day__unit__room").order_by("senior_since", "pk").last()
    invoice = encounter.invoices.select_related("patient").order_by("pk").first()
    assert token is not None
    assert invoice is not None
    payment = invoice.payments.order_by("pk").first()
    originals = IssuedDocument.objects.defer("pdf").filter(copy=0)
    slip = originals.get(about_id=encounter.pk, template=SLIP)
    receipt = originals.filter(about_id=payment.pk).first() if payment else None
    return Registration(encounter, token, invoice, payment, slip, receipt)


def open_departments(facility: Facility) -> list[Department]:
    """The hospital's departments, favourites first, each with `units_today`: those that sit today."""
    return _open_departments(facility.pk, timezone.localdate())


@recent
def _open_departments(facility_id: UUID, day: date) -> list[Department]:
    shown = ("facility", "department", "room", "doctor")
    units = Unit.objects.filter(facility_id=facility_id, is_active=True).select_related(*shown)
    departments = Department.objects.filter(facility_id=facility_id, is_active=True)
    found = list(departments.select_related("facility"))
    for department in found:
        sitting = [unit for unit in units if unit.department_id == department.pk and unit.sits_on(day)]
        department.units_today = sitting  # type: ignore[misc]
    return found


def waiting_counts(facility: Facility, day: date) -> dict[UUID, int]:
    """{unit id: how many wait} on this day."""
    days = ClinicDay.objects.filter(facility=facility, held_on=day)
    counted = days.values("unit_id").annotate(waiting=Count("tokens", filter=WAITING))
    return {row["unit_id"]: row["waiting"] for row in counted}


def shortest_queue(units: Sequence[Unit], day: date) -> Unit:
    """Of a department's units that sit today, the one where the fewest wait; the first of equals."""
    if len(units) == 1:
        return units[0]
    counts = waiting_counts(units[0].facility, day)
    return min(units, key=lambda unit: (counts.get(unit.pk, 0), unit.name))


def followed(patient: Patient, department: Department, day: date) -> Encounter | None:
    """The encounter whose slip still covers this day in this department; what is owed on it stays owed."""
    held = patient.encounters.filter(department=department, follows=None, valid_till__gte=day)
    return held.exclude(status=EncounterStatus.CANCELLED).order_by("-started_at").first()


def todays_clinics(user: Any, day: date) -> list[ClinicDay]:
    """The queues of the day that this person may see, with how many wait, were called, are done."""
    days = ClinicDay.objects.visible_to(user).filter(held_on=day)
    counted = days.select_related("unit__department", "unit__room", "unit__doctor", "facility").annotate(
        waiting=Count("tokens", filter=WAITING),
        done=Count("tokens", filter=Q(tokens__status=TokenStatus.DONE)),
        given=Count("tokens", filter=~Q(tokens__status=TokenStatus.CANCELLED)),
    )
    return list(counted.order_by("facility__code", "unit__department__position", "unit__name"))


def queue_of(clinic_day: ClinicDay) -> list[QueueToken]:
    """Everybody still in this queue: who is inside, then who waits in order of call, then the skipped."""
    return list(in_order(clinic_day.tokens.filter(status__in=OPEN)).select_related("patient", "called_by"))


def in_order(tokens: QuerySet[QueueToken]) -> QuerySet[QueueToken]:
    """The order of call: emergencies, then reasons to go first, then by time of the first token."""
    return tokens.order_by("lane_rank", "senior_since", "number")


def todays_registrations(user: Any, day_begins: datetime, day_ends: datetime) -> QuerySet[QueueToken]:
    """The slips of a day, newest first, with all that a list of them shows."""
    tokens = QueueToken.objects.visible_to(user).filter(
        encounter__started_at__gte=day_begins, encounter__started_at__lt=day_ends
    )
    linked = ("patient", "encounter__department", "clinic_day__unit__room")
    return tokens.select_related(*linked).order_by(F("encounter__started_at").desc())
