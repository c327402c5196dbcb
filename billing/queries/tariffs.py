"""Reads of the tariff: what something costs today, and what it cost before."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery

from billing.models import ChargeItemDefinition, Scheme, TariffPrice, TaxRule
from billing.pricing import Tax
from facilities.models import Facility

MOST_OFFERED = 20
MOST_WORDS = 6


def price_of(
    definition: ChargeItemDefinition,
    facility: Facility,
    *,
    scheme: Scheme | None = None,
    ward_class: str = "",
    day: date,
) -> TariffPrice | None:
    """The price that holds: of the scheme in this ward, else of the scheme, of the ward, of everybody."""
    found = prices_for([definition.pk], facility, scheme=scheme, ward_class=ward_class, day=day)
    return found.get(definition.pk)


def prices_for(
    definitions: Sequence[UUID],
    facility: Facility,
    *,
    scheme: Scheme | None = None,
    ward_class: str = "",
    day: date,
) -> dict[UUID, TariffPrice]:
    """The price that holds of each of these services, with the service and its tax; one query."""
    fitting = TariffPrice.objects.valid_on(day).filter(
        Q(scheme=None) | Q(scheme=scheme),
        facility=facility,
        definition__in=definitions,
        ward_class__in={"", ward_class},
    )
    ordered = fitting.select_related("definition__tax_rule").order_by(
        F("scheme").asc(nulls_first=True), "ward_class"
    )
    return {one.definition_id: one for one in ordered}  # the last one stands: the most fitting


def tax_of(definition: ChargeItemDefinition) -> Tax | None:
    """How the service is taxed; None: it is exempt, as care is."""
    rule: TaxRule | None = definition.tax_rule
    if rule is None:
        return None
    return Tax(rule.percent, rule.above, rule.outpatients_only, rule.spares_intensive_care)


def named(words: str) -> Q:
    """Services whose code or name in either script has a word that begins so, for each of the words."""
    asked = Q()
    for word in words.split()[:MOST_WORDS]:
        one = Q(code__istartswith=word)
        for name in ("name", "name_hi"):
            one |= Q(**{f"{name}__istartswith": word}) | Q(**{f"{name}__icontains": f" {word}"})
        asked &= one
    return asked


def services_offered(facility: Facility, words: str, day: date) -> list[ChargeItemDefinition]:
    """What a counter may bill by these words, the code itself first; each with `price_today`."""
    found: list[Any] = list(
        _priced(facility, day)
        .filter(named(words), is_active=True, price_today__isnull=False)
        .order_by("name")[:MOST_OFFERED]
    )
    return sorted(found, key=lambda one: one.code.casefold() != words.strip().casefold())


def _priced(facility: Facility, day: date) -> Any:
    """Every service, with today's price for everybody, and how many prices of their own others have."""
    valid = TariffPrice.objects.valid_on(day).filter(facility=facility, definition=OuterRef("pk")).order_by()
    plain = Q(scheme=None, ward_class="")
    others = valid.exclude(plain).values("definition").annotate(n=Count("pk")).values("n")
    return ChargeItemDefinition.objects.annotate(
        price_today=Subquery(valid.filter(plain).values("price")[:1]), other_prices=Subquery(others)
    )


def tariff_of(
    facility: Facility, day: date, *, words: str = "", kind: str = "", only: str = ""
) -> QuerySet[ChargeItemDefinition]:
    """The whole list as a hospital has it. `only`: `priced`, `unpriced` or `idle`, no longer in use."""
    found = _priced(facility, day).filter(named(words), is_active=only != "idle")
    if kind:
        found = found.filter(kind=kind)
    if only in {"priced", "unpriced"}:
        found = found.filter(price_today__isnull=only == "unpriced")
    ordered: QuerySet[ChargeItemDefinition] = found.order_by("kind", "code")
    return ordered


def prices_of(definition: ChargeItemDefinition, facility: Facility) -> list[TariffPrice]:
    """What it costs and has cost here, the newest first."""
    prices = TariffPrice.objects.filter(definition=definition, facility=facility).select_related("scheme")
    return list(prices.order_by("-valid_from", F("scheme").desc(nulls_last=True), "-ward_class"))


def prices_from(facility: Facility, day: date) -> Iterator[TariffPrice]:
    """The prices that hold today or are to come, by code: what a sheet of the tariff says."""
    lasting = TariffPrice.objects.filter(Q(valid_to=None) | Q(valid_to__gte=day), facility=facility)
    ordered = lasting.select_related("definition", "scheme").order_by(
        "definition__code", F("scheme__code").asc(nulls_first=True), "ward_class", "valid_from"
    )
    return ordered.iterator(chunk_size=1000)


def tariff_version(facility: Facility, definition: ChargeItemDefinition | None = None) -> int:
    """Grows with every price that is set or changed here: what a form or a preview was made with."""
    prices = TariffPrice.objects.filter(facility=facility)
    if definition:
        prices = prices.filter(definition=definition)
    return sum(rev + 1 for rev in prices.values_list("rev", flat=True))
