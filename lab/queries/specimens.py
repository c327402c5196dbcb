"""What is to be collected and where each tube is."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from facilities.models import Bed
from hmis.kernel.composed import Composed, among
from lab.models import ServiceRequest, Specimen
from lab.queries.confidential import say_consent
from lab.queries.orders import LINKED, give_owing, with_money
from lab.queries.settings import settings_of
from lab.states import OrderStatus, Owing, Pregnancy, Section, SpecimenStatus
from patients.models import IN_A_WARD, BedStay, Encounter, EncounterClass, Observation, Patient, Vital
from patients.queries.merging import same_person

# Orders that nobody came for, or came back for, are not looked for longer than this.
WAITS_FOR = timedelta(days=3)
MOST_WAITING = 200
PREGNANCY_HOLDS = timedelta(days=280)


def unpaid_of(orders: Sequence[ServiceRequest]) -> list[ServiceRequest]:
    """Of these orders those that the money keeps from being collected, each with `owing`."""
    owed = give_owing(_with_money([one.pk for one in orders]))
    if not owed:
        return []
    pays_first = settings_of(owed[0].facility_id).pays_first
    return [one for one in owed if is_stuck(one, pays_first=pays_first)]


@Composed
def _with_money(ids: list[UUID]) -> QuerySet[ServiceRequest]:
    rows = with_money(ServiceRequest.objects.filter(pk__in=among(ids)))
    return rows.select_related("encounter", *LINKED)


def is_stuck(order: ServiceRequest, *, pays_first: bool) -> bool:
    """Whether the money keeps an order (with `owing`) from being collected: not paid, or going back."""
    if order.owing == Owing.TO_PAY:
        return pays_first and not order.is_urgent()
    return order.owing in (Owing.TAKEN_BACK, Owing.REFUND_ASKED)


def waiting_to_be_collected(user: Any, now: datetime) -> QuerySet[ServiceRequest]:
    """Orders of the last days whose specimen is still to be taken, or to be taken once more; urgent first."""
    since = now - WAITS_FOR
    lately = Q(ordered_at__gte=since) | Q(specimen__rejected_at__gte=since)
    waiting = ServiceRequest.objects.visible_to(user).filter(lately, status=OrderStatus.ORDERED)
    return waiting.exclude(test__section=Section.IMAGING)


def people_waiting(user: Any, now: datetime) -> list[dict[str, Any]]:
    """The contacts with something to collect: whose, how many tests, since when, urgent first."""
    rows = waiting_to_be_collected(user, now).select_related(
        "test", "encounter__department", "patient", "specimen"
    )
    found: dict[UUID, dict[str, Any]] = {}
    for order in rows.order_by("-priority", "ordered_at", "pk")[: MOST_WAITING * 3]:
        said = found.setdefault(
            order.encounter_id,
            {
                "encounter": order.encounter,
                "patient": order.patient,
                "since": order.ordered_at,
                "orders": [],
                "is_urgent": False,
                "again": "",
            },
        )
        said["orders"].append(order)
        said["is_urgent"] = said["is_urgent"] or order.is_urgent()
        said["again"] = said["again"] or (order.specimen.why_rejected if order.specimen else "")
    return list(found.values())[:MOST_WAITING]


def by_beds(people: Sequence[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Those who do not come to the counter, ward by ward (else by department), in the order of their beds."""
    in_bed = (EncounterClass.EMERGENCY, *IN_A_WARD)
    lying = [one for one in people if one["encounter"].encounter_class in in_bed]
    beds = beds_of(one["encounter"].pk for one in lying)
    wards: dict[str, list[dict[str, Any]]] = {}
    for one in lying:
        bed = one["bed"] = beds.get(one["encounter"].pk)
        wards.setdefault(str(bed.room.ward if bed else one["encounter"].department), []).append(one)
    for ward in wards.values():
        ward.sort(key=lambda one: (not one["is_urgent"], _on_the_way(one["bed"])))
    return sorted(wards.items())


def _on_the_way(bed: Bed | None) -> tuple[str, int, str]:
    """Room by room; bed 10 comes after bed 9."""
    return (bed.room.number, len(bed.number), bed.number) if bed else ("", 0, "")


