"""Code 128 and QR as SVG paths: no picture file, no style attribute, sharp on any printer.

Their libraries are loaded by the first code that is drawn: most web workers never draw one.
"""

from collections.abc import Sequence
from importlib import import_module
from itertools import groupby

from django.utils.html import format_html
from django.utils.safestring import SafeString

BAR_MM = 0.643  # a hair over 0.64 mm: what a 203 dpi printer and a cheap scanner both hold
DOT_MM = 0.76
# Four and two dots of a 203 dpi label printer: for cards and labels, where the wider bar has no room.
FINE_BAR_MM, FINEST_BAR_MM = 0.5, 0.25
SMALL_DOT_MM = 0.625


def code128_svg(text: str, *, label: str = "", height_mm: float = 12, bar_mm: float = BAR_MM) -> SafeString:
    """The text as Code 128. Leave ten bars (6.5 mm) of white paper at both sides."""
    bars = [bit == "1" for bit in import_module("barcode.codex").Code128(text).build()[0]]
    return _svg("bars", label or f"Code 128: {text}", [bars], len(bars) * bar_mm, height_mm)


def qr_svg(text: str, *, label: str = "", dot_mm: float = DOT_MM) -> SafeString:
    """The text as a QR code with two dots of white around it; the paper must add two more."""
    made = import_module("segno").make(text, error="m", micro=False)
    dots = [list(row) for row in made.matrix_iter(border=2)]
    return _svg("qr", label or "QR", dots, len(dots) * dot_mm, len(dots) * dot_mm)


def _path(rows: Sequence[Sequence[int]]) -> str:
    """One stroke for each run of dark cells, half a cell down: a quarter of the bytes of a square each."""
    strokes = []
    for y, row in enumerate(rows):
        x = 0
        for dark, run in groupby(row, bool):
            wide = len(list(run))
            if dark:
                strokes.append(f"M{x} {y}.5h{wide}")
            x += wide
    return "".join(strokes)


def _svg(kind: str, label: str, rows: Sequence[Sequence[int]], width: float, height: float) -> SafeString:
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" class="{}" role="img" aria-label="{}" viewBox="0 0 {} {}"'
        ' width="{}mm" height="{}mm" preserveAspectRatio="none" shape-rendering="crispEdges">'
        '<path stroke="#000" d="{}"/></svg>',
        *(kind, label, len(rows[0]), len(rows), f"{width:.2f}", f"{height:.2f}", _path(rows)),
    )
