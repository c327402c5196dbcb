"""Critical values: read back by a named person, or taken one step higher."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from facilities.models import Facility
from hmis.kernel import facts, requests
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal, at_field
from hmis.kernel.rows import write
from lab import permissions, queries
from lab.choices import in_hindi, letters
from lab.models import LONGEST_KEPT, CriticalAcknowledgement, CriticalEscalation, ResultLine
from patients.identifiers import refuse_aadhaar

ENOUGH = 20  # letters of a text: nobody types a whole culture report while a patient waits


@dataclass(frozen=True)
class Heard:
    """A critical value, as somebody read it back."""

    line: ResultLine
    read_back: str


def box_of(line: ResultLine) -> str:
    """The box in which a value is read back, in forms and refusals."""
    return f"back-{line.pk}"


def tells(person: Any) -> bool:
    """Whether this person works where critical values are found: they tell others, and answer for nobody."""
    return bool(person.may(permissions.VERIFY_RESULTS))


@act
def acknowledge_criticals(
    *,
    heard: Sequence[Heard],
    told_to: str = "",
    action: str = "",
    request_key: UUID,
    actor: Any,
    at: datetime,
) -> list[CriticalAcknowledgement]:
    """Somebody has heard critical values of one patient, in one call: who sits at the screen, or whom the
    laboratory told (`told_to`). Each value has its own answer.

    `read_back` is the value as that person said it; of a long text its beginning is enough. Refuses another
    value than the one that stands, and what is answered already: so begins a wrong dose; and a laboratory
    that has told nobody. Then nothing is written.
    """
    body = [[[one.line.pk, one.read_back] for one in heard], told_to, action]
    first, seen = requests.claim(request_key, "lab.acknowledge_criticals", actor=actor, body=body)
    ids = requests.following(first, len(heard))
    if seen:
        return list(CriticalAcknowledgement.objects.filter(pk__in=ids).order_by("pk"))
    if not heard:
        raise Refusal(_("Write the value as it was read back."))
    locked = ResultLine.objects.locked().filter(pk__in=[one.line.pk for one in heard])
    held = {line.pk: line for line in locked.select_related("analyte")}
    if len({line.patient_id for line in held.values()}) > 1:
        raise Refusal(_("One call is for one patient only."))
    for one in heard:
        _refuse_unheard(held[one.line.pk], one.read_back)
    if tells(actor) and not told_to.strip():
        raise Refusal(_("Write who was told."), field="told_to")
    for name, text in (("told_to", told_to), ("action", action)):
        with at_field(name):
            refuse_aadhaar(text)
    answers = [
        _answer(pk, held[one.line.pk], told_to.strip(), action.strip(), actor=actor, at=at)
        for pk, one in zip(ids, heard, strict=True)
    ]
    write(*answers)
    for answer in answers:
        facts.record(
            "lab.critical_acknowledged",
            about=answer.line,
            actor=actor,
            at=at,
            patient_id=answer.line.patient_id,
            waited=answer.waited,
            by_phone=bool(answer.told_to),
        )
    return answers


def acknowledge_critical(*, line: ResultLine, read_back: str, **said: Any) -> CriticalAcknowledgement:
    """One critical value alone was heard: `acknowledge_criticals`; its refusals name `read_back`."""
    try:
        (answer,) = acknowledge_criticals(heard=[Heard(line, read_back)], **said)
    except Refusal as refusal:
        refusal.field = "read_back" if refusal.field == box_of(line) else refusal.field
        raise
    return answer


def _refuse_unheard(held: ResultLine, read_back: str) -> None:
    """Refuses what is not critical, or answered already, and another value than the one that stands."""
    at = box_of(held)
    if held.critical_at is None:
        raise Refusal(_("This value is not critical any more. Look once more."), field=at)
    if not is_read_back(held.value, read_back):
        raise Refusal(_("This is not the value that was reported. Ask for it again."), field=at)
    same = held.acknowledgements.filter(queries.since(held.critical_at), value=held.value[:LONGEST_KEPT])
    if same.exists():
        raise Refusal(_("Somebody else has answered this meanwhile."), field=at)


def _answer(
    pk: UUID, held: ResultLine, told_to: str, action: str, *, actor: Any, at: datetime
) -> CriticalAcknowledgement:
    assert held.critical_at
    return CriticalAcknowledgement(
        id=pk,
        facility_id=held.facility_id,
        line=held,
        value=held.value[:LONGEST_KEPT],
        critical_at=held.critical_at,
        acknowledged_by=None if told_to else actor,
        told_to=told_to[:80],
        action=action[:160],
        recorded_by=actor,
        at=at,
        waited=max(0, int((at - held.critical_at).total_seconds())),
    )


def is_read_back(value: str, said: str) -> bool:
    """Whether somebody said this value: whole, in either language, or of a text its first letters, spaces and
    case left out."""
    whole, heard = _letters(value), _letters(said)
    said_whole = heard in (whole, _letters(in_hindi(value)))
    return said_whole or (len(heard) >= ENOUGH and whole.startswith(heard))


def beginning_is_enough(value: str) -> bool:
    """Whether of this value the first letters are enough, so that the page can say so."""
    return len(_letters(value)) > ENOUGH


def _letters(text: str) -> str:
    return letters("".join(text.split()))


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
