"""What the free-drug counter gave of a prescription, and what it did not have."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from facilities.models import Facility
from hmis.kernel.access import ScopedQuerySet
from hmis.kernel.models import APPEND_ONLY, HospitalRecord
from patients.models.person import Patient
from patients.models.prescription import MedicationRequest
from patients.prescribing.telling import amount_shown
from patients.states import DispenseOutcome


class MedicationDispense(HospitalRecord):
    """One answer of the counter to one line. Never edited: another one corrects it."""

    opens_with_chart = True
    may_change = ()

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_index=False)
    request = models.ForeignKey(
        MedicationRequest, on_delete=models.PROTECT, related_name="dispenses", db_index=False
    )
    corrects = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="corrected_by"
    )
    outcome = models.CharField(_("answer"), max_length=13, choices=DispenseOutcome)
    # As prescribed, unless less was there; None where the prescription names no quantity.
    quantity = models.DecimalField(_("quantity"), max_digits=9, decimal_places=2, null=True, blank=True)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    given_at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        triggers = [APPEND_ONLY]
        constraints = [
            models.UniqueConstraint(
                name="line_is_answered_once",
                fields=["request"],
                condition=Q(corrects=None),
                violation_error_message=_("The counter has answered this line already."),
            ),
            models.CheckConstraint(
                name="nothing_is_given_of_what_is_not_there",
                condition=Q(outcome=DispenseOutcome.NOT_AVAILABLE, quantity=None)
                | ~Q(outcome=DispenseOutcome.NOT_AVAILABLE) & (Q(quantity=None) | Q(quantity__gt=0)),
                violation_error_message=_("The quantity is more than nothing."),
            ),
            models.CheckConstraint(
                name="part_says_how_much",
                condition=~Q(outcome=DispenseOutcome.PART) | Q(quantity__isnull=False),
                violation_error_message=_("Write how much was given."),
            ),
        ]
        indexes = [
            models.Index(name="dispensed_of_line", fields=["request"]),
            models.Index(name="dispensed_here", fields=["facility", "-given_at"]),
        ]

    def __str__(self) -> str:
        return self.get_outcome_display()

    @property
    def amount(self) -> str:
        """How much was given, in the screen's language; "" where nobody said."""
        return "" if self.quantity is None else amount_shown(self.quantity, self.request.quantity_unit)
