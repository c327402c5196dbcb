"""Referrals within the hospital: another department's token at once, and back again."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from facilities.models import Department
from hmis.kernel import facts, requests
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal
from opd import documents, queries
from opd.models import QueueToken
from opd.queries import Registration
from opd.services.cancelling import Regret, cancel
from opd.services.desk import Visit, register
from opd.services.queues import held_token, lane_kept
from opd.states import CancelReason, Lane, TokenStatus
from patients import services as patients
from patients.models import Encounter, Referral
from patients.states import EncounterStatus, ReferralStatus, Urgency


@dataclass(frozen=True)
class Sending:
    """To which department, how urgently, and why."""

    department: Department
    reason: str
    urgency: Urgency = Urgency.ROUTINE

    def claimed(self) -> list[Any]:
        """What a request key stands for."""
        return [self.department.pk, self.urgency, self.reason]


@act
def refer_to_department(
    *, encounter: Encounter, sending: Sending, request_key: UUID, actor: Any, at: datetime
) -> Registration:
    """Send the patient to another department of the hospital: an encounter, a token and a slip there, at once
    and free of charge.

    Refuses a cancelled encounter, the department where the patient is, one where nobody sits today or where
    the patient waits already, and a second time on the same day.
    """
    body = [encounter.pk, sending.claimed()]
    encounter_id, seen = requests.claim(request_key, "opd.refer_to_department", actor=actor, body=body)
    if seen:
        return queries.registration(encounter_id)
    held, today = patients.lock_encounter(encounter), timezone.localdate(at)
    _refuse(held, sending.department, today)
    referral = patients.new_referral(
        held,
        to_department=sending.department,
        led_to_id=encounter_id,
        urgency=sending.urgency,
        reason=sending.reason,
        actor=actor,
        at=at,
    )
    facts.record(
        "opd.patient_referred",
        about=referral,
        actor=actor,
        at=at,
        patient_id=held.patient_id,
        department=sending.department.code,
        urgency=sending.urgency,
    )
    visit = Visit(
        sending.department,
        lane=_lane(held, sending.urgency),
        referral=referral,
        senior_since=_came_today(held, today) if sending.urgency != Urgency.ROUTINE else None,
    )
    abha = documents.abha_of(held.patient)
    return register(held.patient, visit, encounter_id, None, new=(), abha=abha, actor=actor, at=at)


def _refuse(encounter: Encounter, department: Department, today: date) -> None:
    if encounter.status == EncounterStatus.CANCELLED:
        raise Refusal(_("This visit was cancelled."))
    if department.facility_id != encounter.facility_id:
        raise Refusal(_("There is no such department here."), field="department")
    if department.pk == encounter.department_id:
        raise Refusal(
            _("The patient is in this department. Send them to another unit instead."), field="department"
        )
    waits = held_token(encounter.patient, department, today)  # locks: first of what is asked of the patient
    sent = Referral.objects.filter(patient=encounter.patient_id, to_department=department, referred_on=today)
    if sent.filter(status=ReferralStatus.SENT).exists():
        raise Refusal(_("This patient was referred to that department today already."), field="department")
    if waits:
        raise Refusal(_("The patient waits there already: token %(token)s."), field="department", token=waits)


def _lane(encounter: Encounter, urgency: Urgency) -> Lane:
    """An emergency goes first; whoever had a lane of their own keeps it."""
    if urgency == Urgency.EMERGENCY:
        return Lane.EMERGENCY
    held = encounter.tokens.select_related("patient").order_by("-senior_since").first()
    kept = lane_kept(held) if held else Lane.NORMAL
    return Lane.NORMAL if kept in (Lane.EMERGENCY, Lane.BACK_FROM_TESTS) else kept


def _came_today(encounter: Encounter, today: date) -> datetime | None:
    """Since when the patient is in the hospital, if that was today."""
    return encounter.started_at if timezone.localdate(encounter.started_at) == today else None


@act
def withdraw_referral(
    *, referral: Referral, why: str, request_key: UUID, actor: Any, at: datetime
) -> Referral:
    """Take a referral back: a letter as such, the token of a department with its slip.

    Refuses a token that was called already, and one of another day.
    """
    if referral.is_letter:
        return patients.withdraw_letter(
            referral=referral, why=why, request_key=request_key, actor=actor, at=at
        )
    body = [referral.pk, why]
    note_id, seen = requests.claim(request_key, "opd.withdraw_referral", actor=actor, body=body)
    if not seen:
        if not why:
            raise Refusal(_("Say why."), field="why")
        token = QueueToken.objects.exclude(status=TokenStatus.MOVED).get(encounter=referral.led_to)
        cancel(token, Regret(CancelReason.OTHER, why), note_id, actor=actor, at=at)
    referral.refresh_from_db()
    return referral
