"""A slip cancelled on its day: the bill is taken back, the fee goes back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from billing import services as billing
from billing.models import Invoice
from billing.states import RefundAuthority
from hmis.kernel import requests
from hmis.kernel.access import lock
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal
from opd import documents, queries
from opd.models import QueueToken
from opd.queries import Cancellation
from opd.services.queues import note, step
from opd.states import CancelReason, TokenStatus
from patients import services as patients
from patients.models import Encounter


@dataclass(frozen=True)
class Regret:
    """Why a slip is cancelled, and the number of what UPI or the bank paid back, where it is known."""

    because: CancelReason
    note: str = ""
    reference: str = ""


@act
def cancel_token(
    *, token: QueueToken, regret: Regret, request_key: UUID, actor: Any, at: datetime
) -> Cancellation:
    """Cancel a slip of today whose patient was not called yet: token and visit end, its bill is taken back by
    a credit note, and the fee goes back the way it came.

    Refuses another day's slip, one that was called, one with other bills, one that a free return leans on.
    """
    body = [token.pk, regret.because, regret.note, regret.reference]
    note_id, seen = requests.claim(request_key, "opd.cancel_token", actor=actor, body=body)
    if seen:
        return queries.cancellation(note_id)
    return cancel(token, regret, note_id, actor=actor, at=at)


def cancel(token: QueueToken, regret: Regret, note_id: UUID, *, actor: Any, at: datetime) -> Cancellation:
    """The part of an act that cancels a slip, and the referral that led to it."""
    drawer = billing.drawer_of(actor)
    encounter = patients.lock_encounter(token.encounter)
    invoice = _only_invoice(encounter)
    held = lock(QueueToken, token.pk)
    _refuse_used(encounter, at)
    gone = step(held, to=TokenStatus.CANCELLED, actor=actor, at=at)
    patients.cancel_encounter(encounter, at=at)
    note("opd.token_cancelled", held, actor=actor, at=at, new=[gone], because=regret.because)
    reason, reason_hi = documents.said_in_both(CancelReason, regret.because, regret.note)
    patients.end_referral_to(encounter, why=regret.note or f"{reason_hi} ({reason})", actor=actor, at=at)
    why = billing.Why(reason, reason_hi, RefundAuthority.SAME_DAY)
    back = billing.take_back(
        invoice=invoice,
        why=why,
        drawer=drawer,
        reference=regret.reference,
        note_id=note_id,
        actor=actor,
        at=at,
    )
    return Cancellation(held, back.credit_note, back.refunds)


def _only_invoice(encounter: Encounter) -> Invoice:
    """The registration's own bill, locked; where something else was billed since, the visit has begun."""
    invoices = list(encounter.invoices.locked().select_related("facility", "patient"))
    if len(invoices) > 1:
        raise Refusal(_("Something else was already billed on this slip. It cannot be cancelled here."))
    if not invoices:
        raise Refusal(_("Nothing was billed on this slip yet. It cannot be cancelled here."))
    return invoices[0]


def _refuse_used(encounter: Encounter, at: datetime) -> None:
    if not queries.is_of_today(encounter, at=at):
        raise Refusal(_("Only a slip of today can be cancelled with its fee back."))
    if encounter.tokens.filter(called_at__isnull=False).exists():  # called, or walked in
        raise Refusal(_("The patient was already called. The fee is not paid back any more."))
    if queries.free_returns(encounter).exists():
        raise Refusal(_("A free follow-up slip was made from this slip. Cancel that one first."))
