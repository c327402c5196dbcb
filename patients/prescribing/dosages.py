"""A line as a list of FHIR Dosages, and back. What is not exactly a line of ours is refused."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from patients.prescribing.forms import ways_of
from patients.prescribing.frequencies import EVERY, FREQUENCIES, SLOTS, TWICE_A_WEEK
from patients.prescribing.lines import FOODS, SHOWN_FOODS, Line, Slots, Stage, shown_days, shown_dose
from patients.prescribing.medicines import Medicine

# FHIR EventTiming.
_WHEN = ("MORN", "NOON", "EVE", "NIGHT")
_DAYS_OF_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_OUR_CODES = "https://hmis.jharkhand.gov.in/fhir/CodeSystem/prescription-frequency"
_UCUM = "http://unitsofmeasure.org"
# What only says the same again in words, or names a system: not compared.
_WORDS_OF_OURS = {"text", "display", "system", "code", "unit"}

Dosage = dict[str, Any]


def as_json(line: Line) -> list[Dosage]:
    """One Dosage a stage; where morning and night differ, one for each amount, of the same sequence."""
    made = []
    for nth, stage in enumerate(line.stages, start=1):
        made += [_dosage(line, stage, nth, amount) for amount in _amounts(stage)]
    return made


def _amounts(stage: Stage) -> list[Decimal | None]:
    """The different amounts of a stage, in the order of the day."""
    if not stage.slots:
        return [stage.dose]
    return list(dict.fromkeys(slot for slot in stage.slots if slot))


def _dosage(line: Line, stage: Stage, sequence: int, amount: Decimal | None) -> Dosage:
    words = ", ".join(one for one in (shown_dose(stage), shown_days(stage.days)) if one)
    said: Dosage = {
        "sequence": sequence,
        "text": words,
        "timing": _timing(stage, amount),
        "asNeededBoolean": stage.as_needed,
        "route": {"text": line.route},
    }
    if amount is not None:
        said["doseAndRate"] = [{"doseQuantity": {"value": _plain(amount), "unit": stage.dose_unit}}]
    if stage.most:
        said["maxDosePerPeriod"] = {
            "numerator": {"value": stage.most, "unit": "times"},
            "denominator": {"value": 1, "unit": "d"},
        }
    if line.food:
        said["additionalInstruction"] = [{"text": SHOWN_FOODS[line.food]}]
    if line.note:
        said["patientInstruction"] = line.note
    return said


def _timing(stage: Stage, amount: Decimal | None) -> Dosage:
    repeat: Dosage = {}
    if stage.days is not None:
        repeat["boundsDuration"] = {"value": stage.days, "unit": "days", "system": _UCUM, "code": "d"}
    if stage.slots:
        when = [name for name, slot in zip(_WHEN, stage.slots, strict=True) if slot == amount]
        return {"repeat": repeat | {"when": when}}
    frequency = FREQUENCIES[stage.frequency]
    repeat |= _repeated(stage)
    if stage.weekdays:
        repeat["dayOfWeek"] = [_DAYS_OF_WEEK[day] for day in stage.weekdays]
    coding = [{"system": _OUR_CODES, "code": frequency.code}]
    if frequency.fhir_code:
        coding.append({"system": frequency.fhir_system, "code": frequency.fhir_code})
    return {"repeat": repeat, "code": {"coding": coding, "text": frequency.code}}


def _repeated(stage: Stage) -> Dosage:
    """How often in FHIR's numbers, where there is such a number."""
    if stage.frequency in EVERY:
        return {"frequency": 1, "period": EVERY[stage.frequency], "periodUnit": "d"}
    if stage.frequency == TWICE_A_WEEK:
        return {"frequency": 2, "period": 7, "periodUnit": "d"}
    if stage.frequency.startswith("q"):
        return {"frequency": 1, "period": int(stage.frequency[1:-1]), "periodUnit": "h"}
    if stage.frequency in {"STAT", "SINGLE"}:
        return {"count": 1}
    times = FREQUENCIES[stage.frequency].times_per_day
    return {"frequency": int(times), "period": 1, "periodUnit": "d"} if times else {}


