"""That an inpatient's page was read is written down."""

from datetime import datetime
from typing import Any

from hmis.kernel import facts
from hmis.kernel.acts import act
from ipd.models import Admission


@act
def note_inpatient_seen(*, admission: Admission, actor: Any, at: datetime) -> None:
    """Write down that somebody read an inpatient's page."""
    facts.record("ipd.inpatient_viewed", about=admission, actor=actor, at=at, patient_id=admission.patient_id)
