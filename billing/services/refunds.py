"""Money that goes back: a bill or some of its lines taken back, a payment, the rest of a deposit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from billing import documents, postings, queries
from billing.models import (
    CreditNote,
    CreditNoteLine,
    DepositAccount,
    Invoice,
    Payment,
    Refund,
    RefundRequest,
    Shift,
)
from billing.services.charges import sale_of
from billing.services.claims import cut_claims
from billing.services.ledger import entries
from billing.services.promised import refuse_promised
from billing.services.references import refuse_anothers
from billing.states import (
    CLEARED_LATER,
    INVOICE_MOVES,
    REQUEST_MOVES,
    STILL_ASKED,
    UNNUMBERED,
    InvoiceStatus,
    PaymentMode,
    RefundAuthority,
    RefundKind,
    RequestStatus,
)
from facilities.queries import one_person_suffices
from hmis.kernel import facts, requests
from hmis.kernel.access import lock
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal
from hmis.kernel.models import IssuedDocument
from hmis.kernel.money import NOTHING, to_money
from hmis.kernel.numbering import Series, next_block, next_number
from hmis.kernel.rows import write
from hmis.kernel.templatetags.ui import rupees
from hmis.kernel.transitions import move
from patients import services as patients

# Income-tax law asks that a deposit of ₹20,000 or more goes back through a bank (section 269T of the Act of
# 1961; the Act of 2025 kept the limit). We hold every repayment of cash to it.
LARGEST_IN_CASH = Decimal("19999.99")


@dataclass(frozen=True)
class Why:
    """Why a bill is taken back, in both languages, and on whose authority its money goes back."""

    reason: str
    reason_hi: str
    authority: RefundAuthority
    request: RefundRequest | None = None


@dataclass(frozen=True)
class TakenBack:
    """What holds no more: its credit note, and what was paid back by which vouchers."""

    credit_note: CreditNote
    refunds: list[Refund]
    vouchers: list[IssuedDocument]


@dataclass(frozen=True)
class Drawer:
    """The open shift of whoever pays back, locked, and the cash that should be in it."""

    shift_id: UUID | None
    cash: Decimal

    def gives(self, refunds: Sequence[Refund]) -> None:
        """These refunds belong to it, whatever their way, as payments do: but what goes into a deposit.

        Refuses when it is not open, or has less cash than they take.
        """
        cash = sum((one.amount for one in refunds if one.mode == PaymentMode.CASH), NOTHING)
        if cash and self.shift_id is None:
            raise Refusal(_("Open your shift before you pay cash back."), field="shift")
        if cash > self.cash:
            raise Refusal(
                _("Your drawer has only %(cash)s. Another counter pays this back."), cash=rupees(self.cash)
            )
        for one in refunds:
            one.shift_id = None if one.mode == PaymentMode.DEPOSIT else self.shift_id


def drawer_of(actor: Any) -> Drawer:
    """The open drawer of this person, which nobody else empties meanwhile. Locked before all else."""
    mine = Shift.objects.locked().filter(cashier=actor, facility=actor.posting.facility_id, closed_at=None)
    shift = mine.first()
    return Drawer(shift.pk, queries.expected_in(shift)) if shift else Drawer(None, NOTHING)


# ── By rule: what a deed takes back itself ──


def take_back(
    *,
    invoice: Invoice,
    why: Why,
    drawer: Drawer,
    reference: str = "",
    note_id: UUID,
    actor: Any,
    at: datetime,
) -> TakenBack:
    """The last part of an act: an issued invoice is cancelled by a credit note, and what was received for it
    goes back, each payment the way it came.

    The act has locked the drawer and the invoice, so that no payment comes between. `reference` is the number
    of what the bank or UPI did, where it is known already. The numbers are taken last.
    """
    note, lines = _credit(invoice, None, why, note_id, actor=actor, at=at)
    refunds = _refunds(_held(invoice), -invoice.balance() + note.amount, why, reference, note=note)
    drawer.gives(refunds)
    note.number = next_number(note.facility, Series.CREDIT_NOTE, at=at)
    _number(refunds, at=at)
    vouchers = [documents.issue_voucher(one, note=note, invoice=invoice) for one in refunds]
    write(note, *lines, *refunds, *vouchers)
    return TakenBack(note, refunds, vouchers)


def _credit(
    invoice: Invoice,
    chosen: Sequence[UUID] | None,
    why: Why,
    note_id: UUID,
    *,
    actor: Any,
    at: datetime,
) -> tuple[CreditNote, list[CreditNoteLine]]:
    """The rows of a credit note over a locked invoice; its status moves, its ledger entries are written.

    `chosen` are the ids of the lines taken back; None: all that still hold.
    """
    left = queries.lines_left_on(invoice)
    taken = left if chosen is None else [line for line in left if line.pk in set(chosen)]
    if not taken or (chosen is not None and len(taken) != len(set(chosen))):
        raise Refusal(_("This was already taken back."))
    note = CreditNote(
        id=note_id,
        facility=invoice.facility,
        invoice=invoice,
        amount=sum((line.amount for line in taken), NOTHING),
        reason=why.reason,
        reason_hi=why.reason_hi,
        issued_by=actor,
        issued_at=at,
    )
    lines = [
        CreditNoteLine(facility=invoice.facility, credit_note=note, invoice_line=line, amount=line.amount)
        for line in taken
    ]
    asked = invoice.total - invoice.credited() - note.amount
    everything = len(taken) == len(left)
    move_to(invoice, InvoiceStatus.CANCELLED if everything else how_far_paid(asked, invoice.paid()))
    charges = [queries.charge_on(line) for line in taken]
    cut_claims(invoice, charges)
    moved = postings.of_credit(sale_of(charges))
    write(*entries(moved, about=note, facility_id=invoice.facility_id, at=at))
    told = {
        "about": invoice,
        "actor": actor,
        "at": at,
        "patient_id": invoice.patient_id,
        "amount": note.amount,
    }
    if everything:
        facts.record("billing.invoice_cancelled", **told)
    else:
        facts.record("billing.invoice_credited", **told)
    return note, lines


def how_far_paid(asked: Decimal, paid: Decimal) -> InvoiceStatus:
    """How far a bill that asks so much is paid."""
    if paid >= asked:
        return InvoiceStatus.PAID
    return InvoiceStatus.PART_PAID if paid > 0 else InvoiceStatus.ISSUED


def move_to(invoice: Invoice, status: InvoiceStatus) -> None:
    """Move a locked bill to where its money says it stands; nothing to do where it stands there already."""
    if invoice.status != status:
        move(invoice, to=status, allowed=INVOICE_MOVES)


def goes_back_by(payment: Payment, whole: Decimal) -> PaymentMode:
    """The way in which money of this payment goes back: as it came, or by the bank where the law asks.

    `whole` is all that goes back at once: parted among payments it is no less.
    """
    mode = PaymentMode(payment.mode)
    if mode in CLEARED_LATER or (mode == PaymentMode.CASH and whole > LARGEST_IN_CASH):
        return PaymentMode.BANK
    return mode


def _held(invoice: Invoice) -> list[tuple[Payment, Decimal]]:
    """What is left of each payment of this bill, the newest first."""
    return _left(invoice.payments.filter(bounce=None))


def _left(payments: Any) -> list[tuple[Payment, Decimal]]:
    back = payments.annotate(back=Coalesce(Sum("refunds__amount"), NOTHING))
    newest = back.select_related("clearance").order_by("-received_at", "-pk")
    return [(one, one.amount - one.back) for one in newest if one.amount > one.back]


def _parts(
    held: Sequence[tuple[Payment, Decimal]], amount: Decimal
) -> list[tuple[Payment, Decimal, PaymentMode]]:
    """What each of these payments gives of so much, in their order, and the way in which it goes back.

    Refuses more than they hold, and what the bank has not honoured yet.
    """
    parts: list[tuple[Payment, Decimal, PaymentMode]] = []
    left = amount
    for payment, holds in held:
        part = min(holds, left)
        if part <= 0:
            continue
        if not _is_honoured(payment):
            raise Refusal(_("The bank has not yet honoured %(payment)s."), payment=payment.receipt_number)
        parts.append((payment, part, goes_back_by(payment, amount)))
        left -= part
    if left > 0:
        raise Refusal(_("Only %(held)s of it can be paid back."), held=rupees(amount - left))
    return parts


def _refunds(
    held: Sequence[tuple[Payment, Decimal]],
    amount: Decimal,
    why: Why,
    reference: str,
    *,
    note: CreditNote | None = None,
    ids: Sequence[UUID] = (),
    by: tuple[Any, datetime] | None = None,
) -> list[Refund]:
    """The rows that pay back so much, out of these payments in their order. Refuses what `_parts` refuses."""
    refunds: list[Refund] = []
    for payment, part, mode in _parts(held, amount):
        actor, at = by or (note.issued_by, note.issued_at)  # type: ignore[union-attr]
        refund = Refund(
            facility_id=payment.facility_id,
            payment=payment,
            credit_note=note,
            request=why.request,
            amount=part,
            mode=mode,
            reference="" if mode in UNNUMBERED else reference,
            authority=why.authority,
            reason=why.reason,
            reason_hi=why.reason_hi,
            paid_back_by=actor,
            paid_back_at=at,
        )
        if ids:
            refund.id = ids[len(refunds)]
        refunds.append(refund)
    for refund in refunds:
        refuse_anothers(refund)
        _tell(refund)
    return refunds


def _tell(refund: Refund) -> None:
    """The fact of a refund and what it moved between the accounts."""
    is_deposit = refund.payment.deposit_id is not None
    moved = postings.of_refund(refund.amount, refund.mode, from_deposit=is_deposit)
    facts.record(
        "billing.payment_refunded",
        about=refund,
        actor=refund.paid_back_by,
        at=refund.paid_back_at,
        patient_id=refund.taken_from.patient_id,
        new=entries(moved, about=refund, facility_id=refund.facility_id, at=refund.paid_back_at),
        amount=refund.amount,
        mode=refund.mode,
    )


def _number(refunds: Sequence[Refund], *, at: datetime) -> None:
    """From here on every other counter of the facility waits for the commit."""
    if refunds:
        numbers = next_block(refunds[0].facility, Series.REFUND, len(refunds), at=at)
        for refund, number in zip(refunds, numbers, strict=True):
            refund.voucher_number = number


# ── By approval: one asks, another approves, a counter pays ──


@dataclass(frozen=True)
class Ask:
    """What is asked back: lines of a bill (none: all of it), a payment, or the rest of a deposit.

    `anyway`: although somebody has asked for these lines, and may be answered no.
    """

    kind: RefundKind
    invoice: Invoice | None = None
    payment: Payment | None = None
    deposit: DepositAccount | None = None
    lines: tuple[UUID, ...] = ()
    amount: Decimal | None = None
    anyway: bool = False

    def claimed(self) -> list[Any]:
        """What a request key stands for."""
        about = self.invoice or self.payment or self.deposit
        return [self.kind, about and about.pk, list(self.lines), self.amount]


@act
def ask_refund(*, ask: Ask, reason: str, request_key: UUID, actor: Any, at: datetime) -> RefundRequest:
    """Ask that money goes back. Nothing moves until a second person approves it.

    Refuses more than there is, what is asked back already, and without a reason.
    """
    body = [ask.claimed(), reason]
    request_id, seen = requests.claim(request_key, "billing.ask_refund", actor=actor, body=body)
    if seen:
        return RefundRequest.objects.get(pk=request_id)
    if ask.invoice:  # what is asked back is not collected meanwhile: the laboratory asks under this lock
        patients.lock_encounters([ask.invoice.encounter_id])
    invoice, deposit = _locked(ask)
    amount, patient_id, facility_id = _asked(ask)
    request = RefundRequest(
        id=request_id,
        facility_id=facility_id,
        patient_id=patient_id,
        kind=ask.kind,
        invoice=ask.invoice,
        payment=ask.payment,
        deposit=ask.deposit,
        lines=list(ask.lines),
        amount=amount,
        reason=reason,
        asked_by=actor,
        asked_at=at,
    )
    if ask.kind != RefundKind.CREDIT:  # how much of a bill's lines is money is known as they are approved
        refuse_promised(request, invoice, deposit, statuses=STILL_ASKED)
    facts.record(
        "billing.refund_asked",
        about=request,
        actor=actor,
        at=at,
        patient_id=patient_id,
        new=[request],
        amount=amount,
        kind=ask.kind,
    )
    return request


def _asked(ask: Ask) -> tuple[Decimal, UUID, UUID]:
    """(₹, patient, hospital) of what is asked, as it stands now."""
    if ask.invoice:
        left = queries.lines_left_on(ask.invoice)
        chosen = [line for line in left if not ask.lines or line.pk in ask.lines]
        is_short = ask.lines and len(chosen) != len(set(ask.lines))
        if not chosen or is_short or ask.invoice.status == InvoiceStatus.CANCELLED:
            raise Refusal(_("This was already taken back."))
        free = {line.pk for line in queries.lines_free(ask.invoice)}
        if not ask.anyway and not {line.pk for line in chosen} <= free:
            raise Refusal(_("This is asked back already: look at the bill."), field="lines")
        return sum((one.amount for one in chosen), NOTHING), ask.invoice.patient_id, ask.invoice.facility_id
    if ask.payment:
        holds = ask.payment.amount - ask.payment.refunded()
        if hasattr(ask.payment, "bounce"):
            holds = NOTHING
        kept = ask.payment.invoice or ask.payment.deposit
        assert kept
        return _up_to(ask.amount, holds), kept.patient_id, ask.payment.facility_id
    assert ask.deposit
    return _up_to(ask.amount, ask.deposit.available()), ask.deposit.patient_id, ask.deposit.facility_id


def _up_to(asked: Decimal | None, holds: Decimal) -> Decimal:
    amount = holds if asked is None else to_money(asked)
    if amount <= 0 or amount > holds:
        raise Refusal(_("Only %(held)s of it can be paid back."), field="amount", held=rupees(holds))
    return amount


@act
def decide_refund(
    *,
    request: RefundRequest,
    is_approved: bool,
    note: str = "",
    request_key: UUID | None = None,
    actor: Any,
    at: datetime,
) -> RefundRequest:
    """Approve or decline what somebody asked. Approving takes the bill's lines back by a credit note.

    An approval is taken back by declining, as long as nothing was paid and no credit note issued: what a bill
    took too much is owed. Refuses money that was approved to go back by another request, and who asked it: in
    small-facility mode they may, with a note, and it is listed for review. Without a key a second sending is
    refused, for it was decided.
    """
    said = [request.pk, is_approved, note]
    if requests.was_sent(request_key, "billing.decide_refund", actor=actor, body=said):
        return RefundRequest.objects.get(pk=request.pk)
    invoice, deposit = _locked(request)
    held = lock(RefundRequest, request.pk)
    alone = held.asked_by_id == actor.pk
    if alone and not one_person_suffices(held.facility):
        raise Refusal(_("Somebody else approves what you have asked."))
    if (alone or not is_approved) and not note:
        raise Refusal(_("Say why."), field="note")
    _refuse_owed(held)
    held.decided_by, held.decided_at, held.decision_note = actor, at, note
    status = RequestStatus.APPROVED if is_approved else RequestStatus.DECLINED
    move(held, to=status, allowed=REQUEST_MOVES, also=["decided_by", "decided_at", "decision_note"])
    if is_approved:
        refuse_promised(held, invoice, deposit, statuses=[RequestStatus.APPROVED])
    told = {
        "about": held,
        "actor": actor,
        "at": at,
        "patient_id": held.patient_id,
        "amount": held.amount,
        "alone": alone,
    }
    if is_approved:
        facts.record("billing.refund_approved", **told)
    else:
        facts.record("billing.refund_declined", **told)
    if is_approved and held.kind == RefundKind.CREDIT:
        assert invoice
        _credit_approved(invoice, held, actor=actor, at=at)
    return held


def _refuse_owed(request: RefundRequest) -> None:
    """Refuses to undo an approval by which a bill was taken back."""
    if request.status == RequestStatus.APPROVED and request.kind == RefundKind.CREDIT:
        raise Refusal(_("The bill was taken back already: this money is owed."))


def _credit_approved(invoice: Invoice, request: RefundRequest, *, actor: Any, at: datetime) -> None:
    why = _why(request)
    note, lines = _credit(invoice, request.lines or None, why, request.pk, actor=actor, at=at)
    # Lines that were free, or that nothing was paid too much by: no counter has to pay anything.
    if not note.amount or invoice.balance() - note.amount >= 0:
        move(request, to=RequestStatus.TAKEN_OFF, allowed=REQUEST_MOVES)
    note.number = next_number(note.facility, Series.CREDIT_NOTE, at=at)
    write(note, *lines)
    write(documents.issue_credit_note(note, invoice=invoice, lines=[line.invoice_line for line in lines]))


def _why(request: RefundRequest) -> Why:
    alone = request.asked_by_id == request.decided_by_id
    authority = RefundAuthority.ONE_PERSON if alone else RefundAuthority.APPROVED
    return Why(request.reason, request.reason, authority, request)


@act
def withdraw_refund(
    *, request: RefundRequest, request_key: UUID | None = None, actor: Any, at: datetime
) -> RefundRequest:
    """Take back one's own question before it was answered, or before a counter paid it.

    Refuses somebody else's, and one whose bill was taken back with its approval.
    """
    if requests.was_sent(request_key, "billing.withdraw_refund", actor=actor, body=[request.pk]):
        return RefundRequest.objects.get(pk=request.pk)
    held = lock(RefundRequest, request.pk)
    if held.asked_by_id != actor.pk:
        raise Refusal(_("Only the person who asked may withdraw it."))
    _refuse_owed(held)
    move(held, to=RequestStatus.WITHDRAWN, allowed=REQUEST_MOVES)
    facts.record(
        "billing.refund_withdrawn",
        about=held,
        actor=actor,
        at=at,
        patient_id=held.patient_id,
        amount=held.amount,
    )
    return held


@act
def pay_refund(
    *, request: RefundRequest, reference: str = "", request_key: UUID, actor: Any, at: datetime
) -> list[Refund]:
    """Pay back what was approved, out of the payments that it came with, each by a voucher.

    Where a bill's money is there no more, its cheque was returned, nothing is left to pay and it ends.
    Refuses what is not approved, more than is there by now, and cash that the drawer does not have.
    """
    body = [request.pk, reference]
    first, seen = requests.claim(request_key, "billing.pay_refund", actor=actor, body=body)
    if seen:
        return list(Refund.objects.filter(request_id=request.pk).order_by("pk"))
    drawer = drawer_of(actor)
    invoice, deposit = _locked(request)
    held = lock(RefundRequest, request.pk, "facility", "payment")
    is_owed = held.kind != RefundKind.CREDIT or (invoice is not None and invoice.balance() < 0)
    move(held, to=RequestStatus.PAID_BACK if is_owed else RequestStatus.TAKEN_OFF, allowed=REQUEST_MOVES)
    if not is_owed:
        facts.record(
            "billing.refund_closed",
            about=held,
            actor=actor,
            at=at,
            patient_id=held.patient_id,
            amount=held.amount,
        )
    payments, amount = _out_of(held, invoice, deposit)
    note = CreditNote.objects.filter(pk=held.pk).first()
    refunds = _refunds(
        payments,
        amount,
        _why(held),
        reference,
        note=note,
        ids=requests.following(first, len(payments)),
        by=(actor, at),
    )
    drawer.gives(refunds)
    if held.kind == RefundKind.PAYMENT and invoice:
        move_to(invoice, how_far_paid(invoice.total - invoice.credited(), invoice.paid() - amount))
    _number(refunds, at=at)
    vouchers = [documents.issue_voucher(one, note=note, invoice=invoice) for one in refunds]
    write(*refunds, *vouchers)
    return refunds


def ways_back(request: RefundRequest) -> list[tuple[PaymentMode, Decimal]]:
    """How much of what is asked goes back in which way, as things stand now; nothing is locked or written.

    None where nothing of it was paid. Refuses what `pay_refund` refuses, but for the drawer.
    """
    deposit = request.payment.deposit if request.payment else request.deposit
    ways: dict[PaymentMode, Decimal] = {}
    for _payment, part, mode in _parts(*_out_of(request, request.invoice, deposit)):
        ways[mode] = ways.get(mode, NOTHING) + part
    return list(ways.items())


def _locked(asked: Ask | RefundRequest) -> tuple[Invoice | None, DepositAccount | None]:
    """The bill and the deposit that this refund touches, locked in their order."""
    payment = asked.payment
    invoice_id = payment.invoice_id if payment else asked.invoice and asked.invoice.pk
    deposit_id = (
        payment.deposit_id or payment.drawn_from_id if payment else asked.deposit and asked.deposit.pk
    )
    linked = ("facility", "patient")
    return (
        lock(Invoice, invoice_id, *linked) if invoice_id else None,
        lock(DepositAccount, deposit_id, *linked) if deposit_id else None,
    )


def _out_of(
    request: RefundRequest, invoice: Invoice | None, deposit: DepositAccount | None
) -> tuple[list[tuple[Payment, Decimal]], Decimal]:
    """The payments that a refund comes out of with what is left of each, and how much goes back."""
    if request.kind == RefundKind.CREDIT:
        assert invoice
        if request.status == RequestStatus.ASKED:  # its lines are still asked for
            worth = to_come = queries.worth_of_lines(invoice, [request])
        else:
            worth, to_come = CreditNote.objects.get(pk=request.pk).amount, NOTHING
        return _held(invoice), min(worth, to_come - invoice.balance())
    if request.kind == RefundKind.DEPOSIT:
        assert deposit
        if request.amount > deposit.available():
            raise Refusal(_("The deposit has %(available)s."), available=rupees(deposit.available()))
        sure = deposit.payments.filter(bounce=None)
        return [one for one in _left(sure) if _is_honoured(one[0])], request.amount
    assert request.payment
    if deposit and request.payment.deposit_id and request.amount > deposit.available():
        raise Refusal(_("The deposit has %(available)s."), available=rupees(deposit.available()))
    return _left(Payment.objects.filter(pk=request.payment.pk, bounce=None)), request.amount


def _is_honoured(payment: Payment) -> bool:
    return payment.mode not in CLEARED_LATER or hasattr(payment, "clearance")
