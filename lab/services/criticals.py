"""Critical values: read back by a named person, or taken one step higher."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from facilities.models import Facility
from hmis.kernel import facts, requests
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal, sentences
from hmis.kernel.rows import write
from lab import queries
from lab.models import CriticalAcknowledgement, CriticalEscalation, ResultLine
from patients.identifiers import refuse_aadhaar


@act
def acknowledge_critical(
    *,
    line: ResultLine,
    read_back: str,
    told_to: str = "",
    action: str = "",
    request_key: UUID,
    actor: Any,
    at: datetime,
) -> CriticalAcknowledgement:
    """Somebody has heard a critical value: who sits at the screen, or whom the laboratory told (`told_to`).

    `read_back` is the value as that person said it. Refuses another value than the one that stands, and what
    is answered already: a wrong read-back is how a wrong dose begins.
    """
    body = [line.pk, read_back, told_to, action]
    answer_id, seen = requests.claim(request_key, "lab.acknowledge_critical", actor=actor, body=body)
    if seen:
        return CriticalAcknowledgement.objects.get(pk=answer_id)
    held = ResultLine.objects.locked().select_related("analyte").get(pk=line.pk)
    if held.critical_at is None:
        raise Refusal(_("This value is not critical any more. Look once more."))
    said = "".join(read_back.split()).casefold()
    if said != "".join(held.value.split()).casefold()[:240]:
        raise Refusal(_("That is not what was reported. Ask for the value once more."), field="read_back")
    if held.acknowledgements.filter(value=held.value[:240]).exists():
        raise Refusal(_("Somebody else has answered this meanwhile."))
    for name, text in (("told_to", told_to), ("action", action)):
        try:
            refuse_aadhaar(text)
        except ValidationError as error:
            raise Refusal(sentences(error), field=name) from error
    answer = CriticalAcknowledgement(
        id=answer_id,
        facility_id=held.facility_id,
        line=held,
        value=held.value[:240],
        acknowledged_by=None if told_to.strip() else actor,
        told_to=told_to.strip()[:80],
        action=action.strip()[:160],
        recorded_by=actor,
        at=at,
        waited=max(0, int((at - held.critical_at).total_seconds())),
    )
    write(answer)
    facts.record(
        "lab.critical_acknowledged",
        about=held,
        actor=actor,
        at=at,
        patient_id=held.patient_id,
        waited=answer.waited,
        by_phone=bool(answer.told_to),
    )
    return answer


@act
def escalate_criticals(*, facility: Facility, at: datetime, actor: Any = None) -> int:
    """Take what nobody has answered in time one step higher; how many. Run again, it takes nothing twice."""
    minutes = queries.settings_of(facility.pk).critical_minutes
    Facility.objects.select_for_update(no_key=True).get(pk=facility.pk)
    due = queries.overdue(facility.pk, minutes, at)
    for line, step in due:
        write(
            CriticalEscalation(facility_id=facility.pk, line=line, value=line.value[:240], step=step, at=at)
        )
        facts.record(
            "lab.critical_escalated",
            about=line,
            actor=actor,
            at=at,
            patient_id=line.patient_id,
            facility_id=facility.pk,
            step=step,
        )
    return len(due)
