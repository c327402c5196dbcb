"""A scheme granted for one encounter, and what it lets off when a charge arises.

A package that a payer has pre-authorised is never charged to the patient, also where it costs more than was
approved: care does not wait for an enhancement. The overrun is shown until one is written down, and a claim
above what was approved says why.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing import permissions, queries
from billing.models import ChargeItem, Exemption, Scheme, SchemeCover
from billing.services.charges import Relief, let_off_later, refuse_proof
from billing.states import ServiceKind
from facilities.models import Facility, User
from facilities.queries import one_person_suffices
from hmis.kernel import facts, requests
from hmis.kernel.access import lock
from hmis.kernel.acts import act
from hmis.kernel.composed import Composed
from hmis.kernel.errors import Refusal, at_field
from hmis.kernel.money import NOTHING, to_money
from patients import services as patients
from patients.identifiers import refuse_aadhaar
from patients.models import Encounter
from patients.states import EncounterStatus


@dataclass(frozen=True)
class Grant:
    """What a scheme is granted on: its proof, the payer's package and pre-authorisation, somebody's word."""

    scheme: Scheme
    proof_number: str = ""
    package_code: str = ""
    preauth_number: str = ""
    preauth_amount: Decimal | None = None
    approver: User | None = None
    approval_note: str = ""

    def claimed(self) -> list[Any]:
        """What a second sending must say again."""
        words = [self.proof_number, self.package_code, self.preauth_number, self.approval_note]
        approver = self.approver and self.approver.pk
        return [self.scheme.code, *words, str(self.preauth_amount), str(approver)]


@dataclass(frozen=True)
class Standing:
    """What lets something off an encounter's services of one day: its cover, and the lists for everybody."""

    granted: Scheme | None
    proof_number: str
    package_code: str
    free: Sequence[Scheme]

    def relief_on(self, kind: str) -> Relief | None:
        """Why a service of this kind asks less: what was granted to this visit, else a free list."""
        if self.granted and self.granted.serves(kind):
            return _relief(self.granted, self.proof_number, self.package_code)
        return next((_relief(one) for one in self.free if one.serves(kind)), None)


def standing_of(encounter: Encounter, day: date) -> Standing:
    """By what this encounter pays less: its cover at the end of this day, else what was proved when it was
    registered."""
    free, covers = _for_all(day), _covers(encounter.pk, day)
    for cover in covers:
        if cover.ended_at is None or timezone.localdate(cover.ended_at) > day:
            return Standing(cover.scheme, cover.proof_number, cover.package_code, free)
    if covers:
        return Standing(None, "", "", free)
    proved = _proved(encounter, day)
    return Standing(proved.scheme, proved.proof_number, "", free) if proved else Standing(None, "", "", free)


@Composed
def _for_all(day: date) -> QuerySet[Scheme]:
    return Scheme.objects.in_force(day).filter(is_for_all=True).order_by("-percent", "code")


@Composed
def _covers(encounter_id: UUID, day: date) -> QuerySet[SchemeCover]:
    given = SchemeCover.objects.filter(encounter_id=encounter_id, granted_at__date__lte=day)
    return given.select_related("scheme").order_by("pk")


def _proved(encounter: Encounter, day: date) -> Exemption | None:
    """The scheme that the desk let off the registration by: its proof was seen, and nobody asks it twice."""
    seen = Exemption.objects.filter(
        charge_item__encounter=encounter,
        charge_item__kind=ServiceKind.REGISTRATION,
        charge_item__reversals=None,
        scheme__in=Scheme.objects.in_force(day).asked_for(),
    )
    return seen.select_related("scheme").order_by("-granted_at").first()


def relief_for(*, encounter: Encounter, kind: str, day: date) -> Relief | None:
    """Why a service of this kind asks less of this encounter on this day."""
    return standing_of(encounter, day).relief_on(kind)


