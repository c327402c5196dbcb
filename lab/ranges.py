"""What a value is to its range and its critical limits: usual, low, high, critical. Pure: no database.

The rows come from the state's content with their sources (lab/data/SOURCES.md). Where a row is missing
nothing is said: no source, no range. Ages are whole days; 365 of them are a year, as in the rows.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from unicodedata import decimal as digit_of

from lab.choices import in_hindi, letters
from lab.states import Flag, Pregnancy, RangeSex, ResultPopulation, ValueType

ADULT_DAYS = 18 * 365
NEWBORN_DAYS = 28
SEVEN_WEEKS_DAYS = 49
# First choices that say "as it should be": any other choice of the same analyte is not usual.
USUAL = frozenset(
    [
        *("negative", "non-reactive", "not seen", "not detected", "normal", "compatible", "no fungus"),
        "no darting motility",
    ]
)
# Says nothing of the patient.
INVALID = frozenset(["invalid", "inconclusive", "indeterminate"])
_NUMBER = re.compile(r"^([<>≤≥]?)\s*([0-9]{1,9}(?:\.[0-9]{1,4})?)$")
_NOTHING = re.compile(
    r"\s*(no\b(?!\s+longer)|nil\b|not\b(?!\s+sterile)|sterile\b|negative\b|absent\b)", re.IGNORECASE
)
# Of a clause with no other words nobody need be called.
_OF_THE_REPORT = frozenset(
    [
        "a",
        "after",
        "aerobic",
        "anaerobic",
        "at",
        "awaited",
        "culture",
        "day",
        "days",
        "end",
        "final",
        "follow",
        "follows",
        "for",
        "h",
        "hour",
        "hours",
        "hrs",
        "in",
        "incubation",
        "interim",
        "is",
        "of",
        "on",
        "preliminary",
        "report",
        "reported",
        "s",
        "so",
        "far",
        "the",
        "till",
        "to",
        "until",
        "up",
        "will",
        "within",
    ]
)
_WORD = re.compile(r"[^\W\d_]+")
# A point within a number or after a genus (E. coli) ends nothing.
_CLAUSES = re.compile(r"[;,!?\n]|(?<!\b[A-Z])\.(?!\d)|\b(?:but|however|with|and)\b")
_BLASTS = re.compile(r"\b(?:lympho|myelo|mono)?blasts?\b", re.IGNORECASE)
_NO_BLASTS = re.compile(
    r"\bno\s+(?:\w+\s+)?\w*blasts?\b"
    r"|\b(?:lympho|myelo|mono)?blasts?\s*[:=-]?\s*(?:0(?![.\d])|nil|not seen|absent)",
    re.IGNORECASE,
)
BELOW, ABOVE = frozenset("<≤"), frozenset(">≥")
MOST = Decimal(10_000_000)


# From a day, until a day, both included; None: no such end.
Validity = tuple[date | None, date | None]


def holds(valid: Validity, on: date | None) -> bool:
    """Whether something is valid on a day."""
    begins, ends = valid
    return on is None or ((begins is None or on >= begins) and (ends is None or on <= ends))


@dataclass(frozen=True)
class Subject:
    """Whom a result is of, when the specimen was taken. Age None: nobody knows."""

    sex: str
    age_days: int | None
    pregnancy: str = Pregnancy.ANY
    # The day of the specimen; None: whatever holds at any time.
    on: date | None = None


@dataclass(frozen=True)
class Band:
    """What is usual for a sex, a pregnancy and an age: from a day included, to a day not included."""

    sex: str
    from_days: int
    to_days: int
    pregnancy: str
    low: Decimal | None
    high: Decimal | None
    text: str
    is_approved: bool
    valid: Validity = (None, None)


@dataclass(frozen=True)
class Critical:
    """Below low or above high somebody must answer; "or less", "or more": the limit itself counts."""

    population: str
    low: Decimal | None
    high: Decimal | None
    rule: str
    is_approved: bool
    valid: Validity = (None, None)


@dataclass(frozen=True)
class Judged:
    """A flag, and what it rests on."""

    flag: Flag
    low: Decimal | None = None
    high: Decimal | None = None
    text: str = ""
    is_approved: bool = True


@dataclass(frozen=True)
class Value:
    """A value as it is reported, and its number where it has one."""

    text: str
    number: Decimal | None = None
    # The number as it was typed, before it was rounded.
    typed: Decimal | None = field(default=None, compare=False)

    @property
    def as_typed(self) -> str:
        """The number as it was typed, with its sign; of another value the text."""
        sign = self.text[:1] if self.text[:1] in BELOW | ABOVE else ""
        return self.text if self.typed is None else f"{sign}{self.typed:f}"


class Unreadable(ValueError):
    """What was typed is no value of this analyte."""


def read_value(text: str, *, value_type: str, decimals: int, choices: Sequence[str] = ()) -> Value:
    """What was typed, as it is reported: numbers rounded half up, choices by their beginning or number.

    `<0.01` and `>500` keep their sign. Raises Unreadable.
    """
    said = " ".join(text.split()) if value_type != ValueType.TEXT else text.strip()
    if value_type == ValueType.NUMBER:
        return _read_number(said, decimals)
    if value_type == ValueType.CHOICE:
        return Value(_read_choice(said, choices))
    return Value(said)


def _read_number(said: str, decimals: int) -> Value:
    plain = "".join(str(digit_of(one)) if one.isdecimal() else one for one in said).replace(" ", "")
    found = _NUMBER.match(plain)
    if not found:
        raise Unreadable(said)
    sign, digits = found.groups()
    number = Decimal(digits)
    if number > MOST:
        raise Unreadable(said)
    if sign:
        return Value(sign + digits, number, number)
    reported = rounded(number, decimals)
    return Value(str(reported), reported, number)


def rounded(number: Decimal, decimals: int) -> Decimal:
    """Half up, to so many decimals."""
    return number.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def _read_choice(said: str, choices: Sequence[str]) -> str:
    """A choice by its whole word in either language, by a beginning that only one has, or by its place."""
    folded = letters(said)
    words = {letters(word): choice for choice in choices for word in (in_hindi(choice), choice)}
    if folded in words:
        return words[folded]
    begins = {choice for word, choice in words.items() if folded and word.startswith(folded)}
    if len(begins) == 1:
        return begins.pop()
    plain = "".join(str(digit_of(one)) if one.isdecimal() else one for one in said)
    if plain.isascii() and plain.isdigit() and len(plain) < 3 and 1 <= int(plain) <= len(choices):
        return choices[int(plain) - 1]
    raise Unreadable(said)


# ── Whether it can be meant ──

# Of counts: in thousands or millions nobody has a thousand of them, ten times what is usual, or a tenth.
MANY_CELLS, TIMES_OF_CELLS = Decimal(1000), 10
TIMES_OF_ALL = 100
# What a cell, and in millions a thousand cells, is in the unit of the box.
ONE_BY_ONE = {"10*3": (Decimal("0.001"),), "10*6": (Decimal("0.001"), Decimal("0.000001"))}
# A lakh in the unit of the box. From millions it is one power of ten away: from half the way on it is asked.
LAKH = {"10*3": Decimal(100), "10*6": Decimal("0.1")}
TIMES_OF_MILLIONS = 3


@dataclass(frozen=True)
class Doubt:
    """A number that is asked about before it is taken; `meant`: what it is if cells were typed one by one, or
    in lakhs."""

    meant: Decimal | None = None


def doubt_about(
    value: Value, *, unit: str, low: Decimal | None, high: Decimal | None, decimals: int
) -> Doubt | None:
    """Whether this number looks like a slip of the pen; `low` and `high` end what is usual. A rule of typing
    and no clinical limit (adr/0346): it refuses nothing and flags nothing.
    """
    number = value.number if value.typed is None else value.typed
    if number is None:
        return None
    if not unit.startswith("10*"):
        return Doubt() if high and number > high * TIMES_OF_ALL else None
    lakh = LAKH.get(unit[:4])
    in_lakhs = number * lakh if lakh else Decimal(0)
    if _are_many(number, high):
        meant = _one_by_one(number, unit=unit, low=low, high=high)
    elif value.text[:1] in BELOW | ABOVE:
        return None
    elif _are_few(number, low):
        is_usual = high is not None and in_lakhs <= high and not _are_few(in_lakhs, low)
        meant = in_lakhs if is_usual else None
    elif lakh and lakh < 1 and high and number > high * TIMES_OF_MILLIONS:
        meant = in_lakhs
    else:
        return None
    return Doubt(None if meant is None else rounded(meant, decimals))


def _one_by_one(number: Decimal, *, unit: str, low: Decimal | None, high: Decimal | None) -> Decimal | None:
    """What many cells are if they were typed one by one; None where nobody has so few. Below a thousand they
    may be as many as they say (a leukaemia): then only what is not low is worth a question.
    """
    read = [number * step for step in ONE_BY_ONE.get(unit[:4], ())]
    meant = next((one for one in read if not _are_many(one, high)), read[-1] if read else None)
    if meant is None or _are_few(meant, low) or (low and number < MANY_CELLS and meant < low):
        return None
    return meant


def _are_many(number: Decimal, high: Decimal | None) -> bool:
    return number >= MANY_CELLS or bool(high and number > high * TIMES_OF_CELLS)


def _are_few(number: Decimal, low: Decimal | None) -> bool:
    return bool(low and 0 < number < low / TIMES_OF_CELLS)


# ── Which row is this patient's ──


def band_for(bands: Sequence[Band], subject: Subject) -> Band | None:
    """The range of this patient: the one that says sex and pregnancy before one that serves all.

    Pregnancy that nobody asked counts as none; of a range for the pregnant only, that means no range.
    """
    if subject.age_days is None:
        return None
    pregnancy = Pregnancy.NO if subject.pregnancy == Pregnancy.ANY else subject.pregnancy
    fitting = [
        one
        for one in bands
        if holds(one.valid, subject.on)
        and one.from_days <= subject.age_days < one.to_days
        and one.sex in (RangeSex.ANY, subject.sex)
        and one.pregnancy in (Pregnancy.ANY, pregnancy)
    ]
    return min(
        fitting, key=lambda one: (one.pregnancy == Pregnancy.ANY, one.sex == RangeSex.ANY), default=None
    )


def critical_for(limits: Sequence[Critical], subject: Subject) -> Critical | None:
    """The critical limit of this patient: the narrowest group that has one. Of unknown age: an adult's."""
    by_population = {one.population: one for one in limits if holds(one.valid, subject.on)}
    for population in _populations(subject.age_days):
        if population in by_population:
            return by_population[population]
    return None


