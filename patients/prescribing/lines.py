"""A line of a prescription: a medicine, how much of it, how often, for how long; and the line as text."""

from dataclasses import dataclass, replace
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from patients.prescribing.forms import (
    COUNTED,
    INJECTION,
    LIQUID,
    OTHER,
    can_be_halved,
    family_of,
    fits_whole,
    is_mass,
    label,
    unit_of,
    units_of,
    ways_of,
)
from patients.prescribing.frequencies import AFTER_STOOL, AS_NEEDED, FREQUENCIES, ONCE, TWICE_A_WEEK
from patients.prescribing.medicines import Medicine
from patients.prescribing.strengths import MILLIGRAMS, strength_of

UNITS = (
    *("tablet", "capsule", "mL", "mg", "g", "mcg", "unit", "drop", "puff", "spray", "sachet", "application"),
    *("suppository", "pessary", "vial", "ampoule", "dose", "piece", "strip"),
)
_NEVER_PLURAL = {"mL", "mg", "g", "mcg"}
MEASURED = {*_NEVER_PLURAL, "unit"}
FOODS = ("before", "after", "with", "empty")
SHOWN_FOODS = {
    "before": "before food",
    "after": "after food",
    "with": "with food",
    "empty": "on empty stomach",
}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
LONGEST_NOTE, MOST_STAGES, MOST_DAYS, MOST_TIMES = 200, 12, 999, 24
_MOST_AMOUNT, _FINEST = Decimal(10_000_000), Decimal("0.0001")
# More tablets at a time than anybody is told to swallow: an amount that comes to more was meant otherwise.
MOST_TABLETS = 20
SEPARATOR, BEFORE_NOTE = " · ", " — "
HALF = Decimal("0.5")

# What may be missing of a line, in the words of the screen.
ASKED = {
    "shorter": _("Write one medicine in one line, at most 400 letters."),
    "medicine": _("Which medicine?"),
    "strength": _("Which strength and form?"),
    "form": _("In this form it is not in the list. Which one?"),
    "route": _("By which way: IV, IM, SC?"),
    "dose": _("How much at a time?"),
    "frequency": _("How often?"),
    "steps": _("For how many days each step?"),
    "weekday": _("On which day of the week?"),
    "most": _("How many times a day at most?"),
    "days": _("For how many days?"),
    "respelt": _("Is this the medicine that is meant?"),
    "rest": _("These words were not understood."),
}
# Without these a line is not one to sign; what is open-ended may be meant so.
NEEDED = set(ASKED) - {"most", "days"}

Slots = tuple[Decimal, Decimal, Decimal, Decimal]


@dataclass(frozen=True)
class Stage:
    """So much, so often, so long. `slots` (morning, noon, evening, night) stand in place of a frequency."""

    dose: Decimal | None
    dose_unit: str
    frequency: str = ""
    slots: Slots | None = None
    days: int | None = None
    weekdays: tuple[int, ...] = ()
    as_needed: bool = False
    most: int | None = None

    @property
    def is_once(self) -> bool:
        """Taken one time, and not again at need."""
        return self.frequency in ONCE and not self.as_needed

    def __post_init__(self) -> None:
        if self.dose is None:
            _refuse_unless(self.dose_unit == "", _("Without an amount there is no unit."))
        else:
            _refuse_unless(self.dose_unit in UNITS, _("This unit is not known."))
            _refuse_unless(_is_amount(self.dose) and self.dose > 0, _("This is no amount of a medicine."))
        if self.slots is None:
            _refuse_unless(self.frequency in FREQUENCIES, _("This frequency is not known."))
        else:
            fits = not self.frequency and len(self.slots) == 4 and all(map(_is_amount, self.slots))
            _refuse_unless(fits and self.dose == max(self.slots), _("These times of the day do not fit."))
        span = self.days is None or 0 < self.days <= MOST_DAYS
        _refuse_unless(span, _("Write the days: a number from 1 to 999."))
        self._refuse_strange_days()
        self._refuse_strange_need()

    def _refuse_strange_days(self) -> None:
        allowed = {"WEEKLY": 1, TWICE_A_WEEK: 2}.get(self.frequency, 0)
        known = len(self.weekdays) in {0, allowed} and list(self.weekdays) == sorted(set(self.weekdays))
        _refuse_unless(
            known and all(0 <= day < 7 for day in self.weekdays), _("These days of the week do not fit.")
        )

    def _refuse_strange_need(self) -> None:
        _refuse_unless(self.as_needed or self.frequency != AS_NEEDED, _("SOS means: only when it is needed."))
        counts = self.as_needed or self.frequency == AFTER_STOOL
        fits = self.most is None or (counts and 0 < self.most <= MOST_TIMES)
        _refuse_unless(fits, _("How many times at most is a number from 1 to 24, for what is taken at need."))


