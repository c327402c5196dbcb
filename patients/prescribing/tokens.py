"""A typed line cut into numbers, patterns, strengths and words, each with its place in the text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from patients.prescribing.phrases import KNOWN_WORDS, folded

_DEVANAGARI = str.maketrans("०१२३४५६७८९", "0123456789")
_FRACTIONS = {"½": Decimal("0.5"), "¼": Decimal("0.25"), "¾": Decimal("0.75")}
_LETTER = r"A-Za-zµ\u0900-\u0963\u0970-\u097f"
_SLOT = r"(?:[0-9]{1,4}[½¼¾]|[13]/[24]|[0-9]{1,7}(?:[.,][0-9]+)?|[½¼¾]|[xX](?![A-Za-z]))"
_AMOUNT = r"(?:[0-9]+(?:[.,][0-9]+)*|\.[0-9]+)"
_MASS = r"(?:mg|gm|g|mcg|µg|ml|iu|units?|%|elemental iron)"
_KINDS = re.compile(
    "|".join(
        (
            # By weight or by time: a line says whole doses, so this is handed back.
            rf"(?P<rate>{_AMOUNT}\s?[{_LETTER}%]+\s?/\s?(?:kg|hr|hour|h|min|minute|day|m2)\b(?:\s?/\s?(?:day|dose|hr|d)\b)?)",
            rf"(?P<pattern>(?<![\w./]){_SLOT}(?:\s*[-–]\s*{_SLOT}){{2,3}}(?![\w/½]|\s*[-–]\s*\w))",
            r"(?P<plus>(?<![\w./])[0-9½](?:\s*\+\s*[0-9½]){2,3}(?![\w/½.]|\s*\+))",
            r"(?P<mix>(?<![\w./])(?:30\s?[/:]\s?70|70\s?[/:]\s?30)(?![\w./]))",
            r"(?P<span>(?:(?<![A-Za-z])[x×]\s?|(?<![\w./]))[0-9]{1,3}\s?/\s?(?:7|52|12)(?![\w./]))",
            rf"(?P<ratio>(?<![\w.]){_AMOUNT}\s?{_MASS}?\s?/\s?{_AMOUNT}\s?ml\b|{_AMOUNT}\s?{_MASS}\s?/\s?(?:ml|dose|puff|vial)\b"
            rf"|(?<![\w./])[0-9]{{2,4}}(?:\.[0-9]+)?/5(?![\w./]))",
            rf"(?P<compound>(?<![\w.]){_AMOUNT}\s?{_MASS}?(?:\s?[+/]\s?[0-9.]{{2,}}\s?{_MASS}?)+(?![\w/]))",
            r"(?P<hourly>\bq\s?(?P<hours>[0-9]{1,2})\s?h(?:rly|ourly|rs?)?\b)",
            r"(?P<times>(?<![A-Za-z])[x×*]\s?(?P<days>[0-9]{1,3})(?![\w.,½]*[½0-9]))",
            rf"(?P<range>(?<![\w.]){_AMOUNT}\s*[-–]\s*{_AMOUNT}(?![\w])"
            # "warfarin 2 ½ tab": two tablets and a half, or half a tablet of 2 mg?
            r"|(?<![\w.,])[1-9]\s+(?:[13]/[24](?![\w/])|[½¼¾]))",
            rf"(?P<number>[0-9]+[½¼¾]|[½¼¾]|[13]/[24](?![\w/])|{_AMOUNT})",
            rf"(?P<word>[{_LETTER}](?:[{_LETTER}0-9'’]|[-./](?=[{_LETTER}]))*\.?)",
            r"(?P<sign>%|/|>|→|&)",
            r"(?P<other>[^\s,.;:()·\-–—+|\"'*×/।]+)",
        )
    ),
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Token:
    """A piece of what was typed: its kind, its text as it stands, where it begins, its numbers."""

    kind: str
    text: str
    at: int
    numbers: tuple[Decimal, ...] = ()
    folded: str = ""

    @property
    def end(self) -> int:
        return self.at + len(self.text)


def plain(text: str) -> str:
    """Devanagari digits as the others; letter for letter, so that places stay."""
    return text.translate(_DEVANAGARI)


def tokens_of(text: str, knows: object) -> list[Token]:
    """The pieces in their order. `knows` says of a word whether it begins a medicine's name."""
    found: list[Token] = []
    for match in _KINDS.finditer(text):
        kind = match.lastgroup or ""
        kind = {"hours": "hourly", "days": "times"}.get(kind, kind)
        found += _read(kind, match, knows)
    return found


