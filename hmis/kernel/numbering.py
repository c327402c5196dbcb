"""Gapless numbers, per facility, series and financial year (April to March, by Indian midnight)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from hmis.kernel.ids import uuid7
from hmis.kernel.prepared import prepared

INDIA = ZoneInfo("Asia/Kolkata")

COUNT_UP = """
    INSERT INTO kernel_numberseries AS series (id, facility_id, series, financial_year, last)
    VALUES {rows}
    ON CONFLICT (facility_id, series, financial_year) DO UPDATE SET last = series.last + 1
    RETURNING series, last
"""


class Series(models.TextChoices):
    """The letters of domain.md; G–L wait for counters that work alone."""

    ADMISSION = "A", _("admission")
    INVOICE = "B", _("bill of supply")
    CREDIT_NOTE = "C", _("credit note")
    DEPOSIT = "D", _("deposit receipt")
    DISCHARGE = "E", _("discharge")
    REFUND = "F", _("refund voucher")
    MEDICO_LEGAL = "M", _("medico-legal case")
    BIRTH = "N", _("birth")
    PAPER = "P", _("sheet for down-time")
    RECEIPT = "R", _("receipt")
    TESTS = "S", _("slip of tests")
    CERTIFICATE = "T", _("certificate")
    OPERATION = "U", _("operation")
    DEATH = "X", _("death")
    ACCESSION = "Y", _("accession of a specimen")


def financial_year(at: datetime) -> int:
    """2026 for every moment from 1 April 2026 to 31 March 2027, in Asia/Kolkata."""
    day = at.astimezone(INDIA)
    return day.year if day.month >= 4 else day.year - 1


def next_numbers(facility: Any, wanted: Sequence[Series], *, at: datetime) -> list[str]:
    """One number of each series, in one step: `["RIMS/B26/0000007", "RIMS/R26/0000123"]`.

    Taken last: every other counter of the facility waits for the commit. The rows are always locked
    in the order of their letters, so that two acts cannot wait for each other.
    """
    year = financial_year(at)
    in_order = sorted(set(wanted))
    rows = ", ".join(["(%s, %s, %s, %s, 1)"] * len(in_order))
    values = [value for series in in_order for value in (uuid7(), facility.pk, series, year)]
    with connection.cursor() as cursor:
        cursor.execute(prepared(COUNT_UP.format(rows=rows), "count_up"), values)
        last = dict(cursor.fetchall())
    return [f"{facility.code}/{series}{year % 100:02d}/{last[series]:07d}" for series in wanted]


def next_number(facility: Any, series: Series, *, at: datetime) -> str:
    """`RIMS/R26/0000123`. Taken last: every other counter of the facility waits for the commit."""
    (number,) = next_numbers(facility, [series], at=at)
    return number


BLOCK = """
    INSERT INTO kernel_numberseries AS series (id, facility_id, series, financial_year, last)
    VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (facility_id, series, financial_year) DO UPDATE SET last = series.last + EXCLUDED.last
    RETURNING last
"""


def next_block(facility: Any, series: Series, count: int, *, at: datetime) -> list[str]:
    """`count` numbers of one series that follow each other, in one step. Taken last, like one."""
    year = financial_year(at)
    with connection.cursor() as cursor:
        cursor.execute(BLOCK, [uuid7(), facility.pk, series, year, count])
        (last,) = cursor.fetchone()
    return [f"{facility.code}/{series}{year % 100:02d}/{n:07d}" for n in range(last - count + 1, last + 1)]
