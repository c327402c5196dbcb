"""What the bank said: its file of UPI payments taken in, a cheque honoured or returned; a UTR put right."""

import hashlib
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing import postings, queries
from billing.models import (
    Bounce,
    Clearance,
    DepositAccount,
    Invoice,
    LedgerEntry,
    Payment,
    Settlement,
    SettlementLine,
)
from billing.queries.bank import BEFORE, ERROR, Row, rows_of_file, upi_of
from billing.services.ledger import entries
from billing.services.payments import refuse_number
from billing.services.refunds import how_far_paid, move_to
from billing.states import CLEARED_LATER, InvoiceStatus
from hmis.kernel import facts, requests
from hmis.kernel.access import lock
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal, refusing
from hmis.kernel.rows import write

AT_ONCE = 500

# ── The bank's file ──


@act
def prepare_settlement(
    *, content: bytes, filename: str, request_key: UUID, actor: Any, at: datetime
) -> Settlement:
    """Keep a file of the bank, to be looked through. Refuses what is no such file, or was taken in before."""
    rows = rows_of_file(content)
    sha256 = hashlib.sha256(content).hexdigest()
    body = [filename, sha256]
    settlement_id, seen = requests.claim(request_key, "billing.prepare_settlement", actor=actor, body=body)
    if seen:
        return Settlement.objects.get(pk=settlement_id)
    facility = actor.posting.facility
    if queries.had_before(facility, sha256):
        raise Refusal(_("This file was already taken in."), field="file")
    if not rows:
        raise Refusal(_("The sheet has no rows below its head."), field="file")
    held = Settlement(
        id=settlement_id,
        facility=facility,
        filename=filename[-120:],
        sha256=sha256,
        uploaded_by=actor,
        uploaded_at=at,
        rows=rows,
    )
    facts.record("billing.settlement_uploaded", about=held, actor=actor, at=at, new=[held], rows=len(rows))
    return held


@act
def apply_settlement(*, settlement: Settlement, actor: Any, at: datetime) -> Settlement:
    """Take in what the file says: each new UTR is a line, and what was typed at a counter is a certainty.

    Applied twice, also by two people at once, it counts once. Refuses a copy of a file taken in before, and
    one in which nothing is new.
    """
    held = lock(Settlement, settlement.pk)
    if held.applied_at:
        return held
    new = [row for row in queries.look_through(held) if row.kind not in {BEFORE, ERROR}]
    if not new:
        raise Refusal(_("There is nothing new in this file."))
    held.applied_at, held.applied_by = at, actor
    with refusing(Settlement):
        held.save(update_fields=["applied_at", "applied_by"])
    lines = [_line(held, row) for row in new]
    # Another file with the same UTR may be taken in just now: whichever comes second leaves it out.
    SettlementLine.objects.bulk_create(lines, batch_size=AT_ONCE, ignore_conflicts=True)
    matched = _match(held.facility_id, held.lines.values_list("utr", flat=True), at=at)
    facts.record(
        "billing.settlement_applied",
        about=held,
        actor=actor,
        at=at,
        rows=held.lines.count(),
        matched=len(matched),
    )
    return held


def _line(held: Settlement, row: Row) -> SettlementLine:
    assert row.amount
    assert row.settled_on
    return SettlementLine(
        facility_id=held.facility_id,
        settlement=held,
        utr=row.utr,
        amount=row.amount,
        settled_on=row.settled_on,
    )


def _match(facility_id: UUID, utrs: Iterable[str], *, at: datetime) -> list[SettlementLine]:
    """Bank lines that nobody claims and the payments of their UTR, where the amounts agree."""
    wanted = list(utrs)
    waiting = SettlementLine.objects.locked().filter(facility_id=facility_id, utr__in=wanted, payment=None)
    held = list(waiting)
    # Locked: a UTR that is put right just now is no longer what it was.
    paid = upi_of(facility_id, {one.utr for one in held}, among=Payment.objects.locked())
    matched, posted = [], []
    for line in held:
        payment = paid.get(line.utr)
        if payment and payment.amount == line.amount:
            line.payment, line.matched_at = payment, at
            moved = postings.of_settlement(line.amount)
            posted += entries(moved, about=line, facility_id=facility_id, at=at)
            matched.append(line)
    SettlementLine.objects.bulk_update(matched, ["payment", "matched_at"], batch_size=AT_ONCE)
    LedgerEntry.objects.bulk_create(posted, batch_size=AT_ONCE)
    return matched