def _populations(age_days: int | None) -> list[str]:
    """The groups of an age, the narrowest first; a newborn is under 28 days, a child under 18 years."""
    if age_days is None or age_days >= ADULT_DAYS:
        return [ResultPopulation.ADULT, ResultPopulation.ANY]
    groups: list[str] = [ResultPopulation.CHILD, ResultPopulation.ANY]
    if age_days < SEVEN_WEEKS_DAYS:
        groups.insert(0, ResultPopulation.SEVEN_WEEKS)
    if age_days < NEWBORN_DAYS:
        first = ResultPopulation.AFTER_FIRST_DAY if age_days else ResultPopulation.FIRST_DAY
        groups[:0] = [first, ResultPopulation.NEWBORN]
    return groups


# ── What a value is to them ──


def judge(
    value: Value,
    *,
    value_type: str,
    choices: Sequence[str],
    bands: Sequence[Band],
    limits: Sequence[Critical],
    subject: Subject,
) -> Judged:
    """The flag of a value for this patient, with the range it rests on."""
    band, critical = band_for(bands, subject), critical_for(limits, subject)
    if value_type == ValueType.NUMBER:
        return _judge_number(value, band, critical)
    flag, rests = _judge_words(value.text, value_type, choices, critical)
    text = band.text if band else ""
    return Judged(flag, text=text, is_approved=all(one.is_approved for one in (*rests, band) if one))


