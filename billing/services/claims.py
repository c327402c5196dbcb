"""What is claimed from a scheme: opened with a bill, sent, asked back, decided, paid."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from billing import postings
from billing.models import Claim, Invoice, Scheme, SchemeCover
from billing.services import ledger
from billing.services.charges import ChargeLine
from billing.states import CLAIM_MOVES, UNPROMISED, ClaimStatus
from hmis.kernel import facts, requests
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal, at_field, refusing
from hmis.kernel.money import NOTHING, to_money
from hmis.kernel.rows import write
from hmis.kernel.templatetags.ui import rupees
from hmis.kernel.transitions import move
from patients.identifiers import refuse_aadhaar
from patients.models import Patient

# ── Parts of the acts that issue bills and take them back ──


def open_claims(invoice: Invoice, lines: Iterable[ChargeLine], at: datetime) -> list[Claim]:
    """The part of an act that issues a bill: what it claims of each scheme that pays; rows to write."""
    claimed: dict[UUID, tuple[Scheme, Decimal]] = {}
    for _item, exemption in lines:
        if exemption and exemption.scheme and exemption.is_claimed:
            _scheme, amount = claimed.get(exemption.scheme.pk, (exemption.scheme, NOTHING))
            claimed[exemption.scheme.pk] = (exemption.scheme, amount + exemption.amount)
    return [
        Claim(
            facility_id=invoice.facility_id,
            patient_id=invoice.patient_id,
            encounter_id=invoice.encounter_id,
            invoice=invoice,
            scheme=scheme,
            cover=_cover(invoice, scheme),
            amount=amount,
            opened_at=at,
        )
        for scheme, amount in claimed.values()
        if amount
    ]


def _cover(invoice: Invoice, scheme: Scheme) -> SchemeCover | None:
    covers = SchemeCover.objects.filter(encounter=invoice.encounter_id, scheme=scheme)
    return covers.order_by("-granted_at", "-pk").first()


def cut_claims(invoice: Invoice, lines: Iterable[ChargeLine]) -> None:
    """The part of an act that takes back a bill, or these lines of it: its claims ask for so much less.

    Refuses once the scheme has approved or paid: its promise was for what the bill said.
    """
    less: dict[UUID, Decimal] = {}
    for _item, exemption in lines:
        if exemption and exemption.scheme_id and exemption.is_claimed:
            less[exemption.scheme_id] = less.get(exemption.scheme_id, NOTHING) + exemption.amount
    if not less:
        return
    for claim in Claim.objects.locked().filter(invoice=invoice, scheme__in=less):
        if claim.status not in UNPROMISED:
            raise Refusal(_("The scheme has already decided on this bill's claim."))
        claim.amount = max(claim.amount - less[claim.scheme_id], NOTHING)
        with refusing(Claim):
            claim.save(update_fields=["amount"])


# ── The register's acts ──


@act
def submit_claim(
    *, claim: Claim, reference: str, note: str = "", request_key: UUID, actor: Any, at: datetime
) -> Claim:
    """It is sent to the payer, once more where it was asked back or rejected.

    Refuses to send without the payer's claim number, and more than was pre-authorised without a word why.
    """
    held, seen = _claimed(claim, "submit_claim", [reference, note], request_key, actor)
    if seen:
        return held
    if not reference:
        raise Refusal(_("Write the number that the payer gave to this claim."), field="reference")
    cover = _cover(held.invoice, held.scheme)
    if cover and cover.preauth_amount is not None and held.amount > cover.preauth_amount and not note:
        raise Refusal(
            _("Only %(approved)s was pre-authorised. Write down an enhancement, or say why more is sent."),
            field="note",
            approved=rupees(cover.preauth_amount),
        )
    sets = {
        "reference": reference,
        "note": note,
        "submitted_at": at,
        "decided_at": None,
        "approved_amount": None,
    }
    return _step("billing.claim_submitted", held, ClaimStatus.SUBMITTED, sets, actor=actor, at=at)


@act
def query_claim(*, claim: Claim, note: str, request_key: UUID, actor: Any, at: datetime) -> Claim:
    """The payer asks back. Refuses without what it asks."""
    held, seen = _claimed(claim, "query_claim", [note], request_key, actor)
    if seen:
        return held
    _refuse_silence(note)
    return _step("billing.claim_queried", held, ClaimStatus.QUERIED, {"note": note}, actor=actor, at=at)


@act
def approve_claim(
    *, claim: Claim, amount: Decimal, note: str = "", request_key: UUID, actor: Any, at: datetime
) -> Claim:
    """The payer approves so much. Refuses more than is claimed, and less without a reason."""
    amount = to_money(amount)
    held, seen = _claimed(claim, "approve_claim", [amount, note], request_key, actor)
    if seen:
        return held
    if not 0 < amount <= held.amount:
        raise Refusal(
            _("A scheme approves no more than the %(claimed)s that was claimed."),
            field="amount",
            claimed=rupees(held.amount),
        )
    if amount < held.amount:
        _refuse_silence(note)
    sets = {"approved_amount": amount, "note": note, "decided_at": at}
    return _step("billing.claim_approved", held, ClaimStatus.APPROVED, sets, actor=actor, at=at)


@act
def reject_claim(*, claim: Claim, note: str, request_key: UUID, actor: Any, at: datetime) -> Claim:
    """The payer pays nothing. Refuses without its reason."""
    held, seen = _claimed(claim, "reject_claim", [note], request_key, actor)
    if seen:
        return held
    _refuse_silence(note)
    sets = {"approved_amount": NOTHING, "note": note, "decided_at": at}
    return _step("billing.claim_rejected", held, ClaimStatus.REJECTED, sets, actor=actor, at=at)


@act
def settle_claim(
    *,
    claim: Claim,
    paid: Decimal,
    bank_reference: str = "",
    note: str = "",
    request_key: UUID,
    actor: Any,
    at: datetime,
) -> Claim:
    """The payer's money is in the bank; what it does not pay of the claim is written off, with a reason.

    Less than was approved has a reason of its own: no note of before says why. A rejected claim that is given
    up is settled with nothing. Refuses more than was approved.
    """
    paid = to_money(paid)
    held, seen = _claimed(claim, "settle_claim", [paid, bank_reference, note], request_key, actor)
    if seen:
        return held
    approved = held.approved_amount or NOTHING
    if not 0 <= paid <= approved:
        raise Refusal(
            _("A scheme pays no more than the %(approved)s that it approved."),
            field="paid",
            approved=rupees(approved),
        )
    if paid and not bank_reference:
        raise Refusal(_("Write the bank's number of this money (UTR)."), field="bank_reference")
    if paid < approved:
        _refuse_silence(note)
    note = note or held.note
    if paid < held.amount:
        _refuse_silence(note)
    sets = {"paid_amount": paid, "bank_reference": bank_reference, "note": note, "settled_at": at}
    done = _step("billing.claim_settled", held, ClaimStatus.SETTLED, sets, actor=actor, at=at)
    moved = postings.of_claim_settled(paid=paid, claimed=held.amount)
    write(*ledger.entries(moved, about=done, facility_id=done.facility_id, at=at))
    return done


def _claimed(
    claim: Claim, name: str, said: Sequence[Any], request_key: UUID, actor: Any
) -> tuple[Claim, bool]:
    """The claim, locked; and whether this step was taken by an earlier sending."""
    body = [claim.pk, *map(str, said)]
    seen = requests.was_sent(request_key, f"billing.{name}", actor=actor, body=body)
    claims = Claim.objects.select_related("scheme", "invoice")
    return (claims if seen else claims.locked()).get(pk=claim.pk), seen


def _refuse_silence(note: str) -> None:
    if not note:
        raise Refusal(_("Say why."), field="note")


def _step(
    fact: str, claim: Claim, to: ClaimStatus, sets: Mapping[str, Any], *, actor: Any, at: datetime
) -> Claim:
    """Take the claim on; `sets` are the columns that say how."""
    with at_field("note"):
        refuse_aadhaar(sets.get("note", ""))
    for name, value in sets.items():
        setattr(claim, name, value)
    with refusing(Claim):  # in one UPDATE: its history has each step with its own note
        move(claim, to=to, allowed=CLAIM_MOVES, also=list(sets))
    facts.record(
        fact,
        about=claim,
        actor=actor,
        at=at,
        patient_id=claim.patient_id,
        facility_id=claim.facility_id,
        scheme=claim.scheme.code,
        amount=claim.amount,
    )
    return claim


# ── Seen and taken out ──


@act
def note_claim_seen(*, claim: Claim, actor: Any, at: datetime) -> None:
    """Write down that somebody opened a claim."""
    facts.record("billing.claim_viewed", about=claim, actor=actor, at=at, patient_id=claim.patient_id)


@act
def note_claims_export(*, actor: Any, at: datetime) -> None:
    """Write down that somebody took the register out as a sheet."""
    facts.record("billing.claims_exported", about=actor, actor=actor, at=at)


@act
def note_dues_seen(*, patient: Patient, actor: Any, at: datetime) -> None:
    """Write down that somebody looked at what a patient owes."""
    facts.record("billing.dues_viewed", about=patient, actor=actor, at=at, patient_id=patient.pk)
