"""What a paper costs to render, once the fonts and the style sheet are loaded."""

import time

from django.db import connection

from hmis.kernel import pdf
from hmis.kernel.models import IssuedDocument

PAPERS = 20
KINDS = {"receipt": "billing/documents/receipt.html", "OPD slip": "opd/documents/slip.html"}


def milliseconds_each() -> dict[str, float]:
    """{paper: ms of CPU}, on the average of twenty."""
    costs = {kind: _cost(template) for kind, template in KINDS.items()}
    connection.close()
    return costs


def _cost(template: str) -> float:
    papers = list(
        IssuedDocument.objects.filter(template=template, copy=0).order_by("-issued_at")[: PAPERS + 1]
    )
    pdf.render(papers[0])
    began = time.process_time()
    for paper in papers[1:]:
        pdf.render(paper)
    return 1000 * (time.process_time() - began) / len(papers[1:])