def _plain(amount: Decimal) -> int | float:
    """A JSON number that reads back as the same amount."""
    return int(amount) if amount == int(amount) else float(amount)


def from_json(data: Any, medicine: Medicine) -> Line:
    """The line of a stored or sent list of Dosages; a ValueError with its sentence for anything else."""
    try:
        line = _line(data, medicine)
    except (KeyError, TypeError, AttributeError, IndexError, ArithmeticError):
        line = None
    if line is None or not _says_the_same(as_json(line), data):
        raise ValueError(_("This does not have the form of a dosage."))
    return line


def _line(data: Any, medicine: Medicine) -> Line:
    if not isinstance(data, list) or not data:
        raise ValueError(_("A dosage is a list with one entry for each step."))
    steps: dict[int, list[Mapping[str, Any]]] = {}
    for one in data:
        steps.setdefault(one["sequence"], []).append(one)
    first = data[0]
    instruction = first["additionalInstruction"][0]["text"] if "additionalInstruction" in first else ""
    return Line(
        medicine=medicine,
        stages=tuple(_read_stage(parts) for parts in steps.values()),
        route=first.get("route", {"text": ways_of(medicine)[0]})["text"],
        food={SHOWN_FOODS[code]: code for code in FOODS}[instruction] if instruction else "",
        note=_text(first.get("patientInstruction", "")),
    )


def _read_stage(parts: list[Mapping[str, Any]]) -> Stage:
    first = parts[0]
    repeat = first["timing"]["repeat"]
    dose, unit = _read_dose(first)
    slots = _read_slots(parts) if "when" in repeat else None
    bounds = repeat.get("boundsDuration")
    most = first.get("maxDosePerPeriod")
    return Stage(
        dose=max(slots) if slots else dose,
        dose_unit=unit,
        frequency="" if slots else _text(first["timing"]["code"]["text"]),
        slots=slots,
        days=_whole(bounds["value"]) if bounds else None,
        weekdays=tuple(_DAYS_OF_WEEK.index(day) for day in repeat.get("dayOfWeek", ())),
        as_needed=_yes_or_no(first["asNeededBoolean"]),
        most=_whole(most["numerator"]["value"]) if most else None,
    )


def _read_dose(part: Mapping[str, Any]) -> tuple[Decimal | None, str]:
    if "doseAndRate" not in part:
        return None, ""
    said = part["doseAndRate"][0]["doseQuantity"]
    return _amount(said["value"]), _text(said["unit"])


def _read_slots(parts: list[Mapping[str, Any]]) -> Slots:
    given = [Decimal(0)] * len(SLOTS)
    for part in parts:
        amount, _unit = _read_dose(part)
        for name in part["timing"]["repeat"]["when"]:
            given[_WHEN.index(name)] = amount or Decimal(0)
    return given[0], given[1], given[2], given[3]


def _amount(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    return Decimal(str(value))


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _yes_or_no(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _says_the_same(ours: Any, theirs: Any) -> bool:
    """Whether nothing of what was sent was passed over; words of ours need not be sent."""
    if isinstance(ours, dict):
        if not isinstance(theirs, dict) or set(theirs) - set(ours):
            return False
        needed = set(ours) - _WORDS_OF_OURS
        return (
            needed <= set(theirs) | {"coding"}
            and all(_says_the_same(ours[name], theirs[name]) for name in set(theirs) - {"text", "display"})
            and all(isinstance(theirs[name], str) for name in set(theirs) & {"text", "display"})
        )
    if isinstance(ours, list):
        if not isinstance(theirs, list) or len(ours) != len(theirs):
            return False
        return all(_says_the_same(one, other) for one, other in zip(ours, theirs, strict=True))
    return (type(ours) is not bool and ours == theirs) or ours is theirs
