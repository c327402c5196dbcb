"""Bars and dots as a scanner sees them: the paths, drawn as cells, are those of the code."""

import re

import segno
from barcode.codex import Code128

from hmis.kernel.barcodes import code128_svg, qr_svg

UHID = "12100001232"
RUN = re.compile(r"M(\d+) (\d+)\.5h(\d+)")


def drawn(svg):
    """The dark cells of a path, and nothing else in it."""
    path = re.search(r' d="([^"]*)"', svg).group(1)
    assert RUN.sub("", path) == ""
    runs = [tuple(map(int, run)) for run in RUN.findall(path)]
    return {(x, y) for start, y, wide in runs for x in range(start, start + wide)}


def attribute(svg, name):
    return re.search(rf' {name}="([^"]*)"', svg).group(1)


def test_bars_are_those_of_code_128():
    (bits,) = Code128(UHID).build()

    assert drawn(code128_svg(UHID)) == {(x, 0) for x, bit in enumerate(bits) if bit == "1"}


def test_a_bar_is_never_thinner_than_a_cheap_scanner_reads():
    svg = code128_svg(UHID)
    columns = int(attribute(svg, "viewBox").split()[2])

    assert float(attribute(svg, "width").removesuffix("mm")) / columns >= 0.64


def test_dots_are_those_of_the_qr_code_with_white_around():
    cells = segno.make(UHID, error="m", micro=False).matrix

    expected = {(x + 2, y + 2) for y, row in enumerate(cells) for x, dark in enumerate(row) if dark}
    assert drawn(qr_svg(UHID)) == expected


def test_markup_has_no_style_and_escapes_its_label():
    svg = qr_svg("https://example.test/r/x", label='"><script>')

    assert "style" not in svg
    assert "<script" not in svg
