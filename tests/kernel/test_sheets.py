"""Sheets in and out: bounded, never calculated, safe to open."""

import csv
from io import BytesIO, StringIO
from itertools import pairwise
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import Workbook, load_workbook

from hmis.kernel import exports, sheets
from hmis.kernel.errors import Refusal

WORST = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1+1", '"><img src=x>']


def book(*rows):
    workbook, file = Workbook(), BytesIO()
    for row in rows:
        workbook.active.append(row)
    workbook.save(file)
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        "name,role\nआशा,nurse\n".encode(),
        "name,role\r\nआशा,nurse\r\n".encode("utf-8-sig"),
        "name;role\nआशा;nurse\n".encode(),
        "name\trole\nआशा\tnurse\n".encode(),
        "name,role\nआशा,nurse\n".encode("utf-16"),
        '"name","role"\n"आशा","nurse"\n'.encode(),
        book(["name", "role"], ["आशा", "nurse"]),
    ],
    ids=["comma", "bom", "semicolon", "tab", "utf-16", "quoted", "xlsx"],
)
def test_every_kind_of_sheet_is_read_alike(content):
    assert sheets.read(content) == [(1, ["name", "role"]), (2, ["आशा", "nurse"])]


def test_remarks_and_empty_rows_are_passed_over_and_lines_keep_their_numbers():
    content = b"name,role\n# explained,here\n\n,\nAsha,nurse\n"

    assert sheets.read(content) == [(1, ["name", "role"]), (5, ["Asha", "nurse"])]


def test_numbers_and_days_of_a_sheet_are_written_out():
    from datetime import date, datetime

    content = book(["a"], [71991234567890, 3.5, date(2026, 12, 1), datetime(2026, 12, 1, 9, 30), None, True])

    assert sheets.read(content)[1][1] == ["71991234567890", "3.5", "2026-12-01", "2026-12-01", "", "True"]


def test_a_formula_is_seen_and_not_calculated():
    (_head, (_line, cells)) = sheets.read(book(["name"], ["=1+1"]))

    assert sheets.is_formula(cells[0])
    assert not sheets.is_formula(sheets.read(b"name\n=1+1\n")[1][1][0])


def bomb(size):
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * size)
    return file.getvalue()


def billion_laughs():
    """A sheet one of whose cells would grow for ever."""
    letters = "abcdefghijklmnopqrstu"
    grown = "".join(f'<!ENTITY {after} "&{one};&{one};">' for one, after in pairwise(letters))
    out = BytesIO()
    with ZipFile(BytesIO(book(["name"], ["x"]))) as old, ZipFile(out, "w", ZIP_DEFLATED) as new:
        for part in old.namelist():
            content = old.read(part).decode()
            if part.startswith("xl/worksheets/"):
                content = f'<!DOCTYPE w [<!ENTITY a "ha">{grown}]>{content.replace(">x<", ">&u;<")}'
                assert "&u;" in content
            new.writestr(part, content)
    return out.getvalue()


def cut_short():
    return book(["name"], ["x"])[:200]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"x" * (sheets.MOST_BYTES + 1), "larger than 2 MB"),
        (bomb(sheets.MOST_UNPACKED + 1), "grows too large"),
        (billion_laughs(), "cannot be read"),
        (cut_short(), "cannot be read"),
        (b"PK but no zip at all", "cannot be read"),
        ("नाम".encode()[:-1] + b"\xff", "neither XLSX nor CSV"),
        (b"na\x00me,role\n", "neither XLSX nor CSV"),
        (b"\n".join([b"a"] * (sheets.MOST_ROWS + 1)), "More than 5000 rows"),
        (book(*[["a"]] * (sheets.MOST_ROWS + 1)), "More than 5000 rows"),
    ],
    ids=["large", "bomb", "laughs", "cut", "zip", "bytes", "null", "rows", "xlsx rows"],
)
def test_what_is_no_sheet_is_refused_in_words_at_the_file(content, sentence):
    with pytest.raises(Refusal, match=sentence) as caught:
        sheets.read(content)
    assert caught.value.field == "file"


def test_a_row_far_down_does_not_fill_the_memory():
    workbook, file = Workbook(), BytesIO()
    workbook.active["A1"], workbook.active["A1048576"] = "name", "x"
    workbook.save(file)

    assert sheets.read(file.getvalue()) == [(1, ["name"])]


@pytest.mark.parametrize("cell", WORST)
def test_what_goes_out_is_no_formula(cell):
    written = sheets.guarded(cell)

    assert written.lstrip(" ")[:1] not in {"=", "+", "-", "@", "\t", "\r"}


def test_a_csv_out_is_text_that_excel_reads_as_utf_8():
    response = exports.as_csv("a", ["नाम"], [[cell] for cell in WORST])
    content = b"".join(response)
    text = content.decode("utf-8-sig")

    assert content.startswith("\ufeff".encode())
    assert next(csv.reader(StringIO(text))) == ["नाम"]
    assert response["Cache-Control"] == "private, no-store"


def test_an_xlsx_out_holds_text_only():
    response = exports.as_form("a", [["नाम"], *[[cell] for cell in WORST], [None]])
    sheet = load_workbook(BytesIO(response.content)).active

    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value} == {"s"}
    assert sheet["A2"].value == "'=1+1"
