"""One typed line as a line of a prescription; what is not understood is handed back, what is open asked."""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from patients.prescribing.finding import Found, Index
from patients.prescribing.fitting import Fit, fit_of
from patients.prescribing.forms import INJECTION, SOLID, family_of, unit_of, ways_of
from patients.prescribing.frequencies import AS_NEEDED, ONCE, TWICE_A_WEEK
from patients.prescribing.lines import NEEDED, SEPARATOR, Line, Slots, Stage, missing, settled
from patients.prescribing.medicines import Medicine
from patients.prescribing.strengths import MILLIGRAMS
from patients.prescribing.tokens import Token
from patients.prescribing.typed import SLOT_CODES, Typed, TypedStage, typed_in

LONGEST = 400
MOST_CHOICES = 9
# What somebody who writes no form means, where several forms have the strength.
_USUAL = ("solid", "sachet", "liquid", "drops", "inhaler", "spray", "skin", "suppository", "pessary")
_PLAIN_FORMS = {"tablet", "capsule", "oral liquid", "injection", "powder for injection", "drops", "cream"}


@dataclass(frozen=True)
class Reading:
    """What a typed line says: the line, or what it may mean; what was not understood; what is missing."""

    line: Line | None
    medicine: Medicine | None
    choices: tuple[Medicine, ...]
    rest: tuple[str, ...]
    asked: tuple[str, ...]
    # The generic name stands for another spelling of it: to be looked at once more.
    respelt: bool = False

    @property
    def is_clear(self) -> bool:
        """A line that can be signed: nothing is asked but what may stay open."""
        return self.line is not None and NEEDED.isdisjoint(self.asked)


def read(text: str, index: Index, medicine: Medicine | None = None) -> Reading:
    """A typed line, understood as far as it can be without guessing.

    `medicine` is the one picked among the choices; whatever name and strength the text has, it is this.
    """
    text = unicodedata.normalize("NFC", text)
    if len(text) > LONGEST:
        return Reading(None, medicine, (), (text,), ("shorter",))
    head, separator, tail = text.partition(SEPARATOR)
    labelled = index.labelled(head) if separator and medicine is None else ()
    if labelled:
        typed = typed_in(tail, index)
        typed.rest = [*typed.names, *typed.rest]
        return _of(typed, list(labelled), respelt=False)
    typed = typed_in(text, index)
    if medicine is not None:
        strange = index.unused([token.folded for token in typed.names], medicine)
        typed.rest += [token for token in typed.names if token.folded in strange]
        return _of(typed, [medicine], respelt=False)
    found = index.find([token.folded for token in typed.names]) if typed.names else ()
    return _among(typed, found, index)


def _among(typed: Typed, found: Sequence[Found], index: Index) -> Reading:
    """One generic name is told apart from others by its name alone, never by a strength that fits."""
    if not found:
        typed.rest += typed.names or typed.bare
        return _reading(typed, None, None, (), ("medicine", *_asked_of(typed)))
    first = found[0]
    alike = [one for one in found if one.rank() == first.rank()]
    # "azithro 500 od, para 500 tds": what one name has no use for is another's.
    several = any(one.uses(first.unused) for one in found)
    is_clear = len(alike) == 1 and first.is_sure and not several
    unused = set.intersection(*(set(one.unused) for one in ([first] if is_clear else found)))
    typed.rest += [token for token in typed.names if token.folded in unused]
    others = [medicine for one in found for medicine in one.medicines]
    if not is_clear:
        choices = _sorted(typed, others)[:MOST_CHOICES]
        return _reading(typed, None, None, choices, ("medicine", *_asked_of(typed)), first.respelt)
    reading = _of(typed, list(first.medicines), respelt=first.respelt)
    more = [one for one in _sorted(typed, others) if one not in reading.choices]
    asked = ("respelt", *reading.asked) if first.guessed else reading.asked
    return replace(reading, choices=(*reading.choices, *more)[:MOST_CHOICES], asked=asked)


def _asked_of(typed: Typed) -> tuple[str, ...]:
    """What would be asked of any medicine."""
    stage = typed.stages[0]
    asked = () if _has_frequency(stage) else ("frequency",)
    endless = not (stage.days or stage.as_needed or stage.frequency in ONCE)
    return (*asked, "days") if endless else asked


def _has_frequency(stage: TypedStage) -> bool:
    return bool(stage.frequency or stage.amounts.slots or stage.named_slots or stage.as_needed)


def _reading(
    typed: Typed,
    line: Line | None,
    medicine: Medicine | None,
    choices: tuple[Medicine, ...],
    asked: tuple[str, ...],
    respelt: bool = False,
) -> Reading:
    """With the words that were not understood, in their order; as long as there are any, they are asked."""
    rest = tuple(token.text for token in sorted(set(typed.rest), key=lambda one: one.at))
    return Reading(line, medicine, choices, rest, (*asked, "rest") if rest else asked, respelt)


