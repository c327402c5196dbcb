"""Reasons to pay less: schemes, who was granted one for an encounter, and what is claimed from its payer."""

from datetime import date
from decimal import Decimal

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from billing.states import ClaimStatus, ServiceKind
from facilities.models import Facility
from hmis.kernel.access import ScopedQuerySet
from hmis.kernel.history import tracked
from hmis.kernel.models import ChangingRecord, HospitalRecord, Record
from hmis.kernel.money import MoneyField
from patients.models import Encounter, Patient


class SchemeQuerySet(models.QuerySet["Scheme"]):
    def in_force(self, day: date) -> "SchemeQuerySet":
        """The schemes that are granted on this day."""
        began = Q(valid_from=None) | Q(valid_from__lte=day)
        return self.filter(began, Q(valid_to=None) | Q(valid_to__gte=day), is_active=True)

    def serving(self, kind: str) -> "SchemeQuerySet":
        """Those that let something off services of this kind."""
        return self.filter(Q(kinds=[]) | Q(kinds__contains=[kind]))

    def asked_for(self) -> "SchemeQuerySet":
        """Those that somebody asks for at a counter, and that nobody else has to approve."""
        return self.filter(is_for_all=False, needs_approval=False)


@tracked()
class Scheme(Record):
    """A reason to pay less: whom it serves, what proves it, how much it lets off. Reference data."""

    sync = "down"
    code = models.CharField(_("code"), max_length=16)
    name = models.CharField(_("name"), max_length=120)
    name_hi = models.CharField(_("name in Hindi"), max_length=120)
    proof = models.CharField(_("proof"), max_length=120, blank=True)
    proof_hi = models.CharField(_("proof in Hindi"), max_length=120, blank=True, default="", db_default="")
    percent = models.DecimalField(_("percent let off"), max_digits=5, decimal_places=2)
    needs_proof = models.BooleanField(_("needs a proof's number"), default=True)
    # The reason would tell a stranger too much: the paper only says that the law exempts.
    is_confidential = models.BooleanField(_("the paper does not name it"), default=False)
    # What it lets off is not lost: the hospital claims it from whoever stands behind the scheme.
    is_claimed = models.BooleanField(_("the scheme pays"), default=False, db_default=False)
    # Free lists: nobody has to ask for it, it holds for whoever comes.
    is_for_all = models.BooleanField(_("for everybody"), default=False, db_default=False)
    # Empty: for services of every kind.
    kinds = ArrayField(
        models.CharField(max_length=16, choices=ServiceKind),
        verbose_name=_("for these services"),
        default=list,
        db_default=[],
        blank=True,
    )
    needs_approval = models.BooleanField(_("somebody must approve it"), default=False, db_default=False)
    package_code_form = models.CharField(
        _("form of package codes"), max_length=60, blank=True, default="", db_default=""
    )
    is_active = models.BooleanField(_("in force"), default=True)
    valid_from = models.DateField(_("from"), null=True, blank=True)
    valid_to = models.DateField(_("until"), null=True, blank=True)

    objects = SchemeQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                name="scheme_ends_after_it_starts",
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                violation_error_message=_("A scheme ends after it starts."),
            ),
            models.UniqueConstraint(
                name="scheme_code_is_unique",
                fields=["code"],
                violation_error_message=_("Another scheme has this code."),
            ),
            models.CheckConstraint(
                name="scheme_lets_off_up_to_everything",
                condition=Q(percent__gt=0, percent__lte=100),
                violation_error_message=_("A scheme lets off something, and at most the whole."),
            ),
        ]

    def __str__(self) -> str:
        return self.name_hi if get_language() == "hi" else self.name

    def serves(self, kind: str) -> bool:
        """Whether it lets something off services of this kind."""
        return not self.kinds or kind in self.kinds

    def kinds_said(self) -> str:
        """The kinds of services it serves, in words; empty where it serves all."""
        return ", ".join(str(ServiceKind(kind).label) for kind in self.kinds)

    def proof_asked(self) -> str:
        """What proves it, in the reader's language."""
        return self.proof_hi if get_language() == "hi" and self.proof_hi else self.proof

    def on_paper(self, language: str) -> str:
        """How the reason is printed: a confidential one only as what the law grants."""
        if self.is_confidential:
            return {"hi": "नियम से मुफ़्त"}.get(language, "free by law")
        return self.name_hi if language == "hi" else self.name


