"""That a report of money left the house."""

from datetime import date, datetime
from typing import Any

from facilities.models import Facility
from hmis.kernel import facts
from hmis.kernel.acts import act


@act
def note_export(
    *, report: str, form: str, facility: Facility, begins: date, ends: date, actor: Any, at: datetime
) -> None:
    """Write down which report somebody printed or took along, of which days."""
    facts.record(
        "billing.collections_exported",
        about=facility,
        actor=actor,
        at=at,
        facility_id=facility.pk,
        report=report,
        form=form,
        begins=begins.isoformat(),
        ends=ends.isoformat(),
    )
