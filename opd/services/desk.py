"""What is done at the OPD's desk: a visit registered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing import services as billing
from billing.models import Scheme
from billing.services import Offer, Relief, Service
from facilities.models import Department, Unit
from hmis.kernel import facts, pdf, requests
from hmis.kernel.acts import act
from hmis.kernel.composed import Composed
from hmis.kernel.errors import Refusal
from hmis.kernel.models import IssuedDocument
from hmis.kernel.rows import write
from opd import documents, queries
from opd.models import QueueToken
from opd.queries import Registration
from opd.services.queues import cannot_have, held_token, numbered
from opd.states import Lane, lane_rank
from patients import services as patients
from patients.models import Encounter, EncounterClass, IdentifierKind, Patient, Referral

FREE = Decimal(100)
MOST_PAPERS = 10  # that one registration has


@dataclass(frozen=True)
class Visit:
    """What the desk asks for: where, in which lane, and how it is paid or why it is not."""

    department: Department
    unit: Unit | None = None
    lane: Lane = Lane.NORMAL
    scheme: Scheme | None = None
    proof_number: str = ""
    offer: Offer | None = None
    # The referral that leads here: it costs nothing, and what is urgent keeps the time of the first token.
    referral: Referral | None = None
    senior_since: datetime | None = None

    def claimed(self) -> list[Any]:
        """What a request key stands for."""
        places = [self.department.pk, self.unit and self.unit.pk, self.scheme and self.scheme.code]
        paid = [self.offer.mode, self.offer.reference] if self.offer else []
        return [*places, self.lane, self.proof_number, *paid]

    @property
    def offers(self) -> list[Offer]:
        """How it is paid, if it is."""
        return [self.offer] if self.offer else []


class TokenHeld(Refusal):
    """The patient has a token of this department today whose turn is not over: `token`."""

    def __init__(self, token: QueueToken) -> None:
        super().__init__(
            _("Today's token %(token)s is there already: %(status)s. Tick the box if another one is wanted."),
            field="confirm_again",
            token=token,
            status=token.get_status_display(),
        )
        self.token = token


@act
def register_visit(
    *,
    patient: Patient | Mapping[str, Any],
    visit: Visit,
    request_key: UUID,
    actor: Any,
    at: datetime,
    confirm_new: patients.ConfirmNew = False,
    confirm_again: bool = False,
) -> Registration:
    """Register a patient at the OPD: encounter, token, bill, payment, slip and receipt in one act.

    `patient` is somebody on file, or the details of somebody new (as `patients.services.register_patient`).
    A return inside the validity window is free. Refuses a closed unit, a missing proof, a likely duplicate
    unless `confirm_new`, and a second token of one department unless `confirm_again`.
    """
    new: Sequence[models.Model] = ()
    who = patient.pk if isinstance(patient, Patient) else patients.claimed(patient)
    body = [who, visit.claimed()]
    encounter_id, seen = requests.claim(request_key, "opd.register_visit", actor=actor, body=body)
    if seen:
        return queries.registration(encounter_id)
    shift_id = billing.shift_at_hand(actor) if visit.offer else None
    if isinstance(patient, Patient):
        held = None if confirm_again else held_token(patient, visit.department, timezone.localdate(at))
        if held:
            raise TokenHeld(held)
        abha = documents.abha_of(patient)
    else:
        abha = patient.get("identifiers", {}).get(IdentifierKind.ABHA_NUMBER, "")
        patient, new = patients.add_patient(details=patient, actor=actor, at=at, confirm_new=confirm_new)
    return register(patient, visit, encounter_id, shift_id, new=new, abha=abha, actor=actor, at=at)


@act
def note_seen(*, encounter: Encounter, actor: Any, at: datetime) -> None:
    """Write down that somebody opened a registration: its token, bill and papers."""
    facts.record(
        "opd.registration_viewed", about=encounter, actor=actor, at=at, patient_id=encounter.patient_id
    )


@act
def note_slips_searched(*, found: int, actor: Any, at: datetime) -> None:
    """Write down that somebody searched today's slips, and how many were found; never by which words."""
    facts.record("opd.slips_searched", about=actor, actor=actor, at=at, found=found)


@act
def print_again(
    *, encounter: Encounter, papers: Sequence[IssuedDocument], request_key: UUID, actor: Any, at: datetime
) -> list[IssuedDocument]:
    """A DUPLICATE of each of a registration's papers; a new slip where details were put right since.

    A press that is sent twice has one of each.
    """
    # Not the papers: once the slip is put right, the registration has another one.
    first, seen = requests.claim(request_key, "opd.print_again", actor=actor, body=[encounter.pk])
    if seen:
        printed = IssuedDocument.objects.filter(pk__in=requests.following(first, MOST_PAPERS))
        return list(printed.order_by("pk"))
    ids = requests.following(first, len(papers))
    patients.lock_patient(encounter.patient)  # of two who print at once one puts the slip right
    made = queries.registration(encounter.pk)
    pairs = zip(papers, ids, strict=True)
    return [_print_again(paper, made, paper_id=one, actor=actor, at=at) for paper, one in pairs]


