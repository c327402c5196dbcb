"""The tariff: services made and put right, prices set and ended. No raised charge changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing import queries
from billing.models import ChargeItemDefinition, Scheme, TariffPrice
from facilities.models import Facility
from hmis.kernel import facts, requests
from hmis.kernel.access import lock
from hmis.kernel.acts import act
from hmis.kernel.edits import put_right, refuse_changed
from hmis.kernel.errors import Refusal, refusing
from hmis.kernel.history import version_of
from hmis.kernel.money import to_money

HIGHEST = Decimal("99999999.99")


# ── The services, for the whole state ──


@act
def add_definition(
    *, details: Mapping[str, Any], request_key: UUID, actor: Any, at: datetime
) -> ChargeItemDefinition:
    """Something that hospitals may charge for. Refuses a code that is taken."""
    body = {name: getattr(value, "pk", value) for name, value in details.items()}
    definition_id, seen = requests.claim(request_key, "billing.add_definition", actor=actor, body=body)
    if seen:
        return ChargeItemDefinition.objects.get(pk=definition_id)
    made = ChargeItemDefinition(id=definition_id, **details)
    facts.record("billing.service_added", about=made, actor=actor, at=at, new=[made], code=made.code)
    return made


@act
def edit_definition(
    *,
    definition: ChargeItemDefinition,
    details: Mapping[str, Any],
    version: int,
    actor: Any,
    at: datetime,
) -> ChargeItemDefinition:
    """Put a service right, or end its use. What was charged under it stays as it was.

    Refuses when somebody else changed it since the form was opened (`version`).
    """
    held = ChargeItemDefinition.objects.select_for_update(of=("self",)).get(pk=definition.pk)
    refuse_changed(version_of(held), version)
    return put_right("billing.service_edited", held, details, actor=actor, at=at, code=held.code)


# ── Prices, for one hospital ──


@dataclass(frozen=True)
class Tag:
    """A price to be set: of which service, for whom, in which ward, how much, from when until when."""

    definition: ChargeItemDefinition
    price: Decimal
    day: date
    scheme: Scheme | None = None
    ward_class: str = ""
    until: date | None = None

    @property
    def shelf(self) -> tuple[Any, ...]:
        """What has one price a day."""
        return self.definition.pk, self.scheme and self.scheme.pk, self.ward_class


@dataclass
class Shelf:
    """The prices of one service for one scheme and ward, in the order of their days."""

    prices: list[TariffPrice]
    new: list[TariffPrice] = field(default_factory=list)
    changed: list[TariffPrice] = field(default_factory=list)

    def on(self, day: date) -> TariffPrice | None:
        """The price that holds on this day."""
        return next((one for one in self.prices if one.valid_from <= day and _lasts(one, day)), None)

    def put(self, tag: Tag, facility: Facility, *, key: UUID | None = None) -> TariffPrice:
        """Set a price from its day: the one before ends the day before, one that begins then is put right.

        It holds until the next that is already planned, unless it says its own end.
        """
        running = self.on(tag.day)
        planned = min((one.valid_from for one in self.prices if one.valid_from > tag.day), default=None)
        until = min(
            (day for day in (tag.until, planned and planned - timedelta(days=1)) if day), default=None
        )
        if running and running.valid_from == tag.day:
            running.price, running.valid_to = tag.price, until
            self._note_changed(running)
            return running
        if running:
            running.valid_to = tag.day - timedelta(days=1)
            self._note_changed(running)
        made = TariffPrice(
            facility=facility,
            definition=tag.definition,
            scheme=tag.scheme,
            ward_class=tag.ward_class,
            price=tag.price,
            valid_from=tag.day,
            valid_to=until,
        )
        if key:
            made.pk = key
        self.new.append(made)
        self.prices.append(made)
        return made

    def _note_changed(self, price: TariffPrice) -> None:
        if price not in self.new and price not in self.changed:
            self.changed.append(price)


def _lasts(price: TariffPrice, day: date) -> bool:
    return price.valid_to is None or price.valid_to >= day


def lock_tariff(facility: Facility) -> None:
    """One at a time sets prices at a hospital; charges go on meanwhile."""
    Facility.objects.select_for_update(no_key=True).get(pk=facility.pk)


def shelves(facility: Facility, tags: Sequence[Tag], day: date) -> dict[tuple[Any, ...], Shelf]:
    """The prices of now and to come beside which these are to be put."""
    lasting = TariffPrice.objects.filter(
        facility=facility, definition__in={tag.definition.pk for tag in tags}
    ).exclude(valid_to__lt=day)
    found: dict[tuple[Any, ...], Shelf] = {tag.shelf: Shelf([]) for tag in tags}
    for price in lasting.order_by("valid_from"):
        place = (price.definition_id, price.scheme_id, price.ward_class)
        if place in found:
            found[place].prices.append(price)
    return found


def write_shelves(held: Mapping[Any, Shelf]) -> None:
    """Ends first, beginnings after: no day has two prices in between."""
    changed = [price for shelf in held.values() for price in shelf.changed]
    with refusing(TariffPrice):
        TariffPrice.objects.bulk_update(changed, ["price", "valid_to"], batch_size=500)
        TariffPrice.objects.bulk_create([price for one in held.values() for price in one.new], batch_size=500)


def refuse_unfit(tag: Tag, today: date) -> None:
    """Refuses a price from a day that is past, one below nothing, and one that ends before it starts."""
    if tag.day < today:
        raise Refusal(
            _("A price holds from today or a later day: what was charged stays as it was."), field="day"
        )
    if not 0 <= tag.price <= HIGHEST:
        raise Refusal(_("A price is not less than nothing, and below ten crore."), field="price")
    if tag.until and tag.until < tag.day:
        raise Refusal(_("A price ends after it starts."), field="until")
    if not tag.definition.is_active:
        raise Refusal(_("This service is no longer in use."), field="price")


@act
def set_price(
    *, facility: Facility, tag: Tag, version: int, request_key: UUID, actor: Any, at: datetime
) -> TariffPrice:
    """What a service costs here from a day; the price before it ends the day before, in the same act.

    Refuses a day that is past, and when somebody set a price of this service meanwhile (`version`).
    """
    price = to_money(tag.price)
    body = [facility.pk, *map(str, tag.shelf), price, tag.day, tag.until]
    price_id, seen = requests.claim(request_key, "billing.set_price", actor=actor, body=body)
    if seen:
        return _price_set(price_id, facility, tag)
    refuse_unfit(tag, timezone.localdate(at))
    lock_tariff(facility)
    refuse_changed(queries.tariff_version(facility, tag.definition), version)
    held = shelves(facility, [tag], timezone.localdate(at))
    made = held[tag.shelf].put(tag, facility, key=price_id)
    write_shelves(held)
    facts.record(
        "billing.price_set",
        about=made,
        actor=actor,
        at=at,
        facility_id=facility.pk,
        code=tag.definition.code,
        price=price,
        day=tag.day,
        scheme=tag.scheme.code if tag.scheme else "",
        ward=tag.ward_class,
    )
    return made


def _price_set(price_id: UUID, facility: Facility, tag: Tag) -> TariffPrice:
    """The row that the first sending wrote, or the one that it put right."""
    same = TariffPrice.objects.filter(pk=price_id).first()
    held = {"definition": tag.definition, "scheme": tag.scheme, "ward_class": tag.ward_class}
    return same or TariffPrice.objects.get(facility=facility, valid_from=tag.day, **held)


@act
def end_price(
    *, price: TariffPrice, day: date, version: int, request_key: UUID, actor: Any, at: datetime
) -> TariffPrice:
    """The last day on which a price holds; afterwards the service has none of this kind here.

    Refuses a day that is past or lies before its first one, and when it was changed meanwhile (`version`).
    """
    body = [price.pk, day]
    if requests.was_sent(request_key, "billing.end_price", actor=actor, body=body):
        return TariffPrice.objects.get(pk=price.pk)
    lock_tariff(price.facility)
    held = lock(TariffPrice, price.pk)
    refuse_changed(held.rev, version)
    if day < timezone.localdate(at) or day < held.valid_from:
        raise Refusal(_("The last day is today or later, and not before the price begins."), field="day")
    if held.valid_to and held.valid_to < day:
        raise Refusal(_("This price ends on %(day)s already."), field="day", day=f"{held.valid_to:%d-%m-%Y}")
    held.valid_to = day
    with refusing(TariffPrice):
        held.save(update_fields=["valid_to"])
    facts.record("billing.price_ended", about=held, actor=actor, at=at, facility_id=held.facility_id, day=day)
    return held


@act
def note_tariff_export(*, facility: Facility, actor: Any, at: datetime) -> None:
    """Write down that somebody took the tariff out as a sheet."""
    facts.record("billing.tariff_exported", about=facility, actor=actor, at=at, facility_id=facility.pk)