def beds_of(encounters: Iterable[UUID]) -> dict[UUID, Bed]:
    """{contact: the bed that its patient lies in now}, with room and ward; one read."""
    lying = BedStay.objects.filter(encounter__in=set(encounters), ended_at=None)
    return {stay.encounter_id: stay.bed for stay in lying.select_related("bed__room__ward")}


def collectable(encounter: Encounter) -> list[ServiceRequest]:
    """What is to be collected at this contact, in the order of the list of tests; each with `owing` and
    `lacks_consent`."""
    rows = with_money(
        ServiceRequest.objects.filter(encounter=encounter, status=OrderStatus.ORDERED).exclude(
            test__section=Section.IMAGING
        )
    )
    found = list(rows.select_related("specimen", *LINKED).order_by("test__position", "ordered_at"))
    for one in found:
        one.encounter = encounter
    return say_consent(give_owing(found))


def encounter_to_collect(user: Any, patient: Patient) -> Encounter | None:
    """The patient's contact here that has something to collect, on either record; the newest of several."""
    own = ServiceRequest.objects.visible_to(user).filter(patient__in=same_person(patient.pk))
    waiting = own.filter(status=OrderStatus.ORDERED)
    newest = waiting.exclude(test__section=Section.IMAGING).order_by("-ordered_at").first()
    linked = Encounter.objects.select_related("patient", "facility", "department")
    return linked.get(pk=newest.encounter_id) if newest else None


def pregnancy_of(patient: Patient, at: datetime) -> Pregnancy:
    """What was last said of a pregnancy, while that may still hold (40 weeks)."""
    said = (
        Observation.objects.filter(patient__in=same_person(patient.pk), code=Vital.PREGNANT, wrong_at=None)
        .order_by("-taken_at", "-pk")
        .first()
    )
    if said is None or said.taken_at < at - PREGNANCY_HOLDS:
        return Pregnancy.ANY
    return Pregnancy.YES if said.finding == "yes" else Pregnancy.NO


# ── Tubes ──


def specimens_since(first: UUID, encounter: Encounter) -> list[Specimen]:
    """The specimens of the act whose first one has this id."""
    made = Specimen.objects.filter(encounter=encounter, pk__gte=first).order_by("pk")
    found = list(made)
    return [one for one in found if one.collected_at == found[0].collected_at]


def specimens_here(user: Any) -> QuerySet[Specimen]:
    linked = (
        "patient",
        "encounter__department",
        "encounter__facility",
        "collected_by",
        "received_by",
        "rejected_by",
    )
    orders = Prefetch("orders", ServiceRequest.objects.select_related("test"))
    return Specimen.objects.visible_to(user).select_related(*linked).prefetch_related(orders)


def specimen_by_number(user: Any, number: str) -> Specimen | None:
    """The tube with this accession number at the person's hospital."""
    said = number.strip().upper()
    return specimens_here(user).filter(accession_number=said).first() if said else None


def on_their_way(user: Any) -> QuerySet[Specimen]:
    """Tubes that were collected and have not arrived, the oldest first."""
    return specimens_here(user).filter(status=SpecimenStatus.COLLECTED).order_by("collected_at", "pk")


def collected_on(user: Any, day_began: datetime) -> QuerySet[Specimen]:
    """The tubes of a day, the newest first."""
    ended = day_began + timedelta(days=1)
    return (
        specimens_here(user)
        .filter(collected_at__gte=day_began, collected_at__lt=ended)
        .order_by("-collected_at", "-pk")
    )


def orders_on(specimen: Specimen) -> list[ServiceRequest]:
    """What is done from this tube."""
    return list(
        ServiceRequest.objects.filter(specimen=specimen)
        .select_related("test")
        .order_by("test__position", "pk")
    )


def to_be_collected_again(user: Any, now: datetime) -> list[ServiceRequest]:
    """Orders whose specimen was rejected and not yet taken anew."""
    rows = waiting_to_be_collected(user, now).filter(specimen__isnull=False)
    return list(
        rows.select_related("test", "patient", "encounter__department", "specimen").order_by("ordered_at")[
            :MOST_WAITING
        ]
    )
