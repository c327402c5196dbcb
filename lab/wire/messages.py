"""The shape that both protocols are read into."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

INDIA = ZoneInfo("Asia/Kolkata")
# As lab.models.Specimen has it on its label; whatever else a message calls a sample is taken as it is.
ACCESSION = re.compile(r"Y[0-9]{9}\Z")
# 20260722, then hours, minutes, seconds, parts of a second and a zone, each only after the one before.
MOMENT = re.compile(r"([0-9]{8})([0-9]{2}(?:[0-9]{2}(?:[0-9]{2})?)?)?(?:\.[0-9]{1,6})?([+-][0-9]{4})?\Z")


class WireError(ValueError):
    """A message that cannot be read: why, in English, for the log and the instrument."""


class NothingToKeep(WireError):
    """A message of results that can be read, and brings none."""


class OtherKind(WireError):
    """A message that can be read, and is no message of results."""


@dataclass(frozen=True)
class Result:
    """One value of one sample, as the instrument said it. `is_final` is false of what may yet change.

    `measured_at` is None where the instrument said no time, or none that can be read.
    """

    accession_number: str
    code: str
    value: str
    unit: str = ""
    flag: str = ""
    measured_at: datetime | None = None
    is_final: bool = True
    is_control: bool = False


@dataclass(frozen=True)
class Message:
    """What one instrument sent at once. `control_id` is its own number for it, where it gives one."""

    control_id: str
    instrument: str
    results: list[Result] = field(default_factory=list)


def accession_among(said: Iterable[str]) -> str:
    """The accession number among the names that a message gives a sample: ours by its shape, or the longest.

    Instruments put what they have scanned into different fields, beside rack, place and their own number.
    """
    names = [one.strip().upper() for one in said if one.strip()]
    told = next((one for one in names if ACCESSION.match(one)), None)
    return told or max(names, key=lambda one: (any(map(str.isdigit, one)), len(one)), default="")


def first_of(said: Sequence[str]) -> str:
    """The first that is not empty."""
    return next((one.strip() for one in said if one.strip()), "")


def unit_of(said: Sequence[str]) -> str:
    """A unit: the first component, or all of 10^3/uL, whose sender forgot that ^ has a meaning."""
    first = first_of(said)
    return "^".join(one.strip() for one in said) if first.isdigit() else first


def moment(said: str) -> datetime | None:
    """A time as HL7 and ASTM write it; without a zone it is India's."""
    found = MOMENT.match(said.strip())
    if not found:
        return None
    day, clock, zone = found.groups()
    try:
        read = datetime.strptime(day + (clock or "").ljust(6, "0"), "%Y%m%d%H%M%S")
        return read.replace(tzinfo=_zone(zone) if zone else INDIA)
    except ValueError:
        return None


def _zone(said: str) -> timezone:
    away = timedelta(hours=int(said[1:3]), minutes=int(said[3:]))
    return timezone(-away if said[0] == "-" else away)


def text_of(raw: bytes) -> str:
    """The message's characters: UTF-8, or where that cannot be, ISO 8859-1. Records end with CR alone."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    # PostgreSQL keeps no NUL in a text.
    return text.replace("\0", "").replace("\r\n", "\r").replace("\n", "\r")
