"""Specimens: collected into tubes under accession numbers, received, rejected, and used for more."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from hmis.kernel import facts, requests
from hmis.kernel.access import lock
from hmis.kernel.acts import act
from hmis.kernel.composed import Composed, among
from hmis.kernel.errors import Refusal
from hmis.kernel.models import IssuedDocument
from hmis.kernel.numbering import Series, next_block
from hmis.kernel.transitions import move
from lab import labels, queries
from lab.models import ResultLine, ServiceRequest, Specimen, TestDefinition
from lab.services.orders import Asking, Wanted, order_tests
from lab.states import (
    IN_HAND,
    ORDER_MOVES,
    SPECIMEN_MOVES,
    Flag,
    OrderStatus,
    Owing,
    Pregnancy,
    RejectReason,
    SpecimenStatus,
)
from lab.tubes import shown
from patients import services as patients
from patients.models import Encounter
from patients.states import EncounterStatus

# What an order loses when its specimen is rejected, or its result opened.
AFTER_VERIFYING = ("verified_by", "verified_at", "held_by", "held_at", "hold_reason", "hold_note")


# ── Collecting ──


@act
def collect_specimens(
    *,
    encounter: Encounter,
    orders: Sequence[ServiceRequest],
    pregnancy: Pregnancy = Pregnancy.ANY,
    request_key: UUID,
    actor: Any,
    at: datetime,
) -> list[Specimen]:
    """Take the specimens of these orders: one tube for each kind of specimen and container, each with its
    number and a label to print.

    Refuses what was collected or cancelled meanwhile, imaging, and what is not paid where the hospital asks
    for it first (never what is urgent or billed later).
    """
    wanted = sorted(order.pk for order in orders)
    first, seen = requests.claim(
        request_key, "lab.collect_specimens", actor=actor, body=[encounter.pk, wanted, pregnancy]
    )
    if seen:
        return queries.specimens_since(first, encounter)
    if not wanted:
        raise Refusal(_("Mark what you collect."))
    held_encounter = patients.lock_encounter(encounter)
    if held_encounter.status == EncounterStatus.CANCELLED:
        raise Refusal(_("This visit was cancelled."))
    held = _locked_orders(wanted, held_encounter)
    for order in held:
        _refuse_uncollectable(order)
    refuse_unpaid(held)
    tubes = tubes_of(held)
    ids = requests.following(first, len(tubes))
    for pk, in_it in zip(ids, tubes, strict=True):
        for order in in_it:
            order.replaced, order.specimen_id = order.specimen, pk
            move(order, to=OrderStatus.COLLECTED, allowed=ORDER_MOVES, also=["specimen"])
    # From here on other counters wait for the hospital's numbers.
    numbers = next_block(held_encounter.facility, Series.ACCESSION, len(tubes), at=at)
    specimens = [
        _new_specimen(pk, number, in_it, pregnancy, actor=actor, at=at)
        for pk, number, in_it in zip(ids, numbers, tubes, strict=True)
    ]
    facts.record(
        "lab.specimens_collected",
        about=held_encounter,
        actor=actor,
        at=at,
        patient_id=held_encounter.patient_id,
        new=[*specimens, labels.issue(held_encounter, specimens, tubes, actor=actor, at=at)],
        specimens=len(specimens),
        orders=len(held),
    )
    return specimens


def _locked_orders(ids: Sequence[UUID], encounter: Encounter) -> list[ServiceRequest]:
    held = _held_of(encounter.pk, list(ids))
    if len(held) != len(set(ids)):
        raise Refusal(_("This is from another visit. Scan again."))
    return held


@Composed
def _held_of(encounter_id: UUID, ids: list[UUID]) -> QuerySet[ServiceRequest]:
    held = ServiceRequest.objects.locked().filter(pk__in=among(ids), encounter=encounter_id)
    return held.select_related("test", "specimen")


def _refuse_uncollectable(order: ServiceRequest) -> None:
    if order.test.is_imaging:
        raise Refusal(_("%(test)s needs no specimen: send the patient there."), test=order.test)
    if order.status != OrderStatus.ORDERED:
        raise Refusal(
            _("%(test)s is %(status)s already."), test=order.test, status=order.get_status_display()
        )


def refuse_unpaid(orders: Sequence[ServiceRequest]) -> None:
    """Refuse what must be paid first here and is not. Emergencies and what is urgent are billed later."""
    unpaid = queries.unpaid_of(orders)
    if unpaid:
        names = ", ".join(str(one.test) for one in unpaid)
        if any(one.owing in (Owing.TAKEN_BACK, Owing.REFUND_ASKED) for one in unpaid):
            raise Refusal(
                _("The money of %(tests)s is being refunded: no specimen is taken for it."), tests=names
            )
        raise Refusal(
            _("%(tests)s: not paid yet. Send the patient to the cashier, or mark it urgent."), tests=names
        )


def tubes_of(orders: Sequence[ServiceRequest]) -> list[list[ServiceRequest]]:
    """The orders that share a tube, tube by tube: alike in specimen and container."""
    tubes: dict[tuple[str, str], list[ServiceRequest]] = {}
    for order in sorted(orders, key=lambda one: (one.test.position, one.test.code)):
        tubes.setdefault((order.test.specimen, order.test.container), []).append(order)
    return list(tubes.values())


def _new_specimen(
    pk: UUID,
    number: str,
    orders: Sequence[ServiceRequest],
    pregnancy: Pregnancy,
    *,
    actor: Any,
    at: datetime,
) -> Specimen:
    first = orders[0]
    return Specimen(
        id=pk,
        facility_id=first.facility_id,
        patient_id=first.patient_id,
        encounter_id=first.encounter_id,
        accession_number=accession(number),
        specimen=first.test.specimen or first.test.name[:40],
        container=first.test.container,
        label_count=labels_for(first.test.container),
        collected_by=actor,
        collected_at=at,
        pregnancy=pregnancy,
        replaces=next((one.replaced for one in orders if one.replaced), None),
    )


def accession(number: str) -> str:
    """`RIMS/Y26/0000123` as a label bears it: Y260000123, without signs that analysers read as others."""
    return "".join(number.split("/")[1:])


def labels_for(container: str) -> int:
    """How many labels: one for each vessel that the list of containers names ("… + …", "tubes 3")."""
    vessels = container.count(" + ") + 1
    return 3 if container.endswith("tubes 3") else vessels


@act
def reprint_labels(*, specimen: Specimen, actor: Any, at: datetime) -> IssuedDocument:
    """The label of one specimen once more."""
    paper = labels.issue(specimen.encounter, [specimen], [queries.orders_on(specimen)], actor=actor, at=at)
    facts.record(
        "lab.labels_printed",
        about=specimen,
        actor=actor,
        at=at,
        patient_id=specimen.patient_id,
        new=[paper],
    )
    return paper


# ── Receiving, rejecting ──


@act
def receive_specimens(*, specimens: Sequence[Specimen], actor: Any, at: datetime) -> list[Specimen]:
    """Tubes have arrived in the laboratory. Received twice, they are received once. Refuses rejected ones."""
    ids = [one.pk for one in specimens]
    held = _held_tubes(ids)
    came = [one for one in held if one.status != SpecimenStatus.RECEIVED]
    for specimen in came:
        specimen.received_by, specimen.received_at = actor, at
        move(
            specimen,
            to=SpecimenStatus.RECEIVED,
            allowed=SPECIMEN_MOVES,
            also=["received_by", "received_at"],
        )
    for order in _collected_into([one.pk for one in came]) if came else ():
        move(order, to=OrderStatus.RECEIVED, allowed=ORDER_MOVES)
    for specimen in came:
        facts.record(
            "lab.specimen_received", about=specimen, actor=actor, at=at, patient_id=specimen.patient_id
        )
    return held


@Composed
def _held_tubes(ids: list[UUID]) -> QuerySet[Specimen]:
    return Specimen.objects.locked().filter(pk__in=among(ids))


@Composed
def _collected_into(tubes: list[UUID]) -> QuerySet[ServiceRequest]:
    held = ServiceRequest.objects.locked().filter(specimen__in=among(tubes), status=OrderStatus.COLLECTED)
    return held.select_related("test")


@act
def reject_specimen(
    *,
    specimen: Specimen,
    reason: RejectReason,
    note: str = "",
    request_key: UUID,
    actor: Any,
    at: datetime,
) -> Specimen:
    """The laboratory cannot use a specimen: its orders stay alive and are to be collected anew.

    What was entered from it is taken back. Refuses what was authorised from it: that is amended.
    """
    body = [specimen.pk, reason, note]
    seen = requests.was_sent(request_key, "lab.reject_specimen", actor=actor, body=body)
    held = lock(Specimen, specimen.pk)
    if seen:
        return held
    orders = list(ServiceRequest.objects.locked().filter(specimen=held).select_related("test"))
    refuse_authorised(orders)
    held.rejected_by, held.rejected_at = actor, at
    held.reject_reason, held.reject_note = reason, note
    if reason == RejectReason.OTHER and not note:
        raise Refusal(_("Say why in words."), field="note")
    move(
        held,
        to=SpecimenStatus.REJECTED,
        allowed=SPECIMEN_MOVES,
        also=["rejected_by", "rejected_at", "reject_reason", "reject_note"],
    )
    back = [one for one in orders if one.status in IN_HAND]
    do_anew(back)
    facts.record(
        "lab.specimen_rejected",
        about=held,
        actor=actor,
        at=at,
        patient_id=held.patient_id,
        reason=reason,
        orders=len(back),
    )
    return held


def refuse_authorised(orders: Sequence[ServiceRequest]) -> None:
    """What is authorised is not taken back: it is amended."""
    done = [str(one.test) for one in orders if one.status == OrderStatus.AUTHORISED]
    if done:
        raise Refusal(_("%(tests)s: authorised already. Amend it first."), tests=", ".join(done))


def do_anew(orders: Sequence[ServiceRequest], *, also: Sequence[str] = ()) -> None:
    """The part of an act that takes back what was found for these locked orders: they wait to be done anew.

    Values of another's tube or picture say nothing; their history keeps them.
    """
    ResultLine.objects.filter(order__in=orders).exclude(value="").update(
        value="", number=None, flag=Flag.NONE, delta="", critical_at=None
    )
    for order in orders:
        clear_verifying(order)
        move(order, to=OrderStatus.ORDERED, allowed=ORDER_MOVES, also=[*AFTER_VERIFYING, *also])


def clear_verifying(order: ServiceRequest) -> None:
    """Nobody has verified or held it any more."""
    order.verified_by = order.verified_at = order.held_by = order.held_at = None
    order.hold_reason = order.hold_note = ""


# ── One test more ──


@act
def add_on_test(
    *,
    specimen: Specimen,
    test: TestDefinition,
    asking: Asking = Asking(),
    request_key: UUID,
    actor: Any,
    at: datetime,
) -> ServiceRequest:
    """One more test from a tube that is there already, ordered and charged like any other.

    Refuses a tube that was rejected, and a test that wants another specimen.
    """
    held = lock(Specimen, specimen.pk, "encounter__facility")
    if held.status == SpecimenStatus.REJECTED:
        raise Refusal(_("This specimen was rejected."))
    if (test.specimen, test.container) != (held.specimen, held.container):
        raise Refusal(
            _("%(test)s needs another specimen: %(specimen)s, %(container)s."),
            test=test,
            specimen=shown(test.specimen),
            container=shown(test.container),
        )
    (order,) = order_tests(
        encounter=held.encounter,
        wanted=[Wanted(test)],
        asking=asking,
        request_key=uuid5(request_key, "order"),
        actor=actor,
        at=at,
    )
    order = lock(ServiceRequest, order.pk, "test")
    if order.status != OrderStatus.ORDERED:
        return order
    order.specimen = held
    move(order, to=OrderStatus.COLLECTED, allowed=ORDER_MOVES, also=["specimen"])
    if held.status == SpecimenStatus.RECEIVED:
        move(order, to=OrderStatus.RECEIVED, allowed=ORDER_MOVES)
    facts.record("lab.test_added_on", about=order, actor=actor, at=at, patient_id=order.patient_id)
    return order
