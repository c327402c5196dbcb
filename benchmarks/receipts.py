"""Receipts from many writers at once, some of whom roll back: how many a second, and is a number missing?"""

import multiprocessing
import time
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from string import ascii_uppercase
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.utils import timezone

from billing.models import Invoice, Payment
from billing.services import take_payment
from billing.states import PaymentMode
from facilities.models import Department, Unit, User
from opd.services import Visit, register_visit
from patients.models import Patient

WRITERS, RECEIPTS, ROLLED_BACK = 16, 150, 0.05
SECONDS = 15.0
MUCH = Decimal(1_000_000)


@dataclass(frozen=True)
class Receipts:
    """What the writers came to."""

    per_second: float
    written: int
    rolled_back: int
    failed: int
    gaps: int
    doubles: int


class ChangedMind(Exception):
    """A writer takes everything back, with the number already taken."""


def write_receipts() -> Receipts:
    """Each writer, a process of its own, takes payments at RIMS on a bill of its own."""
    cashier = User.objects.get(username="cashier.rims")
    before = set(_numbers())
    bills = _bills(cashier)
    Department.objects.filter(name="Bench").update(is_active=False)
    connection.close()
    began = time.monotonic()
    with multiprocessing.get_context("fork").Pool(WRITERS) as pool:
        outcomes = Counter(
            outcome for outcomes in pool.map(_write, bills, chunksize=1) for outcome in outcomes
        )
    seconds = time.monotonic() - began
    new = [number for number in _numbers() if number not in before]
    connection.close()
    missing = max(new) - min(new) + 1 - len(set(new))
    return Receipts(
        per_second=outcomes["written"] / seconds,
        written=outcomes["written"],
        rolled_back=outcomes["rolled back"],
        failed=outcomes["failed"],
        gaps=missing,
        doubles=len(new) - len(set(new)),
    )


def _numbers() -> list[int]:
    """The running numbers of all receipts of RIMS."""
    receipts = Payment.objects.filter(facility__code="RIMS").values_list("receipt_number", flat=True)
    return [int(receipt.rsplit("/", 1)[1]) for receipt in receipts]


def _bills(actor: User) -> list[UUID]:
    """A bill for each writer, so large that a bench cannot pay it."""
    department = _dear_department(actor)
    patients = Patient.objects.filter(facility=department.facility).select_related("district", "facility")
    asked = {"visit": Visit(department), "actor": actor, "at": timezone.now()}
    made = [register_visit(patient=one, request_key=uuid4(), **asked) for one in patients[:WRITERS]]
    return [one.invoice.pk for one in made]


def _dear_department(actor: User) -> Department:
    """A department of the bench's own; it closes when the bills are written."""
    code = "".join(Random().choices(ascii_uppercase, k=6))
    department = Department.objects.create(
        facility=actor.posting.facility, code=code, name="Bench", name_hi="बेंच", opd_fee=MUCH
    )
    Unit.objects.create(
        facility=department.facility, department=department, name="I", name_hi="I", clinic_days=list(range(7))
    )
    return department


def _write(bill: UUID) -> list[str]:
    """One writer, until it has written its receipts or its time is over: what became of each."""
    dice = Random(bill.int)
    actor, invoice = User.objects.get(username="cashier.rims"), Invoice.objects.get(pk=bill)
    ends, outcomes = time.monotonic() + SECONDS, []
    while time.monotonic() < ends and len(outcomes) < RECEIPTS:
        outcomes.append(_one(invoice, actor, rolls_back=dice.random() < ROLLED_BACK))
    connection.close()
    return outcomes


def _one(invoice: Invoice, actor: User, *, rolls_back: bool) -> str:
    try:
        with transaction.atomic():
            take_payment(
                invoice=invoice,
                amount=Decimal(1),
                mode=PaymentMode.CASH,
                request_key=uuid4(),
                actor=actor,
                at=timezone.now(),
            )
            if rolls_back:
                raise ChangedMind
    except ChangedMind:
        return "rolled back"
    except Exception as error:
        print(f"A writer failed: {error!r}")
        return "failed"
    return "written"
