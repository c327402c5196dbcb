"""Diagnoses, the problem list, and the codes that somebody uses most."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet

from facilities.models import Department
from hmis.kernel.composed import Composed
from hmis.kernel.recent import recent
from patients import codes
from patients.codes import Code
from patients.models import Condition
from patients.queries.merging import same_person
from patients.states import ConditionStatus


def conditions_here(user: Any) -> QuerySet[Condition]:
    """Diagnoses made where this person works."""
    return Condition.objects.visible_to(user).select_related("department", "recorded_by", "patient")


def conditions_charted() -> QuerySet[Condition]:
    """Diagnoses of whose chart is open, from whatever hospital."""
    return Condition.objects.select_related("department", "recorded_by", "facility")


def conditions_of(encounter_id: UUID) -> list[Condition]:
    """An encounter's diagnoses, the main one first; refuted ones are left out."""
    return _made_at(encounter_id)


@Composed
def _made_at(encounter_id: UUID) -> QuerySet[Condition]:
    made = Condition.objects.filter(encounter_id=encounter_id).exclude(status=ConditionStatus.REFUTED)
    return made.order_by("-is_main", "pk")


def problems_of(patient_id: UUID) -> QuerySet[Condition]:
    """The problem list of whose chart is open: what is not over, the oldest first."""
    own = same_person(patient_id)
    problems = Condition.objects.filter(patient__in=own, is_problem=True, resolved_on=None)
    listed = problems.select_related("department", "recorded_by", "facility")
    return listed.exclude(status=ConditionStatus.REFUTED).order_by("onset_on", "recorded_at")


def diagnosed(patient_id: UUID) -> list[Condition]:
    """The diagnoses of an open chart that stand, the newest encounter's first, its main one first."""
    made = conditions_charted().filter(patient__in=same_person(patient_id))
    made = made.exclude(status=ConditionStatus.REFUTED)
    return list(made.order_by("-recorded_on", "-is_main", "pk")[:200])


def diagnoses_of(encounter_id: UUID) -> list[dict[str, Any]]:
    """The diagnoses of an encounter as a signed note keeps them."""
    told = ("code", "title", "title_hi", "words", "status", "is_main")
    return [{name: getattr(one, name) for name in told} for one in conditions_of(encounter_id)]


# What a doctor diagnoses is learnt from as much as this.
LEARNT_FROM = timedelta(days=180)
MOST_FAVOURITES = 12


def favourite_codes(user: Any, department: Department | None = None, *, today: date) -> list[str]:
    """The codes that this doctor uses most here, then those that the department does (docs/adr/0242)."""
    here, since = user.posting.facility_id, today - LEARNT_FROM
    own = _most_used(here, since, "recorded_by_id", user.pk)
    colleagues = _most_used(here, since, "department_id", department.pk) if department else []
    return list(dict.fromkeys(own + colleagues))[:MOST_FAVOURITES]


@recent
def _most_used(facility_id: UUID, since: date, by: str, whose: UUID) -> list[str]:
    """A department's half-year has tens of thousands of rows: not to be counted at each keystroke."""
    used = Condition.objects.filter(facility_id=facility_id, recorded_on__gte=since, **{by: whose})
    used = used.exclude(status=ConditionStatus.REFUTED)
    counted = used.values("code").annotate(times=Count("pk")).order_by("-times", "code")
    return [row["code"] for row in counted[:MOST_FAVOURITES]]


def codes_for(user: Any, typed: str, *, today: date) -> list[Code]:
    """What the text means to this doctor; without a text what is used most."""
    favourites = favourite_codes(user, user.posting.department, today=today)
    return codes.search(typed, preferred=favourites) if typed.strip() else codes.codes_of(favourites)
