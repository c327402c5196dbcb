"""HL7 v2: the results of an ORU^R01, and the acknowledgement of any message (docs/adr/0350)."""

import re
from collections.abc import Iterator
from datetime import datetime

import hl7

from lab.wire.lines import Verdict
from lab.wire.messages import (
    Message,
    NothingToKeep,
    OtherKind,
    Result,
    WireError,
    accession_among,
    first_of,
    moment,
    text_of,
    unit_of,
)

# What MSA-1 says (HL7 table 0008): AE of a fault in the message, AR of what lies outside of its contents.
CODES = {Verdict.KEPT: "AA", Verdict.WRONG: "AE", Verdict.REFUSED: "AR", Verdict.AGAIN: "AR"}
# OBX-11 (table 0085): final, corrected, or not said. Others may yet change, or say that there is none.
FINAL = {"", "F", "C"}
# An escape that repeats (spaces, lines) thousands of times: unfolded it would fill the memory.
MUCH = re.compile(r"\.(?:sp|in|ti|sk)[+-]?\d{4}")
# OBX-2: pictures (histograms, scattergrams) and pointers to them are no values.
NO_VALUES = {"ED", "RP"}


def read(raw: bytes) -> Message:
    """The results that the message brings. Raises WireError where it is no ORU, or cannot be read."""
    message = _parsed(raw)
    kind = _components(message, message.segments("MSH")[0], 9)
    if kind[:1] != ["ORU"]:
        raise OtherKind(f"no message of results but {'^'.join(kind) or 'nothing'}")
    results = list(_results(message))
    if not results:
        raise NothingToKeep("a message without results")
    head = message.segments("MSH")[0]
    return Message(_first(message, head, 10), _first(message, head, 3), results)


def sender_of(raw: bytes) -> str:
    """The sending application (MSH-3), "" where it cannot be told."""
    try:
        message = _parsed(raw)
        return _first(message, message.segments("MSH")[0], 3)
    except WireError:
        return ""


def acknowledge(raw: bytes, verdict: Verdict, words: str = "", *, at: datetime, number: str) -> bytes:
    """The answer to a message: AA, AR or AE with its control id in MSA-2, and in MSA-3 why not.

    `number` is the answer's own control id. Of a message that cannot be read MSA-2 is empty.
    """
    try:
        message = _parsed(raw)
    except WireError:
        message = hl7.parse("MSH|^~\\&|||||||ACK|||2.3.1\r")
    head = message.segments("MSH")[0]
    asked = {place: _whole(head, place) for place in (3, 4, 5, 6, 9, 10, 11, 12)}
    bar, others = message.separators[1], str(head(2))
    event = asked[9].split(message.separators[3])[1:2]
    kind = message.separators[3].join(["ACK", *event])
    msh = ["MSH" + bar + others, asked[5], asked[6], asked[3], asked[4], at.strftime("%Y%m%d%H%M%S%z")]
    msh += ["", kind, number, asked[11] or "P", asked[12] or "2.3.1"]
    msa = ["MSA", CODES[verdict], asked[10], message.escape(words) if words else ""]
    return "".join(f"{bar.join(segment).rstrip(bar)}\r" for segment in (msh, msa)).encode()


def _parsed(raw: bytes) -> hl7.Message:
    text = text_of(raw).strip()
    if not text.startswith("MSH") or len(text) < 8 or text[3].isalnum():
        raise WireError("it does not begin with MSH")
    try:
        message = hl7.parse(text)
        head = message.segments("MSH")[0]
        head(2)
    except (hl7.HL7Exception, LookupError, ValueError, AssertionError, TypeError) as error:
        raise WireError(f"it is no HL7: {type(error).__name__}") from None
    return message


def _whole(segment: hl7.Segment, place: int) -> str:
    return str(segment[place]) if len(segment) > place else ""


def _components(message: hl7.Message, segment: hl7.Segment, place: int) -> list[str]:
    """The components of a field's first repetition, without escapes; [] where there is none."""
    if len(segment) <= place or not len(segment[place]):
        return []
    first = segment[place][0]
    said = first if isinstance(first, hl7.Repetition) else [first]
    if any(MUCH.search(str(one)) for one in said):
        raise WireError("an escape that stands for more than a field holds")
    try:
        return [message.unescape(str(one)) for one in said]
    except ValueError as error:  # an escape that is none, as `\\.spx\\`
        raise WireError("an escape that cannot be read") from error


def _first(message: hl7.Message, segment: hl7.Segment, place: int) -> str:
    return "".join(_components(message, segment, place)[:1]).strip()


def _results(message: hl7.Message) -> Iterator[Result]:
    """Each OBX with a value. Its sample stands in the SPM or OBR around it, its time in itself or there."""
    order: hl7.Segment | None = None
    for place, segment in enumerate(message):
        name = str(segment[0])
        if name == "OBR":
            order, sample = segment, _sample(message, place)
        elif name == "OBX":
            if order is None:
                raise WireError("a result (OBX) before its order (OBR)")
            if _first(message, segment, 2) not in NO_VALUES:
                yield _result(message, segment, order, sample)


def _sample(message: hl7.Message, place: int) -> str:
    """What the group of this OBR calls its sample: SPM-2, then OBR-3 and OBR-2."""
    said = []
    for segment in message[place + 1 :]:
        if str(segment[0]) == "OBR":
            break
        if str(segment[0]) == "SPM":
            # The placer's and the filler's number for it, each in parts.
            for one in _components(message, segment, 2):
                said += one.split(message.separators[4])
    order = message[place]
    return accession_among([*said, *_components(message, order, 3), *_components(message, order, 2)])


def _result(message: hl7.Message, segment: hl7.Segment, order: hl7.Segment, sample: str) -> Result:
    times = (_first(message, segment, 14), _first(message, segment, 19), _first(message, order, 7))
    flags = _components(message, segment, 8)
    return Result(
        accession_number=sample,
        code=first_of(_components(message, segment, 3)),
        value=_value(message, segment),
        unit=unit_of(_components(message, segment, 6)),
        flag=first_of(flags),
        measured_at=next((read for one in times if (read := moment(one))), None),
        is_final=_first(message, segment, 11) in FINAL,
    )


def _value(message: hl7.Message, segment: hl7.Segment) -> str:
    """OBX-5: a structured number (SN, <^0.01) as one word, of a coded value (CE) its text."""
    said = [one.strip() for one in _components(message, segment, 5)]
    kind = _first(message, segment, 2)
    if kind == "SN":
        return "".join(said)
    if kind in {"CE", "CWE", "CNE"}:
        return next((one for one in (*said[1:2], *said[:1]) if one), "")
    return message.separators[3].join(said).strip()
