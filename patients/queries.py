"""Finding patients: by an exact number anywhere in the state, by name or phone where one works."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from hmis.kernel.models import AuditEntry
from patients.identifiers import SearchTerm
from patients.matching import Match, Person, compare
from patients.models import Encounter, Patient
from patients.names import name_words

MOST = 20
FOUND = "patients.patient_found_by_identifier"
# As long as one meeting at the counter lasts.
FOUND_FOR = timedelta(minutes=30)

# A misspelt word is looked up in the small dictionary, never in the names of ten million people.
ALIKE = """
    SELECT word FROM patients_nameword
    WHERE word = %s OR word LIKE %s OR word %% %s
    ORDER BY similarity(word, %s) DESC LIMIT 12
"""


def reachable_by(user: Any, *, at: datetime | None = None) -> QuerySet[Patient]:
    """Whom this person may register: those visible here, and those found by an exact identifier just now."""
    since = (at or timezone.now()) - FOUND_FOR
    found = AuditEntry.objects.filter(name=FOUND, actor=user, at__gte=since).values("patient_id")
    visible = Patient.objects.visible_to(user).values("pk")
    return Patient.objects.filter(Q(pk__in=visible) | Q(pk__in=found))


def found_exactly(term: SearchTerm) -> QuerySet[Patient]:
    """Patients of the whole state who bear exactly this UHID, ABHA or old number."""
    if term.kind == "uhid":
        return Patient.objects.filter(uhid=term.value)
    if term.kind in {"abha_number", "abha_address", "identifier"}:
        return Patient.objects.filter(
            pk__in=Patient.identifiers.rel.related_model.objects.filter(value=term.value, ended_at=None).values(
                "patient_id"
            )
        )
    return Patient.objects.none()


def found_here(term: SearchTerm, user: Any) -> QuerySet[Patient]:
    """Patients of this person's own hospital by phone, or by name in either script, slips forgiven."""
    visible = Patient.objects.visible_to(user)
    if term.kind == "phone":
        return visible.filter(phone=term.value)
    if term.kind != "name":
        return visible.none()
    for word in name_words(" ".join(term.words), ""):
        visible = visible.filter(name_words__overlap=words_like(word))
    return visible.filter(phone__endswith=term.digits) if term.digits else visible


def words_like(word: str) -> list[str]:
    """The dictionary's words that sound like this one or begin with it, the nearest first; itself at least."""
    with connection.cursor() as cursor:
        cursor.execute(ALIKE, [word, f"{word}%", word, word])
        return [found for (found,) in cursor.fetchall()] or [word]


def with_last_visit(patients: QuerySet[Patient], user: Any) -> list[Patient]:
    """At most twenty for a list: each with district, and `last_seen_at`/`last_department_id` at this hospital."""
    seen = Encounter.objects.visible_to(user).filter(patient=OuterRef("pk")).order_by("-started_at")
    listed = patients.select_related("district").annotate(
        last_seen_at=Subquery(seen.values("started_at")[:1]),
        last_department_id=Subquery(seen.values("department_id")[:1]),
        last_department=Subquery(seen.values("department__name")[:1]),
        last_department_hi=Subquery(seen.values("department__name_hi")[:1]),
    )
    return list(listed[:MOST])


@dataclass(frozen=True)
class Candidate:
    """Somebody on file who may be the person at the counter, and what says so."""

    patient: Patient
    match: Match


def likely_duplicates(new: Person, user: Any) -> list[Candidate]:
    """Those of this hospital whom the person described may be, the surest first."""
    near = _near(new, user).select_related("district").order_by("-registered_at")[:MOST]
    candidates = [Candidate(held, compare(new, person_of(held))) for held in near]
    likely = [one for one in candidates if one.match.likely]
    return sorted(likely, key=lambda one: one.match.strong, reverse=True)[:5]


def _near(new: Person, user: Any) -> QuerySet[Patient]:
    words = name_words(new.name, new.name_hi)
    same_name = Q(name_words__contains=words) if words else Q(pk=None)
    same_phone = Q(phone=new.phone) if new.phone else Q(pk=None)
    return Patient.objects.visible_to(user).filter(same_name | same_phone)


def person_of(patient: Patient) -> Person:
    """What matching compares of somebody on file."""
    return Person(
        name=patient.name,
        name_hi=patient.name_hi,
        sex=patient.sex,
        birth_year=patient.birth_date.year if patient.birth_date else None,
        phone=patient.phone,
        guardian_name=patient.guardian_name,
        village=patient.village,
        district=str(patient.district_id or ""),
        abha="",
    )


def history_of(patient: Patient) -> Sequence[dict[str, Any]]:
    """Every change of the patient's row, newest first: when, by whom, which fields from what to what."""
    return _changes(patient.events.order_by("pgh_created_at", "pgh_id").values())


_SILENT = {"rev", "name_words", "origin_node"}


def _changes(versions: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    changes: list[dict[str, Any]] = []
    before: dict[str, Any] = {}
    for version in versions:
        now = {key: value for key, value in version.items() if not key.startswith("pgh_") and key not in _SILENT}
        differing = {key: (before.get(key), value) for key, value in now.items() if before.get(key) != value}
        changes.append(
            {
                "at": version["pgh_created_at"],
                "by_id": version["pgh_actor_id"],
                "label": version["pgh_label"],
                "fields": differing if before else {},
            }
        )
        before = now
    return [change for change in reversed(changes) if change["fields"] or change["label"] == "insert"]
