"""How much of each ingredient a line gives: from what was typed and the strength as the list prints it."""

import re
from dataclasses import dataclass
from decimal import Decimal

from patients.prescribing.medicines import Medicine

# Everything by weight is reckoned in mg; units and mL stay what they are.
_IN_MG = {"mg": Decimal(1), "g": Decimal(1000), "mcg": Decimal("0.001"), "µg": Decimal("0.001")}
_UNITS = {
    "iu": ("IU", Decimal(1)),
    "units": ("IU", Decimal(1)),
    "u": ("IU", Decimal(1)),
    "lac": ("IU", Decimal(100_000)),
}
_PART = re.compile(
    r"(?:equivalent to )?([\d.]+) ?(mg|g|mcg|µg|IU|units|lac(?: units| iu)?)?\b", re.IGNORECASE
)
_SPREAD = re.compile(r"[0-9]( m?c?g)? to [0-9]|[0-9]-[0-9]|%", re.IGNORECASE)
_PER = re.compile(r"([\d.]+)? ?(mL|dose|actuation|vial)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Dose:
    """What a line gives of one ingredient at a time and in a day, in mg, IU or mL; None: not known."""

    ingredient: str
    single: Decimal | None
    daily: Decimal | None
    unit: str


@dataclass(frozen=True, slots=True)
class Strength:
    """What one piece, or one mL, holds of each ingredient."""

    of: tuple[tuple[str, Decimal, str], ...]
    in_ml: bool


def in_plain_unit(number: Decimal, unit: str) -> tuple[Decimal, str] | None:
    """The amount in mg, IU or mL; None: the unit is no amount (a tablet, a puff)."""
    said = unit.casefold()
    if said in _IN_MG:
        return number * _IN_MG[said], "mg"
    if said == "ml":
        return number, "mL"
    if said.split(" ")[0] in _UNITS:
        name, times = _UNITS[said.split(" ")[0]]
        return number * times, name
    return None


def strength_of(medicine: Medicine) -> Strength | None:
    """The strength by ingredient; None where it is not printed so that it can be reckoned with."""
    holds, _slash, per = medicine.strength.partition("/")
    parts = [_PART.match(part.strip()) for part in holds.split("+")]
    if len(parts) != len(medicine.ingredients) or None in parts or _SPREAD.search(holds):
        return None
    within = _PER.fullmatch(per.strip()) if per else None
    if per and within is None:
        return None
    in_ml = bool(within and within.group(2).casefold() == "ml")
    divisor = Decimal(within.group(1)) if within and within.group(1) else Decimal(1)
    found, unit = [], ""
    for name, part in zip(medicine.ingredients, parts, strict=True):
        assert part
        unit = part.group(2) or unit  # "125 mg + 31.25/5 mL": the second in the unit of the first
        amount = in_plain_unit(Decimal(part.group(1)), unit)
        if amount is None:
            return None
        found.append((name, amount[0] / divisor, amount[1]))
    return Strength(tuple(found), in_ml)


def doses(medicine: Medicine, number: Decimal | None, unit: str, per_day: Decimal | None) -> tuple[Dose, ...]:
    """What `number` of `unit`, so often a day, gives of each ingredient.

    An amount by weight or in IU means the first ingredient, the others follow in proportion; mL need a
    strength in mL; any other unit means pieces (tablets, puffs, vials). Empty: nothing can be reckoned.
    """
    if number is None:
        return ()
    amount, strength = in_plain_unit(number, unit), strength_of(medicine)
    if amount and amount[1] != "mL":
        if len(medicine.ingredients) == 1:
            return (_dose(medicine.ingredients[0], amount[0], amount[1], per_day),)
        if strength is None or strength.of[0][2] != amount[1]:
            return ()
        times = amount[0] / strength.of[0][1]
    elif strength is None:
        only = len(medicine.ingredients) == 1 and amount is not None
        return (_dose(medicine.ingredients[0], number, "mL", per_day),) if only else ()
    elif strength.in_ml != (amount is not None):
        return ()
    else:
        times = number
    return tuple(_dose(name, holds * times, said, per_day) for name, holds, said in strength.of)


def _dose(ingredient: str, single: Decimal, unit: str, per_day: Decimal | None) -> Dose:
    return Dose(ingredient, single, None if per_day is None else single * per_day, unit)
