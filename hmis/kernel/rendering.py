"""The only module that loads the PDF libraries: two seconds of import that a start need not wait for."""

from collections.abc import Sequence
from functools import cache
from io import BytesIO

from django.conf import settings
from pypdf import PdfWriter
from weasyprint import CSS, HTML
from weasyprint.document import Page
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

PRINT_CSS = settings.BASE_DIR / "static" / "css" / "print.css"


class Paper(HTML):  # type: ignore[misc]
    """A paper's markup. The print style stands in the place of a browser's own sheet, and is the only one."""

    def _ua_stylesheets(self, forms: bool = False) -> list[CSS]:
        return [_stylesheet()]


def pdf_of(markup: str) -> bytes:
    """The markup as PDF, in the print style and the bundled fonts. It may fetch nothing: only `data:`."""
    paper = Paper(string=markup, url_fetcher=URLFetcher(allowed_protocols=["data"]))
    document = paper.render(font_config=_fonts())
    if len(document.pages) == 1 and paper.etree_element.find("body[@class='roll']") is not None:
        _cut(document.pages[0])
    pdf: bytes = document.write_pdf()
    return pdf


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