def _print_again(
    paper: IssuedDocument, made: Registration, *, paper_id: UUID, actor: Any, at: datetime
) -> IssuedDocument:
    if paper.template != queries.SLIP:
        return pdf.reprint(paper, actor=actor, at=at, copy_id=paper_id)
    corrected = documents.correct_slip(made.encounter, made.token, made.slip, actor=actor, at=at)
    if corrected is None:
        return pdf.reprint(made.slip, actor=actor, at=at, copy_id=paper_id)
    corrected.pk = paper_id
    facts.record(
        "opd.slip_corrected",
        about=made.encounter,
        actor=actor,
        at=at,
        patient_id=made.encounter.patient_id,
        new=[corrected],
    )
    return corrected


def register(
    patient: Patient,
    visit: Visit,
    encounter_id: UUID,
    shift_id: UUID | None,
    *,
    new: Sequence[models.Model],
    abha: str,
    actor: Any,
    at: datetime,
) -> Registration:
    """The part of an act that registers a visit. `new` are the rows of somebody new, still to be written."""
    department, today = visit.department, timezone.localdate(at)
    if cannot_have(visit.lane, patient):
        raise Refusal(_("A man cannot be pregnant. Choose another lane."), field="lane")
    unit = _unit(visit, today)
    follows = None if new else queries.followed(patient, department, today)
    encounter = patients.open_encounter(
        patient=patient,
        facility=department.facility,
        encounter_class=EncounterClass.EMERGENCY
        if visit.lane == Lane.EMERGENCY
        else EncounterClass.AMBULATORY,
        department=department,
        at=at,
        encounter_id=encounter_id,
        follows=follows,
        valid_till=follows.valid_till if follows else today + timedelta(days=department.validity_days()),
        goes_on=visit.referral is not None,
    )
    item, exemption = billing.add_charge(
        encounter=encounter, service=_service(encounter), relief=_relief(visit, follows), actor=actor, at=at
    )
    facts.record(
        "opd.visit_registered",
        about=encounter,
        actor=actor,
        at=at,
        patient_id=patient.pk,
        new=[*new, encounter, item, exemption, visit.referral],
        department=department.code,
        follow_up=bool(follows),
    )
    # From here on other counters wait: for this unit's tokens first, then for the facility's numbers.
    token = _give_token(encounter, unit, visit, day=today, at=at)
    bill = billing.bill_at_once(
        encounter=encounter,
        charges=[(item, exemption)],
        offers=visit.offers,
        shift_id=shift_id,
        actor=actor,
        at=at,
    )
    slip = documents.issue_slip(
        encounter=encounter, token=token, bill=bill, abha=abha, referral=visit.referral, actor=actor
    )
    write(token, *bill.rows, slip)
    return Registration(encounter, token, bill.invoice, bill.payment, slip, bill.receipt)


def _unit(visit: Visit, day: date) -> Unit:
    """The unit asked for, else the department's open one with the shortest queue."""
    if not visit.department.is_active:
        raise Refusal(_("%(department)s is closed."), field="department", department=visit.department)
    if visit.unit is None:
        sitting = visit.department.units_today
        if sitting is None:
            sitting = [unit for unit in _units_of(visit.department.pk) if unit.sits_on(day)]
        if not sitting:
            raise Refusal(
                _("No unit of %(department)s sits today."), field="department", department=visit.department
            )
        return queries.shortest_queue(sitting, day)
    if visit.unit.department_id != visit.department.pk or not visit.unit.sits_on(day):
        raise Refusal(_("%(unit)s does not sit today."), field="unit", unit=visit.unit)
    return visit.unit


@Composed
def _units_of(department_id: UUID) -> models.QuerySet[Unit]:
    units = Unit.objects.filter(department_id=department_id, is_active=True)
    return units.select_related("department", "room", "doctor", "facility")


def _service(encounter: Encounter) -> Service:
    department = encounter.department
    return Service(
        code=f"OPD-{department.code}",
        description=f"OPD registration ({department.name})"[:160],
        description_hi=f"ओपीडी पर्ची ({department.name_hi})"[:160],
        price=department.fee(),
        source="patients.encounter",
        source_id=encounter.pk,
    )


def _relief(visit: Visit, follows: Encounter | None) -> Relief | None:
    if visit.referral:
        return _referred(visit.referral)
    if follows:
        day = f"{timezone.localtime(follows.started_at):%d-%m-%Y}"
        return Relief(FREE, f"follow-up of {day}", f"{day} की पर्ची पर दोबारा")
    if visit.scheme:
        return billing.relief_by(visit.scheme, visit.proof_number)
    if not visit.department.fee():
        return Relief(FREE, "no fee in this department", "इस विभाग में पर्ची मुफ़्त")
    return None


def _referred(referral: Referral) -> Relief:
    """Who was sent here by another department pays nothing; the reason says by which, and when."""
    sent_from, day = referral.from_department, f"{referral.referred_on:%d-%m-%Y}"
    return Relief(
        FREE, f"referred on {day} by {sent_from.name}"[:160], f"{day} को {sent_from.name_hi} से रेफ़र"[:160]
    )


def _give_token(encounter: Encounter, unit: Unit, visit: Visit, *, day: date, at: datetime) -> QueueToken:
    return numbered(
        QueueToken(
            facility=encounter.facility,
            encounter=encounter,
            patient=encounter.patient,
            lane=visit.lane,
            lane_rank=lane_rank(visit.lane),
            senior_since=visit.senior_since or at,
        ),
        unit,
        day,
    )
