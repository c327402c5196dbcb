"""Sheets that come in, CSV and XLSX: bounded, never calculated. What goes out is guarded here (`exports`)."""

import csv
import re
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from importlib import import_module
from io import BytesIO, StringIO
from typing import IO, Any
from zipfile import ZipFile

from django.utils.translation import gettext_lazy as _

from hmis.kernel.errors import Refusal

MOST_BYTES = 2 * 1024 * 1024
MOST_ROWS = 5000
MOST_COLUMNS = 40
MOST_LETTERS = 400
# What an XLSX may be when unpacked: a bomb says itself how large it is, and a lie breaks off the reading.
MOST_PARTS, MOST_UNPACKED = 200, 20 * 1024 * 1024
FORMULA_MARK = "\x1f"  # stands before a cell that held a formula; no typed text keeps this sign
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")

Rows = list[tuple[int, list[str]]]


def content_of(file: IO[bytes]) -> bytes:
    """What was uploaded: one byte more than is taken, so that a larger file is refused without being read."""
    return file.read(MOST_BYTES + 1)


def read(content: bytes) -> Rows:
    """The sheet's (line, cells) as text, whichever of the two kinds it is. A line that starts with # is none.

    Refuses what is too large, is no sheet at all, or would grow when unpacked.
    """
    if len(content) > MOST_BYTES:
        raise Refusal(_("The file is larger than 2 MB. Send it in parts."), field="file")
    rows = _from_xlsx(content) if content[:2] == b"PK" else _from_csv(content)
    numbered = ((line, _without_end(row)) for line, row in enumerate(rows, start=1))
    kept = [(line, row) for line, row in numbered if row and not row[0].startswith("#")]
    if len(kept) > MOST_ROWS:
        raise Refusal(_("More than %(most)s rows. Send them in parts."), field="file", most=MOST_ROWS)
    return kept


def _without_end(row: list[str]) -> list[str]:
    """The row up to its last cell that holds something."""
    filled = [place for place, cell in enumerate(row, start=1) if cell]
    return row[: filled[-1]] if filled else []


def is_formula(cell: str) -> bool:
    """Whether the cell held a formula: it is neither calculated nor taken."""
    return cell.startswith(FORMULA_MARK)


def _from_csv(content: bytes) -> Iterator[list[str]]:
    try:
        text = content.decode("utf-16" if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refusal(
            _("This is neither XLSX nor CSV in UTF-8. Save it as XLSX and send it again."), field="file"
        ) from error
    if "\x00" in text:
        raise Refusal(
            _("This is neither XLSX nor CSV in UTF-8. Save it as XLSX and send it again."), field="file"
        )
    head = text.split("\n", 1)[0]
    between = max(",;\t", key=head.count)
    try:
        for row in csv.reader(StringIO(text, newline=""), delimiter=between):
            yield [_plain(cell) for cell in row[:MOST_COLUMNS]]
    except csv.Error as error:
        raise Refusal(_("This CSV cannot be read: a quote is not closed."), field="file") from error


@cache
def books() -> Any:
    """The module of the workbooks, loaded by whoever first reads or writes one."""
    return import_module("hmis.kernel.workbooks")


def _from_xlsx(content: bytes) -> Iterator[list[str]]:
    try:
        _refuse_bomb(content)
        # One row more than may come, so that too many are noticed; remarks and the head come on top.
        for row in books().rows_of(content, most_rows=MOST_ROWS + 20, most_columns=MOST_COLUMNS):
            yield [_of_cell(cell) for cell in row]
    except books().UNREADABLE as error:
        raise Refusal(_("This XLSX cannot be read. Save it again and send it."), field="file") from error


def _refuse_bomb(content: bytes) -> None:
    parts = ZipFile(BytesIO(content)).infolist()
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise Refusal(_("This file grows too large when it is unpacked. Send it in parts."), field="file")


def _of_cell(cell: Any) -> str:
    value = cell.value
    if cell.data_type == "f":
        return f"{FORMULA_MARK}{_plain(str(value))}"
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else _plain(str(value))


def _plain(text: str) -> str:
    return " ".join(CONTROLS.sub(" ", text[:MOST_LETTERS]).split())


# ── Out ──


def guarded(cell: Any) -> str:
    """The cell's text, which no spreadsheet takes for a formula."""
    text = "" if cell is None else str(cell)
    runs = text.lstrip(" ")[:1] in tuple("=+-@|%\t\r\n")
    return CONTROLS.sub(" ", f"'{text}" if text and runs else text)
