"""What the parts of a hospital's year share: where its rows go, when it ends, what the audit is told."""

from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from hmis.demo.copying import Tables, as_json
from hmis.demo.use.places import Hospital
from hmis.kernel.models import AuditEntry
from hmis.kernel.numbering import INDIA

# The audit is told of these last days only, but of every payment: `verify` asks for those.
TOLD_DAYS, PAID = 40, "billing.payment_taken"
DAY = timedelta(days=1)


class Book:
    """One hospital's year while it is written, day after day until `now`."""

    def __init__(self, hospital: Hospital, now: datetime) -> None:
        self.hospital = hospital
        self.dice: Random = hospital.dice
        self.now = now
        self.today = now.astimezone(INDIA).date()
        self.told_from = now - timedelta(days=TOLD_DAYS)
        self.tables = Tables()

    def turn_over(self) -> Tables:
        """The rows since this was last asked."""
        full, self.tables = self.tables, Tables()
        return full

    def by(self, role: str) -> str:
        """Whoever does this here."""
        return self.hospital.staff[role]

    def tell(
        self, name: str, about: str, about_id: str, patient_id: str, *, by: str, at: datetime, **detail: Any
    ) -> None:
        """Tell the audit what somebody did, if it is late enough or about money."""
        if at >= self.told_from or name == PAID:
            self.tables[AuditEntry].add(
                name=name,
                actor_id=by,
                facility_id=self.hospital.id,
                at=at,
                about=about,
                about_id=about_id,
                patient_id=patient_id,
                detail=as_json(detail),
            )


def midnight(day: date) -> datetime:
    """The moment at which a day begins in India."""
    return datetime(day.year, day.month, day.day, tzinfo=INDIA)
