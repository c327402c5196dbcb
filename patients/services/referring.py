"""Referrals: what a department's own act takes part in, and the letter to another hospital."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from facilities.models import Facility
from hmis.kernel import facts, requests
from hmis.kernel.access import lock
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal
from hmis.kernel.rows import write
from hmis.kernel.transitions import move
from patients import documents
from patients.models import Encounter, Referral
from patients.services.people import lock_encounter
from patients.states import REFERRAL_MOVES, EncounterStatus, Escort, ReferralStatus, Transport, Urgency

LINKED = ["facility", "encounter", "patient", "from_department", "to_department", "led_to", "to_facility"]
LINKED += ["referred_by", "withdrawn_by"]


@dataclass(frozen=True)
class Letter:
    """What the doctor of another hospital is told: one of the state's, or another by its name."""

    reason: str
    transport: Transport
    escort: Escort
    to_facility: Facility | None = None
    to_name: str = ""
    urgency: Urgency = Urgency.ROUTINE
    findings: str = ""
    done: str = ""

    def claimed(self) -> list[Any]:
        """What a request key stands for."""
        place = [self.to_facility and self.to_facility.pk, self.to_name]
        return [*place, self.urgency, self.reason, self.findings, self.done, self.transport, self.escort]


@act
def write_letter(
    *, encounter: Encounter, letter: Letter, request_key: UUID, actor: Any, at: datetime
) -> Referral:
    """Refer the patient to another hospital; the letter is ready to print.

    Refuses a cancelled encounter, and the hospital where the patient is.
    """
    body = [encounter.pk, letter.claimed()]
    referral_id, seen = requests.claim(request_key, "patients.write_letter", actor=actor, body=body)
    if seen:
        return Referral.objects.get(pk=referral_id)
    held, place = lock_encounter(encounter), letter.to_facility
    if place and place.pk == held.facility_id:
        raise Refusal(_("The patient is in this hospital. Refer to a department."), field="to_facility")
    referral = new_referral(
        held,
        id=referral_id,
        to_facility=place,
        to_name=place.name[:160] if place else letter.to_name,
        urgency=letter.urgency,
        reason=letter.reason,
        findings=letter.findings,
        done=letter.done,
        transport=letter.transport,
        escort=letter.escort,
        actor=actor,
        at=at,
    )
    write(referral, documents.issue_letter(referral, actor=actor, at=at))
    _record("patients.patient_referred", referral, actor=actor, at=at, urgency=referral.urgency)
    return referral


def new_referral(encounter: Encounter, *, actor: Any, at: datetime, **said: Any) -> Referral:
    """The part of an act that refers a patient from this locked encounter: a row for it to write."""
    if encounter.status == EncounterStatus.CANCELLED:
        raise Refusal(_("This visit was cancelled."))
    referral = Referral(
        facility=encounter.facility,
        encounter=encounter,
        patient=encounter.patient,
        from_department=encounter.department,
        referred_by=actor,
        referred_on=timezone.localdate(at),
        referred_at=at,
        **said,
    )
    referral.clean_fields(exclude=LINKED)
    return referral


@act
def withdraw_letter(*, referral: Referral, why: str, request_key: UUID, actor: Any, at: datetime) -> Referral:
    """Take a letter back; its paper stays. Refuses one that was taken back already."""
    body = [referral.pk, why]
    seen = requests.was_sent(request_key, "patients.withdraw_letter", actor=actor, body=body)
    held = lock(Referral, referral.pk)
    if not seen:
        end_referral(held, why=why, actor=actor, at=at)
    return held


def end_referral(referral: Referral, *, why: str, actor: Any, at: datetime) -> None:
    """The part of an act that takes back a locked referral."""
    if not why:
        raise Refusal(_("Say why."), field="why")
    referral.withdrawn_by, referral.withdrawn_at, referral.withdrawn_why = actor, at, why
    referral.clean_fields(exclude=LINKED)
    also = ("withdrawn_by", "withdrawn_at", "withdrawn_why")
    move(referral, to=ReferralStatus.WITHDRAWN, allowed=REFERRAL_MOVES, also=also)
    _record("patients.referral_withdrawn", referral, actor=actor, at=at)


def end_referral_to(encounter: Encounter, *, why: str, actor: Any, at: datetime) -> None:
    """The part of an act that ends the contact to which a referral led: the referral ends with it."""
    for referral in Referral.objects.locked().filter(led_to=encounter):
        end_referral(referral, why=why, actor=actor, at=at)


def _record(name: str, referral: Referral, *, actor: Any, at: datetime, **detail: Any) -> None:
    facts.record(name, about=referral, actor=actor, at=at, patient_id=referral.patient_id, **detail)
