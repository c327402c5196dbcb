"""The nurse's triage: somebody who waits is measured, and asked for allergies, in one act."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from hmis.kernel import requests
from hmis.kernel.access import lock
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal
from hmis.kernel.rows import write
from opd.models import QueueToken
from opd.states import OPEN
from patients import queries as patient_queries
from patients import services as patients
from patients.models import Observation
from patients.services import Allergy, Vitals


@act
def triage_token(
    *,
    token: QueueToken,
    vitals: Vitals,
    allergy: Allergy | None = None,
    confirm: bool = False,
    request_key: UUID,
    actor: Any,
    at: datetime,
) -> list[Observation]:
    """Write down a waiting patient's vital signs and what was said of allergies.

    Refuses a token that is over, an empty form, and whatever `patients` refuses.
    """
    body = [token.pk, vitals.claimed(), allergy.claimed() if allergy else None]
    set_id, seen = requests.claim(request_key, "opd.triage_token", actor=actor, body=body)
    if seen:
        return patient_queries.taken_together(set_id)
    encounter = patients.lock_encounter(token.encounter)
    held = lock(QueueToken, token.pk)
    if held.status not in OPEN:
        raise Refusal(_("This token does not wait any more."))
    taken = patients.add_vitals(
        encounter=encounter, vitals=vitals, set_id=set_id, actor=actor, at=at, confirm=confirm
    )
    said = patients.add_allergy(encounter=encounter, allergy=allergy, actor=actor, at=at) if allergy else None
    if not taken and said is None:
        raise Refusal(_("Write at least one value."))
    write(*taken, said)
    return taken
