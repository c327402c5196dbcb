"""A death on file: written down once, asked before anything begins anew, taken back by another doctor."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from facilities.queries import one_person_suffices
from facilities.roles import Grade, Role
from hmis.kernel import facts, requests
from hmis.kernel.access import lock
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal, refusing
from hmis.kernel.templatetags.ui import when
from patients import queries
from patients.models import DeathNotice, Encounter

LINKED = ["facility", "patient", "encounter", "said_by", "withdrawn_by"]


def death_refusal(found: DeathNotice) -> Refusal:
    """What is said to whoever begins anew with somebody whose death is on file."""
    return Refusal(
        _(
            "The death of this patient is on file: %(died)s, %(hospital)s. If it was written down on the"
            " wrong chart, another doctor there takes it back, from the patient's page."
        ),
        died=when(found.died_at),
        hospital=found.facility,
    )


def note_death(encounter: Encounter, died_at: datetime, *, actor: Any, at: datetime) -> DeathNotice:
    """The part of an act that puts a death on file; who certifies it at the same contact says it anew.

    Refuses somebody whose death is on file from another contact. The act has locked the encounter.
    """
    held = queries.death_on_file(encounter.patient)
    if held and held.encounter_id != encounter.pk:
        raise death_refusal(held)
    if held:  # unless it is taken back at this moment
        held = lock_death(held.pk)
    notice = held or DeathNotice(facility=encounter.facility, patient=encounter.patient, encounter=encounter)
    notice.died_at, notice.said_by, notice.said_at = died_at, actor, at
    with refusing(DeathNotice):
        if held:
            held.save(update_fields=["died_at", "said_by", "said_at"])
        else:
            notice.save(force_insert=True)
    return notice


def lock_death(notice_id: UUID | None) -> DeathNotice | None:
    """A death on file that nobody takes back before the act is done; None where it was taken back."""
    standing = DeathNotice.objects.locked().standing()
    return standing.filter(pk=notice_id).first() if notice_id else None


@act
def withdraw_death(
    *, notice: DeathNotice, why: str, alone_note: str = "", request_key: UUID, actor: Any, at: datetime
) -> DeathNotice:
    """Take back a death that was written down on the wrong chart: the patient lives, its certificate is void.

    Refuses who is no doctor, interns, who wrote it down (in small-facility mode they may, with a note), no
    reason, and a second time.
    """
    body = [notice.pk, why, alone_note]
    seen = requests.was_sent(request_key, "patients.withdraw_death", actor=actor, body=body)
    held = lock(DeathNotice, notice.pk, "facility")
    if seen:
        return held
    if actor.posting.role != Role.DOCTOR or actor.posting.grade == Grade.INTERN:
        raise Refusal(_("Only a doctor can take a death back, not an intern."))
    if held.withdrawn_at:
        raise Refusal(_("This death was taken back already."))
    alone = held.said_by_id == actor.pk
    if alone and not one_person_suffices(held.facility):
        raise Refusal(_("Another doctor takes back what you have written down."))
    if not why:
        raise Refusal(_("Say why."), field="why")
    if alone and not alone_note:
        raise Refusal(_("Say why you do both."), field="alone_note")
    held.withdrawn_by, held.withdrawn_at, held.withdrawn_why = actor, at, why
    held.alone_note = alone_note if alone else ""
    held.clean_fields(exclude=LINKED)
    with refusing(DeathNotice):
        held.save(update_fields=["withdrawn_by", "withdrawn_at", "withdrawn_why", "alone_note"])
    facts.record(
        "patients.death_withdrawn", about=held, actor=actor, at=at, patient_id=held.patient_id, alone=alone
    )
    return held
