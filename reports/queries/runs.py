"""Reports that are made in the background: those of a person's places."""

from typing import Any

from django.db.models import QuerySet

from reports.kinds import kinds_for
from reports.models import ReportRun


def runs_of(user: Any) -> QuerySet[ReportRun]:
    """The reports within reach whose kind the person's role opens, newest first; without their files."""
    mine = ReportRun.objects.visible_to(user).filter(kind__in=[kind.code for kind in kinds_for(user)])
    linked = ("asked_by", "facility", "district", "cancelled_by")
    return mine.select_related(*linked).defer("content").order_by("-asked_at", "-pk")
