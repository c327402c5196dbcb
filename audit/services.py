"""What is done with the audit: looked into, exported, reviewed, proved. Each is an entry itself."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from audit import queries
from audit.models import GlassReview
from audit.queries import Wanted
from audit.states import Verdict
from audit.words import GLASS
from facilities.models import User
from hmis.kernel import facts, requests, seals
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal
from hmis.kernel.models import AuditEntry, AuditSeal
from patients.identifiers import search_kind
from patients.models import Patient

FAULTS_KEPT = 20


@act
def note_entries(*, wanted: Wanted, actor: Any, at: datetime) -> None:
    """Write down that somebody looked into the audit, and for what."""
    _note("audit.entries_viewed", wanted, actor=actor, at=at)


@act
def note_glass(*, wanted: Wanted, actor: Any, at: datetime) -> None:
    """Write down that somebody looked at the openings from outside, and for which."""
    _note("audit.glass_viewed", wanted, actor=actor, at=at)


def _note(name: str, wanted: Wanted, *, actor: Any, at: datetime, **detail: Any) -> None:
    detail |= wanted.said()
    facts.record(name, about=actor, actor=actor, at=at, patient_id=wanted.patient, **detail)


@act
def note_entry(*, entry: AuditEntry, actor: Any, at: datetime) -> None:
    """Write down that somebody opened one entry."""
    facts.record("audit.entry_viewed", about=entry, actor=actor, at=at, patient_id=entry.patient_id)


@act
def note_export(*, wanted: Wanted, form: str, rows: int, actor: Any, at: datetime) -> None:
    """Write down that somebody took entries out of the house: how many, and by which filter."""
    _note("audit.entries_exported", wanted, actor=actor, at=at, form=form, rows=rows)


@act
def find_patient(*, uhid: str, actor: Any, at: datetime) -> Patient:
    """The patient with this UHID, whose audit is asked for; that somebody asked is written down.

    Refuses anything but a whole UHID, a mistyped one, and whom this person's audit does not know.
    """
    term = search_kind(uhid)
    if term.kind == "mistyped_uhid":
        raise Refusal(
            _("This UHID is mistyped: its check digit does not fit. Look at it again."), field="uhid"
        )
    if term.kind != "uhid":
        raise Refusal(_("Write the whole UHID: eleven digits."), field="uhid")
    held = Patient.objects.filter(uhid=term.value).first()
    patient = queries.patient_seen(held.pk, actor) if held else None
    if patient is None:
        raise Refusal(_("No patient with this UHID is known here."), field="uhid")
    facts.record("audit.patient_searched", about=patient, actor=actor, at=at, patient_id=patient.pk)
    return patient


def find_person(*, text: str, actor: Any) -> list[User]:
    """The staff whom this text may mean. Refuses when there is nobody."""
    people = queries.people_named(text, actor)
    if not people:
        raise Refusal(_("No such staff member is known here."), field="who")
    return people


@act
def review_glass(
    *, entry: AuditEntry, verdict: Verdict, note: str, request_key: UUID, actor: Any, at: datetime
) -> GlassReview:
    """Say what one found of an opening from outside. Refuses one's own, and what is no such opening."""
    body = [entry.pk, verdict, note]
    review_id, seen = requests.claim(request_key, "audit.review_glass", actor=actor, body=body)
    if seen:
        return GlassReview.objects.get(pk=review_id)
    if entry.name not in GLASS:
        raise Refusal(_("Only an opening from outside is reviewed."))
    if entry.actor_id == actor.pk:
        raise Refusal(_("Somebody else must review what you opened yourself."))
    review = GlassReview(
        id=review_id,
        facility_id=entry.facility_id,
        entry=entry,
        verdict=verdict,
        note=note,
        reviewed_by=actor,
        reviewed_at=at,
    )
    review.clean_fields(exclude=["facility", "entry", "reviewed_by"])
    facts.record(
        "audit.glass_reviewed",
        about=entry,
        actor=actor,
        at=at,
        patient_id=entry.patient_id,
        facility_id=entry.facility_id,
        new=[review],
        verdict=verdict,
    )
    return review


@act
def note_seal_printed(*, seal: AuditSeal, actor: Any, at: datetime) -> None:
    """Write down that somebody took a seal's line out on paper."""
    facts.record("audit.seal_printed", about=seal, actor=actor, at=at, number=seal.number)


@act
def note_seals_exported(*, rows: int, actor: Any, at: datetime) -> None:
    """Write down that somebody took the seals' lines out as a file."""
    facts.record("audit.seals_exported", about=actor, actor=actor, at=at, rows=rows)


@act
def prove_seals(*, at: datetime, actor: Any = None) -> int:
    """Prove the whole chain and write down what came of it; how many rows are not as they were sealed."""
    faults = list(seals.audit_faults())
    last = AuditSeal.objects.defer("ids", "digests").order_by("-sealed_at", "-number").first()
    if last:
        facts.record(
            "audit.seals_proved",
            about=last,
            actor=actor,
            at=at,
            number=last.number,
            faults=len(faults),
            broken=[str(one.row) for one in faults[:FAULTS_KEPT]],
        )
    return len(faults)
