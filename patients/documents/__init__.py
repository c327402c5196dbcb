"""What the letter to the police, the patient's card and its labels, a clinical note and its outcomes say."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from facilities.documents import heading
from facilities.models import Facility
from hmis.kernel import pdf
from hmis.kernel.composed import Composed
from hmis.kernel.models import IssuedDocument
from hmis.kernel.pdf import in_both
from patients import permissions
from patients.documents.prescriptions import (
    AllergiesSaid,
    PrescribedLine,
    PrescriptionPaper,
    Signer,
    prescription_words,
)
from patients.models import (
    AdmissionRequest,
    BirthPrecision,
    CaseKind,
    Certificate,
    ClinicalNote,
    GuardianRelation,
    MedicationRequest,
    NoteAddendum,
    NoteKind,
    NoteSignature,
    Patient,
    PoliceIntimation,
    Referral,
    Sex,
    SignatureKind,
    Vital,
)
from patients.prescribing.dosages import from_json
from patients.queries import CARD, PRESCRIPTION, allergies_of, diagnoses_of, measured_in
from patients.queries.formulary import formulary_at, medicine_of
from patients.sections import COMPLAINTS, DurationUnit, Layout, Sections
from patients.states import CertificateKind, ConditionStatus, Escort, Transport, Urgency, WardKind

INTIMATION = "patients/documents/police_intimation.html"
LABELS = "patients/documents/labels.html"
# The same words on two sizes of paper.
NOTE = "patients/documents/note.html"
NOTE_SIZES = {"a4": NOTE, "a5": "patients/documents/note_a5.html"}
PRESCRIPTION_SIZES = {"a4": PRESCRIPTION, "a5": "patients/documents/prescription_a5.html"}
REFERRAL_LETTER = "patients/documents/referral_letter.html"
ADMISSION_REQUEST = "patients/documents/admission_request.html"
CERTIFICATE = "patients/documents/certificate.html"
# What changes from print to print and makes no other card.
OF_THE_PRINT = {"at", "reason"}

pdf.name_kind(INTIMATION, opened_by=permissions.VIEW_CASES, title=_("letter to the police"))
pdf.name_kind(CARD, opened_by=permissions.PRINT_CARD, copied_on="patients:patient_detail")
pdf.name_kind(*NOTE_SIZES.values(), opened_by=permissions.VIEW_NOTES, title=_("doctor's note"))
pdf.name_kind(*PRESCRIPTION_SIZES.values(), opened_by=permissions.VIEW_PRESCRIPTIONS, title=_("prescription"))
pdf.name_kind(LABELS, opened_by=permissions.PRINT_CARD)
pdf.name_kind(REFERRAL_LETTER, opened_by=permissions.VIEW_REFERRALS)
pdf.name_kind(ADMISSION_REQUEST, opened_by=permissions.VIEW_ADMISSION_REQUESTS)
pdf.name_kind(CERTIFICATE, opened_by=permissions.VIEW_CERTIFICATES)


def issue_intimation(told: PoliceIntimation, *, actor: Any, at: datetime) -> IssuedDocument:
    """The intimation to a police station, frozen as it was given; the police alone are told the name."""
    case = told.case
    kind, kind_hi = in_both(CaseKind, case.kind)
    return pdf.issue(
        INTIMATION,
        about=told,
        facility_id=case.facility_id,
        patient_id=case.patient_id,
        number=case.number,
        actor=actor,
        at=at,
        context={
            "facility": heading(case.facility),
            **person(case.patient, at),
            "kind": kind,
            "kind_hi": kind_hi,
            "particulars": case.particulars,
            "brought_by": case.brought_by,
            "came_at": case.encounter.started_at.isoformat(),
            "marked_at": case.marked_at.isoformat(),
            "marked_by": case.marked_by.name,
            "marked_by_hi": case.marked_by.name_hi,
            "station": told.station,
            "officer": told.officer,
            "informed_at": told.informed_at.isoformat(),
            "informed_by": told.informed_by.name,
            "informed_by_hi": told.informed_by.name_hi,
        },
    )


def person(patient: Patient, at: datetime) -> dict[str, Any]:
    """Who a patient is, as a paper says it in both languages."""
    sex, sex_hi = in_both(Sex, patient.sex)
    relation = patient.guardian_relation
    label, label_hi = in_both(GuardianRelation, relation) if relation else ("", "")
    age = patient.age_on(timezone.localdate(at))
    about = patient.is_unknown and patient.birth_precision != BirthPrecision.DAY
    district = patient.district
    return {
        "uhid": patient.uhid,
        "name": patient.name,
        "name_hi": patient.name_hi,
        "sex": sex,
        "sex_hi": sex_hi,
        "age": ("about " if about else "") + age.said_in("en") if age else "",
        "age_hi": ("लगभग " if about else "") + age.said_in("hi") if age else "",
        "guardian_label": label,
        "guardian_label_hi": label_hi,
        "guardian_name": patient.guardian_name,
        "phone": patient.phone,
        "address": patient.address,
        "village": patient.village,
        "block_name": patient.block_name,
        "district": district.name if district else "",
        "district_hi": district.name_hi if district else "",
    }


def issue_card(patient: Patient, *, card_id: UUID, reason: str, actor: Any, at: datetime) -> IssuedDocument:
    """The card's words, frozen now. No phone and no address stand on it: cards are lost."""
    relation, relation_hi = "", ""
    if patient.guardian_name and patient.guardian_relation:
        relation, relation_hi = in_both(GuardianRelation, patient.guardian_relation)
    words = {
        **_who(patient, actor.posting.facility),
        "guardian_label": relation,
        "guardian_label_hi": relation_hi,
        "guardian_name": patient.guardian_name,
    }
    return _issue(CARD, patient, card_id, {**words, "reason": reason}, actor=actor, at=at)