@dataclass(frozen=True)
class Line:
    """One medicine as it is to be taken. A taper has several stages, what is usual one."""

    medicine: Medicine
    stages: tuple[Stage, ...]
    route: str
    food: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        _refuse_unless(0 < len(self.stages) <= MOST_STAGES, _("A line has from one to twelve steps."))
        _refuse_unless(self.route in ways_of(self.medicine), _("This medicine is not given by this way."))
        _refuse_unless(self.food in ("", *FOODS), _("When to eat: before, after, with or without food."))
        tidy = self.note == " ".join(self.note.split()) and len(self.note) <= LONGEST_NOTE
        _refuse_unless(tidy, _("A note has at most 200 letters."))
        units = {"", *units_of(self.medicine)}
        fits = all(stage.dose_unit in units for stage in self.stages)
        _refuse_unless(fits, _("This medicine is not counted in this unit."))
        doses = [one.dose or 0 for one in self.stages if one.dose_unit in {"tablet", "capsule"}]
        _refuse_unless(max(doses, default=0) <= MOST_TABLETS, _("At most twenty tablets at a time."))

    @property
    def days(self) -> int | None:
        """On how many days it is taken; None where nobody can say. What is taken once has its one day."""
        days = [stage.days or (1 if stage.is_once else None) for stage in self.stages]
        return None if None in days else sum(one or 0 for one in days)


def _refuse_unless(fits: bool, why: object) -> None:
    if not fits:
        raise ValueError(why)


def _is_amount(amount: Decimal) -> bool:
    return amount.is_finite() and 0 <= amount <= _MOST_AMOUNT and amount == amount.quantize(_FINEST)


def missing(line: Line) -> tuple[str, ...]:
    """What is still to be asked, most important first: keys of ASKED."""
    asks = {
        "strength": any(_is_between(line.medicine, stage) for stage in line.stages),
        "route": line.route == "parenteral",
        "dose": any(stage.dose is None and not _goes_without(line.medicine, stage) for stage in line.stages),
        "steps": any(stage.days is None and stage.frequency not in ONCE for stage in line.stages[:-1]),
        "weekday": any(
            stage.frequency in {"WEEKLY", TWICE_A_WEEK} and not stage.weekdays for stage in line.stages
        ),
        "most": any(_has_no_limit(stage) for stage in line.stages),
        "days": line.stages[-1].days is None and line.stages[-1].frequency not in ONCE,
    }
    return tuple(name for name, is_asked in asks.items() if is_asked)


def _is_between(medicine: Medicine, stage: Stage) -> bool:
    """650 mg of a 500 mg tablet: neither whole tablets nor halves, or nobody knows."""
    if stage.dose is None or family_of(medicine) not in COUNTED:
        return False
    return stage.dose_unit != unit_of(medicine) or not is_whole_or_half(medicine, stage)


def is_whole_or_half(medicine: Medicine, stage: Stage) -> bool:
    doses = stage.slots or (stage.dose or Decimal(0),)
    return not any(dose % least_part(medicine) for dose in doses)


def least_part(medicine: Medicine) -> Decimal:
    """Half a plain tablet; of a capsule, a coated or slow tablet, a puff only the whole."""
    return HALF if can_be_halved(medicine) else Decimal(1)


def _goes_without(medicine: Medicine, stage: Stage) -> bool:
    """ORS after each stool: as much as is lost."""
    return stage.frequency == AFTER_STOOL and family_of(medicine) == OTHER


def _has_no_limit(stage: Stage) -> bool:
    return stage.most is None and stage.frequency == AS_NEEDED


def settled(line: Line) -> Line:
    """Milligrams as tablets or millilitres where that comes out even; else as they are."""
    return replace(line, stages=tuple(_settled(line.medicine, stage) for stage in line.stages))


