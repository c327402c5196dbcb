"""Tests and imaging ordered: each with its charge at once, or with the reason why there is none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing import queries as billing_queries
from billing import services as billing
from billing.models import ChargeItem, Exemption, InvoiceLine, TariffPrice
from billing.services import Ask
from billing.states import RefundKind
from facilities.roles import Role
from hmis.kernel import facts, pdf, requests
from hmis.kernel.access import lock
from hmis.kernel.acts import act
from hmis.kernel.composed import Composed
from hmis.kernel.errors import Refusal, at_field
from hmis.kernel.models import IssuedDocument
from hmis.kernel.numbering import Series, next_number
from hmis.kernel.rows import write
from hmis.kernel.templatetags.ui import clock
from hmis.kernel.transitions import move
from lab import documents, queries
from lab.models import SOURCE, ServiceRequest, TestDefinition
from lab.queries import confidential
from lab.states import ORDER_MOVES, CancelReason, Consent, OrderStatus, Priority, Uncharged
from patients import services as patients
from patients.identifiers import refuse_aadhaar
from patients.models import Encounter
from patients.states import EncounterStatus

MOST_AT_ONCE = 20


@dataclass(frozen=True)
class Wanted:
    """A test that is wanted, and how urgently."""

    test: TestDefinition
    priority: Priority = Priority.ROUTINE


@dataclass(frozen=True)
class Asking:
    """What goes with an order: why, whose paper asks for it, that a second one today is meant, who agreed."""

    note: str = ""
    requester_name: str = ""
    again: bool = False
    consent: Consent | str = ""

    def claimed(self) -> list[Any]:
        """What a request key stands for."""
        return list(vars(self).values())


class OrderedAlready(Refusal):
    """A test of those that are wanted was ordered today; the person may order it once more, knowingly."""


class ConsentNeeded(Refusal):
    """A test of those that are wanted is done with informed consent alone, and nobody has said whose."""


@dataclass(frozen=True)
class Offer:
    """A test with what it costs this patient now; None: it has no price here."""

    test: TestDefinition
    asked: Decimal | None
    why_free: str = ""


# ── What it costs ──


class _Till:
    """The prices that hold for an encounter today, and what lets something off."""

    def __init__(self, encounter: Encounter, tests: Sequence[TestDefinition], *, at: datetime) -> None:
        self.encounter, self.at = encounter, at
        day = timezone.localdate(at)
        self.standing = billing.standing_of(encounter, day)
        services = [one.service_id for one in tests if one.service_id]
        self.prices: dict[UUID, TariffPrice] = billing_queries.prices_for(
            services, encounter.facility, scheme=self.standing.granted, day=day
        )

    def price_of(self, test: TestDefinition) -> TariffPrice | None:
        price = self.prices.get(test.service_id) if test.service_id else None
        return price if price and price.definition.is_active else None

    def charge(
        self, test: TestDefinition, source_id: UUID, *, actor: Any
    ) -> tuple[ChargeItem, Exemption | None] | Uncharged:
        """The charge of a test, not yet written; else why there is none."""
        price = self.price_of(test)
        if price is None:
            return Uncharged.NO_PRICE if test.service_id else Uncharged.NO_SERVICE
        service = billing.service_at(price, source=SOURCE, source_id=source_id)
        relief = self.standing.relief_on(service.kind)
        return billing.add_charge(
            encounter=self.encounter, service=service, relief=relief, actor=actor, at=self.at
        )


def offers(*, encounter: Encounter, tests: Sequence[TestDefinition], actor: Any, at: datetime) -> list[Offer]:
    """What these tests would cost this patient now. Nothing is written."""
    till = _Till(encounter, tests, at=at)
    offered = []
    for test in tests:
        line = till.charge(test, test.pk, actor=actor)
        if isinstance(line, Uncharged):
            offered.append(Offer(test, None))
        else:
            item, why = line
            offered.append(Offer(test, item.net, str(why) if why and item.net == 0 else ""))
    return offered


# ── Ordering ──


@act
def order_tests(
    *,
    encounter: Encounter,
    wanted: Sequence[Wanted],
    asking: Asking = Asking(),
    request_key: UUID,
    actor: Any,
    at: datetime,
) -> list[ServiceRequest]:
    """Order tests for a patient; each raises its charge by tariff and exemption, to be billed with the rest.

    What has no price here is ordered all the same, and says so. Refuses a visit that is over, a test that is
    no longer in use, one that was ordered today already (unless that is meant: `again`), who is no doctor
    and names none, and last a test of HIV to which nobody has agreed.
    """
    body = [encounter.pk, [[one.test.code, one.priority] for one in wanted], asking.claimed()]
    first, seen = requests.claim(request_key, "lab.order_tests", actor=actor, body=body)
    chosen = list({one.test.pk: one for one in wanted}.values())
    ids = requests.following(first, len(chosen))
    if seen:
        return list(ServiceRequest.objects.filter(pk__in=ids).select_related("test").order_by("pk"))
    _refuse_unfit(chosen)
    _refuse_numbers(note=asking.note, requester_name=asking.requester_name)
    held = patients.lock_encounter(encounter)
    _refuse_over(held)
    day = timezone.localdate(at)
    before = _ordered_on(held.pk, day)
    repeats = _repeats(chosen, before, again=asking.again)
    till = _Till(held, [one.test for one in chosen], at=at)
    orders, charges = [], list[Any]()
    for pk, one in zip(ids, chosen, strict=True):
        line = till.charge(one.test, pk, actor=actor)
        item = None if isinstance(line, Uncharged) else line[0]
        charges += [] if isinstance(line, Uncharged) else line
        order = _new_order(pk, one, held, asking, actor=actor, at=at)
        order.charge_item = item
        order.uncharged = line if isinstance(line, Uncharged) else ""
        order.repeat = repeats[one.test.pk]
        orders.append(order)
    number = _slip_number(held, _standing(before), at=at)
    for order in orders:
        order.slip_number = number
    facts.record(
        "lab.tests_ordered",
        about=held,
        actor=actor,
        at=at,
        patient_id=held.patient_id,
        new=[*charges, *orders],
        count=len(orders),
        urgent=sum(order.is_urgent() for order in orders),
        uncharged=sum(order.charge_item is None for order in orders),
    )
    return orders


@Composed
def _ordered_on(encounter_id: UUID, day: date) -> QuerySet[ServiceRequest]:
    return ServiceRequest.objects.filter(encounter=encounter_id, ordered_on=day)


def _standing(orders: Sequence[ServiceRequest]) -> list[ServiceRequest]:
    return [one for one in orders if one.status != OrderStatus.CANCELLED]


def _refuse_unfit(wanted: Sequence[Wanted]) -> None:
    if not wanted:
        raise Refusal(_("Which test? Write its name."), field="words")
    if len(wanted) > MOST_AT_ONCE:
        raise Refusal(_("At most %(most)s tests at once."), field="words", most=MOST_AT_ONCE)
    for one in wanted:
        if not one.test.is_active:
            raise Refusal(_("%(test)s is not ordered any more."), field="words", test=one.test)


def _refuse_numbers(**texts: str) -> None:
    """An Aadhaar number is kept nowhere, not in the words of an order either."""
    for field, text in texts.items():
        with at_field(field):
            refuse_aadhaar(text)


def _refuse_over(encounter: Encounter) -> None:
    if encounter.status == EncounterStatus.CANCELLED:
        raise Refusal(_("This visit was cancelled."))
    if encounter.status == EncounterStatus.FINISHED:
        raise Refusal(_("This visit is over: nothing more is charged to it."))


def _repeats(wanted: Sequence[Wanted], before: Sequence[ServiceRequest], *, again: bool) -> dict[UUID, int]:
    """Which time it is today, of each test. Refuses a second one that nobody has confirmed."""
    today = _standing(before)
    if not again:
        _refuse_doubled(wanted, today)
    last: dict[UUID, int] = {}
    for one in before:
        last[one.test_id] = max(last.get(one.test_id, 0), one.repeat + 1)
    standing = {one.test_id for one in today}
    return {one.test.pk: last[one.test.pk] if one.test.pk in standing else 0 for one in wanted}


def _refuse_doubled(wanted: Sequence[Wanted], today: Sequence[ServiceRequest]) -> None:
    ordered = {one.test_id: one for one in today}
    for one in wanted:
        if before := ordered.get(one.test.pk):
            raise OrderedAlready(
                _("%(test)s is ordered already today, at %(time)s. Once more?"),
                field="words",
                test=one.test,
                time=clock(before.ordered_at),
            )


def _new_order(
    pk: UUID, wanted: Wanted, encounter: Encounter, asking: Asking, *, actor: Any, at: datetime
) -> ServiceRequest:
    is_doctor = actor.posting.role == Role.DOCTOR and not asking.requester_name
    if not is_doctor and not asking.requester_name:
        raise Refusal(_("Which doctor asks for it? Write the name on the paper."), field="requester_name")
    asks_consent = confidential.asks_consent(wanted.test)
    if asks_consent and not asking.consent:
        raise ConsentNeeded(
            _("%(test)s is done with informed consent alone, after counselling. Who agreed?"),
            field="consent",
            test=wanted.test,
        )
    return ServiceRequest(
        id=pk,
        facility_id=encounter.facility_id,
        encounter=encounter,
        patient_id=encounter.patient_id,
        department_id=encounter.department_id,
        test=wanted.test,
        priority=wanted.priority,
        note=asking.note,
        requester=actor if is_doctor else None,
        requester_name="" if is_doctor else asking.requester_name,
        entered_by=actor,
        consent=asking.consent if asks_consent else "",
        ordered_at=at,
        ordered_on=timezone.localdate(at),
    )


def _slip_number(encounter: Encounter, today: Sequence[ServiceRequest], *, at: datetime) -> str:
    """The slip of this encounter's day. A new number is taken last: other counters wait from here on."""
    numbers = sorted(one.slip_number for one in today)
    return numbers[0] if numbers else next_number(encounter.facility, Series.TESTS, at=at)


