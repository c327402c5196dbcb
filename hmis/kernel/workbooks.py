"""The only module that loads openpyxl: a tenth of a web worker's memory, which few requests ask for."""

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import ParseError
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

from defusedxml import DefusedXmlException
from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.compat import safe_string
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

# What it raises at a file that is no workbook, or half of one.
UNREADABLE = (
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
)

SHEET = "xl/worksheets/sheet1.xml"
ONE_AMOUNT = re.compile(r'<sheetData><row r="1"><c r="A1" s="(\d+)" t="n"><v>0</v></c></row></sheetData>')
LONGEST = 32_767  # marks that Excel takes in a cell


def rows_of(content: bytes, *, most_rows: int, most_columns: int) -> Iterator[Sequence[Any]]:
    """The cells of the first sheet, row by row; formulas are not calculated. Raises one of UNREADABLE."""
    book = load_workbook(BytesIO(content), read_only=True, data_only=False, keep_links=False)
    sheet = book.worksheets[0]
    sheet.reset_dimensions()
    yield from sheet.iter_rows(max_row=most_rows, max_col=most_columns)


def plain(name: str, rows: Iterable[Sequence[Any]]) -> bytes:
    """A workbook of one sheet. Every cell is text, whatever it begins with, but for amounts.

    openpyxl makes the book around the rows; we write the rows ourselves, which takes it eight times as long.
    They are packed while they are written: only the packed workbook is held.
    """
    frame, whole = ZipFile(BytesIO(_empty(name))), BytesIO()
    with frame, ZipFile(whole, "w", ZIP_DEFLATED) as book:
        for part in frame.namelist():
            if part != SHEET:
                book.writestr(part, frame.read(part))
        before, style, after = ONE_AMOUNT.split(frame.read(SHEET).decode(), 1)
        with book.open(SHEET, "w") as sheet:
            sheet.write(f"{before}<sheetData>".encode())
            for number, row in enumerate(rows, start=1):
                cells = (_cell(f"{letters}{number}", value, style) for letters, value in _lettered(row))
                sheet.write(f'<row r="{number}">{"".join(cells)}</row>'.encode())
            sheet.write(f"</sheetData>{after}".encode())
    return whole.getvalue()


def _empty(name: str) -> bytes:
    """The workbook around the rows; its one cell tells the style of an amount."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(name[:31])
    amount = WriteOnlyCell(sheet, value=Decimal(0))
    amount.number_format = "0.00"
    sheet.append([amount])
    return _packed(book)


def _lettered(row: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    return ((get_column_letter(column), cell) for column, cell in enumerate(row, start=1))


def _cell(place: str, value: Any, style: str) -> str:
    if isinstance(value, Decimal):  # an amount can be summed, and runs nothing
        return f'<c r="{place}" s="{style}" t="n"><v>{safe_string(value)}</v></c>'
    text = str(value)
    if not text.isprintable():
        text = "".join(mark for mark in text if mark.isprintable() or mark in "\n\t")
    text = text[:LONGEST]
    if not text:
        return f'<c r="{place}" t="inlineStr" />'
    kept = ' xml:space="preserve"' if text.strip() not in {"", text} else ""
    return f'<c r="{place}" t="inlineStr"><is><t{kept}>{escape(text)}</t></is></c>'


def form(rows: Iterable[Sequence[str]], *, remarks: int) -> bytes:
    """A workbook to fill in: a bold head, text cells only; `remarks` rows after the head are explanations."""
    book = Workbook()
    sheet: Any = book.active
    widths: dict[int, int] = {}
    for row_number, row in enumerate(rows, start=1):
        for column, value in enumerate(row, start=1):
            cell = sheet.cell(row_number, column, value)
            cell.data_type, cell.number_format = "s", "@"
            if 1 < row_number <= 1 + remarks:
                cell.alignment, cell.font = Alignment(wrap_text=True, vertical="top"), Font(italic=True)
            elif row_number == 1:
                cell.font = Font(bold=True)
            if row_number == 1 or row_number > 1 + remarks:
                widths[column] = max(widths.get(column, 14), min(len(value) + 2, 40))
    for column, width in widths.items():
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = "A2"
    return _packed(book)


def _packed(book: Workbook) -> bytes:
    whole = BytesIO()
    book.save(whole)
    return whole.getvalue()
