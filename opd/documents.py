"""What an OPD slip (पर्ची) and an emergency slip say."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from billing.services import Bill
from billing.states import PaymentMode
from facilities.documents import heading
from facilities.models import Bed, Department
from hmis.kernel import pdf
from hmis.kernel.models import IssuedDocument
from hmis.kernel.pdf import in_both
from opd import permissions
from opd.models import CasualtyArrival, QueueToken
from opd.queries import CASUALTY_SLIP, DOWNTIME_SHEETS, SLIP
from opd.states import BroughtBy, Lane, Triage
from patients import permissions as of_patients
from patients.documents import person
from patients.models import (
    Category,
    Encounter,
    GuardianRelation,
    IdentifierKind,
    MedicoLegalCase,
    Patient,
    Referral,
    Sex,
)
from patients.prescribing.forms import label
from patients.prescribing.frequencies import SLOTS
from patients.prescribing.lines import SEPARATOR, Line, number, shown, shown_amount
from patients.prescribing.medicines import Medicine
from patients.prescribing.quantities import quantity
from patients.prescribing.telling import times, told, told_seldom
from patients.states import Urgency

pdf.name_kind(SLIP, opened_by=permissions.PRINT_SLIP, title=gettext_lazy("OPD slip"))
pdf.name_kind(CASUALTY_SLIP, opened_by=permissions.VIEW_CASUALTY, title=gettext_lazy("casualty slip"))
# The same words on two sizes of paper.
PRESCRIPTION = "opd/documents/prescription.html"
PRESCRIPTION_SIZES = {"a4": PRESCRIPTION, "a5": "opd/documents/prescription_a5.html"}
pdf.name_kind(
    *PRESCRIPTION_SIZES.values(), opened_by=of_patients.VIEW_NOTES, title=gettext_lazy("prescription")
)
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


def place_of(bed: Bed) -> str:
    """Where a bed stands: ward, room, bed."""
    ward = bed.room.ward
    parts = [ward.name_hi or ward.name] if ward else []
    return " · ".join([*parts, bed.room.number, bed.number])


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
    """The patient's ABHA number, or "" where none is known."""
    numbers = patient.identifiers.filter(kind=IdentifierKind.ABHA_NUMBER, ended_at=None)
    return numbers.values_list("value", flat=True).first() or ""


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


# ── The prescription ──

RESERVE, DUPLICATED = "Reserve", "X"
# What the Drugs Rules 1945 ask to be said of a schedule, and what a hospital says besides, in both languages.
SCHEDULES = {"G": "G", "H": "H Rx", "H1": "H1 Rx", "X": "X XRx"}
SIGNS = {
    "G": ("डॉक्टर की देखरेख में ही लें", "Schedule G: take only under a doctor's supervision"),
    "H Rx": ("डॉक्टर की पर्ची पर ही मिलेगी", "Schedule H: sold on prescription only"),
    "H1 Rx": (
        "डॉक्टर की पर्ची पर ही मिलेगी; काउंटर इसे H1 रजिस्टर में चढ़ाता है",
        "Schedule H1: sold on prescription only; entered in the counter's H1 register",
    ),
    "X XRx": (
        "दो प्रतियों वाली पर्ची पर ही मिलेगी; काउंटर एक प्रति दो साल रखता है",
        "Schedule X: on a prescription in duplicate; the counter keeps one copy for two years",
    ),
    "RESERVE": ("आख़िरी सहारे की एंटीबायोटिक", "Reserve group: an antibiotic of last resort"),
    "!": ("मात्रा दोबारा जाँचें", "high alert: check the dose twice"),
    "*": ("दवा समिति से अभी मंज़ूर नहीं", "entry not yet approved by the hospital"),
}
_COPIES = (("मरीज़ की प्रति", "Patient's copy"), ("काउंटर की प्रति", "Counter's copy"))
_WEEKDAYS_HI = ("सोमवार", "मंगलवार", "बुधवार", "गुरुवार", "शुक्रवार", "शनिवार", "रविवार")


@dataclass(frozen=True)
class Signer:
    """Who signs a prescription, as the law and the registry know them."""

    name: str
    name_hi: str = ""
    council_number: str = ""
    hpr_id: str = ""
    grade: str = ""
    grade_hi: str = ""


@dataclass(frozen=True)
class PrescribedLine:
    """One line as it was signed; a Reserve antibiotic says what for, and who agreed to it."""

    line: Line
    indication: str = ""
    approved_by: Signer | None = None


