"""Whether a strength can give the amounts that were typed: whole tablets, halves, or not."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from patients.prescribing.forms import (
    COUNTED,
    INJECTION,
    LIQUID,
    NEBULISER,
    OINTMENT,
    SKIN,
    family_of,
    unit_of,
    units_of,
)
from patients.prescribing.lines import MOST_TABLETS, Slots, comes_out
from patients.prescribing.medicines import Medicine
from patients.prescribing.strengths import MILLIGRAMS, Strength, strength_of


@dataclass
class Amounts:
    """The amounts that one stage names, before it is known of which medicine."""

    masses: list[tuple[Decimal, str]] = field(default_factory=list)
    printed: list[tuple[Decimal, ...]] = field(default_factory=list)
    bare: Decimal | None = None
    count: tuple[Decimal, str] | None = None
    slots: Slots | None = None
    slots_unit: str = ""

    def units(self) -> set[str]:
        named = {unit for _number, unit in self.masses}
        named |= {self.count[1]} if self.count else set()
        return (named | {self.slots_unit}) - {""}

    def says_something(self) -> bool:
        return bool(self.masses or self.printed or self.bare or self.count or self.slots)


@dataclass(frozen=True)
class Amount:
    """A dose and its unit; slots where it differs by the time of the day. None: not said."""

    dose: Decimal | None = None
    unit: str = ""
    slots: Slots | None = None


@dataclass(frozen=True)
class Fit:
    """How well a medicine gives what was typed, with how many tablets, and the amounts of each stage."""

    WHOLE, HALVES, KEPT, NOT = 0, 1, 2, 3

    closeness: int
    count: Decimal
    amounts: tuple[Amount, ...]


# From a number without its unit: more tablets than these were hardly meant.
_MOST_UNSAID = 8
_NO_FIT = Fit(Fit.NOT, Decimal(0), ())


def fit_of(medicine: Medicine, stages: Sequence[Amounts]) -> Fit:
    """All stages with this medicine; the worst of them counts."""
    fits = [_fit(medicine, one) for one in stages]
    if any(one.closeness == Fit.NOT for one in fits):
        return _NO_FIT
    return Fit(
        max(one.closeness for one in fits),
        sum((one.count for one in fits), Decimal(0)),
        tuple(amount for one in fits for amount in one.amounts),
    )


def _fit(medicine: Medicine, typed: Amounts) -> Fit:
    family, strength = family_of(medicine), strength_of(medicine.strength)
    named, dose = _parted(typed, strength)
    if not _is_called(strength, medicine, named, typed):
        return _NO_FIT
    if typed.count:
        return _by_count(medicine, typed, typed.count, dose)
    if dose is None and typed.slots is None and typed.printed and family in COUNTED:
        return _one(Fit.WHOLE, Decimal(1), Amount(Decimal(1), unit_of(medicine)))
    if dose is None and typed.slots is None:
        return _one(Fit.WHOLE, Decimal(0), _unsaid(family))
    if family in COUNTED:
        return _by_tablets(medicine, strength, dose, typed)
    if dose is not None:
        return _by_mass(medicine, strength, dose, typed)
    return _by_slots(medicine, typed)


def _unsaid(family: str) -> Amount:
    """A cream's dose is one application; of everything else it is asked."""
    return Amount(Decimal(1), "application") if family in {SKIN, OINTMENT} else Amount()


def _one(closeness: int, count: Decimal, amount: Amount) -> Fit:
    return Fit(closeness, count, (amount,))


Mass = tuple[Decimal, str]


def _parted(typed: Amounts, strength: Strength | None) -> tuple[Mass | None, Mass | None]:
    """(what names the strength, what is the dose): beside a count or a second mass the first is a name."""
    masses = [*typed.masses]
    if typed.bare is not None:
        masses.insert(0, (typed.bare, ""))
    if not masses:
        return None, None
    if len(masses) == 1 and (typed.count or masses[0][1] == "%"):
        return masses[0], None
    if len(masses) == 1 and typed.printed:
        return None, masses[0]
    if len(masses) == 1:
        return None, masses[0]
    return masses[0], masses[1]


def _is_called(strength: Strength | None, medicine: Medicine, named: Mass | None, typed: Amounts) -> bool:
    """Whether the strength that was typed is this medicine's."""
    if len(typed.masses) > 2 or len(typed.printed) > 1:
        return False
    if named and not (strength and strength.is_called(*named)):
        return False
    if not typed.printed:
        return True
    return strength is not None and _is_printed(strength, typed.printed[0])


def _is_printed(strength: Strength, numbers: tuple[Decimal, ...]) -> bool:
    """250/5 and 250 mg/5 mL, 500+125."""
    own = strength.numbers()
    if strength.millilitres is not None:
        return numbers in {(*own, strength.millilitres), own if strength.millilitres == 1 else ()}
    return numbers == own or (len(own) == 1 and numbers == own)


