"""The only module that loads the PDF libraries: two seconds of import that a start need not wait for."""

from collections.abc import Sequence
from functools import cache
from io import BytesIO

from django.conf import settings
from pypdf import PdfWriter
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

PRINT_CSS = settings.BASE_DIR / "static" / "css" / "print.css"


def pdf_of(markup: str) -> bytes:
    """The markup as PDF, in the print style and the bundled fonts. It may fetch nothing: only `data:`."""
    html = HTML(string=markup, url_fetcher=URLFetcher(allowed_protocols=["data"]))
    pdf: bytes = html.write_pdf(stylesheets=[_stylesheet()], font_config=_fonts())
    return pdf


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
