"""What is in deposits, and which of them are still to be given back."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from billing.models import DepositAccount, RefundRequest
from billing.states import RequestStatus
from facilities.models import Facility
from hmis.kernel.money import NOTHING

# What came into each deposit and went out of it; `waits`: of a cheque that the bank has not honoured yet.
MOVED = """
    SELECT payment.deposit_id AS id, payment.facility_id, payment.amount,
        CASE WHEN payment.mode NOT IN ('cheque', 'dd') OR EXISTS (
            SELECT FROM billing_clearance WHERE payment_id = payment.id
        ) THEN 0 ELSE payment.amount END AS waits
    FROM billing_payment payment WHERE deposit_id IS NOT NULL
        AND NOT EXISTS (SELECT FROM billing_bounce WHERE payment_id = payment.id)
    UNION ALL
    SELECT drawn_from_id, facility_id, -amount, 0 FROM billing_payment WHERE drawn_from_id IS NOT NULL
    UNION ALL
    SELECT payment.deposit_id, refund.facility_id, -refund.amount, 0
    FROM billing_refund refund JOIN billing_payment payment ON payment.id = refund.payment_id
    WHERE payment.deposit_id IS NOT NULL
    UNION ALL
    SELECT payment.drawn_from_id, refund.facility_id, refund.amount, 0
    FROM billing_refund refund JOIN billing_payment payment ON payment.id = refund.payment_id
    WHERE payment.drawn_from_id IS NOT NULL
"""
HELD = f"""
    SELECT id, sum(amount), sum(waits) FROM ({MOVED}) moved WHERE id = ANY(%s::uuid[]) GROUP BY id
"""  # noqa: S608
# Summed for a whole hospital at once: account by account it took several times as long.
TO_RETURN = f"""
    SELECT account.id, sum(moved.amount), sum(moved.waits) FROM ({MOVED}) moved
    JOIN billing_depositaccount account ON account.id = moved.id
    JOIN patients_encounter encounter ON encounter.id = account.encounter_id
    WHERE moved.facility_id = %s AND encounter.ended_at IS NOT NULL
    GROUP BY account.id, encounter.ended_at HAVING sum(moved.amount) > 0
    ORDER BY encounter.ended_at, account.id
"""  # noqa: S608


class InDeposit(NamedTuple):
    """₹ in a deposit, and how much of it waits for the bank."""

    deposit_id: UUID
    held: Decimal
    waits: Decimal


def deposits_to_return(facility: Facility) -> list[InDeposit]:
    """The deposits with money in them whose visit or stay is over, the one that ended first before all."""
    return _asked(TO_RETURN, [facility.pk])


def deposits_listed(ids: Sequence[UUID]) -> list[DepositAccount]:
    """These deposits in this order, each with what `give_held` gives and `asked`, an open request."""
    linked = DepositAccount.objects.select_related("patient", "encounter__department")
    found = linked.in_bulk(ids)
    accounts = [found[pk] for pk in ids]
    open_ones = RefundRequest.objects.filter(
        deposit__in=ids, status__in=[RequestStatus.ASKED, RequestStatus.APPROVED]
    )
    asked = {one.deposit_id: one for one in open_ones.order_by("asked_at", "pk")}
    give_held(accounts)
    for account in accounts:
        account.asked = asked.get(account.pk)
    return accounts


def give_held(accounts: Sequence[DepositAccount]) -> None:
    """Each with `held`, its `balance()`, and `waits`: one question for all."""
    sums = {one.deposit_id: one for one in _asked(HELD, [[account.pk for account in accounts]])}
    for account in accounts:
        _id, account.held, account.waits = sums.get(account.pk, InDeposit(account.pk, NOTHING, NOTHING))


def _asked(question: str, values: list[Any]) -> list[InDeposit]:
    with connection.cursor() as cursor:
        cursor.execute(question, values)
        return [InDeposit(*row) for row in cursor.fetchall()]
