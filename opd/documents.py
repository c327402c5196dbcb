"""What an OPD slip (पर्ची) says."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.services import Bill
from billing.states import PaymentMode
from hmis.kernel import pdf
from hmis.kernel.models import IssuedDocument
from opd.models import QueueToken
from opd.queries import SLIP
from opd.states import Lane
from patients.documents import heading, in_both
from patients.models import Category, Encounter, GuardianRelation, IdentifierKind, Patient, Sex


def issue_slip(
    *, encounter: Encounter, token: QueueToken, bill: Bill, abha: str, actor: Any
) -> IssuedDocument:
    """The slip's words, frozen as they were at the counter."""
    context = {
        "facility": heading(encounter.facility),
        **_person(encounter.patient, encounter),
        **_place(encounter, token),
        **_fee(bill),
        "abha": abha,
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


def abha_of(patient: Patient) -> str:
    """The patient's ABHA number, or "" where none is known."""
    numbers = patient.identifiers.filter(kind=IdentifierKind.ABHA_NUMBER, ended_at=None)
    return numbers.values_list("value", flat=True).first() or ""


def _person(patient: Patient, encounter: Encounter) -> dict[str, Any]:
    sex, sex_hi = in_both(Sex, patient.sex)
    relation, relation_hi = _either(GuardianRelation, patient.guardian_relation)
    category, category_hi = in_both(Category, patient.category)
    age = patient.age_on(encounter.started_at.date())
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
        "no_phone": not patient.phone,
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
    due = bool(bill.charge_item.net) and bill.payment is None
    with override("hi"):
        due_hi = _("not yet paid")
    return {
        "fee": str(bill.charge_item.net),
        "fee_reason": bill.exemption.reason if bill.exemption else "not yet paid" if due else "",
        "fee_reason_hi": bill.exemption.reason_hi if bill.exemption else due_hi if due else "",
        "payment_mode": mode,
        "payment_mode_hi": mode_hi,
    }


def _either(choices: Any, value: str) -> tuple[str, str]:
    return in_both(choices, value) if value else ("", "")
