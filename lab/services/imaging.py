"""Examinations without a specimen: made in the room, told in words, then verified and authorised."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from hmis.kernel import facts, requests
from hmis.kernel.access import lock
from hmis.kernel.acts import act
from hmis.kernel.edits import refuse_changed
from hmis.kernel.errors import Refusal
from hmis.kernel.rows import write
from hmis.kernel.transitions import move
from lab.models import AnalyteDefinition, FormF, ResultLine, ServiceRequest, TestDefinition
from lab.queries import confidential
from lab.sections import is_untouched
from lab.services.specimens import refuse_unpaid
from lab.states import FINDINGS, IMPRESSION, ORDER_MOVES, OrderStatus, ResultOrigin
from lab.unborn import names_sex
from patients import services as patients
from patients.identifiers import refuse_aadhaar

LONGEST = 4000


@dataclass(frozen=True)
class Findings:
    """What was seen and what it means, and the `rev` of each as it was when the form was opened."""

    findings: str
    impression: str
    revs: Mapping[str, int | None]

    def said(self) -> dict[str, str]:
        return {FINDINGS: self.findings.strip(), IMPRESSION: self.impression.strip()}


@act
def examine(*, order: ServiceRequest, request_key: UUID, actor: Any, at: datetime) -> ServiceRequest:
    """The examination was made. Refuses what is not imaging, not paid, or lacks the Form F of the law."""
    seen = requests.was_sent(request_key, "lab.examine", actor=actor, body=[order.pk])
    held = _locked(order)
    if seen:
        return held
    _refuse_unfit(held)
    _examined(held, actor=actor, at=at)
    return held


@act
def write_findings(
    *, order: ServiceRequest, told: Findings, request_key: UUID, actor: Any, at: datetime
) -> list[ResultLine]:
    """Write or change what an examination has shown; it waits then for its verification.

    What was not noted as examined is so now. Refuses empty texts, what somebody else wrote meanwhile, what is
    verified already, and in an obstetric report whatever names the sex of the child.
    """
    said = told.said()
    body = [order.pk, said]
    seen = requests.was_sent(request_key, "lab.write_findings", actor=actor, body=body)
    held = _locked(order)
    return list(held.lines.order_by("pk")) if seen else tell(held, told, actor=actor, at=at)


def tell(held: ServiceRequest, told: Findings, *, actor: Any, at: datetime) -> list[ResultLine]:
    """The part of an act that writes the findings of a locked order."""
    said = told.said()
    _refuse_unfit(held)
    refuse_others_work(held, actor)
    _refuse_texts(held.test, said)
    if held.status == OrderStatus.ORDERED:
        _examined(held, actor=actor, at=at)
    if held.status not in (OrderStatus.RECEIVED, OrderStatus.RESULTED):
        raise Refusal(_("%(test)s is %(status)s already."), test=held.test, status=held.get_status_display())
    lines = _written(held, said, told.revs, actor=actor, at=at)
    if held.status == OrderStatus.RECEIVED:
        move(held, to=OrderStatus.RESULTED, allowed=ORDER_MOVES)
    _record("lab.findings_written", held, actor=actor, at=at)
    return lines


def refuse_foetal_sex(test: TestDefinition, **texts: str) -> None:
    """No text of an obstetric examination names the sex of the child (section 5 of the Act): by field."""
    if not test.needs_form_f:
        return
    for field, text in texts.items():
        if word := names_sex(text):
            raise Refusal(
                _("“%(word)s”: the law forbids to tell the child's sex. Write the report without it."),
                field=field,
                word=word,
            )


def refuse_others_work(order: ServiceRequest, actor: Any) -> None:
    """What the laboratory found is not imaging's to read or to change, and the other way (docs/adr/0362)."""
    if not confidential.does_the_work(actor, order):
        raise Refusal(_("%(test)s is the work of others."), test=order.test)


# ── Parts of the acts ──


def _locked(order: ServiceRequest) -> ServiceRequest:
    """The order, locked behind its encounter: what is asked back meanwhile is not examined."""
    patients.lock_encounters([order.encounter_id])
    linked = ("test", "encounter", "charge_item")
    held: ServiceRequest = lock(ServiceRequest, order.pk, *linked)
    return held


def _refuse_unfit(order: ServiceRequest) -> None:
    if not order.test.is_imaging:
        raise Refusal(_("%(test)s is not an imaging examination."), test=order.test)
    if order.test.needs_form_f and not FormF.objects.filter(order=order).exists():
        raise Refusal(_("Form F is filled and signed before this examination."))


def _examined(order: ServiceRequest, *, actor: Any, at: datetime) -> None:
    refuse_unpaid([order])
    move(order, to=OrderStatus.RECEIVED, allowed=ORDER_MOVES)
    _record("lab.order_examined", order, actor=actor, at=at)


def _refuse_texts(test: TestDefinition, said: Mapping[str, str]) -> None:
    if is_untouched(test.code, said[FINDINGS]):
        raise Refusal(_("What was seen?"), field="findings")
    if not said[IMPRESSION]:
        raise Refusal(_("What does it mean?"), field="impression")
    named = {"findings": said[FINDINGS], "impression": said[IMPRESSION]}
    for field, text in named.items():
        if len(text) > LONGEST:
            raise Refusal(_("At most %(most)s letters."), field=field, most=LONGEST)
        refuse_aadhaar(text)
    refuse_foetal_sex(test, **named)


def _written(
    order: ServiceRequest,
    said: Mapping[str, str],
    revs: Mapping[str, int | None],
    *,
    actor: Any,
    at: datetime,
) -> list[ResultLine]:
    held = {one.analyte.code: one for one in order.lines.select_related("analyte")}
    analytes = {one.code: one for one in AnalyteDefinition.objects.filter(code__in=list(said))}
    for code in said:
        line = held.get(code)
        now = line.rev if line else None
        refuse_changed(
            now, revs.get(code), _("Somebody else has written here meanwhile. Open the report again.")
        )
    lines = []
    for code, text in said.items():
        line = held.get(code) or ResultLine(
            facility_id=order.facility_id,
            patient_id=order.patient_id,
            order=order,
            analyte=analytes[code],
            origin=ResultOrigin.TYPED,
            effective_at=at,
            is_approved=True,
        )
        if line.value != text:
            line.value, line.entered_by, line.entered_at = text, actor, at
            lines.append(line)
    new = [one for one in lines if one._state.adding]
    for one in lines:
        if one not in new:
            one.save(update_fields=["value", "entered_by", "entered_at"])
    write(*new)
    return lines


def _record(name: str, order: ServiceRequest, *, actor: Any, at: datetime) -> None:
    facts.record(name, about=order, actor=actor, at=at, patient_id=order.patient_id, test=order.test.code)
