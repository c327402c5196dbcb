"""What a patient's card and labels say."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import override

from facilities.models import Facility
from hmis.kernel import pdf
from hmis.kernel.models import IssuedDocument
from patients.models import GuardianRelation, Patient, Sex
from patients.queries import CARD

LABELS = "patients/documents/labels.html"
# What changes from print to print and makes no other card.
OF_THE_PRINT = {"at", "reason"}


def heading(facility: Facility) -> dict[str, str]:
    """The hospital as every paper's head names it."""
    return {name: getattr(facility, name) for name in ("code", "name", "name_hi", "hfr_id")}


def in_both(choices: Any, value: str) -> tuple[str, str]:
    """(English, Hindi) of a choice: papers carry both."""
    with override("en"):
        english = str(choices(value).label)
    with override("hi"):
        return english, str(choices(value).label)


def issue_card(patient: Patient, *, card_id: UUID, reason: str, actor: Any, at: datetime) -> IssuedDocument:
    """The card's words, frozen now. No phone and no address stand on it: cards are lost."""
    relation, relation_hi = "", ""
    if patient.guardian_name and patient.guardian_relation:
        relation, relation_hi = in_both(GuardianRelation, patient.guardian_relation)
    words = {
        **_who(patient, actor.posting.facility),
        "guardian_label": relation,
        "guardian_label_hi": relation_hi,
        "guardian_name": patient.guardian_name,
    }
    return _issue(CARD, patient, card_id, {**words, "reason": reason}, actor=actor, at=at)


def issue_labels(
    patient: Patient, *, labels_id: UUID, count: int, actor: Any, at: datetime
) -> IssuedDocument:
    """The labels' words: one small page each."""
    words = {**_who(patient, actor.posting.facility), "labels": list(range(1, count + 1))}
    return _issue(LABELS, patient, labels_id, words, actor=actor, at=at)


def says_the_same(card: IssuedDocument, last: IssuedDocument) -> bool:
    """Whether the two cards differ in nothing that a person reads of the patient."""
    this, that = (
        {key: value for key, value in one.context.items() if key not in OF_THE_PRINT} for one in (card, last)
    )
    return this == that


def _who(patient: Patient, facility: Facility) -> dict[str, Any]:
    sex, sex_hi = in_both(Sex, patient.sex)
    return {
        "facility": heading(facility),
        "uhid": patient.uhid,
        "name": patient.name,
        "name_hi": patient.name_hi,
        "sex": sex,
        "sex_hi": sex_hi,
        "birth_year": patient.birth_date.year if patient.birth_date else None,
    }


def _issue(
    template: str, patient: Patient, paper_id: UUID, words: dict[str, Any], *, actor: Any, at: datetime
) -> IssuedDocument:
    paper = pdf.issue(
        template,
        about=patient,
        facility_id=actor.posting.facility_id,
        patient_id=patient.pk,
        context={**words, "at": at.isoformat()},
        actor=actor,
        at=at,
    )
    paper.id = paper_id
    return paper
