"""The chart: who may read it, and what one page shows of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Prefetch, Q, QuerySet

from hmis.kernel import pdf
from hmis.kernel.models import AuditEntry, IssuedDocument
from hmis.kernel.prepared import prepared
from patients.models import (
    AdmissionRequest,
    Certificate,
    Condition,
    Encounter,
    NoteAddendum,
    NoteSignature,
    Observation,
    Patient,
    Referral,
    Vital,
)
from patients.queries.merging import SAME_PERSON, same_person
from patients.queries.notes import notes_charted
from patients.states import ConditionStatus, NoteStatus, Opening

# An emergency's opening: one patient, one hour (docs/adr/0280).
GLASS_LASTS = timedelta(minutes=60)
GLASS_BROKEN = "patients.glass_broken"


@dataclass(frozen=True)
class Opened:
    """Why a chart is open to somebody, which records are; in an emergency until when, and the reason."""

    how: Opening
    records: list[UUID]
    until: datetime | None = None
    reason: str = ""

    @property
    def is_glass(self) -> bool:
        return self.how == Opening.GLASS


OPENS = f"""
    WITH own AS ({SAME_PERSON})
    SELECT ARRAY(SELECT id FROM own), EXISTS (
        SELECT FROM patients_encounter
        WHERE facility_id = %s AND status = 'in_progress' AND patient_id IN (SELECT id FROM own)
    )
"""  # noqa: S608


def opening(user: Any, patient_id: UUID, at: datetime) -> Opened | None:
    """By what right this person reads the patient's whole chart now; None where it is closed.

    A contact that goes on where one works is a treatment relationship; anything else was opened by oneself,
    for this patient, less than an hour ago. It holds for every record of the same person.
    """
    here = user.posting.facility_id if user.posting else None
    if here is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(prepared(OPENS, "opens"), [[patient_id], here])
        records, is_treated = cursor.fetchone()
    if is_treated:
        return Opened(Opening.TREATED, records)
    broken = AuditEntry.objects.filter(
        name=GLASS_BROKEN,
        actor=user,
        patient_id__in=records,
        facility_id=here,
        at__gt=at - GLASS_LASTS,
    )
    last = broken.order_by("-at").first()
    if last is None:
        return None
    return Opened(Opening.GLASS, records, last.at + GLASS_LASTS, str(last.detail.get("reason", "")))


# ── What the page shows ──

VISITS, PAPERS, CURVE = 15, 20, 12
MOST_VALUES, MOST_LISTED = 5000, 100
OUTCOMES: tuple[type[Any], ...] = (Certificate, Referral, AdmissionRequest)


def contacts_of(opened: Opened) -> QuerySet[Encounter]:
    """The contacts of whose chart is open, from whatever hospital, newest first."""
    own = Encounter.objects.filter(patient__in=opened.records)
    held = own.select_related("department", "facility", "patient")
    return held.order_by("-started_at", "-pk")


def visits_of(opened: Opened, user: Any, *, before: Encounter | None = None) -> QuerySet[Encounter]:
    """The contacts of an open chart, newest first, with their diagnoses and the notes one may read."""
    made = Condition.objects.exclude(status=ConditionStatus.REFUTED).order_by("-is_main", "pk")
    written = notes_charted(user).exclude(status=NoteStatus.DISCARDED)
    addenda = NoteAddendum.objects.select_related("written_by").order_by("number")
    signatures = NoteSignature.objects.select_related("signed_by").order_by("pk")
    whole = written.prefetch_related(Prefetch("addenda", addenda))
    whole = whole.prefetch_related(Prefetch("signatures", signatures))
    held = contacts_of(opened)
    if before:
        began = before.started_at
        at_once = Q(started_at=began, pk__lt=before.pk)
        held = held.filter(started_at__lte=began).filter(Q(started_at__lt=began) | at_once)
    notes = Prefetch("notes", whole.order_by("begun_at"), to_attr="written")
    return held.prefetch_related(Prefetch("conditions", made, to_attr="diagnosed")).prefetch_related(notes)


# The last values of each vital sign: an index read for each of a record, however many were measured.
LAST_OF_EACH = f"""
    WITH own AS ({SAME_PERSON})
    SELECT last.* FROM unnest(%s) AS vital (code) CROSS JOIN LATERAL (
        SELECT one.* FROM own CROSS JOIN LATERAL (
            SELECT * FROM patients_observation
            WHERE patient_id = own.id AND code = vital.code AND wrong_at IS NULL
            ORDER BY taken_at DESC, id DESC LIMIT %s
        ) one ORDER BY one.taken_at DESC, one.id DESC LIMIT %s
    ) last ORDER BY last.taken_at, last.id
"""  # noqa: S608


def curves_of(patient: Patient) -> dict[str, list[Observation]]:
    """{vital: its last values, oldest first}, wrong ones left out, in the order of the vitals."""
    found: dict[str, list[Observation]] = {Vital(code).name.lower(): [] for code in Vital.values}
    for one in Observation.objects.raw(LAST_OF_EACH, [[patient.pk], list(Vital.values), CURVE, CURVE]):
        found[one.vital].append(one)
    return {vital: observed for vital, observed in found.items() if observed}


def measured(patient: Patient, vital: Vital) -> QuerySet[Observation]:
    """Every right value of one vital, oldest first."""
    right = Observation.objects.filter(patient__in=same_person(patient.pk), code=vital, wrong_at=None)
    return right.select_related("taken_by", "facility").order_by("taken_at", "pk")


def papers_of(patient: Patient, visits: list[Encounter], user: Any) -> list[IssuedDocument]:
    """This hospital's papers about these contacts and their notes, newest first, without duplicates."""
    about = [patient.pk, *{one.patient_id for one in visits}, *(one.pk for one in visits)]
    about += [note.pk for one in visits for note in one.written]  # type: ignore[attr-defined]
    given = [model.objects.filter(encounter__in=visits).values_list("pk", flat=True) for model in OUTCOMES]
    about += given[0].union(*given[1:])
    here = pdf.originals(*about).filter(facility_id=user.posting.facility_id)
    return list(here.defer("context").order_by("-issued_at", "-pk")[:PAPERS])