def _relief(scheme: Scheme, proof_number: str = "", package_code: str = "") -> Relief:
    english, hindi = (f"{scheme.on_paper(language)} {package_code}".strip() for language in ("en", "hi"))
    return Relief(scheme.percent, english, hindi, scheme, proof_number)


@act
def grant_cover(
    *, encounter: Encounter, grant: Grant, request_key: UUID, actor: Any, at: datetime
) -> SchemeCover:
    """A scheme holds for this encounter from now on: what is charged later asks less.

    Refuses a scheme that is not in force, a missing proof, pre-authorisation or approver, and a second cover.
    """
    body = [encounter.pk, *grant.claimed()]
    cover_id, seen = requests.claim(request_key, "billing.grant_cover", actor=actor, body=body)
    if seen:
        return SchemeCover.objects.get(pk=cover_id)
    encounter = lock(Encounter, encounter.pk, "facility")
    if encounter.status != EncounterStatus.IN_PROGRESS:
        raise Refusal(_("This visit is over: nothing more is charged to it."))
    _refuse_scheme(grant, timezone.localdate(at))
    _refuse_without_proof(grant)
    approver = _approver(grant, encounter.facility, actor)
    cover = SchemeCover(
        id=cover_id,
        facility=encounter.facility,
        encounter=encounter,
        scheme=grant.scheme,
        proof_number=grant.proof_number,
        package_code=grant.package_code.upper(),
        preauth_number=grant.preauth_number,
        preauth_amount=None if grant.preauth_amount is None else to_money(grant.preauth_amount),
        granted_by=actor,
        approved_by=approver,
        approval_note=grant.approval_note,
        granted_at=at,
    )
    _tell("billing.cover_granted", cover, actor=actor, at=at, new=[cover], one_person=approver == actor)
    return cover


def _refuse_scheme(grant: Grant, day: date) -> None:
    scheme = grant.scheme
    if not Scheme.objects.in_force(day).filter(pk=scheme.pk).exists():
        raise Refusal(_("This scheme is not in force today."), field="scheme")
    if scheme.is_for_all:
        raise Refusal(_("This list holds for everybody: nobody has to be granted it."), field="scheme")


def _refuse_without_proof(grant: Grant) -> None:
    scheme = grant.scheme
    refuse_proof(scheme, grant.proof_number)
    if scheme.is_claimed and scheme.package_code_form and not grant.package_code:
        raise Refusal(_("Which package? Its code looks like BM001A."), field="package_code")
    if scheme.is_claimed and scheme.needs_approval:
        if not grant.preauth_number:
            raise Refusal(
                _("The payer approves it first: write its pre-authorisation number."), field="preauth_number"
            )
        if grant.preauth_amount is None:
            raise Refusal(_("Up to how many rupees did the payer approve?"), field="preauth_amount")
    if grant.preauth_amount is not None and grant.preauth_amount < 0:
        raise Refusal(_("The amount must be more than nothing."), field="preauth_amount")
    with at_field("approval_note"):
        refuse_aadhaar(grant.approval_note)


def _approver(grant: Grant, facility: Facility, actor: Any) -> User | None:
    """Who stands for it: nobody where no rule asks, the payer where it pays, else a second person.

    In small-facility mode the granting person alone may, with a reason; the list shows it for review.
    """
    scheme = grant.scheme
    if not scheme.needs_approval or scheme.is_claimed:
        return None
    if not grant.approval_note:
        raise Refusal(_("On whose word? Write the order's number, or the reason."), field="approval_note")
    if grant.approver is None or grant.approver == actor:
        if not one_person_suffices(facility):
            raise Refusal(_("Somebody else must approve this. Choose who did."), field="approver")
        alone: User = actor
        return alone
    approvers = queries.approvers_at(facility, permissions.APPROVE_COVERS)
    if not approvers.filter(pk=grant.approver.pk).exists():
        raise Refusal(_("This person may not approve here."), field="approver")
    return grant.approver


