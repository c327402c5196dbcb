"""Sick and fitness certificates: given once, numbered without gaps, cancelled with a reason, never edited."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from facilities.roles import Grade
from hmis.kernel import facts, requests
from hmis.kernel.access import lock
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal
from hmis.kernel.numbering import Series, next_number
from hmis.kernel.rows import write
from hmis.kernel.transitions import move
from patients import documents
from patients.models import LONGEST_REST, Certificate, Encounter
from patients.services.people import lock_encounter
from patients.states import CERTIFICATE_MOVES, CertificateKind, CertificateStatus, EncounterStatus

LINKED = ["facility", "encounter", "patient", "number", "ends", "issued_by", "cancelled_by"]
FARTHEST_AHEAD = timedelta(days=30)


@dataclass(frozen=True)
class Certified:
    """What a doctor certifies; `diagnosis` only where the patient agrees that it is named."""

    kind: CertificateKind
    from_on: date
    to_on: date | None = None
    fit_for: str = ""
    diagnosis: str = ""
    ends: Certificate | None = None
    backdated_why: str = ""

    def claimed(self) -> list[Any]:
        """What a request key stands for."""
        days = [self.kind, self.from_on, self.to_on, self.fit_for]
        return [*days, self.diagnosis, self.ends and self.ends.pk, self.backdated_why]


@act
def issue_certificate(
    *, encounter: Encounter, certified: Certified, request_key: UUID, actor: Any, at: datetime
) -> Certificate:
    """Give a certificate with the next number of the year; its paper is ready to print.

    Refuses interns and whoever has no council number, a cancelled encounter, days that cannot be, a beginning
    too long ago without its reason, and the same certificate a second time.
    """
    body = [encounter.pk, certified.claimed()]
    given_id, seen = requests.claim(request_key, "patients.issue_certificate", actor=actor, body=body)
    if seen:
        return Certificate.objects.get(pk=given_id)
    refuse_uncertified(actor)
    held, today = lock_encounter(encounter), timezone.localdate(at)
    if held.status == EncounterStatus.CANCELLED:
        raise Refusal(_("This visit was cancelled."))
    _refuse_days(certified, today)
    _refuse_anothers(certified, held)
    _refuse_again(certified, held)
    given = Certificate(
        id=given_id,
        facility=held.facility,
        encounter=held,
        patient=held.patient,
        kind=certified.kind,
        from_on=certified.from_on,
        to_on=certified.to_on,
        fit_for=certified.fit_for,
        diagnosis=certified.diagnosis,
        ends=certified.ends,
        backdated_why=certified.backdated_why,
        issued_by=actor,
        issued_on=today,
        issued_at=at,
    )
    given.clean_fields(exclude=LINKED)
    _record("patients.certificate_issued", given, actor=actor, at=at, kind=given.kind)
    # From here on every other counter of the hospital waits for the commit.
    given.number = next_number(held.facility, Series.CERTIFICATE, at=at)
    write(given, documents.issue_certificate_paper(given, actor=actor, at=at))
    return given


@act
def cancel_certificate(
    *, certificate: Certificate, why: str, request_key: UUID, actor: Any, at: datetime
) -> Certificate:
    """Take a certificate back: the public page says so from now on. Refuses interns, and a second time."""
    body = [certificate.pk, why]
    seen = requests.was_sent(request_key, "patients.cancel_certificate", actor=actor, body=body)
    held = lock(Certificate, certificate.pk)
    if seen:
        return held
    _refuse_intern(actor)
    if not why:
        raise Refusal(_("Say why."), field="why")
    held.cancelled_by, held.cancelled_at, held.cancelled_why = actor, at, why
    held.clean_fields(exclude=LINKED)
    also = ("cancelled_by", "cancelled_at", "cancelled_why")
    move(held, to=CertificateStatus.CANCELLED, allowed=CERTIFICATE_MOVES, also=also)
    _record("patients.certificate_cancelled", held, actor=actor, at=at)
    return held


def refuse_uncertified(actor: Any) -> None:
    """Interns give no certificates, and no certificate holds without its doctor's council number."""
    _refuse_intern(actor)
    if not actor.council_number:
        raise Refusal(
            _("Your council registration number is not on file. Without it a certificate is not valid.")
        )


def _refuse_intern(actor: Any) -> None:
    if actor.posting.grade == Grade.INTERN:
        raise Refusal(_("An intern cannot give certificates. Ask a doctor of the department."))


def _refuse_days(certified: Certified, today: date) -> None:
    begins, ends, allowed = certified.from_on, certified.to_on, settings.CERTIFICATE_BACKDATED_DAYS
    if certified.kind == CertificateKind.SICK and ends is None:
        raise Refusal(_("Say until which day."), field="to_on")
    if certified.kind == CertificateKind.FITNESS and not certified.fit_for:
        raise Refusal(_("Say what the patient is fit for."), field="fit_for")
    if ends and ends < begins:
        raise Refusal(_("The last day is before the first."), field="to_on")
    if ends and (ends - begins).days >= LONGEST_REST:
        raise Refusal(_("At most %(days)s days at a time."), field="to_on", days=LONGEST_REST)
    if begins > today + FARTHEST_AHEAD:
        raise Refusal(_("This day lies too far ahead."), field="from_on")
    if (today - begins).days > allowed and not certified.backdated_why:
        raise Refusal(
            _("It begins more than %(days)s days ago. Say why."), field="backdated_why", days=allowed
        )


def _refuse_anothers(certified: Certified, encounter: Encounter) -> None:
    """The sick certificate that is ended is this patient's, of this hospital, and stands."""
    ends = certified.ends
    if ends is None:
        return
    is_theirs = (ends.patient_id, ends.facility_id) == (encounter.patient_id, encounter.facility_id)
    if not is_theirs or ends.kind != CertificateKind.SICK or ends.status != CertificateStatus.ISSUED:
        raise Refusal(_("This is no sick certificate of this patient."), field="ends")


def _refuse_again(certified: Certified, encounter: Encounter) -> None:
    same = {name: getattr(certified, name) for name in ("kind", "from_on", "to_on", "fit_for")}
    held = encounter.certificates.filter(status=CertificateStatus.ISSUED, **same).first()
    if held:
        raise Refusal(
            _("This certificate was given already: %(number)s. Print it again, or cancel it."), number=held
        )


def _record(name: str, given: Certificate, *, actor: Any, at: datetime, **detail: Any) -> None:
    facts.record(name, about=given, actor=actor, at=at, patient_id=given.patient_id, **detail)


@act
def note_outcomes_seen(*, encounter: Encounter, actor: Any, at: datetime) -> None:
    """Write down that somebody looked at what a contact came to."""
    facts.record(
        "patients.outcomes_viewed", about=encounter, actor=actor, at=at, patient_id=encounter.patient_id
    )
