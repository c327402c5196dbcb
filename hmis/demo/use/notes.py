"""What doctors write in a hospital's year: notes under their digest, diagnoses, medicines, what is given."""

from datetime import datetime, timedelta
from typing import Any

from facilities.roles import Role
from hmis.demo.use import illnesses
from hmis.demo.use.book import Book
from hmis.demo.use.illnesses import Illness, Text
from hmis.demo.use.people import Contact
from patients.models import (
    ClinicalNote,
    Condition,
    MedicationDispense,
    MedicationRequest,
    NoteKind,
    NoteSignature,
    NoteVersion,
    SignatureKind,
)
from patients.states import ConditionStatus, DispenseOutcome, MedicationStatus, NoteStatus

AT_THE_COUNTER, IN_PART = 0.85, 0.04


def write_note(
    book: Book,
    contact: Contact,
    kind: NoteKind,
    template_id: str,
    text: Text,
    *,
    begun_at: datetime,
    saved_at: datetime,
    is_signed: bool = True,
) -> str:
    """A note with its only version, signed or still a draft; its key."""
    here, doctor = {"facility_id": book.hospital.id}, contact.doctor_id
    signed = {
        "diagnoses": text.diagnoses,
        "digest": text.digest,
        "signed_by_id": doctor,
        "signed_at": saved_at,
    }
    note_id = book.tables[ClinicalNote].add(
        **here,
        encounter_id=contact.id,
        patient_id=contact.who.id,
        department_id=contact.department_id,
        template_id=template_id,
        kind=kind.value,
        status=(NoteStatus.SIGNED if is_signed else NoteStatus.DRAFT).value,
        sections=text.sections,
        version=1,
        author_id=doctor,
        begun_at=begun_at,
        saved_by_id=doctor,
        saved_at=saved_at,
        **(signed if is_signed else {}),
    )
    book.tables[NoteVersion].add(
        **here, note_id=note_id, number=1, sections=text.sections, saved_by_id=doctor, saved_at=saved_at
    )
    if is_signed:
        book.tables[NoteSignature].add(
            **here,
            note_id=note_id,
            patient_id=contact.who.id,
            kind=SignatureKind.SIGNED.value,
            digest=text.digest,
            signed_by_id=doctor,
            signed_at=saved_at,
        )
        book.tell(
            "patients.note_signed", "patients.clinicalnote", note_id, contact.who.id, by=doctor, at=saved_at
        )
    return note_id


def diagnose(book: Book, contact: Contact, code: str, *, at: datetime) -> None:
    """The main diagnosis of an encounter, as sure as a signature makes it."""
    known = illnesses.coded(code)
    book.tables[Condition].add(
        facility_id=book.hospital.id,
        encounter_id=contact.id,
        patient_id=contact.who.id,
        department_id=contact.department_id,
        code=known.code,
        title=known.title,
        title_hi=known.title_hi,
        status=ConditionStatus.FINAL.value,
        is_main=True,
        recorded_by_id=contact.doctor_id,
        recorded_on=at.date(),
        recorded_at=at,
    )


def prescribe(book: Book, contact: Contact, note_id: str, illness: Illness, *, at: datetime) -> None:
    """The illness's medicines, signed with the note; most are asked for at the counter at once."""
    known, day = book.hospital.medicines, at.date()
    rows = [known[typed] for typed in illness.medicines or (illnesses.PAIN,) if typed in known]
    for position, row in enumerate(rows, start=1):
        line_id = book.tables[MedicationRequest].add(
            **row,
            facility_id=book.hospital.id,
            encounter_id=contact.id,
            patient_id=contact.who.id,
            department_id=contact.department_id,
            note_id=note_id,
            status=MedicationStatus.ACTIVE.value,
            position=position,
            written_by_id=contact.doctor_id,
            written_at=at,
            signed_by_id=contact.doctor_id,
            signed_at=at,
            starts_on=day,
            ends_on=day + timedelta(days=row["days"] - 1) if row["days"] else None,
        )
        if book.dice.random() < AT_THE_COUNTER:
            _dispense(book, contact, line_id, row["quantity"], at)


def _dispense(book: Book, contact: Contact, line_id: str, quantity: Any, signed_at: datetime) -> None:
    dice, lacks = book.dice, book.hospital.ways.lacks
    at = signed_at + timedelta(minutes=dice.randrange(6, 45))
    if at > book.now:
        return
    outcome, drawn = DispenseOutcome.GIVEN, dice.random()
    if drawn < lacks:
        outcome, quantity = DispenseOutcome.NOT_AVAILABLE, None
    elif quantity and quantity > 1 and drawn < lacks + IN_PART:
        outcome, quantity = DispenseOutcome.PART, quantity // 2 or 1
    pharmacist = book.by(Role.PHARMACIST)
    answer_id = book.tables[MedicationDispense].add(
        facility_id=book.hospital.id,
        patient_id=contact.who.id,
        request_id=line_id,
        outcome=outcome.value,
        quantity=quantity,
        given_by_id=pharmacist,
        given_at=at,
    )
    book.tell(
        "patients.medicine_dispensed",
        "patients.medicationdispense",
        answer_id,
        contact.who.id,
        by=pharmacist,
        at=at,
        outcome=outcome.value,
    )
