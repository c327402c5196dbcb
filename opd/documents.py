"""What an OPD slip (पर्ची) and an emergency slip say."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from billing.services import Bill
from billing.states import PaymentMode
from facilities.documents import heading, place_of
from facilities.models import Bed, Department
from hmis.kernel import pdf
from hmis.kernel.composed import Composed
from hmis.kernel.models import IssuedDocument
from hmis.kernel.pdf import in_both
from opd import permissions
from opd.models import CasualtyArrival, QueueToken
from opd.queries import CASUALTY_SLIP, DOWNTIME_SHEETS, SLIP
from opd.states import BroughtBy, Lane, Triage
from patients.documents import person
from patients.models import (
    Category,
    Encounter,
    GuardianRelation,
    IdentifierKind,
    MedicoLegalCase,
    NoPhone,
    Patient,
    PatientIdentifier,
    Referral,
    Sex,
)
from patients.queries.merging import same_person
from patients.states import Urgency

pdf.name_kind(SLIP, opened_by=permissions.PRINT_SLIP, title=gettext_lazy("OPD slip"))
pdf.name_kind(CASUALTY_SLIP, opened_by=permissions.VIEW_CASUALTY, title=gettext_lazy("casualty slip"))
pdf.name_kind(DOWNTIME_SHEETS, opened_by=permissions.PRINT_DOWNTIME_SHEETS)


def issue_slip(
    *,
    encounter: Encounter,
    token: QueueToken,
    bill: Bill,
    abha: str,
    referral: Referral | None = None,
    actor: Any,
) -> IssuedDocument:
    """The slip's words, frozen as they were at the counter."""
    context = {
        "facility": heading(encounter.facility),
        **_person(encounter.patient, encounter),
        **_place(encounter, token),
        **_fee(bill),
        "abha": abha,
        "referral": _referral(referral) if referral else None,
        "at": encounter.started_at.isoformat(),
        "visit": "follow_up" if encounter.follows_id else "new",
        "visit_hi": "दोबारा" if encounter.follows_id else "नई",
        "valid_till": encounter.valid_till.isoformat() if encounter.valid_till else "",
        "clerk": actor.name,
        "clerk_hi": actor.name_hi,
    }
    return pdf.issue(
        SLIP,
        about=encounter,
        facility_id=encounter.facility_id,
        patient_id=encounter.patient_id,
        context=context,
        actor=actor,
        at=encounter.started_at,
    )


def _referral(referral: Referral) -> dict[str, str]:
    """Who has sent the patient here, how urgently, and why."""
    urgency, urgency_hi = in_both(Urgency, referral.urgency)
    sent_from, doctor = referral.from_department, referral.referred_by
    return {
        "from": sent_from.name,
        "from_hi": sent_from.name_hi,
        "by": doctor.name,
        "by_hi": doctor.name_hi,
        "urgency": urgency,
        "urgency_hi": urgency_hi,
        "reason": referral.reason,
    }


def issue_casualty_slip(
    *, arrival: CasualtyArrival, bed: Bed | None, case: MedicoLegalCase | None, actor: Any
) -> IssuedDocument:
    """The emergency slip: who, how urgent in words, who brought them; nothing about money."""
    encounter = arrival.encounter
    triage, triage_hi = in_both(Triage, arrival.triage)
    brought, brought_hi = in_both(BroughtBy, arrival.brought_by)
    dead = arrival.declared_dead_at
    return pdf.issue(
        CASUALTY_SLIP,
        about=encounter,
        facility_id=encounter.facility_id,
        patient_id=encounter.patient_id,
        actor=actor,
        at=arrival.arrived_at,
        context={
            "facility": heading(encounter.facility),
            **person(encounter.patient, arrival.arrived_at),
            "triage": triage,
            "triage_hi": triage_hi,
            "brought_by": brought,
            "brought_by_hi": brought_hi,
            "escort_name": arrival.escort_name,
            "escort_phone": arrival.escort_phone,
            "escort_from": arrival.escort_from,
            "complaint": arrival.complaint,
            "declared_dead_at": dead.isoformat() if dead else "",
            "case_number": case.number if case else "",
            "bed": place_of(bed) if bed else "",
            "at": arrival.arrived_at.isoformat(),
            "clerk": actor.name,
            "clerk_hi": actor.name_hi,
        },
    )


def issue_slip_again(token: QueueToken, slip: IssuedDocument, *, actor: Any, at: datetime) -> IssuedDocument:
    """The slip of somebody who waits elsewhere now: what it said, with the new token, room and day."""
    encounter, day = token.encounter, token.clinic_day.held_on
    before = slip.original.context if slip.original else slip.context
    context = {
        **before,
        **_place(encounter, token),
        "valid_till": encounter.valid_till.isoformat() if encounter.valid_till else "",
        "came_from": before["token"],
        "come_on": day.isoformat() if day != timezone.localdate(at) else "",
        "clerk": actor.name,
        "clerk_hi": actor.name_hi,
    }
    return pdf.issue(
        SLIP,
        about=token,
        facility_id=token.facility_id,
        patient_id=token.patient_id,
        context=context,
        actor=actor,
        at=at,
    )


