"""ASTM E1394 (LIS2-A2): the records H, P, O, R, C, L of a message, with the delimiters that its header says.

Other records (M, S, Q) are passed over. A result belongs to the order before it, an order to the message.
"""

import re
from dataclasses import dataclass

from lab.wire.messages import (
    Message,
    NothingToKeep,
    Result,
    WireError,
    accession_among,
    first_of,
    moment,
    text_of,
    unit_of,
)

# final, corrected, sent before, an answer to a query, or not said. Others may yet change.
FINAL = {"", "F", "C", "R", "Q"}
# O-12: a sample of quality control.
CONTROL = "Q"
# R-3 is a code of ours, three places for names that nobody fills, then the maker's own.
MAKERS = 3


@dataclass(frozen=True)
class Delimiters:
    """As the header's second to fifth characters say: usually | \\ ^ &."""

    field: str
    repeat: str
    component: str
    escape: str

    @classmethod
    def of(cls, header: str) -> "Delimiters":
        said = header[1:5]
        if len(said) < 4 or len(set(said)) < 4 or any(one.isalnum() or one.isspace() for one in said):
            raise WireError("a header without delimiters")
        return cls(*said)

    def unescaped(self, text: str) -> str:
        """A delimiter that is meant as itself is written &F&, &S&, &R&, &E&; a byte &Xhh&."""
        if self.escape not in text:
            return text
        meant = {"F": self.field, "S": self.component, "R": self.repeat, "E": self.escape}
        mark = re.escape(self.escape)

        def plain(found: re.Match[str]) -> str:
            said = found[1].upper()
            return meant[said] if said in meant else bytes.fromhex(said[1:]).decode("latin-1")

        return re.sub(f"{mark}([FSREfsre]|[Xx](?:[0-9A-Fa-f]{{2}})+){mark}", plain, text)


class Record:
    """One record: its fields by their number, the letter being the first."""

    def __init__(self, text: str, delimiters: Delimiters) -> None:
        self.delimiters = delimiters
        self.fields = text.split(delimiters.field)
        self.kind = self.fields[0][:1].upper()

    def repeats(self, number: int) -> list[list[str]]:
        """Each repetition of a field as its components."""
        text = self.fields[number - 1] if len(self.fields) >= number else ""
        if not text:
            return []
        split = self.delimiters
        return [
            [split.unescaped(one).strip() for one in repetition.split(split.component)]
            for repetition in text.split(split.repeat)
        ]

    def components(self, number: int) -> list[str]:
        """The components of a field's first repetition."""
        return next(iter(self.repeats(number)), [])

    def first(self, number: int) -> str:
        """The first component that says something."""
        return first_of(self.components(number))


def records(raw: bytes) -> list[Record]:
    """The records of a message. Raises WireError where it does not begin with a header, or has no end."""
    said = [one.strip("\0 ") for one in text_of(raw).split("\r")]
    said = [one for one in said if one]
    if not said or said[0][:1].upper() != "H":
        raise WireError("it does not begin with a header (H)")
    delimiters, read = Delimiters.of(said[0]), []
    for one in said:
        if one[:1].upper() == "H":
            delimiters = Delimiters.of(one)
        read.append(Record(one, delimiters))
    if read[-1].kind != "L":
        raise WireError("it has no terminator (L)")
    return read


def read(raw: bytes) -> Message:
    """The results that the message brings. Raises WireError where it has none, or cannot be read."""
    found: list[Result] = []
    order: Record | None = None
    whole = records(raw)
    for record in whole:
        if record.kind in {"H", "P"}:
            order = None
        elif record.kind == "O":
            order = record
        elif record.kind == "R":
            if order is None:
                raise WireError("a result (R) before its order (O)")
            found.append(_result(record, order))
    if not found:
        raise NothingToKeep("a message without results")
    return Message(whole[0].first(3), whole[0].first(5), found)


def sender_of(raw: bytes) -> str:
    """The sender's name (H-5), "" where it cannot be told."""
    said = text_of(raw).lstrip().split("\r")[0].strip()
    try:
        return Record(said, Delimiters.of(said)).first(5) if said[:1].upper() == "H" else ""
    except WireError:
        return ""


def _result(record: Record, order: Record) -> Result:
    code = record.components(3)
    return Result(
        accession_number=accession_among([*order.components(3), *order.components(4)]),
        code=first_of([*code[MAKERS:], *code]),
        value=record.delimiters.component.join(one for one in record.components(4) if one),
        unit=unit_of(record.components(5)),
        flag=record.first(7),
        measured_at=moment(record.first(13)) or moment(order.first(8)),
        is_final=record.first(9).upper() in FINAL,
        is_control=order.first(12).upper() == CONTROL,
    )