def issue_labels(
    patient: Patient, *, labels_id: UUID, count: int, actor: Any, at: datetime
) -> IssuedDocument:
    """The labels' words: one small page each."""
    words = {**_who(patient, actor.posting.facility), "labels": list(range(1, count + 1))}
    return _issue(LABELS, patient, labels_id, words, actor=actor, at=at)


def says_the_same(card: IssuedDocument, last: IssuedDocument) -> bool:
    """Whether the two cards differ in nothing that a person reads of the patient."""
    this, that = (
        {key: value for key, value in one.context.items() if key not in OF_THE_PRINT} for one in (card, last)
    )
    return this == that


def _who(patient: Patient, facility: Facility) -> dict[str, Any]:
    sex, sex_hi = in_both(Sex, patient.sex)
    return {
        "facility": heading(facility),
        "uhid": patient.uhid,
        "name": patient.name,
        "name_hi": patient.name_hi,
        "sex": sex,
        "sex_hi": sex_hi,
        "birth_year": patient.birth_date.year if patient.birth_date else None,
    }


def _issue(
    template: str, patient: Patient, paper_id: UUID, words: dict[str, Any], *, actor: Any, at: datetime
) -> IssuedDocument:
    paper = pdf.issue(
        template,
        about=patient,
        facility_id=actor.posting.facility_id,
        patient_id=patient.pk,
        context={**words, "at": at.isoformat()},
        actor=actor,
        at=at,
    )
    paper.id = paper_id
    return paper


def issue_note(note: ClinicalNote, *, come_again: str = "", actor: Any, at: datetime) -> IssuedDocument:
    """A signed note as it stands: its text, its diagnoses, who signed it, and what was added since."""
    kind, kind_hi = in_both(NoteKind, note.kind)
    signatures = _signatures(note.pk)
    return pdf.issue(
        NOTE,
        about=note,
        facility_id=note.facility_id,
        patient_id=note.patient_id,
        actor=actor,
        at=at,
        context={
            "facility": heading(note.facility),
            **person(note.patient, note.begun_at),
            "kind": kind,
            "kind_hi": kind_hi,
            "department": note.department.name,
            "department_hi": note.department.name_hi,
            "sections": _said(note.sections, note.layout()),
            "diagnoses": [_diagnosis(one) for one in note.diagnoses],
            "allergies": _allergies(note.patient, note.signed_at).frozen(),
            "come_again": come_again,
            "author": _signer(note.author),
            "signed_at": note.signed_at.isoformat() if note.signed_at else "",
            "signatures": [
                {**_signer(one.signed_by), "kind": one.kind, "at": one.signed_at.isoformat()}
                for one in signatures
            ],
            "awaits_countersign": note.needs_countersign
            and not any(one.kind == SignatureKind.COUNTERSIGNED for one in signatures),
            "addenda": [
                {
                    "reason": one.reason,
                    "text": one.text,
                    "by": _signer(one.written_by),
                    "at": one.written_at.isoformat(),
                }
                for one in _addenda(note.pk)
            ],
        },
    )


@Composed
def _signatures(note_id: UUID) -> QuerySet[NoteSignature]:
    return NoteSignature.objects.filter(note=note_id).select_related("signed_by").order_by("pk")


@Composed
def _addenda(note_id: UUID) -> QuerySet[NoteAddendum]:
    return NoteAddendum.objects.filter(note=note_id).select_related("written_by").order_by("number")