def _judge_number(value: Value, band: Band | None, critical: Critical | None) -> Judged:
    assert value.number is not None
    sign = value.text[:1] if value.text[:1] in BELOW | ABOVE else ""
    found = critical_flag(value.number, critical, sign) if critical else None
    rests = [critical] if critical and found else []
    flag = found or (range_flag(value.number, band, sign) if band else Flag.NONE)
    if band is None:
        return Judged(flag, is_approved=all(one.is_approved for one in rests))
    is_approved = band.is_approved and all(one.is_approved for one in rests)
    return Judged(flag, band.low, band.high, band.text, is_approved)


def range_flag(number: Decimal, band: Band, sign: str = "") -> Flag:
    """Both edges of a range belong to it. A range that has no edge says nothing, nor does a sign ("<37" of
    what is usual from 10 on) that leaves open on which side of an edge the value lies. No value that has a
    sign lies below zero: "<4" of what is usual from 0 to 5 is usual.
    """
    low, high = band.low, band.high
    if low is None and high is None:
        return Flag.NONE
    if low is not None and _is_under(number, low, sign):
        return Flag.LOW
    if high is not None and _is_over(number, high, sign):
        return Flag.HIGH
    if sign in BELOW and ((low is not None and low > 0) or (high is not None and number > high)):
        return Flag.NONE
    if sign in ABOVE and (high is not None or (low is not None and number < low)):
        return Flag.NONE
    return Flag.NORMAL


