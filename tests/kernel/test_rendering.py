"""A code drawn at once is, dot for dot, the code that the SVG of the page shows."""

import subprocess

import pytest

from hmis.kernel import barcodes, rendering

PAGE = "<html><head><title>x</title></head><body class='slip'><div>{}</div></body></html>"
CODES = [barcodes.qr_svg("https://hmis.test/r/0123456789abcdef/"), barcodes.code128_svg("12100001232")]


def dots(pdf, folder):
    """The page as a 203 dpi printer would draw it."""
    (folder / "page.pdf").write_bytes(pdf)
    subprocess.run(["pdftoppm", "-r", "203", "-gray", "page.pdf", "page"], cwd=folder, check=True)
    return next(folder.glob("page-*.pgm")).read_bytes()


@pytest.mark.parametrize("code", CODES, ids=["QR", "Code 128"])
def test_a_code_on_paper_is_drawn_as_its_svg_is(code, tmp_path, monkeypatch):
    quick = rendering.pdf_of(PAGE.format(code))
    monkeypatch.setitem(rendering.HTML_HANDLERS, rendering.SVG, rendering._any_svg)
    slow = rendering.pdf_of(PAGE.format(code))

    (tmp_path / "quick").mkdir()
    (tmp_path / "slow").mkdir()
    assert quick != slow
    assert dots(quick, tmp_path / "quick") == dots(slow, tmp_path / "slow")


def test_another_svg_is_drawn_as_ever():
    dot = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4" cy="4" r="3"/></svg>'

    assert rendering.pdf_of(PAGE.format(dot)).startswith(b"%PDF")