@act
def match_payment(*, payment: Payment, actor: Any = None, at: datetime) -> SettlementLine | None:
    """The bank had this UTR before it was typed: the payment is sure at once. Told twice, done once."""
    if not payment.reference:
        return None
    matched = _match(payment.facility_id, [payment.reference], at=at)
    for line in matched:
        _tell_matched(line, actor, at)
    return matched[0] if matched else None


@act
def match_settlement(*, settlement: Settlement, actor: Any = None, at: datetime) -> list[SettlementLine]:
    """Once more after the file's commit: what was typed while it was taken in. Told twice, done once."""
    waiting = settlement.lines.filter(payment=None).values_list("utr", flat=True)
    matched = _match(settlement.facility_id, waiting, at=at)
    for line in matched:
        _tell_matched(line, actor, at)
    return matched


def _tell_matched(line: SettlementLine, actor: Any, at: datetime) -> None:
    facts.record(
        "billing.settlement_line_matched",
        about=line,
        actor=actor,
        at=at,
        facility_id=line.facility_id,
        amount=line.amount,
    )


# ── A reference typed wrong ──


@act
def correct_reference(
    *, payment: Payment, reference: str, reason: str, request_key: UUID, actor: Any, at: datetime
) -> Payment:
    """Put right the UTR or number that was typed for a payment; if the bank has had it, the two are matched.

    Its receipts stay as they were printed. Refuses what the bank has said something of already, what has no
    number, the same one again, and whatever a constraint on Payment refuses.
    """
    reference, reason = reference.strip(), reason.strip()
    body = [payment.pk, reference, reason]
    seen = requests.was_sent(request_key, "billing.correct_reference", actor=actor, body=body)
    if seen:
        return Payment.objects.get(pk=payment.pk)
    held = _uncertain(payment, reference)
    if not held.reference:
        raise Refusal(_("Cash and deposits have no UTR."), field="reference")
    if held.has_banks_word:
        raise Refusal(_("The bank has said its word on %(receipt)s: its number stays."), receipt=held)
    if reference == held.reference:
        raise Refusal(_("This is the number that stands there already."), field="reference")
    if not reason:
        raise Refusal(_("Say why."), field="reason")
    refuse_number(held.mode, reference)
    held.reference, held.correction = reference, reason
    held.corrected_by, held.corrected_at = actor, at
    with refusing(Payment):
        held.save(update_fields=["reference", "correction", "corrected_by", "corrected_at"])
    facts.record(
        "billing.payment_reference_corrected",
        about=held,
        actor=actor,
        at=at,
        patient_id=_patient_of(held),
        mode=held.mode,
    )
    match_payment(payment=held, actor=actor, at=at)
    return held


def _uncertain(payment: Payment, reference: str) -> Payment:
    """The payment, locked behind the bank's lines of both its numbers: files are taken in in that order."""
    utrs = [payment.reference, reference]
    list(SettlementLine.objects.locked().filter(facility_id=payment.facility_id, utr__in=utrs))
    lock(Payment, payment.pk)
    # Read once it is locked: what was matched while this waited is seen.
    linked = ("invoice", "deposit", "settlement_line", "clearance", "bounce")
    held: Payment = Payment.objects.select_related(*linked).get(pk=payment.pk)
    return held


# ── Cheques and drafts ──


