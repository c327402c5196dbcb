"""The laboratory's clinical content as sheets: what each column says. No source, no row."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from hmis.kernel.errors import Refusal
from lab.states import DeltaKind, Pregnancy, RangeSex, ResultPopulation, Section, ValueType
from patients.models import ContentKind
from patients.services.content import (
    Read,
    add_kind,
    list_of,
    one_of,
    text_of,
    whole,
    yes_or_no,
)

DATA = Path(__file__).parent / "data"


def number(text: str) -> Decimal | None:
    """A bound of a range: any number, negative ones too."""
    if not text:
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation as error:
        raise Refusal(_("Write a number in digits.")) from error
    if not amount.is_finite() or abs(amount) >= 100_000_000:
        raise Refusal(_("Write a number in digits."))
    return amount.quantize(Decimal("0.0001"))


def _days(text: str) -> int:
    if not text.isdigit() or int(text) > 60_000:
        raise Refusal(_("Write a whole number of days."))
    return int(text)


def _day(text: str) -> date | None:
    """A day as `2026-11-26`; nothing where it holds always."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Refusal(_("Write the day as 2026-11-26.")) from error


def _limit(text: str) -> Decimal | None:
    said = number(text)
    return None if said is None else said.quantize(Decimal("0.001"))


def _minutes(text: str) -> int | None:
    if text and (not text.isdigit() or not 0 < int(text) <= 100_000):
        raise Refusal(_("Write a whole number of minutes."))
    return int(text) if text else None


def _loinc(text: str) -> str:
    if text and not re.fullmatch(r"[0-9]{1,6}-[0-9]", text):
        raise Refusal(_("A LOINC code looks like 718-7."))
    return text


def _test(said: Mapping[str, Any]) -> list[tuple[str, Any]]:
    errors: list[tuple[str, Any]] = []
    if not re.fullmatch(r"[A-Z0-9][A-Z0-9_]{0,15}", said.get("code", "")):
        errors.append(("code", _("A test's code has capital letters, digits and _ : GLU_R.")))
    missing = [name for name in ("name", "section") if said.get(name) == ""]
    return errors + [(name, _("This is missing.")) for name in missing]


def _analyte(said: Mapping[str, Any]) -> list[tuple[str, Any]]:
    if (said.get("value_type") == ValueType.CHOICE) != (len(said.get("choices", ())) > 1):
        return [("choices", _("A result that is chosen has at least two choices, another none."))]
    return []


def _range(said: Mapping[str, Any]) -> list[tuple[str, Any]]:
    errors: list[tuple[str, Any]] = []
    if said.get("age_to_days", 1) <= said.get("age_from_days", 0):
        errors.append(("age_to_days", _("The range ends after it begins.")))
    low, high = said.get("low"), said.get("high")
    if low is not None and high is not None and high < low:
        errors.append(("high", _("Low is not above high.")))
    return errors


def _critical(said: Mapping[str, Any]) -> list[tuple[str, Any]]:
    if said.get("low") is None and said.get("high") is None and not said.get("text_rule"):
        return [("low", _("A critical limit says a number, or what is critical."))]
    return []


KINDS = (
    ContentKind.LAB_TEST,
    ContentKind.ANALYTE,
    ContentKind.REFERENCE_RANGE,
    ContentKind.CRITICAL_LIMIT,
    ContentKind.DELTA_LIMIT,
)
_ANALYTE: tuple[str, str, Read] = ("analyte_code", "analyte_code", text_of)
# A range that changes is another row from that day: what was measured before keeps the old one.
_VALID_FROM: tuple[str, str, Read] = ("valid_from", "valid_from", _day)
_VALID_TILL: tuple[str, str, Read] = ("valid_till", "valid_till", _day)

add_kind(
    ContentKind.LAB_TEST,
    [
        ("code", "code", text_of),
        ("name", "name", text_of),
        ("name_hi", "name_hi", text_of),
        ("section", "section", one_of(Section)),
        ("loinc_code", "loinc_code", _loinc),
        ("specimen", "specimen", text_of),
        ("container", "container", text_of),
        ("volume", "volume", text_of),
        ("is_panel", "is_panel", yes_or_no),
        ("panel_members", "members", list_of),
        ("tat_minutes_routine", "routine_minutes", _minutes),
        ("tat_minutes_urgent", "urgent_minutes", _minutes),
        ("notifiable", "notifiable", text_of),
    ],
    key_length=1,
    path=DATA / "tests.csv",
    check=_test,
)
add_kind(
    ContentKind.ANALYTE,
    [
        ("code", "code", text_of),
        ("name", "name", text_of),
        ("name_hi", "name_hi", text_of),
        ("loinc_code", "loinc_code", _loinc),
        ("unit", "unit", text_of),
        ("decimals", "decimals", lambda text: whole(text) or 0),
        ("value_type", "value_type", one_of(ValueType)),
        ("choices", "choices", list_of),
        ("formula", "formula", text_of),
        ("confidential", "is_confidential", yes_or_no),
    ],
    key_length=1,
    path=DATA / "analytes.csv",
    check=_analyte,
)
add_kind(
    ContentKind.REFERENCE_RANGE,
    [
        _ANALYTE,
        ("sex", "sex", one_of(RangeSex)),
        ("age_from_days", "age_from_days", _days),
        ("pregnancy", "pregnancy", one_of(Pregnancy)),
        _VALID_FROM,
        ("age_to_days", "age_to_days", _days),
        ("low", "low", number),
        ("high", "high", number),
        ("text_range", "text_range", text_of),
        _VALID_TILL,
    ],
    key_length=5,
    path=DATA / "ranges.csv",
    check=_range,
)
add_kind(
    ContentKind.CRITICAL_LIMIT,
    [
        _ANALYTE,
        ("population", "population", one_of(ResultPopulation)),
        _VALID_FROM,
        ("low", "low", number),
        ("high", "high", number),
        ("text_rule", "text_rule", text_of),
        _VALID_TILL,
    ],
    key_length=3,
    path=DATA / "critical.csv",
    check=_critical,
)
add_kind(
    ContentKind.DELTA_LIMIT,
    [
        _ANALYTE,
        ("percent_or_absolute", "delta_kind", one_of(DeltaKind)),
        _VALID_FROM,
        ("limit", "limit", _limit),
        ("window_days", "window_days", whole),
        _VALID_TILL,
    ],
    key_length=3,
    path=DATA / "delta.csv",
)
