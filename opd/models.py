"""The OPD's day: who sits when, and who waits for whom."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from facilities.models import Facility, Unit
from hmis.kernel.access import ScopedQuerySet
from hmis.kernel.models import ChangingRecord
from opd.states import TOKEN_MOVES, Lane, TokenStatus
from patients.models import Encounter, Patient


class ClinicDay(ChangingRecord):
    """One unit's OPD of one day. Its row counts the tokens, so that two clerks never give the same one."""

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="clinic_days_held", db_index=False)
    held_on = models.DateField(_("day"))
    last_number = models.PositiveIntegerField(default=0)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        constraints = [
            models.UniqueConstraint(name="unit_has_one_clinic_a_day", fields=["unit", "held_on"]),
        ]
        indexes = [models.Index(name="clinic_days_here", fields=["facility", "held_on"])]

    def __str__(self) -> str:
        return f"{self.unit} · {self.held_on:%d-%m-%Y}"


class QueueToken(ChangingRecord):
    """A patient's place in the queue of one unit on one day."""

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    clinic_day = models.ForeignKey(ClinicDay, on_delete=models.PROTECT, related_name="tokens", db_index=False)
    encounter = models.ForeignKey(Encounter, on_delete=models.PROTECT, related_name="tokens")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.PositiveIntegerField(_("token"))
    status = models.CharField(_("status"), max_length=16, choices=TokenStatus, default=TokenStatus.WAITING)
    lane = models.CharField(_("lane"), max_length=16, choices=Lane, default=Lane.NORMAL)
    lane_rank = models.PositiveSmallIntegerField(default=2)
    # A token moved from another unit keeps the time of the first one.
    senior_since = models.DateTimeField()
    moved_from = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    called_at = models.DateTimeField(null=True, blank=True)
    called_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    times_called = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        constraints = [
            models.UniqueConstraint(name="token_is_given_once_a_day", fields=["clinic_day", "number"]),
            models.UniqueConstraint(
                name="encounter_waits_in_one_queue",
                fields=["encounter"],
                condition=~Q(status__in=[TokenStatus.MOVED, TokenStatus.CANCELLED]),
                violation_error_message=_("This patient already waits in a queue."),
            ),
            models.CheckConstraint(name="token_starts_at_one", condition=Q(number__gte=1)),
        ]
        indexes = [
            models.Index(name="queue_in_order", fields=["clinic_day", "status", "lane_rank", "senior_since"])
        ]

    def __str__(self) -> str:
        return str(self.number)

    @property
    def may_move(self) -> bool:
        """Whether the patient can still be sent on to another unit."""
        return TokenStatus.MOVED in TOKEN_MOVES.get(TokenStatus(self.status), ())