@act
def clear_cheque(
    *, payment: Payment, cleared_on: date, request_key: UUID, actor: Any, at: datetime
) -> Clearance:
    """The bank has honoured a cheque or draft. Refuses what it has said something of already."""
    body = [payment.pk, cleared_on]
    clearance_id, seen = requests.claim(request_key, "billing.clear_cheque", actor=actor, body=body)
    if seen:
        return Clearance.objects.get(pk=clearance_id)
    held, _invoice, _deposit = _cheque(payment)
    _refuse_day(held, cleared_on, field="cleared_on", at=at)
    clearance = Clearance(
        id=clearance_id,
        facility_id=held.facility_id,
        payment=held,
        cleared_on=cleared_on,
        recorded_by=actor,
        recorded_at=at,
    )
    moved = postings.of_clearance(held.amount)
    posted = entries(moved, about=clearance, facility_id=held.facility_id, at=at)
    facts.record(
        "billing.cheque_cleared",
        about=held,
        actor=actor,
        at=at,
        patient_id=_patient_of(held),
        new=[clearance, *posted],
        amount=held.amount,
    )
    return clearance


@act
def bounce_cheque(
    *, payment: Payment, reason: str, bounced_on: date, request_key: UUID, actor: Any, at: datetime
) -> Bounce:
    """The bank has returned a cheque or draft: what it paid is owed again.

    Refuses one that was honoured, and one of which money was paid back before cheques waited for the bank.
    """
    reason = reason.strip()
    body = [payment.pk, reason, bounced_on]
    bounce_id, seen = requests.claim(request_key, "billing.bounce_cheque", actor=actor, body=body)
    if seen:
        return Bounce.objects.get(pk=bounce_id)
    held, invoice, deposit = _cheque(payment)
    if not reason:
        raise Refusal(_("Say what the bank wrote."), field="reason")
    _refuse_day(held, bounced_on, field="bounced_on", at=at)
    if held.refunded():
        raise Refusal(_("Money of this cheque was paid back: it cannot be returned."))
    bounce = Bounce(
        id=bounce_id,
        facility_id=held.facility_id,
        payment=held,
        reason=reason,
        bounced_on=bounced_on,
        recorded_by=actor,
        recorded_at=at,
    )
    moved = postings.of_bounce(held.amount, into_deposit=deposit is not None)
    write(bounce, *entries(moved, about=bounce, facility_id=held.facility_id, at=at))
    if invoice and invoice.status != InvoiceStatus.CANCELLED:
        move_to(invoice, how_far_paid(invoice.total - invoice.credited(), invoice.paid()))
    facts.record(
        "billing.cheque_bounced",
        about=held,
        actor=actor,
        at=at,
        patient_id=_patient_of(held),
        amount=held.amount,
    )
    return bounce


def _cheque(payment: Payment) -> tuple[Payment, Invoice | None, DepositAccount | None]:
    """The payment with what it is for, which is locked. Refuses what is no cheque, or is decided."""
    invoice = Invoice.objects.locked().filter(payments=payment).first()
    accounts = DepositAccount.objects.locked().filter(payments=payment)
    deposit = accounts.first() if payment.deposit_id else None
    held = Payment.objects.select_related("clearance", "bounce").get(pk=payment.pk)
    if held.mode not in CLEARED_LATER:
        raise Refusal(_("Only cheques and drafts wait for the bank's word."))
    if hasattr(held, "clearance"):
        raise Refusal(_("The bank has honoured this one."))
    if hasattr(held, "bounce"):
        raise Refusal(_("The bank has returned this one."))
    held.invoice, held.deposit = invoice, deposit
    return held, invoice, deposit


def _refuse_day(payment: Payment, day: date, *, field: str, at: datetime) -> None:
    if day > timezone.localdate(at):
        raise Refusal(_("This day is still to come."), field=field)
    if day < timezone.localdate(payment.received_at):
        raise Refusal(_("It was received only later."), field=field)


def _patient_of(payment: Payment) -> UUID:
    owner = payment.invoice or payment.deposit
    assert owner
    return owner.patient_id
