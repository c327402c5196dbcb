"""Tubes and containers: what was taken, from whom, when, and what became of it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from facilities.models import Facility
from hmis.kernel.access import ScopedQuerySet
from hmis.kernel.history import tracked
from hmis.kernel.models import ChangingRecord
from lab.states import Pregnancy, RejectReason, SpecimenStatus
from patients.identifiers import refuse_aadhaar
from patients.models import Encounter, Patient


@tracked()
class Specimen(ChangingRecord):
    """One tube or container under one accession number; several orders may be done from it.

    Rejected, it stays: the one that was collected in its place names it (`replaces`).
    """

    opens_with_chart = True
    may_change = (
        "status",
        "received_by",
        "received_at",
        "rejected_by",
        "rejected_at",
        "reject_reason",
        "reject_note",
    )
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="specimens", db_index=False)
    encounter = models.ForeignKey(
        Encounter, on_delete=models.PROTECT, related_name="specimens", db_index=False
    )
    # On the label, as Code 128: Y, the year of the series, its number (Y260000123).
    accession_number = models.CharField(_("accession number"), max_length=12, editable=False)
    specimen = models.CharField(_("specimen"), max_length=40)
    container = models.CharField(_("container"), max_length=80, blank=True)
    label_count = models.PositiveSmallIntegerField(_("labels"), default=1)
    status = models.CharField(
        _("state"), max_length=10, choices=SpecimenStatus, default=SpecimenStatus.COLLECTED
    )
    collected_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    collected_at = models.DateTimeField(_("collected"))
    # What was known when it was taken: ranges depend on it.
    pregnancy = models.CharField(_("pregnancy"), max_length=3, choices=Pregnancy, default=Pregnancy.ANY)
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    received_at = models.DateTimeField(_("received"), null=True)
    rejected_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    rejected_at = models.DateTimeField(pgettext_lazy("specimen", "rejected"), null=True)
    reject_reason = models.CharField(_("why rejected"), max_length=16, choices=RejectReason, blank=True)
    reject_note = models.CharField(_("in words"), max_length=120, blank=True, validators=[refuse_aadhaar])
    replaces = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="replaced_by", db_index=False
    )

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        constraints = [
            models.UniqueConstraint(
                name="accession_number_is_given_once", fields=["facility", "accession_number"]
            ),
            models.CheckConstraint(
                name="received_specimen_says_by_whom",
                condition=Q(received_at=None, received_by=None) & ~Q(status=SpecimenStatus.RECEIVED)
                | Q(received_at__isnull=False, received_by__isnull=False),
            ),
            models.CheckConstraint(
                name="rejected_specimen_says_why",
                condition=(
                    Q(status=SpecimenStatus.REJECTED, rejected_at__isnull=False, rejected_by__isnull=False)
                    & ~Q(reject_reason="")
                )
                | (
                    ~Q(status=SpecimenStatus.REJECTED)
                    & Q(rejected_at=None, rejected_by=None, reject_reason="", reject_note="")
                ),
            ),
            models.CheckConstraint(
                name="other_rejection_is_said_in_words",
                condition=~Q(reject_reason=RejectReason.OTHER) | ~Q(reject_note=""),
                violation_error_message=_("Say why in words."),
            ),
        ]
        indexes = [
            models.Index(name="specimen_here", fields=["facility", "-collected_at"]),
            models.Index(name="specimen_of_patient", fields=["patient", "-collected_at"]),
            models.Index(name="specimen_of_encounter", fields=["encounter"]),
            # On its way: few of many.
            models.Index(
                name="specimen_on_its_way",
                fields=["facility", "collected_at"],
                condition=Q(status=SpecimenStatus.COLLECTED),
            ),
            models.Index(name="specimen_replaced", fields=["replaces"], condition=Q(replaces__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.accession_number

    @property
    def why_rejected(self) -> str:
        """The reason in the reader's language, and the words to it."""
        said = [str(self.get_reject_reason_display()), self.reject_note]
        return " · ".join(one for one in said if one)
