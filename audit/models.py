"""What is written about the audit: reviews. The audit itself is the kernel's."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from audit.states import Verdict
from facilities.models import Facility
from hmis.kernel.access import ScopedQuerySet
from hmis.kernel.models import APPEND_ONLY, AuditEntry, HospitalRecord
from patients.identifiers import refuse_aadhaar


class GlassReview(HospitalRecord):
    """What somebody found of one opening from outside. Never edited: who thinks otherwise writes another."""

    may_change = ()
    # Where the glass was broken.
    facility = models.ForeignKey(
        Facility, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    entry = models.ForeignKey(AuditEntry, on_delete=models.PROTECT, related_name="reviews")
    verdict = models.CharField(_("verdict"), max_length=16, choices=Verdict)
    note = models.CharField(_("note"), max_length=500, validators=[refuse_aadhaar])
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    reviewed_at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        triggers = [APPEND_ONLY]
        constraints = [
            models.CheckConstraint(
                name="review_says_why",
                condition=~Q(note=""),
                violation_error_message=_("Write what you found."),
            ),
        ]

    def __str__(self) -> str:
        return self.get_verdict_display()