# ── Which strength and form ──


def _of(typed: Typed, medicines: list[Medicine], *, respelt: bool) -> Reading:
    """The line of one generic name, if its strength and form are clear."""
    narrowed, asked = _narrowed(typed, medicines)
    fits = {one.id: _fits(typed, one) for one in narrowed}
    if all(fit.closeness == Fit.NOT for fit in fits.values()):
        return _without_strength(typed, narrowed, asked, respelt)
    left = _one_family(typed, narrowed, fits)
    offered = _sorted(typed, left), _sorted(typed, [one for one in medicines if one not in left])
    choices = (*offered[0], *offered[1])[:MOST_CHOICES]
    if len(left) > 1 or _is_only_injected(typed, left[0], narrowed):
        return _reading(typed, None, None, choices, (*asked, "strength", *_asked_of(typed)), respelt)
    medicine = left[0]
    return _said_of(typed, medicine, fits[medicine.id], choices, asked, respelt)


def _is_only_injected(typed: Typed, medicine: Medicine, medicines: list[Medicine]) -> bool:
    """500 mg is there only as an injection, nobody wrote "inj", and there are tablets: which was meant?"""
    said = typed.forms or typed.routes or any(one.amounts.units() - MILLIGRAMS.keys() for one in typed.stages)
    tablets = any(family_of(one) == SOLID for one in medicines)
    return family_of(medicine) == INJECTION and tablets and not said


def _without_strength(
    typed: Typed, medicines: list[Medicine], asked: tuple[str, ...], respelt: bool
) -> Reading:
    """No strength fits the number: it is handed back, and the strengths there are offered."""
    typed.rest += typed.bare
    only = medicines[0] if len(medicines) == 1 else None
    question = "dose" if only else "strength"
    asks = (*asked, question, *_asked_of(typed))
    return _reading(typed, None, only, _sorted(typed, medicines)[:MOST_CHOICES], asks, respelt)


def _narrowed(typed: Typed, medicines: list[Medicine]) -> tuple[list[Medicine], tuple[str, ...]]:
    """The medicines of the forms, units and ways that were typed; what fits none of them is asked."""
    left = medicines
    asked: tuple[str, ...] = ()
    units = {unit for stage in typed.stages for unit in stage.amounts.units()}
    wishes: list[Callable[[Medicine], bool]] = [
        *(lambda one, word=word: _is_of_form(one, word) for word in typed.forms),
        *(lambda one, unit=unit: _takes_unit(one, unit) for unit in units),
        *(lambda one, token=token: _takes_way(one, token.folded) for token in typed.routes),
    ]
    for wish in wishes:
        fitting = [one for one in left if wish(one)]
        if fitting:
            left = fitting
        else:
            asked = ("form",)
    return left, asked


def _is_of_form(medicine: Medicine, word: str) -> bool:
    form = medicine.form.lower()
    return family_of(medicine) == word or word in form or (word == "injection" and "injection" in form)


def _takes_unit(medicine: Medicine, unit: str) -> bool:
    family = family_of(medicine)
    if unit in {"tablet", "capsule"}:
        return family == "solid"
    if unit in {"vial", "ampoule"}:
        return family == "injection"
    if unit == "mL":
        return family in {"liquid", "injection", "nebuliser", "other"}
    if unit == "%":
        return "%" in medicine.strength
    return unit in {"mg", "g", "mcg", "unit", "dose", ""} or unit_of(medicine) == unit or family == "other"


def _takes_way(medicine: Medicine, way: str) -> bool:
    return way in ways_of(medicine) or (way == "inhalation" and medicine.route == "inhalation")


def _one_family(typed: Typed, left: list[Medicine], fits: dict[UUID, Fit]) -> list[Medicine]:
    """The usual family; whole before halves; the fewest tablets; the plain form; what the hospital has."""
    best = min(fits[one.id].closeness for one in left)
    good = [one for one in left if fits[one.id].closeness <= max(best, Fit.HALVES)]
    if any(stage.amounts.says_something() for stage in typed.stages):
        nearest = min(_usual(one) for one in good)
        good = [one for one in good if _usual(one) == nearest]
    best = min(fits[one.id].closeness for one in good)
    left = [one for one in good if fits[one.id].closeness == best]
    fewest = min(fits[one.id].count for one in left)
    if fewest:
        left = [one for one in left if fits[one.id].count == fewest]
    if len({one.strength for one in left}) == 1:
        left = _only([one for one in left if one.form.lower() in _PLAIN_FORMS], left)
    left = _only([one for one in left if one.listed], left)
    return _only([one for one in left if one.listed and one.available], left)


