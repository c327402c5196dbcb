"""Allergies: asked, written down as told, refuted with a reason."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from hmis.kernel import facts, requests
from hmis.kernel.access import lock
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal
from hmis.kernel.ids import uuid7
from hmis.kernel.rows import write
from patients import queries
from patients.models import AllergyIntolerance, Encounter, Patient, Severity, ToldBy
from patients.prescribing import ingredient_named
from patients.services.observations import refuse_over
from patients.services.people import lock_encounter

LINKS = ["facility", "patient", "encounter", "recorded_by", "refuted_by"]


@dataclass(frozen=True)
class Allergy:
    """What the patient does not tolerate; without a substance it says that none is known."""

    substance: str = ""
    reaction: str = ""
    severity: Severity | str = ""
    told_by: ToldBy = ToldBy.PATIENT

    def claimed(self) -> list[Any]:
        """What a request key stands for."""
        return [self.substance, self.reaction, self.severity, self.told_by]


@act
def record_allergy(
    *, encounter: Encounter, allergy: Allergy, request_key: UUID, actor: Any, at: datetime
) -> AllergyIntolerance:
    """Write down an allergy, or that none is known.

    Refuses one that is listed already, "none known" beside a list, and a contact that is over.
    """
    body = [encounter.pk, allergy.claimed()]
    allergy_id, seen = requests.claim(request_key, "patients.record_allergy", actor=actor, body=body)
    if seen:
        return AllergyIntolerance.objects.select_related("recorded_by", "refuted_by").get(pk=allergy_id)
    held = lock_encounter(encounter)
    row = add_allergy(encounter=held, allergy=allergy, actor=actor, at=at, allergy_id=allergy_id)
    write(row)
    return row


def add_allergy(
    *, encounter: Encounter, allergy: Allergy, actor: Any, at: datetime, allergy_id: UUID | None = None
) -> AllergyIntolerance:
    """The part of an act that asks somebody of a locked encounter for allergies: a row for it to write."""
    refuse_over(encounter)
    listed = queries.allergies_of(encounter.patient).listed
    if not allergy.substance and (allergy.reaction or allergy.severity):
        raise Refusal(_("Write what the patient is allergic to."), field="substance")
    if not allergy.substance and listed:
        names = ", ".join(map(str, listed))
        raise Refusal(
            _("Allergies are listed: %(names)s. Refute them first."), field="substance", names=names
        )
    if allergy.substance.casefold() in {one.substance.casefold() for one in listed}:
        raise Refusal(_("This allergy is listed already."), field="substance")
    known = ingredient_named(allergy.substance)
    row = AllergyIntolerance(
        id=allergy_id or uuid7(),
        facility_id=encounter.facility_id,
        patient=encounter.patient,
        encounter=encounter,
        is_none_known=not allergy.substance,
        substance=allergy.substance,
        ingredient=known.name if known else "",
        atc_code=known.atc_code if known else "",
        reaction=allergy.reaction,
        severity=allergy.severity,
        told_by=allergy.told_by,
        recorded_by=actor,
        recorded_at=at,
    )
    row.clean_fields(exclude=LINKS)
    if row.is_none_known:
        facts.record("patients.no_allergy_stated", about=row, actor=actor, at=at, patient_id=row.patient_id)
    else:
        facts.record("patients.allergy_recorded", about=row, actor=actor, at=at, patient_id=row.patient_id)
    return row


@act
def note_allergies_seen(*, patient: Patient, actor: Any, at: datetime) -> None:
    """Write down that somebody looked at a patient's allergies."""
    facts.record("patients.allergies_viewed", about=patient, actor=actor, at=at, patient_id=patient.pk)


@act
def refute_allergy(
    *, allergy: AllergyIntolerance, because: str, request_key: UUID, actor: Any, at: datetime
) -> AllergyIntolerance:
    """Say that this is no allergy, or that the statement was a mistake; the row stays, struck out.

    Refuses what gives no reason and what is refuted already.
    """
    body = [allergy.pk, because]
    seen = requests.was_sent(request_key, "patients.refute_allergy", actor=actor, body=body)
    held = lock(AllergyIntolerance, allergy.pk, "recorded_by")
    if seen:
        return held
    if held.refuted_at:
        raise Refusal(_("This is refuted already."))
    if not because:
        raise Refusal(_("Say why it is no allergy."), field="because")
    held.refuted_because, held.refuted_by, held.refuted_at = because, actor, at
    held.clean_fields(exclude=LINKS)
    held.save(update_fields=["refuted_because", "refuted_by", "refuted_at"])
    facts.record("patients.allergy_refuted", about=held, actor=actor, at=at, patient_id=held.patient_id)
    return held
