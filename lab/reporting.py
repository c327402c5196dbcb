"""What a report freezes, and what a later version changed. Pure: rows in, JSON out."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from lab.models import ResultLine, ServiceRequest

# What a reader of two versions is told of a line.
TOLD = ("value", "flag", "comment")


def seal_of(order: ServiceRequest, lines: Sequence[ResultLine]) -> str:
    """A short word for an order's lines and comment as they stand: what was looked at is what is verified and
    authorised."""
    said = "|".join(f"{line.pk}:{line.rev}" for line in sorted(lines, key=lambda one: one.pk))
    said += f"|{order.comment}"
    return sha256(said.encode()).hexdigest()[:16]


def content_of(order: ServiceRequest, lines: Sequence[ResultLine]) -> dict[str, Any]:
    """A report's content: test, specimen, the lines that have a value, comment.

    {"test": {code, name, name_hi, section, loinc_code},
    "specimen": {accession_number, specimen, collected_at, received_at} or None,
    "lines": [{code, name, name_hi, loinc_code, value, unit, flag, low, high, text_range, is_approved, delta,
    comment, value_type, is_confidential}], "comment": words}. Times are ISO, numbers text.
    """
    test, specimen = order.test, order.specimen
    return {
        "test": {
            "code": test.code,
            "name": test.name,
            "name_hi": test.name_hi,
            "section": test.section,
            "loinc_code": test.loinc_code,
        },
        "specimen": specimen
        and {
            "accession_number": specimen.accession_number,
            "specimen": specimen.specimen,
            "collected_at": specimen.collected_at.isoformat(),
            "received_at": specimen.received_at.isoformat() if specimen.received_at else None,
        },
        "lines": [_line(one) for one in lines if one.value],
        "comment": order.comment,
    }


def _line(line: ResultLine) -> dict[str, Any]:
    analyte = line.analyte
    return {
        "code": analyte.code,
        "name": analyte.name,
        "name_hi": analyte.name_hi,
        "loinc_code": analyte.loinc_code,
        "value": line.value,
        "unit": line.unit,
        "flag": line.flag,
        "low": _plain(line.low),
        "high": _plain(line.high),
        "text_range": line.text_range,
        "is_approved": line.is_approved,
        "delta": line.delta,
        "comment": line.comment,
        "value_type": analyte.value_type,
        "is_confidential": analyte.is_confidential,
    }


def _plain(number: Any) -> str | None:
    """`12.5000` as a person writes it."""
    return None if number is None else f"{number.normalize():f}"


def changes_of(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[dict[str, str]]:
    """What a new version changed: [{"code", "name", "name_hi", "what", "before", "after"}]; "" is nothing."""
    was = {line["code"]: line for line in before["lines"]}
    is_now = {line["code"]: line for line in now["lines"]}
    changes = []
    for code, line in {**was, **is_now}.items():
        for what in TOLD:
            old, new = was.get(code, {}).get(what, ""), is_now.get(code, {}).get(what, "")
            if old != new and (
                what != "flag" or was.get(code, {}).get("value") == is_now.get(code, {}).get("value")
            ):
                names = {"code": code, "name": line["name"], "name_hi": line["name_hi"]}
                changes.append({**names, "what": what, "before": old, "after": new})
    if before["comment"] != now["comment"]:
        whole = {"code": "", "name": "", "name_hi": "", "what": "comment"}
        changes.append({**whole, "before": before["comment"], "after": now["comment"]})
    return changes