@tracked(only_replaced=True)
class SchemeCover(HospitalRecord):
    """A scheme granted for one encounter: proof, approver, and for a payer package and pre-authorisation.

    Charges that arise afterwards are let off by it. Never edited: it ends, and another begins.
    """

    may_change = ("ended_at", "ended_by")
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    encounter = models.ForeignKey(Encounter, on_delete=models.PROTECT, related_name="scheme_covers")
    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="+", db_index=False)
    proof_number = models.CharField(_("proof number"), max_length=64, blank=True)
    package_code = models.CharField(_("package"), max_length=12, blank=True)
    preauth_number = models.CharField(_("pre-authorisation"), max_length=40, blank=True)
    preauth_amount = MoneyField(_("approved up to"), null=True, blank=True)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    approval_note = models.CharField(_("on whose word"), max_length=160, blank=True)
    granted_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    # ₹ let off by it so far, and over what was approved, where a query has put it (queries.give_used).
    used: Decimal
    over: Decimal

    objects = ScopedQuerySet.as_manager()

    class Meta:
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="granted_stays_as_it_is",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["ended_at", "ended_by"]),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                name="encounter_has_one_cover_at_a_time",
                fields=["encounter"],
                condition=Q(ended_at=None),
                violation_error_message=_("A scheme is granted for this visit already. End that one first."),
            ),
            models.CheckConstraint(
                name="cover_package_code_has_its_form",
                condition=Q(package_code="") | Q(package_code__regex=r"^[A-Z]{2}[0-9]{3}[A-Z]$"),
                violation_error_message=_("A package's code looks like BM001A."),
            ),
            models.CheckConstraint(
                name="cover_preauth_is_not_negative",
                condition=Q(preauth_amount=None) | Q(preauth_amount__gte=0),
                violation_error_message=_("An amount is not less than nothing."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scheme} {self.proof_number}".strip()


@tracked()
class Claim(ChangingRecord):
    """What one bill claims from a scheme, and how far the scheme has come with it."""

    untold = ("opened_at", "submitted_at", "decided_at", "settled_at")
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_index=False)
    encounter = models.ForeignKey(Encounter, on_delete=models.PROTECT, related_name="claims")
    invoice = models.ForeignKey("billing.Invoice", on_delete=models.PROTECT, related_name="claims")
    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="+", db_index=False)
    cover = models.ForeignKey(
        SchemeCover, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    status = models.CharField(_("status"), max_length=12, choices=ClaimStatus, default=ClaimStatus.OPEN)
    amount = MoneyField(_("claimed"))
    reference = models.CharField(_("claim number"), max_length=40, blank=True)
    approved_amount = MoneyField(_("approved"), null=True, blank=True)
    paid_amount = MoneyField(_("paid"), null=True, blank=True)
    bank_reference = models.CharField(_("bank reference"), max_length=40, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    opened_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)

    # How many days it has waited, where a query has put it (queries.claims_of).
    days: int

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        constraints = [
            models.UniqueConstraint(
                name="bill_is_claimed_once_of_a_scheme",
                fields=["invoice", "scheme"],
                violation_error_message=_("This bill is claimed already."),
            ),
            models.CheckConstraint(
                name="claim_is_approved_up_to_its_amount",
                condition=Q(approved_amount=None)
                | Q(approved_amount__gte=0, approved_amount__lte=F("amount")),
                violation_error_message=_("A scheme approves no more than was claimed."),
            ),
            models.CheckConstraint(
                name="claim_is_paid_up_to_its_approval",
                condition=Q(paid_amount=None)
                | Q(approved_amount__isnull=False, paid_amount__gte=0, paid_amount__lte=F("approved_amount")),
                violation_error_message=_("A scheme pays no more than it approved."),
            ),
        ]
        indexes = [models.Index(name="claim_here", fields=["facility", "status", "opened_at"])]

    def __str__(self) -> str:
        return f"{self.scheme} {self.amount}"

    @property
    def written_off(self) -> Decimal:
        """₹ of a settled claim that the scheme did not pay."""
        return Decimal(0) if self.paid_amount is None else self.amount - self.paid_amount
