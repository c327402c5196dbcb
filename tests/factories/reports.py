"""Reports that were made in the background, by their own services."""

from datetime import timedelta
from uuid import uuid4

from django.utils import timezone

from facilities.roles import Role
from reports import services
from reports.models import ReportRun
from tests.factories.facilities import make_person

JULY = {"begins": "2026-07-01", "ends": "2026-07-31"}


def make_run(facility, actor=None, *, kind="idsp_p_xlsx"):
    """A report of this hospital with its file."""
    at = timezone.now()
    actor = actor or make_person("Rekha", Role.RECORDS_OFFICER, facility)
    run = services.ask_report(kind=kind, asked=JULY, request_key=uuid4(), actor=actor, at=at)
    begun = services.begin_next_report(at=at)
    assert begun == run
    services.finish_report(run=begun, content=b"made", filename="made.xlsx", kept=timedelta(days=30), at=at)
    return ReportRun.objects.get(pk=run.pk)
