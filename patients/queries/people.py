"""One patient: their history, numbers, cards, contacts and relatives."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from facilities.models import Department, User
from hmis.kernel.composed import Composed
from hmis.kernel.history import Change, changes_of
from hmis.kernel.models import IssuedDocument
from patients.models import (
    Birth,
    DeathNotice,
    Encounter,
    EncounterClass,
    IdentifierKind,
    MergeRecord,
    Patient,
    PatientIdentifier,
    RelatedPerson,
)
from patients.queries.merging import same_person, stops
from patients.states import CardReason, EncounterStatus

CARD = "patients/documents/card.html"


# A row has not so many changes: whoever reads the page sees the first one too.
MOST_CHANGES = 1000


def history_of(patient: Patient) -> list[Change]:
    """Every change of the patient's row and of the numbers beside it, newest first."""
    changes = changes_of(patient, most=MOST_CHANGES)[::-1]
    return sorted(changes + _number_changes(patient, changes[0].at), key=lambda change: change.at)[::-1]


def _number_changes(patient: Patient, registered_at: datetime) -> list[Change]:
    """Numbers that were added later, and those that hold no more."""
    events = PatientIdentifier.history_events.rel.related_model  # type: ignore[attr-defined]
    held = events.objects.filter(
        pgh_obj__in=patient.identifiers.values("pk"), pgh_created_at__gt=registered_at
    )
    later = list(held.order_by("pgh_created_at", "pgh_id"))
    people = User.objects.in_bulk({one.pgh_actor_id for one in later} - {None})
    return [
        Change(one.pgh_created_at, str(people.get(one.pgh_actor_id, "")), False, [_number_told(one)])
        for one in later
    ]


def _number_told(one: Any) -> tuple[str, str, str]:
    was, now = ("—", one.value) if one.ended_at is None else (one.value, "—")
    return str(IdentifierKind(one.kind).label), was, now


def identifiers_of(patient: Patient) -> list[PatientIdentifier]:
    """The patient's other numbers, of whichever record, those that have ended last."""
    kept = PatientIdentifier.objects.filter(patient__in=same_person(patient.pk))
    return list(
        kept.select_related("issuer", "patient").order_by(F("ended_at").desc(nulls_first=True), "kind", "pk")
    )


@dataclass(frozen=True)
class PrintedCard:
    """A card that was printed, and from the second on why."""

    paper: IssuedDocument

    @property
    def reason(self) -> str:
        why = self.paper.context.get("reason")
        return str(CardReason(why).label) if why else ""


def cards_of(patient: Patient, user: Any) -> list[PrintedCard]:
    """The cards that this person's hospital has printed for the patient, newest first."""
    return [PrintedCard(paper) for paper in _cards(patient.pk, user.posting.facility_id)]


@Composed
def _cards(patient_id: UUID, place_id: UUID) -> QuerySet[IssuedDocument]:
    printed = IssuedDocument.objects.filter(about_id=patient_id, template=CARD, facility_id=place_id)
    return printed.select_related("issued_by").defer("pdf").order_by("-issued_at", "-pk")


def last_card(patient: Patient, user: Any) -> IssuedDocument | None:
    """The newest ORIGINAL of the patient's card at this person's hospital."""
    return next((card.paper for card in cards_of(patient, user) if not card.paper.copy), None)


def encounters_of(patient: Patient, user: Any) -> list[Encounter]:
    """The patient's contacts with the hospitals this person works at, newest first."""
    visible = Encounter.objects.visible_to(user).filter(patient=patient)
    return list(
        visible.select_related("department", "facility", "medico_legal_case").order_by("-started_at")[:50]
    )


def visit_of(encounters: Iterable[Encounter], day: date) -> Encounter | None:
    """The newest of these that the OPD's desk registered on this day: its slip can be printed again."""
    ambulatory = (one for one in encounters if one.encounter_class == EncounterClass.AMBULATORY)
    of_the_day = (one for one in ambulatory if timezone.localdate(one.started_at) == day)
    return next((one for one in of_the_day if one.status != EncounterStatus.CANCELLED), None)


def births_of(mother: Patient) -> list[Birth]:
    """All children that this patient has borne here, the youngest first."""
    given = Birth.objects.filter(mother__in=same_person(mother.pk))
    return list(given.select_related("baby").order_by("-born_at", "place"))


def delivered(delivery: UUID) -> list[Birth]:
    """The children that one act has registered, in their order."""
    return list(Birth.objects.filter(delivery=delivery).select_related("baby").order_by("place"))


def births_about(mother: Patient, at: datetime, *, within: timedelta) -> list[Birth]:
    """This mother's children born about this time, in their order."""
    near = Birth.objects.filter(born_at__gt=at - within, born_at__lt=at + within)
    near = near.filter(mother__in=same_person(mother.pk))
    return list(near.select_related("baby").order_by("place"))


@dataclass(frozen=True)
class Relative:
    """Somebody who belongs to a patient and has a page of their own: a newborn's mother, her children."""

    relation: str
    patient: Patient
    birth: Birth | None


def relatives_of(patient: Patient) -> list[Relative]:
    """Whom the patient's page leads to, and who leads to it."""
    linked, own = ("relative", "patient__birth"), same_person(patient.pk)
    is_child = Q(relative__in=own)
    either = RelatedPerson.objects.filter(Q(patient__in=own, relative__isnull=False) | is_child)
    found = []
    for one in either.annotate(is_child=is_child).select_related(*linked).order_by("pk"):
        if one.is_child:
            found.append(Relative(str(_("child")), one.patient, getattr(one.patient, "birth", None)))
        elif one.relative:
            found.append(Relative(one.get_relation_display(), one.relative, None))
    return found


def death_on_file(patient: Patient) -> DeathNotice | None:
    """The patient's death, written down at whatever hospital and not taken back."""
    # Its contact stands behind the wall of its hospital: joined, it would hide the row.
    standing = DeathNotice.objects.standing().select_related("facility", "said_by")
    return standing.filter(patient__in=same_person(patient.pk)).first()


def standing_against(patient: Patient) -> tuple[DeathNotice | None, MergeRecord | None]:
    """What stands against a new contact: the death, and that this record was given up. Mostly one read."""
    is_dead, merge_id = stops(patient.pk)
    held = MergeRecord.objects.select_related("patient", "kept")
    return death_on_file(patient) if is_dead else None, held.get(pk=merge_id) if merge_id else None


def departments_open(facility_id: UUID) -> QuerySet[Department]:
    """The departments of a hospital that are open, as they stand on its lists."""
    return Department.objects.filter(facility=facility_id, is_active=True).select_related("facility")