# ── What comes after ──


@act
def cancel_order(
    *,
    order: ServiceRequest,
    reason: CancelReason,
    note: str = "",
    request_key: UUID,
    actor: Any,
    at: datetime,
) -> ServiceRequest:
    """Take an order back: its charge is reversed; where it was billed already, its money is asked back.

    Refuses what was collected already, what was cancelled, and another reason without words.
    """
    body = [order.pk, reason, note]
    seen = requests.was_sent(request_key, "lab.cancel_order", actor=actor, body=body)
    patients.lock_encounter(order.encounter)
    held = _locked(order)
    if seen:
        return held
    if held.status not in (OrderStatus.ORDERED, OrderStatus.CANCELLED):
        raise Refusal(
            _("%(test)s cannot be taken back: it is %(status)s already."),
            test=held.test,
            status=held.get_status_display(),
        )
    if reason == CancelReason.OTHER and not note:
        raise Refusal(_("Say why in words."), field="note")
    _refuse_numbers(note=note)
    held.cancelled_by, held.cancelled_at = actor, at
    held.cancel_reason, held.cancel_note = reason, note
    move(
        held,
        to=OrderStatus.CANCELLED,
        allowed=ORDER_MOVES,
        also=["cancelled_by", "cancelled_at", "cancel_reason", "cancel_note"],
    )
    is_billed = _take_back_charge(held, request_key, actor=actor, at=at)
    _record("lab.order_cancelled", held, actor=actor, at=at, reason=reason, is_billed=is_billed)
    return held


