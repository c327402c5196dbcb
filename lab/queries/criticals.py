"""Critical values: a question to the base tables, so that none waits for a job to list it."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import (
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce, Left

from facilities.roles import Role
from lab.models import LONGEST_KEPT, CriticalAcknowledgement, CriticalEscalation, ResultLine
from lab.queries.confidential import confidential
from lab.states import OrderStatus

# How many go up in one run of the timetable; the rest has its turn a minute later.
MOST_AT_ONCE = 200
# Beyond this nobody counts the steps: whoever could hear of it has.
HIGHEST = 999
# From here on a value is everybody's who may answer it, wherever they work in the hospital.
TO_EVERYBODY = 1


def unanswered() -> QuerySet[ResultLine]:
    """The critical values that no named person has answered, as they stand now."""
    answered = _of_line(CriticalAcknowledgement.objects)
    waiting = ResultLine.objects.filter(critical_at__isnull=False).exclude(
        order__status=OrderStatus.CANCELLED
    )
    return waiting.filter(~Exists(answered))


def since(critical_at: Any) -> Q:
    """Of a value that became critical then; rows from before that moment was kept go by the clock."""
    return Q(critical_at=critical_at) | Q(critical_at=None, at__gte=critical_at)


def _of_line(rows: Any) -> QuerySet[Any]:
    """Answers or steps of a line as it stands; those before its value became critical are of another tube."""
    same = since(OuterRef("critical_at"))
    found: QuerySet[Any] = rows.filter(same, line=OuterRef("pk"), value=Left(OuterRef("value"), LONGEST_KEPT))
    return found


def _step() -> Subquery:
    steps = _of_line(CriticalEscalation.objects).values("line")
    return Subquery(steps.annotate(highest=Max("step")).values("highest"))


def criticals_of(user: Any) -> QuerySet[ResultLine]:
    """Those that this person is to hear of, the oldest first.

    The laboratory hears of all; a doctor or nurse of what they or their department have ordered and of
    whatever was escalated; a nurse who belongs to no department, of all.
    """
    rows = unanswered().filter(pk__in=ResultLine.objects.visible_to(user).values("pk")).annotate(step=_step())
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


def calls_of(waiting: QuerySet[ResultLine]) -> QuerySet[Any, Any]:
    """{patient, since} of each of whom something waits: one call tells of it all. The longest wait first."""
    each = waiting.order_by().values("patient")
    return each.annotate(since=Min("critical_at")).order_by("since", "patient")


def calls_before(waiting: QuerySet[ResultLine], patient_id: UUID) -> int:
    """How many of those calls come before the one about this patient."""
    calls = calls_of(waiting)
    mine = calls.filter(patient=patient_id).first()
    if mine is None:
        return 0
    return calls.filter(Q(since__lt=mine["since"]) | Q(since=mine["since"], patient__lt=patient_id)).count()


def answered_since(user: Any, since: datetime) -> QuerySet[CriticalAcknowledgement]:
    """Who answered for what, and after how long; the newest first."""
    linked = ("line__analyte", "line__patient", "line__order__test", "acknowledged_by", "recorded_by")
    return (
        CriticalAcknowledgement.objects.visible_to(user)
        .filter(at__gte=since)
        .select_related(*linked)
        .order_by("-at", "-pk")
    )


def overdue(facility_id: Any, minutes: int, now: datetime) -> list[tuple[ResultLine, int]]:
    """(line, step) of the values that have waited so long that they go one step higher now."""
    each = timedelta(minutes=minutes)
    wait = ExpressionWrapper((F("taken") + 1) * Value(each), DurationField())
    late = (
        unanswered()
        .filter(facility=facility_id)
        .annotate(taken=Coalesce(_step(), 0))
        .filter(taken__lt=HIGHEST)
        .filter(critical_at__lte=ExpressionWrapper(Value(now) - wait, DateTimeField()))
    )
    found: list[tuple[ResultLine, int]] = []
    for line in late.order_by("critical_at")[:MOST_AT_ONCE]:
        assert line.critical_at
        found.append((line, min((now - line.critical_at) // each, HIGHEST)))
    return found