def correct_slip(
    encounter: Encounter, token: QueueToken, slip: IssuedDocument, *, actor: Any, at: datetime
) -> IssuedDocument | None:
    """The slip anew with the patient's details of today; None where it says them already.

    What it says of the visit stays. A receipt is never written anew: it says who paid.
    """
    now = _person(encounter.patient, encounter) | {"abha": abha_of(encounter.patient)}
    if all(slip.context.get(name) == value for name, value in now.items()):
        return None
    context = {
        **slip.context,
        **now,
        "corrected_on": timezone.localdate(at).isoformat(),
        "clerk": actor.name,
        "clerk_hi": actor.name_hi,
    }
    return pdf.issue(
        SLIP,
        about=encounter if slip.about_id == encounter.pk else token,
        facility_id=token.facility_id,
        patient_id=token.patient_id,
        context=context,
        actor=actor,
        at=at,
    )


def said_in_both(choices: Any, value: str, note: str) -> tuple[str, str]:
    """(English, Hindi) of a reason: the choice's words, or what was written instead."""
    return (note, note) if note else in_both(choices, value)


def issue_downtime_sheets(
    *, department: Department, paper_id: UUID, numbers: list[str], actor: Any, at: datetime
) -> IssuedDocument:
    """Empty slips with their numbers, and the list in which each is written down again."""
    paper = pdf.issue(
        DOWNTIME_SHEETS,
        about=department,
        facility_id=department.facility_id,
        patient_id=None,
        context={
            "facility": heading(department.facility),
            "department": {"name": department.name, "name_hi": department.name_hi},
            "fee": str(department.fee()),
            "sheets": [{"number": number, "token": _token(number)} for number in numbers],
            "at": at.isoformat(),
        },
        actor=actor,
        at=at,
        number=f"{numbers[0]}–{numbers[-1][-7:]}",
    )
    paper.pk = paper_id
    return paper


def _token(number: str) -> str:
    """P7 of …/P26/0000007: never one of the tokens that the system gives, which are bare numbers."""
    return f"P{int(number.rsplit('/', 1)[1])}"


def abha_of(patient: Patient) -> str:
    """The patient's ABHA number, or "" where none is known; their own record's before a joined one's."""
    values = dict(_abha_numbers([patient.pk]))
    return values.get(patient.pk) or next(iter(values.values()), "")


@Composed
def _abha_numbers(records: list[UUID]) -> QuerySet[PatientIdentifier, tuple[UUID, str]]:
    numbers = PatientIdentifier.objects.filter(patient__in=same_person(*records), ended_at=None)
    held = numbers.filter(kind=IdentifierKind.ABHA_NUMBER).order_by("pk")
    return held.values_list("patient_id", "value")


def _person(patient: Patient, encounter: Encounter) -> dict[str, Any]:
    sex, sex_hi = in_both(Sex, patient.sex)
    relation, relation_hi = _either(GuardianRelation, patient.guardian_relation)
    category, category_hi = in_both(Category, patient.category)
    age = patient.age_on(timezone.localdate(encounter.started_at))
    district = patient.district
    return {
        "uhid": patient.uhid,
        "encounter_code": patient.uhid,
        "name": patient.name,
        "name_hi": patient.name_hi,
        "sex": sex,
        "sex_hi": sex_hi,
        "age": age.said_in("en") if age else "",
        "age_hi": age.said_in("hi") if age else "",
        "guardian_label": relation,
        "guardian_label_hi": relation_hi,
        "guardian_name": patient.guardian_name,
        "phone": patient.phone,
        "no_phone": patient.no_phone_reason == NoPhone.NONE_OWNED,
        "address": patient.address,
        "village": patient.village,
        "block_name": patient.block_name,
        "district": district.name if district else "",
        "district_hi": district.name_hi if district else "",
        "category": category,
        "category_hi": category_hi,
    }


def _place(encounter: Encounter, token: QueueToken) -> dict[str, Any]:
    department, unit = encounter.department, token.clinic_day.unit
    lane, lane_hi = in_both(Lane, token.lane)
    ordinary = token.lane == Lane.NORMAL
    return {
        "department": {"name": department.name, "name_hi": department.name_hi},
        "unit": unit.name,
        "unit_hi": unit.name_hi,
        "room": unit.room.number if unit.room else "",
        "doctor": unit.doctor.name if unit.doctor else "",
        "doctor_hi": unit.doctor.name_hi if unit.doctor else "",
        "token": token.number,
        "lane": "" if ordinary else lane,
        "lane_hi": "" if ordinary else lane_hi,
    }


def _fee(bill: Bill) -> dict[str, str]:
    mode, mode_hi = _either(PaymentMode, bill.payment.mode if bill.payment else "")
    due = bool(bill.invoice.total) and bill.payment is None
    with override("hi"):
        due_hi = _("not yet paid")
    return {
        "fee": str(bill.invoice.total),
        "fee_reason": bill.exemption.reason if bill.exemption else "not yet paid" if due else "",
        "fee_reason_hi": bill.exemption.reason_hi if bill.exemption else due_hi if due else "",
        "payment_mode": mode,
        "payment_mode_hi": mode_hi,
    }


def _either(choices: Any, value: str) -> tuple[str, str]:
    return in_both(choices, value) if value else ("", "")