def _take_back_charge(order: ServiceRequest, request_key: UUID, *, actor: Any, at: datetime) -> bool:
    """Whether it stood on a bill: then a second person approves that its line goes back."""
    item = order.charge_item
    if item is None:
        return False
    line = InvoiceLine.objects.filter(charge_item=item).select_related("invoice").first()
    if line is None:
        billing.reverse_charge(item=item, reason=order.why_cancelled[:160], actor=actor, at=at)
        return False
    if not line.credits.exists():
        billing.ask_refund(
            ask=Ask(RefundKind.CREDIT, invoice=line.invoice, lines=(line.pk,), anyway=True),
            reason=order.why_cancelled[:160],
            request_key=uuid5(request_key, "refund"),
            actor=actor,
            at=at,
        )
    return True


@act
def set_priority(
    *, order: ServiceRequest, priority: Priority, request_key: UUID, actor: Any, at: datetime
) -> ServiceRequest:
    """Say that an order is urgent, or not any more. Refuses one that was collected or taken back."""
    body = [order.pk, priority]
    seen = requests.was_sent(request_key, "lab.set_priority", actor=actor, body=body)
    held = _locked(order)
    if seen or held.priority == priority:
        return held
    if held.status != OrderStatus.ORDERED:
        raise Refusal(_("%(test)s is %(status)s already."), test=held.test, status=held.get_status_display())
    held.priority = priority
    held.save(update_fields=["priority"])
    _record("lab.priority_changed", held, actor=actor, at=at, priority=priority)
    return held


