"""That a patient is dead, whoever certified it: what every desk asks before it begins something anew."""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from facilities.models import Facility
from hmis.kernel.access import ScopedQuerySet
from hmis.kernel.history import tracked
from hmis.kernel.models import ChangingRecord
from patients.models.columns import person, words
from patients.models.encounter import Encounter
from patients.models.person import Patient


class DeathNoticeQuerySet(ScopedQuerySet["DeathNotice"]):
    def standing(self) -> "DeathNoticeQuerySet":
        """Those that were not taken back."""
        return self.filter(withdrawn_at=None)


@tracked()
class DeathNotice(ChangingRecord):
    """A patient's death as it was written down at a contact; while it stands, no new contact begins.

    Who certifies it later, at the same contact, says it anew. Taken back, the patient lives (docs/adr/0406).
    """

    # Who is dead at one hospital is dead at every other.
    known_to_all = True
    may_change = (
        "died_at",
        "said_by",
        "said_at",
        "withdrawn_by",
        "withdrawn_at",
        "withdrawn_why",
        "alone_note",
    )

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="death_notices", db_index=False
    )
    encounter = models.ForeignKey(
        Encounter, on_delete=models.PROTECT, related_name="death_notices", db_index=False
    )
    died_at = models.DateTimeField(_("died"))
    said_by = person(_("written down by"))
    said_at = models.DateTimeField(_("written down"))
    withdrawn_by = person(_("taken back by"), null=True)
    withdrawn_at = models.DateTimeField(_("taken back"), null=True)
    withdrawn_why = words(_("why taken back"), 160)
    # Why one person did both: only in small-facility mode, and in the audit.
    alone_note = words(_("why alone"), 160)

    objects = DeathNoticeQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        triggers = [
            *ChangingRecord.Meta.triggers,
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="withdrawn_stays_so",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__withdrawn_at__isnull=False),
            ),
        ]
        constraints = [
            # Of one hospital, since two may write at once with the link down; the act asks all of them.
            models.UniqueConstraint(
                name="nobody_dies_twice",
                fields=["patient", "facility"],
                condition=Q(withdrawn_at=None),
                violation_error_message=_("This death is written down already."),
            ),
            models.CheckConstraint(
                name="death_is_written_down_after_it",
                condition=Q(died_at__lte=F("said_at")),
                violation_error_message=_("The time of death lies ahead. Look at the clock again."),
            ),
            models.CheckConstraint(
                name="withdrawn_death_says_by_whom_and_why",
                condition=Q(withdrawn_at=None, withdrawn_by=None, withdrawn_why="")
                | (Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawn_why="")),
            ),
            models.CheckConstraint(
                name="death_is_withdrawn_by_another",
                condition=Q(withdrawn_by=None) | ~Q(withdrawn_by=F("said_by")) | ~Q(alone_note=""),
                violation_error_message=_("Another doctor takes back what you have written down."),
            ),
        ]
        indexes = [models.Index(name="death_notice_of_contact", fields=["encounter"])]

    def __str__(self) -> str:
        return str(self.patient_id)
