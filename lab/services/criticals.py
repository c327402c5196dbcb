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
from lab.models import LONGEST_KEPT, CriticalAcknowledgement, CriticalEscalation, ResultLine
from patients.identifiers import refuse_aadhaar

ENOUGH = 20  # letters of a text: nobody types a whole culture report while a patient waits


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

    `read_back` is the value as that person said it; of a long text its beginning is enough. Refuses another
    value than the one that stands, and what is answered already: so begins a wrong dose.
    """
    body = [line.pk, read_back, told_to, action]
    answer_id, seen = requests.claim(request_key, "lab.acknowledge_critical", actor=actor, body=body)
    if seen:
        return CriticalAcknowledgement.objects.get(pk=answer_id)
    held = ResultLine.objects.locked().select_related("analyte").get(pk=line.pk)
    if held.critical_at is None:
        raise Refusal(_("This value is not critical any more. Look once more."))
    if not is_read_back(held.value, read_back):
        raise Refusal(_("That is not what was reported. Ask for the value once more."), field="read_back")
    kept = held.value[:LONGEST_KEPT]
    if held.acknowledgements.filter(queries.since(held.critical_at), value=kept).exists():
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
        value=kept,
        critical_at=held.critical_at,
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


def is_read_back(value: str, said: str) -> bool:
    """Whether somebody said this value: whole, or of a text its first letters, spaces and case left out."""
    whole, heard = _letters(value), _letters(said)
    return heard == whole or (len(heard) >= ENOUGH and whole.startswith(heard))


def beginning_is_enough(value: str) -> bool:
    """Whether of this value the first letters are enough, so that the page can say so."""
    return len(_letters(value)) > ENOUGH


def _letters(text: str) -> str:
    return "".join(text.split()).casefold()


@act
def escalate_criticals(*, facility: Facility, at: datetime, actor: Any = None) -> int:
    """Take what nobody has answered in time one step higher; how many. Run again, it takes nothing twice."""
    minutes = queries.settings_of(facility.pk).critical_minutes
    Facility.objects.select_for_update(no_key=True).get(pk=facility.pk)
    due = queries.overdue(facility.pk, minutes, at)
    for line, step in due:
        kept = {"value": line.value[:LONGEST_KEPT], "critical_at": line.critical_at}
        write(CriticalEscalation(facility_id=facility.pk, line=line, step=step, at=at, **kept))
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
