"""Sheets that come in and go out: CSV and XLSX, bounded, never calculated, safe to open in a spreadsheet."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from io import BytesIO, StringIO
from typing import Any
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile

from defusedxml import DefusedXmlException
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from hmis.kernel.errors import Refusal

MOST_BYTES = 2 * 1024 * 1024
MOST_ROWS = 5000
MOST_COLUMNS = 40
MOST_LETTERS = 400
# What an XLSX may be when unpacked: a bomb says itself how large it is, and a lie breaks off the reading.
MOST_PARTS, MOST_UNPACKED = 200, 20 * 1024 * 1024
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMULA_MARK = "\x1f"  # stands before a cell that held a formula; no typed text keeps this sign
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")

Rows = list[tuple[int, list[str]]]


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


def _from_xlsx(content: bytes) -> Iterator[list[str]]:
    try:
        _refuse_bomb(content)
        book = load_workbook(BytesIO(content), read_only=True, data_only=False, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        # One row more than may come, so that too many are noticed; remarks and the head come on top.
        for row in sheet.iter_rows(max_row=MOST_ROWS + 20, max_col=MOST_COLUMNS):
            yield [_of_cell(cell) for cell in row]
    except (
        BadZipFile,
        InvalidFileException,
        DefusedXmlException,
        ParseError,
        KeyError,
        ValueError,
        TypeError,
        IndexError,
        AttributeError,
        NotImplementedError,
        EOFError,
    ) as error:
        raise Refusal(_("This XLSX cannot be read. Save it anew and send it again."), field="file") from error


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


def as_csv(rows: Iterable[Sequence[Any]], name: str) -> HttpResponse:
    """A CSV that Excel opens as UTF-8."""
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    csv.writer(response).writerows([guarded(cell) for cell in row] for row in rows)
    return _download(response, name)


def as_xlsx(rows: Iterable[Sequence[Any]], name: str, *, remarks: int = 0) -> HttpResponse:
    """An XLSX with a bold head and text cells only; `remarks` rows after the head are explanations."""
    book = Workbook()
    sheet: Any = book.active
    widths: dict[int, int] = {}
    for row_number, row in enumerate(rows, start=1):
        for column, value in enumerate(row, start=1):
            cell = sheet.cell(row_number, column, guarded(value))
            cell.data_type, cell.number_format = "s", "@"
            if 1 < row_number <= 1 + remarks:
                cell.alignment, cell.font = Alignment(wrap_text=True, vertical="top"), Font(italic=True)
            elif row_number == 1:
                cell.font = Font(bold=True)
            if row_number == 1 or row_number > 1 + remarks:
                widths[column] = max(widths.get(column, 14), min(len(str(value or "")) + 2, 40))
    for column, width in widths.items():
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = "A2"
    response = HttpResponse(content_type=XLSX)
    book.save(response)
    return _download(response, name)


def _download(response: HttpResponse, name: str) -> HttpResponse:
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response