@dataclass(frozen=True)
class PrescriptionPaper:
    """Everything that a prescription's paper says, whatever models it comes from."""

    number: str
    at: datetime
    check_url: str
    facility: dict[str, str]  # facilities.documents.heading, with its address and phone
    person: dict[str, Any]  # patients.documents.person
    department: str
    department_hi: str
    doctor: Signer
    lines: Sequence[PrescribedLine]
    countersigned_by: Signer | None = None
    awaits_countersign: bool = False
    weight: str = ""
    diagnoses: Sequence[dict[str, Any]] = ()  # as a note's paper has them
    complaints: Sequence[str] = ()
    vitals: Sequence[tuple[str, str]] = ()
    allergies_asked: bool = False
    allergies: Sequence[str] = ()
    advice: str = ""
    follow_up_on: date | None = None


def prescription_words(paper: PrescriptionPaper) -> dict[str, Any]:
    """The context of a prescription, as it is frozen in the act."""
    needs_two = any(one.line.medicine.schedule == DUPLICATED for one in paper.lines)
    return {
        "facility": paper.facility,
        **paper.person,
        "number": paper.number,
        "at": paper.at.isoformat(),
        "check_url": paper.check_url,
        "department": paper.department,
        "department_hi": paper.department_hi,
        "weight": paper.weight,
        "doctor": _signed(paper.doctor),
        "countersigned_by": _signed(paper.countersigned_by),
        "awaits_countersign": paper.awaits_countersign,
        "diagnoses": list(paper.diagnoses),
        "complaints": list(paper.complaints),
        "vitals": [{"name": name, "value": value} for name, value in paper.vitals],
        "allergies": {"is_asked": paper.allergies_asked, "listed": list(paper.allergies)},
        "lines": [_prescribed(one) for one in paper.lines],
        "legend": _legend([one.line.medicine for one in paper.lines]),
        "advice": paper.advice,
        "follow_up_on": paper.follow_up_on.isoformat() if paper.follow_up_on else "",
        "follow_up_day_hi": _WEEKDAYS_HI[paper.follow_up_on.weekday()] if paper.follow_up_on else "",
        "leaves": [{"hi": hindi, "en": english} for hindi, english in _COPIES] if needs_two else [{}],
    }


def _signed(signer: Signer | None) -> dict[str, str] | None:
    return vars(signer).copy() if signer else None


def _prescribed(one: PrescribedLine) -> dict[str, Any]:
    """A line for the counter in its own words, and for the patient in theirs."""
    line, medicine = one.line, one.line.medicine
    counted = quantity(line)
    return {
        "label": label(medicine),
        "dose": _dose_shown(line),
        "note": line.note,
        "quantity": shown_amount(counted.given_out, counted.unit) if counted else "",
        "told_hi": told(line, "hi"),
        "told": told(line, "en"),
        "pictures": _pictures(line),
        "seldom_hi": told_seldom(line, hindi=True),
        "signs": _signs(medicine),
        "is_duplicated": medicine.schedule == DUPLICATED,
        "is_reserve": medicine.aware_group == RESERVE,
        "indication": one.indication,
        "approved_by": _signed(one.approved_by),
        "is_at_counter": medicine.listed and medicine.available,
    }


def _dose_shown(line: Line) -> str:
    """The line as it reads itself, without the label and the note that stand beside it."""
    text = shown(replace(line, note=""))
    return text.removeprefix(label(line.medicine)).removeprefix(SEPARATOR)


def _pictures(line: Line) -> list[dict[str, str]]:
    """The sun and the moon with what is taken then; of a taper one amount after the other."""
    unit, taken = line.stages[0].dose_unit, dict(times(line))
    if not taken:
        return []
    return [
        {"slot": slot, "amount": ", ".join(number(amount, unit) for amount in taken.get(slot, ()))}
        for slot in SLOTS
    ]


def _signs(medicine: Medicine) -> list[str]:
    """What is to be known before it is given out; each sign is explained below the medicines."""
    said = {
        SCHEDULES.get(medicine.schedule, ""): medicine.schedule in SCHEDULES,
        "RESERVE": medicine.aware_group == RESERVE,
        "!": medicine.high_alert,
        "*": not medicine.approved,
    }
    return [sign for sign, is_said in said.items() if is_said]


def _legend(medicines: Sequence[Medicine]) -> list[dict[str, str]]:
    used = {sign for medicine in medicines for sign in _signs(medicine)}
    return [{"sign": sign, "hi": words[0], "en": words[1]} for sign, words in SIGNS.items() if sign in used]