def _settled(medicine: Medicine, stage: Stage) -> Stage:
    if stage.dose is None or not (is_mass(stage.dose_unit) or stage.dose_unit == "unit"):
        return stage
    doses = [counted(medicine, dose, stage.dose_unit) for dose in (stage.dose, *(stage.slots or ()))]
    counts = [one for one in doses if one is not None and comes_out(one, medicine)]
    if len(counts) != len(doses):
        return stage
    slots = (counts[1], counts[2], counts[3], counts[4]) if stage.slots else None
    return replace(stage, dose=counts[0], dose_unit=unit_of(medicine), slots=slots)


def comes_out(count: Decimal, medicine: Medicine) -> bool:
    """Whether it is said in tablets: whole ones, half or one and a half; a liquid in half millilitres."""
    if family_of(medicine) == LIQUID:
        return count % HALF == 0
    return count <= MOST_TABLETS and count % (least_part(medicine) if count < 2 else 1) == 0


def counted(medicine: Medicine, amount: Decimal, unit: str) -> Decimal | None:
    """How many tablets, puffs or millilitres hold this amount of its ingredient; None: not known.

    A combination is counted only by what it is called: 625 mg is one of "500 mg + 125 mg".
    """
    strength = strength_of(medicine.strength)
    family = family_of(medicine)
    if strength is None or family not in {*COUNTED, LIQUID}:
        return None
    if (strength.millilitres is None) == (family == LIQUID):
        return None
    if len(strength.parts) > 1:
        return (strength.millilitres or Decimal(1)) if strength.is_called(amount, unit) else None
    held = strength.parts[0]
    wanted = amount * MILLIGRAMS.get(unit, Decimal(1))
    if held.measure != ("mg" if is_mass(unit) else "unit"):
        return None
    return wanted * (strength.millilitres or 1) / held.amount


# ── A line as text ──


def shown(line: Line) -> str:
    """The line in full, as it reads itself: PARACETAMOL 500 mg Tablet · 1-1-1 tablet · 5 days."""
    parts = [label(line.medicine)]
    if line.route != ways_of(line.medicine)[0] or len(line.route) == 2:  # IV, SC: always said
        parts.append(line.route.upper() if len(line.route) == 2 else line.route)
    for nth, stage in enumerate(line.stages):
        parts += [("then " if nth else "") + shown_dose(stage), shown_days(stage.days)]
    parts.append(SHOWN_FOODS.get(line.food, ""))
    text = SEPARATOR.join(part for part in parts if part)
    return text + (BEFORE_NOTE + line.note if line.note else "")


def shown_dose(stage: Stage) -> str:
    """1 tablet TDS · 1-0-1 tablet · 3 tablets WEEKLY on Monday · 1 tablet SOS, at most 4 a day."""
    said = shown_slots(stage) if stage.slots else shown_amount(stage.dose, stage.dose_unit)
    words = [said, stage.frequency]
    if stage.weekdays:
        words.append("on " + " and ".join(WEEKDAYS[day] for day in stage.weekdays))
    if stage.as_needed and stage.frequency != AS_NEEDED:
        words.append("as needed")
    text = " ".join(word for word in words if word)
    return text + (f", at most {stage.most} a day" if stage.most else "")


def shown_slots(stage: Stage) -> str:
    assert stage.slots is not None
    morning, noon, evening, night = stage.slots
    slots = (morning, noon, evening, night) if evening else (morning, noon, night)
    return (
        "-".join(number(slot, stage.dose_unit) for slot in slots)
        + " "
        + shown_unit(max(slots), stage.dose_unit)
    )


def shown_amount(amount: Decimal | None, unit: str) -> str:
    if amount is None:
        return ""
    return f"{number(amount, unit)} {shown_unit(amount, unit)}"


def shown_unit(amount: Decimal, unit: str) -> str:
    """½ tablet, 2 tablets, 5 mL."""
    if amount <= 1 or unit in _NEVER_PLURAL:
        return unit
    return f"{unit[:-1]}ies" if unit.endswith("ry") else f"{unit}s"


def shown_days(days: int | None) -> str:
    return "" if days is None else "1 day" if days == 1 else f"{days} days"


def number(amount: Decimal, unit: str) -> str:
    """1, ½, 2½ tablets; 2.5 mL: as one writes it, without an exponent."""
    whole, rest = divmod(amount, 1)
    if rest == HALF and unit not in MEASURED:
        return f"{whole:f}½" if whole else "½"
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def is_whole_vial(medicine: Medicine) -> bool:
    return family_of(medicine) == INJECTION and fits_whole(medicine)