@act
def charge_order(*, order: ServiceRequest, request_key: UUID, actor: Any, at: datetime) -> ServiceRequest:
    """Charge an order that had no price when it was made. Refuses one that has none yet, or was cancelled."""
    seen = requests.was_sent(request_key, "lab.charge_order", actor=actor, body=[order.pk])
    encounter = patients.lock_encounter(order.encounter)
    held = _locked(order)
    if seen or held.charge_item_id:
        return held
    if held.status == OrderStatus.CANCELLED:
        raise Refusal(_("%(test)s is %(status)s already."), test=held.test, status=held.get_status_display())
    line = _Till(encounter, [held.test], at=at).charge(held.test, held.pk, actor=actor)
    if isinstance(line, Uncharged):
        raise Refusal(_("%(test)s has no price here yet. The administrator sets it."), test=held.test)
    write(*line)
    held.charge_item, held.uncharged = line[0], ""
    held.save(update_fields=["charge_item", "uncharged"])
    _record("lab.order_charged", held, actor=actor, at=at, amount=line[0].net)
    return held


def _locked(order: ServiceRequest) -> ServiceRequest:
    return lock(ServiceRequest, order.pk, "test", "encounter", "charge_item")


def _record(name: str, order: ServiceRequest, *, actor: Any, at: datetime, **detail: Any) -> None:
    facts.record(name, about=order, actor=actor, at=at, patient_id=order.patient_id, **detail)


# ── The slip ──


@act
def print_slip(*, encounter: Encounter, request_key: UUID, actor: Any, at: datetime) -> IssuedDocument:
    """The slip of what was ordered last, as it stands now; unchanged since its last print, a duplicate.

    Refuses where nothing is ordered.
    """
    slip_id, seen = requests.claim(request_key, "lab.print_slip", actor=actor, body=[encounter.pk])
    if seen:
        return IssuedDocument.objects.get(pk=slip_id)
    held = patients.lock_encounter(encounter)
    standing = [one for one in queries.orders_of(held) if one.status != OrderStatus.CANCELLED]
    if not standing:
        raise Refusal(_("Nothing is ordered."))
    on_it = [one for one in standing if one.slip_number == standing[-1].slip_number]
    before = queries.last_slip_of(held, on_it[0].slip_number)
    slip = documents.issue_slip(held, on_it, actor=actor, at=at)
    if before and documents.says_the_same(before, slip):
        return pdf.reprint(before, actor=actor, at=at, copy_id=slip_id)
    slip.pk = slip_id
    facts.record("lab.slip_printed", about=held, actor=actor, at=at, patient_id=held.patient_id, new=[slip])
    return slip


# ── Looking ──


@act
def note_orders_seen(*, encounter: Encounter, actor: Any, at: datetime) -> None:
    """Write down that somebody looked at what was ordered for a patient."""
    facts.record("lab.orders_viewed", about=encounter, actor=actor, at=at, patient_id=encounter.patient_id)


@act
def note_orders_searched(*, patient_id: UUID | None, found: int, actor: Any, at: datetime) -> None:
    """Write down that somebody looked for orders, whose they were and how many; never by which words."""
    facts.record("lab.orders_searched", about=actor, actor=actor, at=at, patient_id=patient_id, found=found)