def note_words(note: ClinicalNote) -> dict[str, Any]:
    """What papers of other apps say of a signed note: its text in both languages, and who signed it."""
    said = issue_note(note, actor=note.signed_by, at=note.signed_at or note.saved_at).context
    return {
        name: said[name]
        for name in (
            "sections",
            "diagnoses",
            "allergies",
            "signatures",
            "awaits_countersign",
            "addenda",
            "signed_at",
        )
    }


def in_other_size(paper: IssuedDocument, template: str, *, actor: Any, at: datetime) -> IssuedDocument:
    """The very words of a paper for another size."""
    return IssuedDocument(
        template=template,
        context=paper.context,
        issued_by=actor,
        issued_at=at,
        **{
            name: getattr(paper, name)
            for name in ("about", "about_id", "facility_id", "patient_id", "number")
        },
    )


def _allergies(patient: Patient, at: datetime | None = None) -> AllergiesSaid:
    """Whether anybody has asked, and what is known; `at`: what was known then."""
    known = allergies_of(patient, at)
    return AllergiesSaid(
        is_asked=known.is_asked,
        asked_at=known.none_known.recorded_at if known.none_known else None,
        listed=[str(one) for one in known.listed],
        unchecked=[str(one) for one in known.unchecked],
    )


def _signer(user: Any) -> dict[str, str]:
    return {"name": user.name, "name_hi": user.name_hi, "council_number": user.council_number}


def _diagnosis(kept: dict[str, Any]) -> dict[str, Any]:
    status, status_hi = in_both(ConditionStatus, kept["status"])
    return {**kept, "status": status, "status_hi": status_hi}


def _said(sections: Sections, layout: Layout) -> list[dict[str, Any]]:
    """What is written, in the template's order, with the headings of both languages."""
    told = []
    for section in (one for one in layout if one["code"] in sections):
        written = sections[section["code"]]
        if section["code"] == COMPLAINTS:
            lines = [{"text": _complaint(one)} for one in written]
        else:
            lines = [_line(one, written[one["code"]]) for one in section["fields"] if one["code"] in written]
        told.append({"name": section["name"], "name_hi": section["name_hi"], "lines": lines})
    return told


def _complaint(said: dict[str, Any]) -> str:
    if "duration" not in said:
        return str(said["text"])
    unit, unit_hi = in_both(DurationUnit, said["unit"])
    return f"{said['text']} · {said['duration']} {unit_hi} ({said['duration']} {unit})"


def _line(field: dict[str, Any], value: Any) -> dict[str, str]:
    words = str(value)
    if field["kind"] == "check":
        words = "हाँ Yes"
    elif field["kind"] == "choice":
        chosen = {one["code"]: f"{one['name_hi']} ({one['name']})" for one in field["choices"]}
        words = chosen.get(value, words)
    return {"name": field["name"], "name_hi": field["name_hi"], "text": words}


def issue_prescription(
    note: ClinicalNote, *, come_again: str = "", actor: Any, at: datetime
) -> IssuedDocument:
    """The medicines of a signed note on a paper of their own; its code opens the page that confirms it."""
    check_key = pdf.new_check_key()
    number = f"{note.facility.code}/{timezone.localtime(at):%y%m%d}/{note.pk.hex[-6:].upper()}"
    words = prescription_words(_prescription(note, number, check_key, come_again, at=at))
    return pdf.issue(
        PRESCRIPTION,
        about=note,
        facility_id=note.facility_id,
        patient_id=note.patient_id,
        number=number,
        check_key=check_key,
        context=words,
        actor=actor,
        at=at,
    )


def _prescription(
    note: ClinicalNote, number: str, check_key: str, come_again: str, *, at: datetime
) -> PrescriptionPaper:
    medicines = formulary_at(note.facility_id).by_id
    rows = MedicationRequest.objects.filter(note=note, signed_at__isnull=False).order_by("position", "pk")
    rows = rows.select_related("medication")
    lines = [
        PrescribedLine(
            from_json(one.dosage, medicines.get(one.medication_id) or medicine_of(one.medication)),
            indication=one.indication,
            approved_by=Signer(one.authorised_by) if one.authorised_by else None,
        )
        for one in rows
    ]
    measured = measured_in(note.encounter)
    countersigned = note.signatures.filter(kind=SignatureKind.COUNTERSIGNED).select_related("signed_by")
    by = countersigned.first()
    return PrescriptionPaper(
        number=number,
        at=at,
        check_url=settings.PUBLIC_URL + reverse("prescription_check", args=[check_key]),
        facility={
            **heading(note.facility),
            "address": note.facility.address,
            "phone": note.facility.phone,
        },
        person=person(note.patient, note.begun_at),
        department=note.department.name,
        department_hi=note.department.name_hi,
        doctor=_prescriber(note.signed_by),
        countersigned_by=_prescriber(by.signed_by) if by else None,
        awaits_countersign=note.needs_countersign and by is None,
        lines=lines,
        weight=next((one.shown for one in measured if one.code == Vital.WEIGHT), ""),
        vitals=[
            (str(one.get_code_display()), f"{one.shown} {one.unit_shown}".strip())
            for one in measured
            if one.code != Vital.WEIGHT
        ],
        diagnoses=[_diagnosis(one) for one in note.diagnoses],
        complaints=[_complaint(one) for one in note.sections.get(COMPLAINTS, [])],
        allergies=_allergies(note.patient),
        advice=str(note.sections.get("plan", {}).get("advice", "")),
        follow_up_on=date.fromisoformat(come_again) if come_again else None,
    )


