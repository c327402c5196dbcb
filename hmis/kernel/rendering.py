"""The only module that loads the PDF libraries: two seconds of import that a start need not wait for."""

import gc
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

from cssselect2 import ElementWrapper
from django.conf import settings
from pypdf import PdfWriter
from weasyprint import CSS, HTML
from weasyprint.document import Page
from weasyprint.html import HTML_HANDLERS, make_replaced_box
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

PRINT_CSS = settings.BASE_DIR / "static" / "css" / "print.css"


SVG = "{http://www.w3.org/2000/svg}svg"
RUN = re.compile(r"M(\d+) (\d+)\.5h(\d+)")
PX_OF_MM = 96 / 25.4
_any_svg = HTML_HANDLERS[SVG]


class Cells:
    """A bar code or QR code of `barcodes`, drawn at once.

    As SVG each of its thousand numbers is read, measured and written by itself: a seventh of a paper's time.
    """

    def __init__(self, svg: ElementTree.Element) -> None:
        _x, _y, self.columns, self.rows = map(int, svg.attrib["viewBox"].split())
        self.width, self.height = (
            float(svg.attrib[side].removesuffix("mm")) * PX_OF_MM for side in ("width", "height")
        )
        runs = RUN.findall(svg[0].attrib["d"])
        self.dark = " ".join(f"{x} {y}.5 m {int(x) + int(wide)} {y}.5 l" for x, y, wide in runs)

    def get_intrinsic_size(self, _resolution: float, _font_size: float) -> tuple[float, float, float]:
        return self.width, self.height, self.width / self.height

    def draw(self, stream: Any, width: float, height: float, _style: Any) -> None:
        stream.transform(a=width / self.columns, d=height / self.rows)
        # Strokes, as the SVG has them: printers keep the width of a stroke, and swell what is filled.
        stream.stream.append(f"0 g 0 G 1 w {self.dark} B")


def _svg_box(element: ElementTree.Element, box: Any, get_image: Any, base_url: Any) -> list[Any]:
    if element.attrib.get("class") in {"qr", "bars"}:
        return [make_replaced_box(element, box, Cells(element))]
    boxes: list[Any] = _any_svg(element, box, get_image, base_url)
    return boxes


HTML_HANDLERS[SVG] = _svg_box


class Paper(HTML):  # type: ignore[misc]
    """A paper's markup. The print style stands in the place of a browser's own sheet, and is the only one.

    Our papers are well-formed, so Python's XML reader takes them: in a tenth of the time that the rules of
    HTML need, which are there for whatever is not.
    """

    def __init__(self, markup: str) -> None:
        fetcher = URLFetcher(allowed_protocols=["data"])
        root = _well_formed(markup)
        if root is None:
            super().__init__(string=markup, url_fetcher=fetcher)
            return
        self.etree_element = root
        self.wrapper_element = ElementWrapper.from_html_root(root, content_language=None)
        self.base_url, self.url_fetcher, self.media_type = None, fetcher, "print"

    def _ua_stylesheets(self, forms: bool = False) -> list[CSS]:
        return [_stylesheet()]


def _well_formed(markup: str) -> ElementTree.Element | None:
    """The markup as a tree, if it is a whole page and XML too."""
    try:
        root = ElementTree.fromstring(markup.strip())  # noqa: S314  # our own templates; what people typed is escaped
    except ElementTree.ParseError:
        return None
    return root if root.tag == "html" else None


def pdf_of(markup: str) -> bytes:
    """The markup as PDF, in the print style and the bundled fonts. It may fetch nothing: only `data:`."""
    with _nothing_thrown_away():
        paper = Paper(markup)
        document = paper.render(font_config=_fonts())
        if len(document.pages) == 1 and paper.etree_element.find("body[@class='roll']") is not None:
            _cut(document.pages[0])
        pdf: bytes = document.write_pdf()
        return pdf


@contextmanager
def _nothing_thrown_away() -> Iterator[None]:
    """All of a paper's boxes are needed to its end: looking for rubbish among them is in vain until then."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _cut(page: Page) -> None:
    """A roll ends below its last line: laid out on five metres of paper, it keeps what it used."""
    box = page._page_box
    page.height = box.children[0].margin_height() + box.margin_top + box.margin_bottom


def joined(papers: Sequence[bytes]) -> bytes:
    """Several PDFs as one, so that one print job holds them."""
    writer = PdfWriter()
    for paper in papers:
        writer.append(BytesIO(paper))
    whole = BytesIO()
    writer.write(whole)
    return whole.getvalue()


@cache
def _fonts() -> FontConfiguration:
    return FontConfiguration()


@cache
def _stylesheet() -> CSS:
    return CSS(filename=str(PRINT_CSS), font_config=_fonts())