def critical_flag(number: Decimal, limit: Critical, sign: str = "") -> Flag | None:
    """Whether somebody must answer for this number: "<37" lies below 37."""
    if limit.low is not None and _is_under(number, limit.low, sign, itself="or less" in limit.rule):
        return Flag.CRITICAL_LOW
    if limit.high is not None and _is_over(number, limit.high, sign, itself="or more" in limit.rule):
        return Flag.CRITICAL_HIGH
    return None


def _is_under(number: Decimal, edge: Decimal, sign: str, *, itself: bool = False) -> bool:
    return sign not in ABOVE and (number < edge or (number == edge and (itself or sign == "<")))


def _is_over(number: Decimal, edge: Decimal, sign: str, *, itself: bool = False) -> bool:
    return sign not in BELOW and (number > edge or (number == edge and (itself or sign == ">")))


def _judge_words(
    said: str, value_type: str, choices: Sequence[str], critical: Critical | None
) -> tuple[Flag, list[Critical]]:
    unusual = is_unusual(said, choices) if value_type == ValueType.CHOICE else None
    if critical and critical.rule and _is_critical_in_words(said, critical.rule, unusual):
        return Flag.CRITICAL, [critical]
    if unusual is None:
        return Flag.NONE, []
    return (Flag.ABNORMAL if unusual else Flag.NORMAL), []


def is_unusual(said: str, choices: Sequence[str]) -> bool | None:
    """Whether a choice is another than the usual one; None where none is usual, or it says nothing."""
    if not choices or choices[0].casefold() not in USUAL or said.casefold() in INVALID:
        return None
    return said != choices[0]


def _is_critical_in_words(said: str, rule: str, unusual: bool | None) -> bool:
    """The rules of the sources that have no number. Free text counts unless each of its clauses says "no" or
    tells of the report alone: a call too many is better than one too few.
    """
    if "blast" in rule:
        return bool(_BLASTS.search(_NO_BLASTS.sub("", said)))
    if unusual is not None:
        return unusual
    return ("growth" in rule or "germ" in rule) and any(_tells(one) for one in _CLAUSES.split(said))


def _tells(clause: str) -> bool:
    words = {one.casefold() for one in _WORD.findall(clause)}
    return bool(words - _OF_THE_REPORT) and not _NOTHING.match(clause)


# ── How far from the last one ──


@dataclass(frozen=True)
class DeltaRule:
    """How far a result may stand from the last one within so many days."""

    is_percent: bool
    limit: Decimal
    window_days: int | None
    valid: Validity = (None, None)


def delta_of(now: Decimal, before: Decimal, days: int, rules: Sequence[DeltaRule]) -> str:
    """The change where it is more than a rule allows ("+38 %", "-13.0"), else ""."""
    for rule in rules:
        if rule.window_days is not None and days > rule.window_days:
            continue
        change = now - before
        if rule.is_percent and before == 0:
            continue
        size = abs(change) * 100 / before if rule.is_percent else abs(change)
        if size > rule.limit:
            sign = "+" if change > 0 else "-"
            return f"{sign}{rounded(size, 0)} %" if rule.is_percent else f"{sign}{abs(change).normalize():f}"
    return ""
