"""What a hospital knows of medicines, frozen and without a database."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from uuid import UUID

from patients.prescribing.limits import Band
from patients.prescribing.terms import Term


@dataclass(frozen=True, slots=True)
class Medicine:
    """One strength and form. `available` is None as long as the free-drug counter has not said."""

    id: UUID
    generic_name: str
    name_hi: str
    strength: str
    form: str
    route: str
    atc_code: str
    ingredients: tuple[str, ...]
    # ok, caution, avoid or unknown: unknown is never shown as safe.
    pregnancy_flag: str
    lactation_flag: str
    flag_source: str
    high_alert: bool
    aware_group: str
    # H, H1, X, G; empty says nothing: it does not mean over the counter.
    schedule: str
    # P/S/T, S/T, T; empty where the list names no level.
    nlem_level: str
    listed: bool
    available: bool | None
    approved: bool
    source: str
    edition: str

    @property
    def named(self) -> str:
        """As a list names it: the generic name, strength and form."""
        return " ".join(part for part in (self.generic_name, self.strength, self.form) if part)


@dataclass(frozen=True, slots=True)
class Substance:
    """An ingredient: its class, and what its source says of allergy across the class."""

    id: UUID
    name: str
    name_hi: str
    atc_code: str
    class_name: str
    cross_note: str
    approved: bool
    source: str
    edition: str


@dataclass(frozen=True, slots=True)
class KnownInteraction:
    """A row of the interactions: its two sides as stated, and which ingredients each means."""

    id: UUID
    a: str
    b: str
    severity: str
    effect: str
    what_to_do: str
    approved: bool
    source: str
    edition: str
    a_term: Term
    b_term: Term


@dataclass(frozen=True, slots=True)
class HighestDose:
    """The top of a published range, for whoever is in `band`; None where the source gives no amount."""

    id: UUID
    ingredient: str
    members: tuple[str, ...]
    population: str
    route: str
    max_single: Decimal | None
    max_daily: Decimal | None
    per_kg_single: Decimal | None
    per_kg_daily: Decimal | None
    unit: str
    band_text: str
    band: Band
    not_under_text: str
    not_under: Band
    egfr_below: int | None
    note: str
    approved: bool
    source: str
    edition: str


@dataclass(frozen=True, slots=True)
class SetLine:
    """One line of a guideline's set of medicines, in the guideline's words."""

    id: UUID
    set_name: str
    line_no: int
    drug: str
    dose_text: str
    frequency: str
    duration: str
    note: str
    approved: bool
    source: str
    edition: str


@dataclass(frozen=True)
class Formulary:
    """All that a hospital knows of medicines at one moment; never changed, only replaced."""

    # None: as the state has it, and hospitals that have said nothing of their own.
    facility_id: UUID | None
    medicines: tuple[Medicine, ...]
    substances: Mapping[str, Substance]
    interactions: tuple[KnownInteraction, ...]
    highest_doses: tuple[HighestDose, ...]
    set_lines: tuple[SetLine, ...]
    # Codes of the rules that the hospital has retired.
    retired: frozenset[str]

    @cached_property
    def by_id(self) -> Mapping[UUID, Medicine]:
        return {one.id: one for one in self.medicines}

    @cached_property
    def listed(self) -> tuple[Medicine, ...]:
        return tuple(one for one in self.medicines if one.listed)

    @cached_property
    def doses_of(self) -> Mapping[str, tuple[HighestDose, ...]]:
        """The highest doses of each ingredient that they speak of."""
        found: dict[str, list[HighestDose]] = {}
        for dose in self.highest_doses:
            for name in dose.members:
                found.setdefault(name, []).append(dose)
        return {name: tuple(doses) for name, doses in found.items()}

    @cached_property
    def _sides(self) -> Mapping[str, frozenset[int]]:
        """For each ingredient the places of the interactions that it may be part of."""
        found: dict[str, set[int]] = {}
        for place, row in enumerate(self.interactions):
            for side in (row.a_term, row.b_term):
                of_classes = [one.name for one in self.substances.values() if one.class_name in side.classes]
                for name in (*side.ingredients, *of_classes):
                    found.setdefault(name, set()).add(place)
        return {name: frozenset(places) for name, places in found.items()}

    def interactions_of(self, ingredients: tuple[str, ...]) -> list[KnownInteraction]:
        """The interactions that one of these ingredients may be part of."""
        places = {place for name in ingredients for place in self._sides.get(name, ())}
        return [self.interactions[place] for place in sorted(places)]
