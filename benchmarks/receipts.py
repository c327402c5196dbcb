"""Receipts from many writers at once, some of whom roll back: how many a second, and is a number missing?"""

import multiprocessing
import time
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from multiprocessing.synchronize import Barrier
from random import Random
from string import ascii_uppercase
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from billing.models import Invoice, Payment
from billing.services import take_payment
from billing.states import PaymentMode
from facilities.models import Department, Unit, User
from hmis.kernel import scope
from opd.services import Visit, register_visit
from patients.models import Patient

WRITERS, RECEIPTS, ROLLED_BACK = 16, 150, 0.05
SECONDS = 12.0
MUCH = Decimal(1_000_000)
_together: Barrier


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
    before = set(_numbers())
    reverse("home")  # loads the addresses that a receipt's code names, once for all writers
    connection.close()
    forking = multiprocessing.get_context("fork")
    together = forking.Barrier(WRITERS)
    # The writers part from us before anything of ours is connected.
    with forking.Pool(WRITERS, initializer=_meet_at, initargs=[together]) as pool:
        written = pool.map(_write, _bills(User.objects.get(username="cashier.rims")), chunksize=1)
    outcomes = Counter(outcome for outcomes, _seconds in written for outcome in outcomes)
    seconds = max(seconds for _outcomes, seconds in written)
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
    Department.objects.filter(pk=department.pk).update(is_active=False)
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


def _meet_at(barrier: Barrier) -> None:
    global _together
    _together = barrier


def _write(bill: UUID) -> tuple[list[str], float]:
    """One writer, warm, with the others, until its receipts or its time are over: what became of each."""
    dice = Random(bill.int)
    with scope.within(scope.everywhere()):
        actor, invoice = User.objects.get(username="cashier.rims"), Invoice.objects.get(pk=bill)
    _one(invoice, actor, rolls_back=False)
    _together.wait()
    began, outcomes = time.monotonic(), []
    while time.monotonic() < began + SECONDS and len(outcomes) < RECEIPTS:
        outcomes.append(_one(invoice, actor, rolls_back=dice.random() < ROLLED_BACK))
    connection.close()
    return outcomes, time.monotonic() - began


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
