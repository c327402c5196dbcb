"""How much of a line is given out, and how often it is taken.

What cannot be known is None, never zero and never a guess.
"""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from patients.prescribing.forms import COUNTED, INJECTION, LIQUID, NEBULISER, OTHER, family_of, unit_of
from patients.prescribing.frequencies import AFTER_STOOL, AS_NEEDED, EVERY, FREQUENCIES, TWICE_A_WEEK
from patients.prescribing.lines import Line, Stage, is_whole_vial, number
from patients.prescribing.medicines import Medicine
from patients.prescribing.strengths import MILLIGRAMS, Strength, strength_of


@dataclass(frozen=True)
class Quantity:
    """So many tablets, vials or millilitres, exactly; what the counter gives out is whole."""

    amount: Decimal
    unit: str

    @property
    def given_out(self) -> Decimal:
        """Half a tablet more is a whole one; a bottle's millilitres are whole too."""
        return self.amount.to_integral_value(ROUND_CEILING)

    def __str__(self) -> str:
        return f"{number(self.amount, self.unit)} {self.unit}"


def quantity(line: Line) -> Quantity | None:
    """Dose × times × days over all stages, in what the counter gives out; None where one of them is open."""
    unit = _given_in(line)
    amounts = [_of_stage(line.medicine, stage, unit) for stage in line.stages]
    if not unit or not amounts or None in amounts:
        return None
    return Quantity(sum((one for one in amounts if one is not None), Decimal(0)), unit)


def _given_in(line: Line) -> str:
    medicine, family = line.medicine, family_of(line.medicine)
    if family == INJECTION:
        return "vial" if is_whole_vial(medicine) else "mL"
    if family in {*COUNTED, LIQUID, NEBULISER}:
        return unit_of(medicine)
    # A drop's size and a cream's layer are nobody's measure; what has no form is counted as it is said.
    said = {stage.dose_unit for stage in line.stages}
    return said.pop() if family == OTHER and len(said) == 1 else ""


def _of_stage(medicine: Medicine, stage: Stage, unit: str) -> Decimal | None:
    if stage.dose is None:
        return None
    if stage.slots:
        times, doses = stage.days, [slot for slot in stage.slots if slot]
    else:
        times, doses = occasions(stage), [stage.dose]
    each = [_in_unit(medicine, dose, stage.dose_unit, unit) for dose in doses]
    if times is None or None in each:
        return None
    return times * sum((one for one in each if one is not None), Decimal(0))


def _in_unit(medicine: Medicine, dose: Decimal, said: str, unit: str) -> Decimal | None:
    """A dose in what is given out: vials are opened whole, ampoules of a liquid are measured."""
    if said == unit:
        return dose
    if unit == "vial" and said in {"ampoule", "dose"}:
        return dose
    strength = strength_of(medicine.strength)
    if strength is None or (said not in MILLIGRAMS and said != "unit"):
        return None
    if len(strength.parts) != 1:
        return wholes_of(strength, dose, said) if unit == "vial" else None
    part = strength.parts[0]
    if part.measure != ("mg" if said in MILLIGRAMS else "unit"):
        return None
    count = dose * MILLIGRAMS.get(said, Decimal(1)) / part.amount
    if unit == "vial":
        return count.to_integral_value(ROUND_CEILING) if strength.millilitres is None else None
    if unit == "mL":
        return count * strength.millilitres if strength.millilitres else None
    # Milligrams that make no whole tablet are still to be settled.
    return None


def wholes_of(strength: Strength, dose: Decimal, unit: str) -> Decimal | None:
    """How many vials of a combination have this weight together: 1.2 g of "1 g + 200 mg" is one."""
    if unit not in MILLIGRAMS or any(part.measure != "mg" for part in strength.parts):
        return None
    count = dose * MILLIGRAMS[unit] / sum(part.amount for part in strength.parts)
    return count if count == int(count) and strength.millilitres is None else None


def occasions(stage: Stage) -> int | None:
    """How many times it is taken in all, if it is known; at need: at the most."""
    if stage.is_once:
        return 1
    if stage.days is None:
        return None
    if stage.frequency in EVERY:
        return -(-stage.days // EVERY[stage.frequency])
    if stage.frequency == TWICE_A_WEEK:
        return -(-stage.days * 2 // 7)
    times = times_a_day(stage)
    return None if times is None else times * stage.days


def times_a_day(stage: Stage) -> int | None:
    """At most so many times on one day."""
    if stage.slots:
        return sum(1 for slot in stage.slots if slot)
    if stage.frequency in {*EVERY, TWICE_A_WEEK}:
        return 1
    if stage.most is not None:
        return stage.most
    if stage.frequency in {AS_NEEDED, AFTER_STOOL}:
        return None
    times = FREQUENCIES[stage.frequency].times_per_day
    return int(times) if times is not None else None
