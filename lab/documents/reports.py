"""What a report says: for the patient and the doctor, in both languages, readable without colour."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy

from facilities.documents import heading
from hmis.kernel import pdf
from hmis.kernel.models import IssuedDocument
from hmis.kernel.pdf import in_both
from hmis.kernel.units import unit_shown
from lab import permissions
from lab.choices import in_hindi
from lab.models import DiagnosticReport, ServiceRequest
from lab.queries.confidential import are_confidential, may_read
from lab.queries.reports import LAST, REPORT, Value, curve_of, taken_at
from lab.states import CRITICAL_FLAGS, Flag, Section, ValueType
from patients.documents import person
from patients.models import Patient

# A flag that says nothing is wrong has no mark on the paper.
QUIET = {Flag.NONE, Flag.NORMAL}
# Of what a change is, where it is not the value itself.
WHAT = {"flag": ("flag", "निशान"), "comment": ("comment", "टिप्पणी")}
# Changes from print to print and makes no other paper.
OF_THE_PRINT = ("at", "check_url")


def _opens(user: Any, paper: IssuedDocument) -> bool:
    """Whether this person may open a report: a confidential one only who treats, or who did the work."""
    ids = [UUID(one) for one in paper.frozen().get("orders", ())]
    if not are_confidential(ids):
        return True
    at = timezone.now()
    orders = ServiceRequest.objects.visible_to(user).filter(pk__in=ids).select_related("test")
    return all(may_read(user, one, at) for one in orders)


pdf.name_kind(
    REPORT,
    opened_by=permissions.VIEW_RESULTS,
    or_by=permissions.HAND_OUT_REPORTS,
    asks=_opens,
    copied_on="lab:result_list",
    title=gettext_lazy("report"),
)


def issue_report(
    reports: Sequence[DiagnosticReport],
    *,
    trends: dict[str, list[Value]],
    newest: dict[UUID, int],
    actor: Any,
    at: datetime,
) -> IssuedDocument:
    """One paper of these reports (of one slip or one alone), as a new row for the act to write.

    `trends` are the last values of each numeric analyte by its code; `newest` the last version of each order.
    """
    check_key, first = pdf.new_check_key(), reports[0]
    return pdf.issue(
        REPORT,
        about=first,
        facility_id=first.facility_id,
        patient_id=first.patient_id,
        number=first.order.slip_number,
        check_key=check_key,
        context=report_words(reports, trends=trends, newest=newest, check_key=check_key, at=at),
        actor=actor,
        at=at,
    )


def report_words(
    reports: Sequence[DiagnosticReport],
    *,
    trends: dict[str, list[Value]],
    newest: dict[UUID, int],
    check_key: str,
    at: datetime,
) -> dict[str, Any]:
    """The context of a paper of reports; values, ranges and flags are those of `content` alone."""
    order = reports[0].order
    facility, patient = reports[0].facility, order.patient
    shown = [_report(one, trends, newest.get(one.order_id, one.version)) for one in reports]
    return {
        "facility": {**heading(facility), "address": facility.address, "phone": facility.phone},
        **_whose(patient, order),
        "slip_number": order.slip_number,
        "ordered_at": order.ordered_at.isoformat(),
        "at": at.isoformat(),
        "check_url": settings.PUBLIC_URL + reverse("report_check", args=[check_key]),
        "orders": [str(one.order_id) for one in reports],
        "versions": [f"{one.order_id}/{one.version}" for one in reports],
        "sections": _sections(shown),
        "has_unapproved": any(not line["is_approved"] for one in shown for line in one["lines"]),
        "has_values": any(not one["is_told"] for one in shown),
        "is_amended": any(one["version"] > 1 for one in shown),
        "is_replaced": any(one["replaced_by"] for one in shown),
        "is_critical": any(line["is_critical"] for one in shown for line in one["lines"]),
        "has_codes": any(line["loinc_code"] for one in shown for line in one["lines"]),
        "signers": _signers(reports),
    }


def says_the_same(before: IssuedDocument, words: dict[str, Any]) -> bool:
    """Whether nothing but the time of print has changed since a paper."""
    said, says = ({k: v for k, v in one.items() if k not in OF_THE_PRINT} for one in (before.context, words))
    return bool(said == says)


def _whose(patient: Patient, order: ServiceRequest) -> dict[str, Any]:
    return {
        **person(patient, order.ordered_at),
        "department": order.department.name,
        "department_hi": order.department.name_hi,
        "doctor": order.requester.name if order.requester else order.requester_name,
        "doctor_hi": order.requester.name_hi if order.requester else "",
    }


def _sections(shown: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """By the part of the laboratory, in the order of the sections."""
    found = []
    for section in Section:
        of_it = [one for one in shown if one["section"] == section]
        if of_it:
            name, name_hi = in_both(Section, section)
            found.append({"name": name, "name_hi": name_hi, "reports": of_it})
    return found


def _report(report: DiagnosticReport, trends: dict[str, list[Value]], newest: int) -> dict[str, Any]:
    content = report.content
    test, specimen = content["test"], content.get("specimen") or {}
    lines = [_line(one) for one in content["lines"] if one["value"]]
    return {
        "name": test["name"],
        "name_hi": test["name_hi"],
        "section": test["section"],
        "specimen": specimen.get("specimen", ""),
        "accession_number": specimen.get("accession_number", ""),
        "collected_at": specimen.get("collected_at") or "",
        "received_at": specimen.get("received_at") or "",
        "reported_at": report.authorised_at.isoformat(),
        "lines": lines,
        # In words alone: imaging.
        "is_told": all(line["is_text"] for line in lines),
        "comment": content.get("comment", ""),
        "trend": _trend(report, lines, trends),
        "version": report.version,
        "reason": report.reason,
        "changes": [_change(one) for one in report.changes],
        "replaced_by": newest if newest > report.version else 0,
        "verified_by": _person(report.verified_by),
        "authorised_by": _person(report.authorised_by),
        "alone_note": report.alone_note,
        "is_signed_by_one": report.is_signed_by_one,
    }


def _line(line: dict[str, Any]) -> dict[str, Any]:
    """A result with its mark: a letter beside the value, so that any printer shows it."""
    flag = line.get("flag", "")
    return {
        **{
            name: line.get(name) or ""
            for name in (
                "code",
                "name",
                "name_hi",
                "loinc_code",
                "value",
                "unit",
                "delta",
                "comment",
                "method",
            )
        },
        "value_hi": _in_hindi(line["value"]),
        "unit_shown": unit_shown(line.get("unit") or ""),
        "mark": "" if flag in QUIET else flag,
        "is_critical": flag in CRITICAL_FLAGS,
        "range": _range(line),
        # What has no range needs nobody's approval.
        "is_approved": bool(line.get("is_approved")) or not _range(line),
        "is_text": line.get("value_type") == ValueType.TEXT,
    }


def _in_hindi(value: str) -> str:
    """A chosen result for the patient, beside the English; "" of what both languages write alike."""
    hindi = in_hindi(value)
    return "" if hindi == value else hindi


def _range(line: dict[str, Any]) -> str:
    low, high = (_plain(line.get(side)) for side in ("low", "high"))
    if low and high:
        return f"{low} – {high}"
    if low or high:  # in words: the papers' fonts have no sign for it
        return f"{low} या अधिक or more" if low else f"{high} तक or less"
    return str(line.get("text_range") or "")


def _plain(number: Any) -> str:
    """A bound without the zeros that its column keeps: 13.4000 is 13.4."""
    text = "" if number is None else str(number)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _trend(
    report: DiagnosticReport, lines: Sequence[dict[str, Any]], trends: dict[str, list[Value]]
) -> dict[str, Any] | None:
    """The last values of its numbers as a small table, dates as columns; None where this one is the first."""
    own = {line["code"]: line for line in lines if line["code"] in trends}
    moments = sorted({value.at for code in own for value in trends[code]})[-LAST:]
    if len(moments) < 2:
        return None
    rows = []
    for code, line in own.items():
        values = {value.at: value for value in trends[code] if value.unit == line["unit"]}
        if len(values) < 2:
            continue
        curve = curve_of(list(values.values()), said="")
        rows.append(
            {
                "name": line["name"],
                "name_hi": line["name_hi"],
                "unit": line["unit_shown"],
                "cells": [_cell(values.get(at)) for at in moments],
                "curve": _drawn(curve) if curve else None,
            }
        )
    if not rows:
        return None
    return {
        "dates": [at.isoformat() for at in moments],
        "rows": rows,
        "has_curves": any(row["curve"] for row in rows),
        "of": taken_at(report).isoformat(),
    }


def _cell(value: Value | None) -> dict[str, str]:
    if value is None:
        return {"value": "", "mark": ""}
    return {"value": value.value, "mark": "" if value.flag in QUIET else value.flag}


def _drawn(curve: Any) -> dict[str, Any]:
    lines = [{"path": one.path, "x": one.x, "y": one.y} for one in curve.lines]
    return {"lines": lines, "width": curve.width, "height": curve.height}


def _change(change: dict[str, Any]) -> dict[str, str]:
    """What a later version changed (lab.reporting.changes_of): of which result, from what, to what."""
    what, what_hi = WHAT.get(change["what"], ("", ""))
    was, now = (change[side] if what else _in_both(change[side]) for side in ("before", "after"))
    return {
        "name": " ".join(one for one in (change["name"], what) if one),
        "name_hi": " ".join(one for one in (change["name_hi"], what_hi) if one),
        "was": was or "—",
        "now": now or "—",
    }


def _in_both(value: str) -> str:
    return " · ".join(one for one in (value, _in_hindi(value)) if one)


def _person(user: Any) -> dict[str, str]:
    return {"name": user.name, "name_hi": user.name_hi, "council_number": user.council_number}


def _signers(reports: Sequence[DiagnosticReport]) -> list[dict[str, str]]:
    """Who authorised, each once."""
    found = {one.authorised_by_id: _person(one.authorised_by) for one in reports}
    return list(found.values())
