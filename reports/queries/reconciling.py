"""What was done and not charged, and what was charged and not done. A report may look into every app."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.models import ChargeItem, CreditNoteLine
from billing.states import COUNTER
from facilities.models import Facility
from ipd.models import BED_DAY, BedDay
from lab.models import SOURCE as ORDER
from lab.models import ServiceRequest
from patients.models import Encounter
from patients.states import EncounterStatus

MOST = 200


@dataclass(frozen=True)
class Act:
    """Something that was done for a patient and that costs something."""

    what: Any
    at: datetime
    encounter: Encounter


@dataclass(frozen=True)
class Source:
    """Acts that raise charges, and what the charges name as their source.

    `uncharged`: those of a hospital in some hours that nothing was charged for, the oldest first, at most
    MOST. `undone`: a condition on a charge of this source: its act was taken back, or was never there.
    """

    name: str
    uncharged: Callable[[Facility, datetime, datetime], list[Act]]
    undone: Q


def _visits(facility: Facility, since: datetime, until: datetime) -> list[Act]:
    """OPD registrations and casualty arrivals; casualty is charged when the counter has time."""
    came = Encounter.objects.filter(facility=facility, started_at__gte=since, started_at__lt=until)
    came = came.filter(Q(tokens__isnull=False) | Q(casualty_arrival__isnull=False))
    charged = ChargeItem.objects.filter(encounter=OuterRef("pk"))
    free = came.exclude(status=EncounterStatus.CANCELLED).filter(~Exists(charged)).distinct()
    linked = free.select_related("patient", "department").order_by("started_at")
    return [Act(_("Visit"), one.started_at, one) for one in linked[:MOST]]


_gone = ~Exists(Encounter.objects.filter(pk=OuterRef("source_id")).exclude(status=EncounterStatus.CANCELLED))


def _tests(facility: Facility, since: datetime, until: datetime) -> list[Act]:
    """Tests that were ordered without a price: they wait until one is set."""
    unpriced = ServiceRequest.objects.standing().filter(facility=facility, charge_item=None)
    ordered = unpriced.filter(ordered_at__gte=since, ordered_at__lt=until).order_by("ordered_at")
    linked = ordered.select_related("test", "encounter__patient", "encounter__department")
    return [Act(one.test, one.ordered_at, one.encounter) for one in linked[:MOST]]


def _bed_days(facility: Facility, since: datetime, until: datetime) -> list[Act]:
    """Days in wards that were counted without a price; a ward whose days cost nothing is none of them."""
    unpriced = BedDay.objects.filter(facility=facility, charge_item=None, is_free=False)
    # Of days that were counted before they said whether they are free, the ward says it.
    unpriced = unpriced.exclude(ward__day_tariff__isnull=False, ward__day_tariff__definition=None)
    counted = unpriced.filter(day__gte=timezone.localdate(since), day__lt=timezone.localdate(until))
    linked = counted.select_related("admission__encounter__patient", "admission__encounter__department")
    return [
        Act(_("Bed-day"), _midnight(one.day), one.admission.encounter)
        for one in linked.order_by("day", "pk")[:MOST]
    ]


_not_lain = ~Exists(BedDay.objects.filter(pk=OuterRef("source_id")))
_not_ordered = ~Exists(ServiceRequest.objects.standing().filter(pk=OuterRef("source_id")))

# An app that raises charges adds its line here.
SOURCES = (
    Source("patients.encounter", _visits, Q(_gone)),
    Source(ORDER, _tests, Q(_not_ordered)),
    Source(BED_DAY, _bed_days, Q(_not_lain)),
)
# What the counter charges by itself has no act behind it.
ACTS_OF_THEIR_OWN = (COUNTER,)


def uncharged(facility: Facility, first: date, last: date) -> list[Act]:
    """Acts of these days without a charge, the oldest first; MOST of each kind."""
    since, until = _midnight(first), _midnight(last + timedelta(days=1))
    found = [act for source in SOURCES for act in source.uncharged(facility, since, until)]
    return sorted(found, key=lambda one: one.at)


def actless(facility: Facility, first: date, last: date) -> list[ChargeItem]:
    """Charges of these days that still hold and whose act does not, the oldest first; MOST of them."""
    undone = ~Q(source__in=[*(one.name for one in SOURCES), *ACTS_OF_THEIR_OWN])
    for source in SOURCES:
        undone |= Q(source=source.name) & source.undone
    credited = CreditNoteLine.objects.filter(invoice_line__charge_item=OuterRef("pk"))
    held = ChargeItem.objects.filter(
        undone,
        ~Exists(credited),
        facility=facility,
        raised_at__gte=_midnight(first),
        raised_at__lt=_midnight(last + timedelta(days=1)),
        reversals=None,
    )
    linked = held.select_related("patient", "encounter")
    return list(linked.annotate(bill=F("invoice_line__invoice__number")).order_by("raised_at")[:MOST])


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
