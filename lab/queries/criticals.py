"""Critical values: a question to the base tables, so that none waits for a job to list it."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Subquery

from facilities.roles import Role
from lab.models import CriticalAcknowledgement, CriticalEscalation, ResultLine
from lab.queries.confidential import confidential
from lab.states import OrderStatus

MOST_SHOWN = 200
# From here on a value is everybody's who may answer it, wherever they work in the hospital.
TO_EVERYBODY = 1


def unanswered() -> QuerySet[ResultLine]:
    """The critical values that no named person has answered, as they stand now."""
    answered = CriticalAcknowledgement.objects.filter(line=OuterRef("pk"), value=OuterRef("value"))
    waiting = ResultLine.objects.filter(critical_at__isnull=False).exclude(
        order__status=OrderStatus.CANCELLED
    )
    return waiting.filter(~Exists(answered))


def criticals_of(user: Any) -> QuerySet[ResultLine]:
    """Those that this person is to hear of, the longest waiting first.

    The laboratory hears of all; a doctor or nurse of what they or their department have ordered and of
    whatever was escalated; a nurse who belongs to no department, of all.
    """
    step = (
        CriticalEscalation.objects.filter(line=OuterRef("pk"), value=OuterRef("value"))
        .values("line")
        .annotate(highest=Max("step"))
        .values("highest")
    )
    rows = (
        unanswered()
        .filter(pk__in=ResultLine.objects.visible_to(user).values("pk"))
        .annotate(step=Subquery(step))
    )
    posting = user.posting
    if posting.role in (Role.DOCTOR, Role.NURSE) and (posting.department_id or posting.role == Role.DOCTOR):
        # Of what is confidential nobody hears who does not treat the patient, however long it waits.
        own = Q(order__requester=user) | (Q(step__gte=TO_EVERYBODY) & ~Q(confidential("order")))
        if posting.department_id:
            own |= Q(order__department=posting.department_id)
        rows = rows.filter(own)
    linked = (
        "analyte",
        "patient",
        "order__test",
        "order__requester",
        "order__department",
        "entered_by",
        "specimen",
    )
    return rows.select_related(*linked).order_by("critical_at", "pk")


def answered_since(user: Any, since: datetime) -> QuerySet[CriticalAcknowledgement]:
    """Who answered for what, and after how long; the newest first."""
    linked = ("line__analyte", "line__patient", "line__order__test", "acknowledged_by", "recorded_by")
    return (
        CriticalAcknowledgement.objects.visible_to(user)
        .filter(at__gte=since)
        .select_related(*linked)
        .order_by("-at")
    )


def overdue(facility_id: Any, minutes: int, now: datetime) -> list[tuple[ResultLine, int]]:
    """(line, step) of the values that have waited so long that they go one step higher now."""
    highest = (
        CriticalEscalation.objects.filter(line=OuterRef("pk"), value=OuterRef("value"))
        .values("line")
        .annotate(highest=Max("step"))
        .values("highest")
    )
    late = unanswered().filter(facility=facility_id, critical_at__lte=now - timedelta(minutes=minutes))
    due: list[tuple[ResultLine, int]] = []
    for line in late.annotate(step=Subquery(highest)).order_by("critical_at")[:MOST_SHOWN]:
        assert line.critical_at
        waited = int((now - line.critical_at).total_seconds() // 60)
        step = waited // minutes
        if step > (line.step or 0):
            due.append((line, step))
    return due