def _by_count(medicine: Medicine, typed: Amounts, said: Mass, dose: Mass | None) -> Fit:
    """Two tablets, 5 mL, at every time that the pattern names."""
    amount, unit = said[0], said[1] or unit_of(medicine)
    if unit in {"tablet", "capsule"} and family_of(medicine) == "solid":
        unit = unit_of(medicine)
    if dose is not None or unit not in units_of(medicine):
        return _NO_FIT
    closeness = Fit.HALVES if amount % 1 and unit != "mL" else Fit.WHOLE
    return (
        _one(closeness, Decimal(0), Amount(amount, unit))
        if typed.slots is None
        else _times(typed.slots, amount, unit, closeness, Decimal(0))
    )


def _times(slots: Slots, amount: Decimal, unit: str, closeness: int, count: Decimal) -> Fit:
    """The pattern says when; the amount how much each time. "2 tablets 2-0-2" could be either."""
    if amount != 1 and any(slot not in {0, 1} for slot in slots):
        return _NO_FIT
    if unit in {"tablet", "capsule"} and max(slots) > MOST_TABLETS:
        return _NO_FIT  # a date or a telephone number
    given = (slots[0] * amount, slots[1] * amount, slots[2] * amount, slots[3] * amount)
    return _one(closeness, count, Amount(max(given), unit, given))


def _by_tablets(medicine: Medicine, strength: Strength | None, dose: Mass | None, typed: Amounts) -> Fit:
    unit = unit_of(medicine)
    if dose is None:
        assert typed.slots is not None
        if typed.slots_unit and not _counts(typed.slots_unit, medicine):
            return _slots_of_mass(medicine, typed)
        return _times(typed.slots, Decimal(1), unit, _closeness(max(typed.slots)), Decimal(0))
    count = _tablets(strength, *dose)
    if count is not None and not dose[1] and count > _MOST_UNSAID:
        return _NO_FIT
    if count is None or not comes_out(count, medicine):
        said = dose[1] or _meant_unit(strength, count)
        if typed.slots or said not in units_of(medicine):
            return _NO_FIT
        return _one(Fit.KEPT, Decimal(99), Amount(dose[0], said))
    if typed.slots:
        return _times(typed.slots, count, unit, _closeness(count), count)
    return _one(_closeness(count), count, Amount(count, unit))


def _meant_unit(strength: Strength | None, count: Decimal | None) -> str:
    """A bare number near the strength is in its unit: 650 of 500 mg. 250 of 0.25 mg may be micrograms."""
    near = strength is not None and count is not None and Decimal("0.1") <= count <= _MOST_UNSAID
    return strength.parts[0].unit if strength and near and len(strength.parts) == 1 else ""


def _slots_of_mass(medicine: Medicine, typed: Amounts) -> Fit:
    if typed.slots is None or typed.slots_unit not in units_of(medicine):
        return _NO_FIT
    return _one(Fit.WHOLE, Decimal(0), Amount(max(typed.slots), typed.slots_unit, typed.slots))


def _counts(unit: str, medicine: Medicine) -> bool:
    return unit == unit_of(medicine) or (unit in {"tablet", "capsule"} and family_of(medicine) == "solid")


def _closeness(count: Decimal) -> int:
    return Fit.HALVES if count % 1 else Fit.WHOLE


def _tablets(strength: Strength | None, number: Decimal, unit: str) -> Decimal | None:
    """How many tablets an amount comes to; a combination is given whole, by its name."""
    if strength is None or strength.millilitres is not None:
        return None
    if strength.is_called(number, unit):
        return Decimal(1)
    if len(strength.parts) > 1:
        return None
    part = strength.parts[0]
    if not unit:
        return number / part.number
    if (unit in MILLIGRAMS) != (part.measure == "mg"):
        return None
    return number * MILLIGRAMS.get(unit, Decimal(1)) / part.amount


def _by_mass(medicine: Medicine, strength: Strength | None, dose: Mass, typed: Amounts) -> Fit:
    """Milligrams or units of what is measured: a number without its unit only names a strength."""
    number, unit = dose
    family = family_of(medicine)
    only_names = family == LIQUID or (family == NEBULISER and not unit)
    if strength and strength.millilitres and only_names and strength.is_called(number, unit):
        return _by_slots(medicine, typed) if typed.slots else _one(Fit.WHOLE, Decimal(0), Amount())
    if not unit:
        if strength is None or not strength.is_called(number, ""):
            return _NO_FIT
        unit = strength.parts[0].unit
        unit = unit if unit in MILLIGRAMS else "unit"
    if unit not in units_of(medicine):
        return _NO_FIT
    closeness, count = Fit.WHOLE, Decimal(0)
    if strength and strength.millilitres is None and family == INJECTION:
        vials = _tablets(strength, number, unit)
        if vials is None or vials % 1:
            closeness, count = Fit.KEPT, Decimal(99)
        else:
            count = vials
    if typed.slots:
        return _times(typed.slots, number, unit, closeness, count)
    return _one(closeness, count, Amount(number, unit))


def _by_slots(medicine: Medicine, typed: Amounts) -> Fit:
    """A pattern alone: how many times; of a liquid it does not say how much."""
    assert typed.slots is not None
    unit = typed.slots_unit
    if unit:
        return _slots_of_mass(medicine, typed)
    own = unit_of(medicine)
    if own in {"", "mL"} or family_of(medicine) in {INJECTION}:
        return _one(Fit.WHOLE, Decimal(0), Amount())
    return _times(typed.slots, Decimal(1), own, Fit.WHOLE, Decimal(0))
