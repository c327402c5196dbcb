"""How much of each ingredient a line gives at a time and in a day: to be held against the highest doses.

What cannot be known is None, never zero and never a guess.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from patients.prescribing.forms import INJECTION, family_of, unit_of
from patients.prescribing.lines import Line, Stage
from patients.prescribing.medicines import Medicine
from patients.prescribing.quantities import times_a_day, wholes_of
from patients.prescribing.strengths import MILLIGRAMS, Part, Strength, strength_of

_PER_CENT = Decimal(10)  # 1 % of a solution is 10 mg in a millilitre
# Units as the highest doses name them.
_MEASURES = {"mg": "mg", "%": "mg", "unit": "IU"}

Held = Callable[[Decimal, str], Decimal | None]


@dataclass(frozen=True, slots=True)
class Dose:
    """What a line gives of one ingredient at a time and in a day, in mg or IU; None: not known."""

    ingredient: str
    single: Decimal | None
    daily: Decimal | None
    unit: str


def doses_of(line: Line) -> tuple[Dose, ...]:
    """Of each ingredient the most at a time and on one day, over all stages."""
    medicine = line.medicine
    names, strength = medicine.ingredients, strength_of(medicine.strength)
    if strength is None or len(strength.parts) != len(names):
        return tuple(_unprinted(line, name) for name in names)
    return tuple(
        _dose(line, name, _MEASURES[part.measure], _holding(medicine, strength, part))
        for name, part in zip(names, strength.parts, strict=True)
    )


def _unprinted(line: Line, name: str) -> Dose:
    """Of a strength that cannot be read only what was typed by weight or in units is known."""
    only = len(line.medicine.ingredients) == 1
    units = {one.dose_unit for one in line.stages}
    if only and units <= set(MILLIGRAMS):
        return _dose(line, name, "mg", lambda dose, unit: dose * MILLIGRAMS[unit])
    if only and units == {"unit"}:
        return _dose(line, name, "IU", lambda dose, _unit: dose)
    return Dose(name, None, None, "")


def _dose(line: Line, name: str, unit: str, held: Held) -> Dose:
    singles = [None if one.dose is None else held(one.dose, one.dose_unit) for one in line.stages]
    dailies = [_daily(one, held) for one in line.stages]
    return Dose(name, _greatest(singles), _greatest(dailies), unit)


def _greatest(amounts: list[Decimal | None]) -> Decimal | None:
    known = [one for one in amounts if one is not None]
    return max(known) if known and len(known) == len(amounts) else None


def _daily(stage: Stage, held: Held) -> Decimal | None:
    if stage.dose is None:
        return None
    if stage.slots:
        return held(sum(stage.slots, Decimal(0)), stage.dose_unit)
    times = times_a_day(stage)
    return None if times is None else held(stage.dose * times, stage.dose_unit)


def _holding(medicine: Medicine, strength: Strength, part: Part) -> Held:
    return lambda dose, unit: _held(medicine, strength, part, dose, unit)


def _held(medicine: Medicine, strength: Strength, part: Part, dose: Decimal, unit: str) -> Decimal | None:
    """How much of an ingredient so much of the medicine holds."""
    if unit in MILLIGRAMS:
        if len(strength.parts) > 1:
            count = wholes_of(strength, dose, unit)
            return None if count is None else count * part.amount
        return dose * MILLIGRAMS[unit] if part.measure != "unit" else None
    if unit == "unit":
        return dose if len(strength.parts) == 1 and part.measure == "unit" else None
    if unit == "mL":
        return _in_millilitres(medicine, strength, part, dose)
    if part.measure == "%" or strength.millilitres is not None:
        return None
    whole = {unit_of(medicine), *(("vial", "ampoule") if family_of(medicine) == INJECTION else ())} - {""}
    return dose * part.amount if unit in whole else None


def _in_millilitres(medicine: Medicine, strength: Strength, part: Part, dose: Decimal) -> Decimal | None:
    if part.measure == "%":
        return dose * part.amount * _PER_CENT if family_of(medicine) == INJECTION else None
    return dose * part.amount / strength.millilitres if strength.millilitres else None
