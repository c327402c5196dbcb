"""That two records are one person's: which of them goes on, who said so, and that it was undone."""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from facilities.models import Facility
from hmis.kernel.access import ScopedQuerySet
from hmis.kernel.history import tracked
from hmis.kernel.models import ChangingRecord
from patients.models.columns import person, words
from patients.models.person import Patient


class MergeRecordQuerySet(ScopedQuerySet["MergeRecord"]):
    def standing(self) -> "MergeRecordQuerySet":
        """Those that were not undone."""
        return self.filter(undone_at=None)


@tracked()
class MergeRecord(ChangingRecord):
    """One person had two UHIDs: `patient` is the record given up, `kept` the one that goes on.

    Both stay, and so does every row that hangs on either: undone, all is as it was (docs/adr/0432).
    """

    # Who is one person at one hospital is so at every other.
    known_to_all = True
    may_change = ("undone_by", "undone_at", "undone_why")

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_index=False)
    kept = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_index=False)
    why = words(_("why joined"), 160)
    merged_by = person(_("joined by"))
    merged_at = models.DateTimeField(_("joined"))
    undone_by = person(_("separated by"), null=True)
    undone_at = models.DateTimeField(_("separated"), null=True)
    undone_why = words(_("why separated"), 160)

    objects = MergeRecordQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        triggers = [
            *ChangingRecord.Meta.triggers,
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="undone_stays_so",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__undone_at__isnull=False),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                name="record_is_given_up_once",
                fields=["patient"],
                condition=Q(undone_at=None),
                violation_error_message=_("This record is joined to another one already."),
            ),
            models.CheckConstraint(name="record_is_not_joined_to_itself", condition=~Q(patient=F("kept"))),
            models.CheckConstraint(name="merge_says_why", condition=~Q(why="")),
            models.CheckConstraint(
                name="undone_merge_says_by_whom_and_why",
                condition=Q(undone_at=None, undone_by=None, undone_why="")
                | (Q(undone_at__isnull=False, undone_by__isnull=False) & ~Q(undone_why="")),
            ),
        ]
        indexes = [models.Index(name="merge_of_kept", fields=["kept"], condition=Q(undone_at=None))]

    def __str__(self) -> str:
        return str(self.patient_id)
