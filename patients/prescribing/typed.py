"""What the words of a typed line say, before it is known of which medicine."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from patients.prescribing.finding import Index
from patients.prescribing.fitting import Amounts
from patients.prescribing.frequencies import AS_NEEDED, FREQUENCIES, SLOTS, TWICE_A_WEEK
from patients.prescribing.lines import LONGEST_NOTE, MOST_DAYS, MOST_STAGES, MOST_TIMES, UNITS
from patients.prescribing.phrases import (
    LONGEST_PHRASE,
    NOTE_BEGINS,
    NOTE_ENDS,
    NUMBER_WORDS,
    PHRASES,
    SPANS,
    UNIT_WORDS,
    Meaning,
)
from patients.prescribing.tokens import Token, plain, tokens_of

_BEFORE_NOTE = re.compile(r"\s(?:—|--|//)\s|\bnote\s*:\s*", re.IGNORECASE)
_TIMES = {1: "OD", 2: "BD", 3: "TDS", 4: "QID"}
_ONCE_AT = {"OM", "ON", "EVE", "HS"}
# A single time of the day, by its place in the day.
SLOT_CODES = {(0,): "OM", (2,): "EVE", (3,): "ON"}
# So many tablets written after "tds" are a dose, more are a total.
_MOST_AFTER = 3
_PLACES = {"eye": "ophthalmic", "e/d": "ophthalmic", "ear": "otic", "nasal": "nasal"}


@dataclass
class TypedStage:
    """What one stage of a taper says, before it is known of which medicine."""

    amounts: Amounts = field(default_factory=Amounts)
    frequency: str = ""
    named_slots: list[int] = field(default_factory=list)
    days: int | None = None
    weekdays: set[int] = field(default_factory=set)
    as_needed: bool = False
    most: int | None = None

    def says_nothing(self) -> bool:
        return self == TypedStage()


@dataclass
class Typed:
    """Everything that a line says."""

    stages: list[TypedStage] = field(default_factory=lambda: [TypedStage()])
    names: list[Token] = field(default_factory=list)
    forms: list[str] = field(default_factory=list)
    routes: list[Token] = field(default_factory=list)
    food: str = ""
    note: str = ""
    rest: list[Token] = field(default_factory=list)
    bare: list[Token] = field(default_factory=list)


def typed_in(text: str, index: Index) -> Typed:
    """A line taken apart: amounts, times, days by stage; the words of a name; what has no meaning."""
    typed = Typed()
    text = plain(text)
    note = _BEFORE_NOTE.search(text)
    if note:
        typed.note = " ".join(text[note.end() :].split())[:LONGEST_NOTE]
        text = text[: note.start()]
    _Reader(text, tokens_of(text, index.knows), typed, index).run()
    return typed


class _Reader:
    """Goes through the tokens once, from left to right, the longest phrase first."""

    def __init__(self, text: str, tokens: list[Token], typed: Typed, index: Index) -> None:
        self.text, self.tokens, self.typed, self.index = text, tokens, typed, index
        self.at = 0
        self.unit_is_due = False

    @property
    def stage(self) -> TypedStage:
        return self.typed.stages[-1]

    def run(self) -> None:
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            for step in (self._note, self._amount, self._phrase):
                if step(token):
                    break
            else:
                self._left(token)
        if len(self.typed.stages) > 1 and self.stage.says_nothing():
            self.typed.stages.pop()

    def _left(self, token: Token) -> None:
        """A word of no meaning of its own: of a name, or not understood."""
        self.at += 1
        names = self.typed.names
        is_name = token.kind == "word" and len(self.typed.stages) == 1
        (names if is_name else self.typed.rest).append(token)

    # A reason that is written out.

    def _note(self, token: Token) -> bool:
        word = (token.folded,)
        follows = self.tokens[self.at + 1] if self.at + 1 < len(self.tokens) else None
        is_reason = follows and follows.kind == "word" and follows.folded not in NUMBER_WORDS
        if word in NOTE_BEGINS and is_reason and not self._means(self.at + 1):
            known = self._longest(self.at)
            if known and len(known[0]) > 1:
                return False
            end = self.at + 1
            while end < len(self.tokens) and self.tokens[end].kind == "word" and not self._means(end):
                end += 1
            self._keep_note(self.at, end)
            return True
        return self._note_before(token)

    def _note_before(self, token: Token) -> bool:
        """बुखार के लिए: the reason stands before its word."""
        if token.kind != "word" or self._means(self.at):
            return False
        for length in (2, 1):
            after = tuple(one.folded for one in self.tokens[self.at + 1 : self.at + 1 + length])
            if after in NOTE_ENDS and not self.index.knows(token.text):
                self._keep_note(self.at, self.at + 1 + len(after))
                return True
        return False

    def _keep_note(self, first: int, end: int) -> None:
        said = self.text[self.tokens[first].at : self.tokens[end - 1].end]
        self.typed.note = " ".join(f"{self.typed.note} {said}".split())[:LONGEST_NOTE]
        self.at = end

    def _means(self, at: int) -> bool:
        """Whether a word says something of the dose here."""
        known = self._longest(at)
        return known is not None and known[1][0] not in {"nothing", "form", "route", "weekday", "slot"}

    # Numbers, with or without their unit.

    def _amount(self, token: Token) -> bool:
        if token.kind in {"pattern", "plus"}:
            return self._pattern(token)
        if token.kind in {"span", "times", "hourly"}:
            return self._timed(token)
        if token.kind in {"ratio", "compound"}:
            self.stage.amounts.printed.append(token.numbers)
            self.typed.bare.append(token)
            self.at += 1
            return True
        if token.kind not in {"number", "word"}:
            return False
        value = token.numbers[0] if token.kind == "number" else self._number_word(token)
        if value is None or self._longest(self.at):
            return False
        return self._number(token, value)

    def _number_word(self, token: Token) -> Decimal | None:
        """ "एक गोली": a number in words, where a unit or a span follows it."""
        number = NUMBER_WORDS.get(token.folded)
        if number is None or not (self._unit(self.at + 1) or self._span(self.at + 1)):
            return None
        return Decimal(number)

    def _number(self, token: Token, value: Decimal) -> bool:
        unit, span = self._unit(self.at + 1), self._span(self.at + 1)
        follows = self._longest(self.at + 1)
        if span and follows and follows[1][0] != "span" and len(follows[0]) > span[1]:
            span = None  # "500 दिन में तीन बार" are no 500 days
        if unit:
            token = self._whole(token, 1 + unit[1])
            self.at += 1 + unit[1]
            self._keep_amount(token, value, unit[0])
        elif span:
            self.at += 1 + span[1]
            self._keep_days(token, value * span[0])
        else:
            self.at += 1
            self._keep_bare(token, value)
        return True

    def _keep_amount(self, token: Token, value: Decimal, unit: str) -> None:
        many = {"L": (1000, "mL"), "lac": (100_000, "unit")}.get(unit)
        if many:
            value, unit = value * many[0], many[1]
        if not value:
            self.typed.rest.append(token)
        elif unit in {"mg", "g", "mcg", "unit", "%"}:
            self.stage.amounts.masses.append((value, unit))
            self.typed.bare.append(token)
        elif self.stage.amounts.count is None and not self._is_a_total(value, unit):
            self.stage.amounts.count = (value, unit)
        else:
            self.typed.rest.append(token)

    def _is_a_total(self, value: Decimal, unit: str) -> bool:
        """ "tds 3d 9 tabs", "bd 14 tabs", "200 mg … 5 doses": how much to give out, not how much to take."""
        stage = self.stage
        often = stage.frequency or stage.amounts.slots or stage.named_slots
        late = bool(often and (stage.days or (value > _MOST_AFTER and unit != "mL")))
        return late or (unit == "dose" and bool(stage.amounts.masses))

    def _keep_bare(self, token: Token, value: Decimal) -> None:
        amounts = self.stage.amounts
        follows = self._longest(self.at)
        often = follows is not None and follows[1][0] in {"frequency", "hourly", "times", "slot"}
        has_strength = amounts.masses or amounts.printed or amounts.bare is not None
        later = len(self.typed.stages) > 1
        counts = self.typed.stages[0].amounts.count is not None
        if value and often and amounts.count is None and value <= 4 and (has_strength or (later and counts)):
            amounts.count = (value, "")
        elif value and amounts.bare is None and not (has_strength and not later):
            amounts.bare = value
            self.typed.bare.append(token)
        else:
            self.typed.rest.append(token)

    def _keep_days(self, token: Token, days: Decimal) -> None:
        if self.stage.days is None and days == int(days) and 0 < days <= MOST_DAYS:
            self.stage.days = int(days)
        else:
            self.typed.rest.append(token)

    def _pattern(self, token: Token) -> bool:
        self.at += 1
        slots = token.numbers
        if self.stage.amounts.slots or not any(slots):
            self.typed.rest.append(token)
            return True
        morning, noon, *rest = slots
        self.stage.amounts.slots = (
            (morning, noon, rest[0], rest[1]) if len(rest) == 2 else (morning, noon, Decimal(0), rest[0])
        )
        unit = self._unit(self.at)
        if unit and unit[0] in UNITS:
            self.stage.amounts.slots_unit = unit[0]
            self.at += unit[1]
        return True

    def _timed(self, token: Token) -> bool:
        self.at += 1
        if token.kind == "hourly":
            self._often(token, f"q{int(token.numbers[0])}h")
        elif token.kind == "times":
            self._times_written(token)
        else:
            per = {7: 1, 52: 7, 12: 30}[int(token.numbers[1])]
            self._keep_days(token, token.numbers[0] * per)
        return True

    def _times_written(self, token: Token) -> None:
        """x 7, x 2 weeks: days; "x 14 tabs" is how many to give out."""
        span, unit = self._span(self.at), self._unit(self.at)
        if unit and not span:
            self.typed.rest.append(self._from(token, unit[1]))
            self.at += unit[1]
            return
        self.at += span[1] if span else 0
        self._keep_days(token, token.numbers[0] * (span[0] if span else 1))

    def _from(self, token: Token, more: int) -> Token:
        """The token that was just read, with so many that follow."""
        last = self.tokens[self.at + more - 1]
        return Token("word", self.text[token.at : last.end], token.at, (), token.folded)

    def _unit(self, at: int) -> tuple[str, int] | None:
        """(unit, how many tokens) that stand here."""
        for length in (2, 1):
            words = tuple(one.folded for one in self.tokens[at : at + length])
            if len(words) == length and words in UNIT_WORDS:
                return UNIT_WORDS[words], length
        return None

    def _span(self, at: int) -> tuple[int, int] | None:
        for length in (2, 1):
            words = tuple(one.folded for one in self.tokens[at : at + length])
            meaning = PHRASES.get(words) if len(words) == length else None
            if meaning and meaning[0] == "span" and int(meaning[1]) in SPANS:
                return int(meaning[1]), length
        return None

    # Words.

    def _longest(self, at: int) -> tuple[tuple[str, ...], Meaning, Decimal | None] | None:
        """The longest phrase that begins here, what it means, and the number in it."""
        for length in range(min(LONGEST_PHRASE, len(self.tokens) - at), 0, -1):
            part = self.tokens[at : at + length]
            words = tuple("#" if one.kind == "number" else one.folded for one in part)
            meaning = PHRASES.get(words)
            if meaning is None and any(one.folded in NUMBER_WORDS for one in part):
                words = tuple(
                    "#" if one.folded in NUMBER_WORDS else word for one, word in zip(part, words, strict=True)
                )
                meaning = PHRASES.get(words) if "#" in words and length > 1 else None
            if meaning:
                return words, meaning, self._number_in(part)
        return None

    def _number_in(self, part: Sequence[Token]) -> Decimal | None:
        for one in part:
            if one.kind == "number":
                return one.numbers[0]
            if one.folded in NUMBER_WORDS:
                return Decimal(NUMBER_WORDS[one.folded])
        return None

    def _phrase(self, token: Token) -> bool:
        known = self._longest(self.at)
        if known is None:
            return False
        words, (kind, value), number = known
        if kind == "span" or self._is_rather_a_name(words, kind):
            return False
        said = self._whole(token, len(words))
        self.at += len(words)
        getattr(self, f"_say_{kind}")(said, value, number)
        return True

    def _is_rather_a_name(self, words: tuple[str, ...], kind: str) -> bool:
        """ "oral" of "oral rehydration", "calcium" of a name that goes on."""
        if kind not in {"route", "form"} or len(words) > 1:
            return False
        around = [one.folded for one in self.tokens[self.at : self.at + 2] if one.kind == "word"]
        return len(around) == 2 and self.index.is_name_of(around)

    def _whole(self, token: Token, length: int) -> Token:
        last = self.tokens[self.at + length - 1]
        return Token("word", self.text[token.at : last.end], token.at, (), token.folded)

    def _say_nothing(self, said: Token, value: str, number: Decimal | None) -> None:
        """Words that change nothing: "x", "of", "take"."""

    def _say_then(self, said: Token, value: str, number: Decimal | None) -> None:
        stage = self.stage
        # ">" after a mere number is "more than".
        begun = stage.frequency or stage.amounts.slots or stage.named_slots or said.text not in {">", "→"}
        if stage.says_nothing() or not begun or len(self.typed.stages) == MOST_STAGES:
            self.typed.rest.append(said)
        else:
            self.typed.stages.append(TypedStage())

    def _say_otherwise(self, said: Token, value: str, number: Decimal | None) -> None:
        self.typed.rest.append(said)

    def _say_every_days(self, said: Token, value: str, number: Decimal | None) -> None:
        self._often(said, {1: "OD", 2: "ALT", 7: "WEEKLY", 14: "FORTNIGHTLY"}.get(int(number or 0), ""))

    def _say_every_weeks(self, said: Token, value: str, number: Decimal | None) -> None:
        self._often(said, {1: "WEEKLY", 2: "FORTNIGHTLY"}.get(int(number or 0), ""))

    def _say_times_a_week(self, said: Token, value: str, number: Decimal | None) -> None:
        self._often(said, {1: "WEEKLY", 2: TWICE_A_WEEK}.get(int(number or 0), ""))

    def _say_frequency(self, said: Token, value: str, number: Decimal | None) -> None:
        self._often(said, value)

    def _often(self, said: Token, code: str) -> None:
        stage = self.stage
        if code not in FREQUENCIES:
            self.typed.rest.append(said)
        elif code == AS_NEEDED:
            stage.as_needed = True
        elif stage.frequency == code or (code == "OD" and stage.frequency in _ONCE_AT):
            return
        elif stage.frequency == "OD" and code in _ONCE_AT:
            stage.frequency = code
        elif stage.frequency or stage.amounts.slots:
            self.typed.rest.append(said)
        else:
            stage.frequency = code

    def _say_hourly(self, said: Token, value: str, number: Decimal | None) -> None:
        self._often(said, f"q{number}h")

    def _say_times(self, said: Token, value: str, number: Decimal | None) -> None:
        self._often(said, _TIMES.get(int(number or 0), ""))

    def _say_slot(self, said: Token, value: str, number: Decimal | None) -> None:
        once = SLOT_CODES.get((SLOTS.index(value),))
        if self.stage.frequency == "OD" and once:
            self.stage.frequency = once
        elif self.stage.amounts.slots or self.stage.frequency:
            self.typed.rest.append(said)
        else:
            self.stage.named_slots.append(SLOTS.index(value))

    def _say_food(self, said: Token, value: str, number: Decimal | None) -> None:
        if self.typed.food in {"", value}:
            self.typed.food = value
        else:
            self.typed.rest.append(said)

    def _say_route(self, said: Token, value: str, number: Decimal | None) -> None:
        self.typed.routes.append(Token("word", said.text, said.at, (), value))

    def _say_form(self, said: Token, value: str, number: Decimal | None) -> None:
        self.typed.forms.append(value)
        place = next((way for word, way in _PLACES.items() if said.text.lower().startswith(word)), "")
        if place:
            self.typed.routes.append(Token("word", said.text, said.at, (), place))

    def _say_weekday(self, said: Token, value: str, number: Decimal | None) -> None:
        self.stage.weekdays.add(int(value))

    def _say_most(self, said: Token, value: str, number: Decimal | None) -> None:
        if (
            number is not None
            and number == int(number)
            and 0 < number <= MOST_TIMES
            and self.stage.most is None
        ):
            self.stage.most = int(number)
        else:
            self.typed.rest.append(said)
