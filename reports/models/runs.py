"""Reports that are made in the background, and kept: what was asked, by whom, and the file it came to."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from facilities.models import District, Facility, Posting
from hmis.kernel.access import ScopedQuerySet
from hmis.kernel.models import Record
from reports.states import OVER, RunStatus


class ReportRunQuerySet(ScopedQuerySet["ReportRun"]):
    def visible_to(self, user: Any) -> Self:
        """Those of the very place that the person works for: the hospital, the district or the state.

        What a hospital counts for itself is not masked, and what a district is shown is masked otherwise than
        what the state is: together they would tell what each of them hides (docs/adr/0396).
        """
        posting = getattr(user, "posting", None)
        if posting is None:
            return self.none()
        return self.filter(facility_id=posting.facility_id, district_id=posting.district_id)


class ReportRun(Record):
    """One making of a report: queued, made by the worker as whoever asked, kept with its file."""

    may_change = (
        "status",
        "progress",
        "tries",
        "heard_at",
        "ended_at",
        "cancelled_by",
        "why",
        "filename",
        "content",
        "size",
        "sha256",
        "kept_until",
    )

    # Of a hospital; or of a district; or, without both, of the state.
    facility = models.ForeignKey(
        Facility, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    district = models.ForeignKey(
        District, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    # A key of reports.kinds.KINDS, and what its form was given: days, a district.
    kind = models.CharField(_("report"), max_length=32)
    asked = models.JSONField(default=dict)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    # The duty as which it was asked for: the worker reads no further than that.
    posting = models.ForeignKey(Posting, on_delete=models.PROTECT, related_name="+", db_index=False)
    asked_at = models.DateTimeField(_("asked at"))
    status = models.CharField(_("status"), max_length=12, choices=RunStatus, default=RunStatus.QUEUED)
    progress = models.PositiveSmallIntegerField(_("progress"), default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    # When the worker last gave a sign of it.
    heard_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    # Why it failed, in the language of whoever asked; nothing where only the log can say.
    why = models.CharField(max_length=200, blank=True)
    filename = models.CharField(max_length=80, blank=True)
    content = models.BinaryField(null=True)
    size = models.PositiveIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    # The file goes after this day; what was asked, by whom and when stays.
    kept_until = models.DateField(null=True)

    objects = ReportRunQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="report_run_that_is_over_says_when",
                condition=Q(status__in=OVER, ended_at__isnull=False)
                | (~Q(status__in=OVER) & Q(ended_at=None)),
            ),
            models.CheckConstraint(
                name="cancelled_report_run_says_by_whom",
                condition=Q(status=RunStatus.CANCELLED, cancelled_by__isnull=False)
                | (~Q(status=RunStatus.CANCELLED) & Q(cancelled_by=None)),
            ),
            models.CheckConstraint(
                name="report_run_has_a_file_when_done",
                condition=Q(status=RunStatus.DONE, kept_until__isnull=False) & ~Q(filename="") & ~Q(sha256="")
                | (~Q(status=RunStatus.DONE) & Q(content=None, filename="", sha256="", kept_until=None)),
            ),
            models.CheckConstraint(
                name="report_run_progress_is_a_share", condition=Q(progress__gte=0, progress__lte=100)
            ),
            models.CheckConstraint(
                name="report_run_is_of_one_place", condition=Q(facility=None) | Q(district=None)
            ),
        ]
        indexes = [
            models.Index(name="report_runs_here", fields=["facility", "-asked_at"]),
            models.Index(
                name="report_runs_to_make",
                fields=["asked_at"],
                condition=Q(status__in=[RunStatus.QUEUED, RunStatus.RUNNING]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} · {self.asked_at:%d-%m-%Y}"

    @property
    def is_open(self) -> bool:
        """Whether it waits or is being made: it can still be cancelled."""
        return self.status not in OVER

    @property
    def has_file(self) -> bool:
        """Whether its file is still kept; asked without reading it."""
        return self.status == RunStatus.DONE and self.size > 0