def _read(kind: str, match: re.Match[str], knows: object) -> Iterator[Token]:
    text, at = match[0], match.start()
    if kind == "mix":  # of insulin: two words of its name
        for part in re.finditer("[0-9]+", text):
            yield Token("word", part[0], at + part.start(), (), part[0])
    elif kind == "word":
        yield from _words(text, at, knows)
    elif kind == "hourly":
        yield Token(kind, text, at, (Decimal(match["hours"]),))
    elif kind == "times":
        yield Token(kind, text, at, (Decimal(match["days"]),))
    elif kind in {"rate", "range", "other", "sign"}:
        yield Token(kind, text, at, (), text)
    else:
        numbers = _numbers(kind, text)
        yield Token(kind if numbers else "other", text, at, numbers)


def _numbers(kind: str, text: str) -> tuple[Decimal, ...]:
    if kind in {"pattern", "plus"}:
        parts = re.split(r"\s*[-–+]\s*", text)
    elif kind in {"span", "ratio", "compound"}:
        parts = re.findall(_AMOUNT, text)
    else:
        parts = [text]
    numbers = [amount_of(part) for part in parts]
    return tuple(one for one in numbers if one is not None) if None not in numbers else ()


def amount_of(text: str) -> Decimal | None:
    """7.5, 7,5, 1,000, ½, 1½, 1/2, x (nothing); None for what two people would read differently."""
    text = text.strip()
    if text.lower() == "x":
        return Decimal(0)
    if text[-1:] in _FRACTIONS:
        return Decimal(text[:-1].strip() or 0) + _FRACTIONS[text[-1]]
    if "/" in text:
        over, under = text.split("/")
        return Decimal(over) / Decimal(under)
    if "," in text:
        return _with_commas(text)
    return Decimal(text) if text.count(".") <= 1 else None


def _with_commas(text: str) -> Decimal | None:
    """A comma before three last digits parts thousands; one comma before one or two is the decimal point."""
    if re.fullmatch(r"[1-9][0-9]{0,2}(?:,[0-9]{2,3})*,[0-9]{3}", text):
        return Decimal(text.replace(",", ""))
    if re.fullmatch(r"[0-9]+,[0-9]{1,2}|0,[0-9]+", text):
        return Decimal(text.replace(",", "."))
    return None


def _words(text: str, at: int, knows: object) -> Iterator[Token]:
    """A word; parted where it is two written as one ("inj.ceftriaxone", "para500", "bd5d")."""
    bare = folded(text)
    if bare in KNOWN_WORDS or (callable(knows) and knows(text.rstrip("."))):
        yield Token("word", text, at, (), bare)
        return
    pieces = re.search(r"[-./]", text.rstrip("."))
    if pieces and pieces.start():
        cut = pieces.start()
        yield from _words(text[:cut], at, knows)
        yield from _words(text[cut + 1 :], at + cut + 1, knows)
        return
    glued = re.fullmatch(r"([^0-9]+)([0-9]+(?:[^0-9].*)?)", text)
    if glued:
        yield from _words(glued[1], at, knows)
        for token in tokens_of(glued[2], knows):
            yield Token(token.kind, token.text, at + glued.start(2) + token.at, token.numbers, token.folded)
        return
    yield Token("word", text, at, (), bare)
