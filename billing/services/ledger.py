"""What a deed moves between the accounts, as rows for its act to write."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import models

from billing.models import LedgerEntry
from billing.postings import Posting


def entries(
    postings: Iterable[Posting], *, about: models.Model, facility_id: UUID, at: datetime
) -> list[LedgerEntry]:
    """The postings of what this row did, to be written with it: once, or the database refuses."""
    return [
        LedgerEntry(
            facility_id=facility_id,
            debit=one.debit.value,
            credit=one.credit.value,
            amount=one.amount,
            about=about._meta.label_lower,
            about_id=about.pk,
            exemption_id=one.why,
            posted_at=at,
        )
        for one in postings
    ]
