"""Sheets for a day without the system."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from facilities.models import Department
from hmis.kernel import facts, requests
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal
from hmis.kernel.models import IssuedDocument
from hmis.kernel.numbering import Series, next_block
from hmis.kernel.rows import write
from opd import documents

MOST_SHEETS = 100


@act
def print_downtime_sheets(
    *, department: Department, count: int, request_key: UUID, actor: Any, at: datetime
) -> IssuedDocument:
    """Numbered empty slips for a day without the system, and the list to enter them from afterwards.

    Refuses more than fit into one printing.
    """
    body = [department.pk, count]
    paper_id, seen = requests.claim(request_key, "opd.print_downtime_sheets", actor=actor, body=body)
    if seen:
        return IssuedDocument.objects.get(pk=paper_id)
    if not 1 <= count <= MOST_SHEETS:
        raise Refusal(
            _("Between 1 and %(most)s sheets can be printed at once."), field="count", most=MOST_SHEETS
        )
    facts.record(
        "opd.downtime_sheets_printed", about=department, actor=actor, at=at, count=count, paper=paper_id
    )
    numbers = next_block(department.facility, Series.PAPER, count, at=at)
    paper = documents.issue_downtime_sheets(
        department=department, paper_id=paper_id, numbers=numbers, actor=actor, at=at
    )
    write(paper)
    return paper
