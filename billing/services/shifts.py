"""A cashier's shift: opened with a float, closed by a count, accepted by somebody else, paid in."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing import documents, permissions, postings, queries
from billing.models import Shift, TreasuryDeposit
from billing.services.ledger import entries
from billing.states import SHIFT_MOVES, ShiftStatus
from facilities.queries import one_person_suffices
from hmis.kernel import facts, requests
from hmis.kernel.access import lock
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal, refusing
from hmis.kernel.models import AuditEntry
from hmis.kernel.money import NOTHING, to_money
from hmis.kernel.rows import write
from hmis.kernel.templatetags.ui import rupees
from hmis.kernel.transitions import move

MOST_OF_ONE_KIND = 99_999
COUNTED = ("closed_at", "count", "counted", "expected", "explanation", "left_in_drawer")


@act
def open_shift(
    *,
    opening_float: Decimal = NOTHING,
    taken_over_from: Shift | None = None,
    request_key: UUID,
    actor: Any,
    at: datetime,
) -> Shift:
    """Begin to take money, with a float out of the safe or with the drawer that somebody left.

    Refuses a second open shift, a float beside a drawer, and a drawer that somebody else has taken over.
    """
    opening_float = to_money(opening_float)
    body = [opening_float, taken_over_from and taken_over_from.pk]
    shift_id, seen = requests.claim(request_key, "billing.open_shift", actor=actor, body=body)
    if seen:
        return Shift.objects.get(pk=shift_id)
    if taken_over_from:
        if opening_float:
            raise Refusal(
                _("The drawer that is taken over is the float: leave this empty, or choose nobody."),
                field="opening_float",
            )
        opening_float = _left_for(taken_over_from, actor)
    shift = Shift(
        id=shift_id,
        facility=actor.posting.facility,
        cashier=actor,
        opened_at=at,
        opening_float=opening_float,
        taken_over_from=taken_over_from,
    )
    moved = [] if taken_over_from else postings.of_opening(opening_float)
    posted = entries(moved, about=shift, facility_id=shift.facility_id, at=at)
    new = [shift, *posted]
    facts.record("billing.shift_opened", about=shift, actor=actor, at=at, new=new, amount=opening_float)
    return shift


def _left_for(drawer: Shift, actor: Any) -> Decimal:
    """₹ in the drawer that somebody left, which is locked: one cashier takes it over."""
    held = Shift.objects.locked().filter(facility=actor.posting.facility).get(pk=drawer.pk)
    if not held.left_in_drawer or Shift.objects.filter(taken_over_from=held).exists():
        raise Refusal(_("Somebody else has taken over this drawer."), field="taken_over_from")
    return held.left_in_drawer


@act
def close_shift(
    *,
    shift: Shift,
    count: Mapping[str, int],
    explanation: str = "",
    left_in_drawer: Decimal = NOTHING,
    request_key: UUID,
    actor: Any,
    at: datetime,
) -> Shift:
    """Count the drawer and end the shift; what is not left for the next cashier goes to the safe.

    Refuses a count that differs from the receipts without an explanation, more left than was counted, and
    anybody but its cashier; a supervisor closes a shift that was forgotten, and says so.
    """
    explanation, left_in_drawer = explanation.strip(), to_money(left_in_drawer)
    count = counted_right(count)
    body = [shift.pk, count, explanation, left_in_drawer]
    fact_id, seen = requests.claim(request_key, "billing.close_shift", actor=actor, body=body)
    held = lock(Shift, shift.pk, "facility", "cashier")
    if seen:
        return held
    if held.cashier_id != actor.pk and not actor.may(permissions.ACCEPT_SHIFTS):
        raise Refusal(_("Only its cashier or a supervisor closes a shift."))
    if held.cashier_id != actor.pk and not explanation:
        raise Refusal(_("Say why its cashier does not close it."), field="explanation")
    if held.status != ShiftStatus.OPEN:
        raise Refusal(_("This shift is closed already."))
    taken = queries.taken_in(held)
    held.expected = held.opening_float + taken[0].net
    held.count, held.counted = dict(count), queries.sum_of(count)
    held.explanation, held.left_in_drawer, held.closed_at = explanation, left_in_drawer, at
    _refuse_count(held)
    with refusing(Shift):
        move(held, to=ShiftStatus.CLOSED, allowed=SHIFT_MOVES, also=COUNTED)
    moved = postings.of_closing(counted=held.counted, expected=held.expected, left_in_drawer=left_in_drawer)
    posted = entries(moved, about=held, facility_id=held.facility_id, at=at)
    paper = documents.issue_closing_sheet(held, taken=taken, actor=actor, at=at)
    facts.record(
        "billing.shift_closed",
        about=held,
        actor=actor,
        at=at,
        new=[*posted, paper],
        fact_id=fact_id,
        amount=held.counted,
        difference=held.counted - held.expected,
    )
    return held


def counted_right(count: Mapping[str, int]) -> dict[str, int]:
    """The count without what is not there. Refuses a kind that there is not, and less than none of it."""
    kinds = {*map(str, queries.DENOMINATIONS), queries.PAISE}
    for kind, number in count.items():
        if kind not in kinds:
            raise Refusal(_("There is no note or coin of ₹%(kind)s."), field="count", kind=kind)
        if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= MOST_OF_ONE_KIND:
            raise Refusal(_("How many of ₹%(kind)s? A whole number."), field="count", kind=kind)
    return {kind: number for kind, number in count.items() if number}


def _refuse_count(held: Shift) -> None:
    """What the constraints refuse too, said at the field."""
    if held.counted != held.expected and not held.explanation:
        raise Refusal(
            _("The drawer holds %(counted)s and should hold %(expected)s: say why, as far as you know."),
            field="explanation",
            counted=rupees(held.counted),
            expected=rupees(held.expected),
        )
    assert held.counted is not None
    assert held.left_in_drawer is not None
    if not 0 <= held.left_in_drawer <= held.counted:
        raise Refusal(_("No more than what was counted can be left in the drawer."), field="left_in_drawer")


@act
def accept_shift(*, shift: Shift, note: str = "", actor: Any, at: datetime) -> Shift:
    """A second person has seen the count and its money. Accepted twice it counts once.

    Refuses its own cashier, and whoever closed it in the cashier's place; in small-facility mode one person
    suffices with a note, and the acceptance is listed for review.
    """
    held = lock(Shift, shift.pk, "facility", "cashier")
    if held.status == ShiftStatus.ACCEPTED and held.accepted_by_id == actor.pk:
        return held
    alone = held.cashier_id == actor.pk or _closed_by(held) == actor.pk
    note = note.strip()
    if alone and not one_person_suffices(held.facility):
        raise Refusal(_("Somebody else accepts a shift."))
    if alone and not note:
        raise Refusal(_("Say why you accept it alone: it is listed for review."), field="note")
    held.accepted_by, held.accepted_at, held.acceptance_note = actor, at, note
    with refusing(Shift):
        move(
            held,
            to=ShiftStatus.ACCEPTED,
            allowed=SHIFT_MOVES,
            also=("accepted_by", "accepted_at", "acceptance_note"),
        )
    facts.record("billing.shift_accepted", about=held, actor=actor, at=at, alone=alone)
    return held


def _closed_by(shift: Shift) -> Any:
    """Who closed it, as the audit has it."""
    if shift.closed_at is None:
        return None
    closed = AuditEntry.objects.filter(name="billing.shift_closed", at=shift.closed_at, about_id=shift.pk)
    return closed.values_list("actor_id", flat=True).first()


@act
def record_challan(
    *,
    shifts: Sequence[Shift],
    challan_number: str,
    deposited_on: date,
    request_key: UUID,
    actor: Any,
    at: datetime,
) -> TreasuryDeposit:
    """Cash of accepted shifts was paid in at the treasury or the bank.

    Refuses shifts that are not accepted or whose cash was paid in already, a day to come, a number that is
    recorded, and shifts that brought nothing.
    """
    number = " ".join(challan_number.split())
    wanted = sorted({one.pk for one in shifts})
    body = [wanted, number, deposited_on]
    challan_id, seen = requests.claim(request_key, "billing.record_challan", actor=actor, body=body)
    if seen:
        return TreasuryDeposit.objects.get(pk=challan_id)
    facility = actor.posting.facility
    held = list(Shift.objects.locked().filter(pk__in=wanted, facility=facility))
    if not held or len(held) != len(wanted):
        raise Refusal(_("Choose the shifts whose cash was paid in."), field="shifts")
    if any(one.status != ShiftStatus.ACCEPTED or one.treasury_deposit_id for one in held):
        raise Refusal(
            _("A shift of these is not accepted, or was paid in meanwhile. Open the page again."),
            field="shifts",
        )
    if deposited_on > timezone.localdate(at):
        raise Refusal(_("This day is still to come."), field="deposited_on")
    amount = sum((queries.brought_by(one) for one in held), NOTHING)
    if amount <= 0:
        raise Refusal(_("These shifts brought nothing to the safe."), field="shifts")
    challan = TreasuryDeposit(
        id=challan_id,
        facility=facility,
        challan_number=number,
        deposited_on=deposited_on,
        amount=amount,
        recorded_by=actor,
        recorded_at=at,
    )
    posted = entries(postings.of_challan(amount), about=challan, facility_id=facility.pk, at=at)
    write(challan)
    for one in held:
        one.treasury_deposit = challan
        one.save(update_fields=["treasury_deposit"])
    facts.record(
        "billing.challan_recorded",
        about=challan,
        actor=actor,
        at=at,
        new=posted,
        amount=amount,
        shifts=len(held),
    )
    return challan