@act
def cover_earlier(*, cover: SchemeCover, request_key: UUID, actor: Any, at: datetime) -> SchemeCover:
    """What was charged before the scheme was granted, and is on no bill yet, asks as if it came afterwards.

    Refuses a cover that has ended, and where nothing stands at the full price.
    """
    if requests.was_sent(request_key, "billing.cover_earlier", actor=actor, body=[cover.pk]):
        return SchemeCover.objects.get(pk=cover.pk)
    encounter = patients.lock_encounter(cover.encounter)
    held = _running(cover)
    charges = queries.at_full_price(encounter, held)
    if not charges:
        raise Refusal(_("Nothing stands at the full price any more."))
    relief = _relief(held.scheme, held.proof_number, held.package_code)
    let_off = [let_off_later(item, relief, actor=actor, at=at) for item in charges]
    ChargeItem.objects.bulk_update(charges, ["discount", "tax"])
    amount = sum((one.amount for one in let_off), NOTHING)
    _tell("billing.charges_covered", held, actor=actor, at=at, new=let_off, amount=amount, count=len(let_off))
    return held


@act
def end_cover(*, cover: SchemeCover, request_key: UUID, actor: Any, at: datetime) -> SchemeCover:
    """A scheme holds for its encounter no longer: what was let off stays, what comes is charged in full."""
    if requests.was_sent(request_key, "billing.end_cover", actor=actor, body=[cover.pk]):
        return SchemeCover.objects.get(pk=cover.pk)
    held = _running(cover)
    _end(held, actor=actor, at=at)
    _tell("billing.cover_ended", held, actor=actor, at=at)
    return held


@act
def enhance_cover(
    *,
    cover: SchemeCover,
    preauth_number: str,
    preauth_amount: Decimal,
    request_key: UUID,
    actor: Any,
    at: datetime,
) -> SchemeCover:
    """The payer approves more: the cover ends, and one like it begins with the new amount.

    Refuses an amount that is no more than before.
    """
    body = [cover.pk, preauth_number, str(preauth_amount)]
    cover_id, seen = requests.claim(request_key, "billing.enhance_cover", actor=actor, body=body)
    if seen:
        return SchemeCover.objects.get(pk=cover_id)
    held = _running(cover)
    if held.preauth_amount is None or preauth_amount <= held.preauth_amount:
        raise Refusal(_("An enhancement approves more than before."), field="preauth_amount")
    _end(held, actor=actor, at=at)
    kept = ("facility", "encounter", "scheme", "proof_number", "package_code", "approved_by", "approval_note")
    made = SchemeCover(
        id=cover_id,
        **{name: getattr(held, name) for name in kept},
        preauth_number=preauth_number or held.preauth_number,
        preauth_amount=to_money(preauth_amount),
        granted_by=actor,
        granted_at=at,
    )
    _tell("billing.cover_enhanced", made, actor=actor, at=at, new=[made], amount=made.preauth_amount)
    return made


@act
def note_covers_seen(*, encounter: Encounter, actor: Any, at: datetime) -> None:
    """Write down that somebody opened the schemes of a visit."""
    facts.record(
        "billing.covers_viewed", about=encounter, actor=actor, at=at, patient_id=encounter.patient_id
    )


def _running(cover: SchemeCover) -> SchemeCover:
    held: SchemeCover = lock(SchemeCover, cover.pk, "scheme", "encounter", "facility")
    if held.ended_at:
        raise Refusal(_("This cover has ended already."))
    return held


def _end(cover: SchemeCover, *, actor: Any, at: datetime) -> None:
    cover.ended_at, cover.ended_by = at, actor
    cover.save(update_fields=["ended_at", "ended_by"])


def _tell(name: str, cover: SchemeCover, *, actor: Any, at: datetime, new: Any = (), **detail: Any) -> None:
    facts.record(
        name,
        about=cover,
        actor=actor,
        at=at,
        new=new,
        patient_id=cover.encounter.patient_id,
        facility_id=cover.facility_id,
        scheme=cover.scheme.code,
        **detail,
    )
