"""Lists that leave the house: as CSV or XLSX, row by row. No cell of them is ever run as a formula."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse

from hmis.kernel import scope
from hmis.kernel.sheets import books, guarded

CSV, XLSX = "csv", "xlsx"
CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BYTE_ORDER_MARK = "\ufeff"  # without it Excel takes Hindi for Latin letters


class _Echo:
    """A file that gives back each line instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def as_csv(name: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponseBase:
    """The rows as a file, sent while they are read."""

    lines = csv_lines(head, scope.carried(rows))
    response = StreamingHttpResponse(lines, content_type=CSV_TYPE)
    return _named(response, f"{name}.csv")


def csv_lines(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """The rows as the lines of a CSV, each made when it is asked for."""
    writer = csv.writer(_Echo())
    yield BYTE_ORDER_MARK + writer.writerow(head)
    for row in rows:
        yield writer.writerow([guarded(cell) for cell in row])


def as_xlsx(name: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponseBase:
    """The rows as a workbook, sent when it is whole."""
    return _named(HttpResponse(workbook(name, head, rows), content_type=XLSX_TYPE), f"{name}.xlsx")


def workbook(name: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """The rows as a workbook of one sheet. Every cell is text, whatever it begins with, but for amounts."""
    whole: bytes = books().plain(name, chain([head], rows))
    return whole


def as_form(name: str, rows: Iterable[Sequence[Any]], *, remarks: int = 0) -> HttpResponseBase:
    """A workbook to fill in: a bold head, text cells; so many `remarks` after the head explain it."""
    form = books().form([[guarded(cell) for cell in row] for row in rows], remarks=remarks)
    return _named(HttpResponse(form, content_type=XLSX_TYPE), f"{name}.xlsx")


def _named(response: HttpResponseBase, name: str) -> HttpResponseBase:
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response
