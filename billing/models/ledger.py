"""The ledger: double entry, each entry from one account to another, so that none can be out of balance."""

from django.db import models
from django.db.models import F, Q

from billing.models.charges import Exemption
from billing.states import Account
from facilities.models import Facility
from hmis.kernel.access import ScopedQuerySet
from hmis.kernel.models import APPEND_ONLY, HospitalRecord
from hmis.kernel.money import MoneyField


class LedgerEntry(HospitalRecord):
    """An amount that debits one account and credits another, for what one row of ours did."""

    may_change = ()
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    debit = models.PositiveSmallIntegerField(choices=Account)
    credit = models.PositiveSmallIntegerField(choices=Account)
    amount = MoneyField()
    # What was done: an invoice, a payment, a refund, a credit note, a shift's close …
    about = models.CharField(max_length=40)
    about_id = models.UUIDField()
    # What was let off says why.
    exemption = models.ForeignKey(
        Exemption, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    posted_at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        triggers = [APPEND_ONLY]
        constraints = [
            models.CheckConstraint(
                name="ledger_entry_moves_something",
                condition=Q(amount__gt=0) & ~Q(debit=F("credit")),
            ),
            models.UniqueConstraint(
                name="ledger_is_posted_once",
                fields=["about_id", "debit", "credit", "exemption"],
                nulls_distinct=False,
            ),
        ]
        indexes = [models.Index(name="ledger_here", fields=["facility", "posted_at"])]

    def __str__(self) -> str:
        return f"{self.get_debit_display()} / {self.get_credit_display()} {self.amount}"