def _usual(medicine: Medicine) -> int:
    family = family_of(medicine)
    return _USUAL.index(family) if family in _USUAL else len(_USUAL)


def _only(fewer: list[Medicine], all_of_them: list[Medicine]) -> list[Medicine]:
    return fewer if len(fewer) == 1 else all_of_them


def _sorted(typed: Typed, medicines: Sequence[Medicine]) -> tuple[Medicine, ...]:
    """As they are offered: what fits and is in the hospital first."""

    def rank(medicine: Medicine) -> tuple[object, ...]:
        fit = _fits(typed, medicine)
        form = all(_is_of_form(medicine, word) for word in typed.forms)
        reach = (not medicine.listed, fit.closeness, not medicine.available)
        return (not form, *reach, _usual(medicine), fit.count)

    return tuple(sorted(medicines, key=rank))


def _fits(typed: Typed, medicine: Medicine) -> Fit:
    return fit_of(medicine, [stage.amounts for stage in typed.stages])


# ── The line itself ──


def _said_of(
    typed: Typed,
    medicine: Medicine,
    fit: Fit,
    choices: tuple[Medicine, ...],
    asked: tuple[str, ...],
    respelt: bool,
) -> Reading:
    way, strange = _way(typed, medicine)
    typed.rest += strange
    stages, asks = _stages(typed, fit)
    asked = (*asked, *asks)
    line = None
    if stages and not asked:
        try:
            line = settled(Line(medicine, stages, way, typed.food, typed.note))
        except ValueError:
            asked = ("dose",)
    if line is not None:
        asked = missing(line)
    elif not typed.stages[0].days and "days" not in asked:
        asked = (*asked, *(one for one in _asked_of(typed) if one not in asked))
    return _reading(typed, line, medicine, choices, asked, respelt)


def _way(typed: Typed, medicine: Medicine) -> tuple[str, list[Token]]:
    """The way that was typed, if this medicine is given so; else its form's, and the word is handed back."""
    ways = ways_of(medicine)
    fitting = [token for token in typed.routes if token.folded in ways]
    strange = [token for token in typed.routes if token not in fitting]
    strange += fitting[1:] if len({token.folded for token in fitting}) > 1 else []
    # "local" of a cream and "inhaled" of an inhaler only say the form again.
    return (fitting[0].folded if fitting else ways[0]), strange


def _stages(typed: Typed, fit: Fit) -> tuple[tuple[Stage, ...], tuple[str, ...]]:
    made: list[Stage] = []
    asked: list[str] = []
    for said, amount in zip(typed.stages, fit.amounts, strict=True):
        before = made[-1] if made else None
        frequency, slots = _frequency(said), amount.slots
        dose, unit = amount.dose, amount.unit
        if said.named_slots and not frequency and not slots:
            slots = _named(said.named_slots, dose)
            if slots is None:
                asked.append("dose")
        if said.amounts.slots and slots is None:
            asked.append("dose")
        if not frequency and not slots:
            frequency, slots = _as_before(before, said)
        if not frequency and not slots and "dose" not in asked:
            asked.append("frequency")
        if asked:
            continue
        try:
            made.append(_stage(said, dose, unit, frequency, slots))
        except ValueError:
            asked.append("dose")
    return tuple(made), tuple(dict.fromkeys(asked))


def _as_before(before: Stage | None, said: TypedStage) -> tuple[str, Slots | None]:
    """A step of a taper that names no frequency goes on with the last one's."""
    if before and not said.as_needed and not before.slots:
        return before.frequency, None
    return (AS_NEEDED if said.as_needed else ""), None


def _stage(said: TypedStage, dose: Decimal | None, unit: str, frequency: str, slots: Slots | None) -> Stage:
    needed = said.as_needed or frequency == AS_NEEDED
    return Stage(
        dose=max(slots) if slots else dose,
        dose_unit=unit,
        frequency="" if slots else frequency,
        slots=slots,
        days=said.days,
        weekdays=tuple(sorted(said.weekdays)),
        as_needed=needed,
        most=said.most,
    )


def _frequency(said: TypedStage) -> str:
    if said.frequency:
        return said.frequency
    if said.amounts.slots:
        return ""
    slots = tuple(sorted(set(said.named_slots)))
    if slots in SLOT_CODES:
        return SLOT_CODES[slots]
    if said.named_slots:
        return ""
    if said.weekdays:
        return "WEEKLY" if len(said.weekdays) == 1 else TWICE_A_WEEK if len(said.weekdays) == 2 else ""
    return AS_NEEDED if said.as_needed else ""


def _named(named: list[int], dose: Decimal | None) -> Slots | None:
    """Morning and evening, as amounts in the four slots."""
    if dose is None:
        return None
    given = [dose if slot in named else Decimal(0) for slot in range(4)]
    return given[0], given[1], given[2], given[3]
