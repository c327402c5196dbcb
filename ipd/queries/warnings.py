"""Warning scores: each inpatient's last one, and those that nobody has answered; from the base tables."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from facilities.roles import Role
from hmis.kernel.composed import Composed, among
from ipd import news
from ipd.models import CareTeam, EarlyWarning, WarningAnswer
from ipd.states import OPEN_ADMISSIONS
from patients.models import BedStay, Observation, Vital

MOST_WARNINGS = 200
SCORED = tuple(Vital[vital.upper()].value for vital in news.VITALS)


def standing() -> QuerySet[EarlyWarning]:
    """The scores that stand: none of what they were made of was marked as wrong since."""
    wrong = Observation.objects.filter(
        taken_together=OuterRef("taken_together"), code__in=SCORED, wrong_at__isnull=False
    )
    return EarlyWarning.objects.filter(~Exists(wrong))


def unanswered() -> QuerySet[EarlyWarning]:
    """Those that ask for a doctor, of whoever lies here still, and that nobody has answered.

    A lower score afterwards answers nothing: somebody has to say what was done.
    """
    asking = standing().filter(escalates=True, admission__status__in=OPEN_ADMISSIONS)
    return asking.filter(~Exists(WarningAnswer.objects.filter(warning=OuterRef("pk"))))


def latest_warnings(admission_ids: Iterable[UUID], now: datetime | None = None) -> dict[UUID, EarlyWarning]:
    """{admission id: its last score that stands}; one statement.

    Each with `is_unanswered` (whether one of this inpatient, this or an earlier one, waits for an answer) and
    `is_overdue` (whether the next measurement should have been written down by `now`).
    """
    found: dict[UUID, Any] = {}
    ids = list(admission_ids)
    newest: Iterable[Any] = _newest(ids) if ids else ()
    for one in newest:
        one.is_overdue = one.next_due_at < (now or timezone.now())
        found[one.admission_id] = one
    return found


@Composed
def _newest(admission_ids: list[UUID]) -> QuerySet[EarlyWarning]:
    waits = Exists(unanswered().filter(admission=OuterRef("admission")))
    held = standing().filter(admission__in=among(admission_ids)).annotate(is_unanswered=waits)
    return held.order_by("admission", "-taken_at", "-pk").distinct("admission")


def unanswered_warnings(admission_ids: Sequence[UUID]) -> dict[UUID | None, EarlyWarning]:
    """The oldest score of each of these inpatients that asked for a doctor and was not answered; one read."""
    found = _oldest_unanswered(list(admission_ids)) if admission_ids else ()
    return {one.admission_id: one for one in found}


@Composed
def _oldest_unanswered(admission_ids: list[UUID]) -> QuerySet[EarlyWarning]:
    found = unanswered().filter(admission__in=among(admission_ids))
    return found.order_by("admission", "taken_at", "pk").distinct("admission")


def warnings_of(user: Any) -> QuerySet[EarlyWarning]:
    """The unanswered scores that this person is to hear of: the highest first, then the longest waiting.

    A doctor or nurse of a department hears of its inpatients, of those in its wards, of their own; who
    belongs to no department hears of all.
    """
    rows = unanswered().filter(pk__in=EarlyWarning.objects.visible_to(user).values("pk"))
    posting = user.posting
    if posting.role in (Role.DOCTOR, Role.NURSE) and posting.department_id:
        department = posting.department_id
        teams = CareTeam.objects.filter(admission=OuterRef("admission"), ended_at=None)
        lies = BedStay.objects.filter(encounter=OuterRef("admission__encounter"), ended_at=None)
        rows = rows.filter(
            Exists(teams.filter(Q(department=department) | Q(consultant=user)))
            | Exists(lies.filter(bed__room__ward__department=department))
        )
    return rows.select_related("admission", "patient").order_by("-score", "taken_at", "pk")