def _prescriber(user: Any) -> Signer:
    return Signer(
        name=user.name, name_hi=user.name_hi, council_number=user.council_number, hpr_id=user.hpr_id
    )


# ── How a consultation ended ──


def issue_letter(referral: Referral, *, actor: Any, at: datetime) -> IssuedDocument:
    """The letter to the doctor of another hospital; what the patient must know stands in both languages."""
    urgency, urgency_hi = in_both(Urgency, referral.urgency)
    transport, transport_hi = in_both(Transport, referral.transport)
    escort, escort_hi = in_both(Escort, referral.escort)
    place = referral.to_facility
    return _outcome(
        REFERRAL_LETTER,
        referral,
        {
            "from_department": referral.from_department.name,
            "from_department_hi": referral.from_department.name_hi,
            "came_at": referral.encounter.started_at.isoformat(),
            "to": place.name if place else referral.to_name,
            "to_hi": place.name_hi if place else "",
            "urgency": urgency,
            "urgency_hi": urgency_hi,
            "diagnoses": [_diagnosis(one) for one in diagnoses_of(referral.encounter_id)],
            "allergies": _allergies(referral.patient).frozen(),
            "reason": referral.reason,
            "findings": referral.findings,
            "done": referral.done,
            "transport": transport,
            "transport_hi": transport_hi,
            "escort": escort,
            "escort_hi": escort_hi,
        },
        actor=actor,
        at=at,
    )


def issue_admission_slip(wish: AdmissionRequest, *, actor: Any, at: datetime) -> IssuedDocument:
    """What the patient carries to the counter of admissions."""
    urgency, urgency_hi = in_both(Urgency, wish.urgency)
    ward, ward_hi = in_both(WardKind, wish.ward_kind)
    came_from = wish.encounter.department
    return _outcome(
        ADMISSION_REQUEST,
        wish,
        {
            "from_department": came_from.name,
            "from_department_hi": came_from.name_hi,
            "department": wish.department.name,
            "department_hi": wish.department.name_hi,
            "ward": ward,
            "ward_hi": ward_hi,
            "urgency": urgency,
            "urgency_hi": urgency_hi,
            "diagnosis": wish.diagnosis,
            "reason": wish.reason,
        },
        actor=actor,
        at=at,
    )


def issue_certificate_paper(certificate: Certificate, *, actor: Any, at: datetime) -> IssuedDocument:
    """The certificate as it was signed; its code opens the public page that confirms it and names nobody."""
    kind, kind_hi = in_both(CertificateKind, certificate.kind)
    check_key = pdf.new_check_key()
    return _outcome(
        CERTIFICATE,
        certificate,
        {
            "kind_code": certificate.kind,
            "kind": kind,
            "kind_hi": kind_hi,
            "from_on": certificate.from_on.isoformat(),
            "to_on": certificate.to_on.isoformat() if certificate.to_on else "",
            "days": certificate.days,
            "fit_for": certificate.fit_for,
            "diagnosis": certificate.diagnosis,
            "ends": certificate.ends.number if certificate.ends else "",
            "examined_at": certificate.encounter.started_at.isoformat(),
            "department": certificate.encounter.department.name,
            "department_hi": certificate.encounter.department.name_hi,
            "check_url": settings.PUBLIC_URL + reverse("certificate_check", args=[check_key]),
        },
        number=certificate.number,
        check_key=check_key,
        actor=actor,
        at=at,
    )


def _outcome(
    template: str, row: Any, words: dict[str, Any], *, actor: Any, at: datetime, **keyed: str
) -> IssuedDocument:
    """A paper about how a contact ended: whose, of which hospital, by which doctor, when."""
    return pdf.issue(
        template,
        about=row,
        facility_id=row.facility_id,
        patient_id=row.patient_id,
        context={
            "facility": {
                **heading(row.facility),
                "address": row.facility.address,
                "phone": row.facility.phone,
            },
            **person(row.patient, at),
            "doctor": _signer(actor),
            "at": at.isoformat(),
            **words,
        },
        actor=actor,
        at=at,
        **keyed,
    )
