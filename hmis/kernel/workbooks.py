"""The only module that loads openpyxl: a tenth of a web worker's memory, which few requests ask for."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

from defusedxml import DefusedXmlException
from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
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


def rows_of(content: bytes, *, most_rows: int, most_columns: int) -> Iterator[Sequence[Any]]:
    """The cells of the first sheet, row by row; formulas are not calculated. Raises one of UNREADABLE."""
    book = load_workbook(BytesIO(content), read_only=True, data_only=False, keep_links=False)
    sheet = book.worksheets[0]
    sheet.reset_dimensions()
    yield from sheet.iter_rows(max_row=most_rows, max_col=most_columns)


def plain(name: str, rows: Iterable[Sequence[Any]]) -> bytes:
    """A workbook of one sheet. Every cell is text, whatever it begins with, but for amounts.

    The rows lie in a file of the machine while they are written: only the packed workbook is held.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet(name[:31])
    for row in rows:
        sheet.append([_text(sheet, cell) for cell in row])
    return _packed(book)


def _text(sheet: Any, cell: Any) -> WriteOnlyCell:
    if isinstance(cell, Decimal):  # an amount can be summed, and runs nothing
        made = WriteOnlyCell(sheet, value=cell)
        made.number_format = "0.00"
        return made
    made = WriteOnlyCell(sheet, value="")
    made.value = "".join(mark for mark in str(cell) if mark.isprintable() or mark in "\n\t")
    made.data_type = "s"  # openpyxl takes what begins with = for a formula
    return made


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
