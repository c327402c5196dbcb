"""The papers of leaving: LAMA form, gate pass, discharge summary, Form 4, the receipt for a body."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from facilities.documents import heading
from facilities.models import User
from hmis.kernel import pdf
from hmis.kernel.models import IssuedDocument
from hmis.kernel.pdf import in_both
from ipd import permissions, queries
from ipd.models import Admission, CareTeam, Death
from ipd.states import DischargeType, MannerOfDeath
from lab.models import ServiceRequest
from patients import permissions as patient_permissions
from patients.documents import NOTE, note_words, person
from patients.models import BedStay, ClinicalNote

LAMA_FORM = "ipd/documents/lama_form.html"
GATE_PASS = "ipd/documents/gate_pass.html"  # noqa: S105
SUMMARY = "ipd/documents/summary.html"
FORM_4 = "ipd/documents/form_4.html"
BODY_RECEIPT = "ipd/documents/body_receipt.html"
pdf.name_kind(LAMA_FORM, opened_by=permissions.PRINT_PAPERS, title=_("LAMA form"))
pdf.name_kind(GATE_PASS, opened_by=permissions.PRINT_PAPERS)
pdf.name_kind(
    SUMMARY,
    opened_by=patient_permissions.VIEW_NOTES,
    title=_("discharge summary"),
)


def _holds(_user: Any, paper: IssuedDocument) -> bool:
    """Papers of a death that was taken back are printed no more."""
    return not Death.objects.filter(pk=paper.about_id).exclude(notice__withdrawn_at=None).exists()


pdf.name_kind(
    FORM_4,
    opened_by=permissions.VIEW_REGISTERS,
    title=_("medical certificate of cause of death"),
    asks=_holds,
)
pdf.name_kind(BODY_RECEIPT, opened_by=permissions.HAND_OVER_BODIES, asks=_holds)


def issue_lama_form(admission: Admission, *, actor: Any, at: datetime) -> IssuedDocument:
    """What is signed by whoever goes against medical advice."""
    return _of(admission, LAMA_FORM, {"doctor": _signer(actor)}, actor=actor, at=at)


def issue_gate_pass(admission: Admission, *, actor: Any, at: datetime) -> IssuedDocument:
    """What the guard at the gate keeps: who goes, and that nothing is open."""
    assert admission.discharged_at
    said = {"number": admission.discharge_number, "left_at": _iso(admission.left_at), "clerk": _signer(actor)}
    return _of(admission, GATE_PASS, said, actor=actor, at=at, number=admission.discharge_number)


def _of(
    admission: Admission, template: str, said: dict[str, Any], *, actor: Any, at: datetime, number: str = ""
) -> IssuedDocument:
    return pdf.issue(
        template,
        about=admission,
        facility_id=admission.facility_id,
        patient_id=admission.patient_id,
        number=number,
        actor=actor,
        at=at,
        context={**_stay(admission, at), **said},
    )


def _stay(admission: Admission, at: datetime) -> dict[str, Any]:
    """Who lay where, from when, under whom, and how it ends."""
    team = CareTeam.objects.filter(admission=admission).select_related("department", "consultant")
    last_team = team.order_by("-began_at", "-pk").first()
    stays = BedStay.objects.filter(encounter=admission.encounter_id).select_related("bed__room__ward")
    last = stays.order_by("-began_at", "-pk").first()
    ward = last and last.bed.room.ward
    case = queries.case_of_contact(admission.encounter_id, admission.patient_id)
    kind, kind_hi = in_both(DischargeType, admission.discharge_type) if admission.discharge_type else ("", "")
    return {
        "facility": heading(admission.facility) | {"phone": admission.facility.phone},
        **person(admission.patient, at),
        "ipd_number": admission.number,
        "admitted_at": admission.admitted_at.isoformat(),
        "diagnosis": admission.diagnosis,
        "kind": kind,
        "kind_hi": kind_hi,
        "referred_to": admission.referred_to,
        "lama_name": admission.lama_name,
        "lama_relation": admission.lama_relation,
        "case_number": case.number if case else "",
        "department": last_team.department.name if last_team else "",
        "department_hi": last_team.department.name_hi if last_team else "",
        "consultant": _signer(last_team.consultant) if last_team and last_team.consultant else None,
        "ward": ward.name if ward else "",
        "ward_hi": ward.name_hi if ward else "",
        "at": at.isoformat(),
    }


def summary_of(note: ClinicalNote, admission: Admission, *, actor: Any, at: datetime) -> IssuedDocument:
    """The discharge summary as it was signed, with the stay it is of; a row to write or to compare with."""
    printed = pdf.originals(note.pk).filter(template=NOTE).order_by("pk").first()
    again = str(printed.context.get("come_again", "")) if printed else ""
    signed_at = note.signed_at or at
    said = _stay(admission, signed_at) | note_words(note)
    said |= {
        # The same paper as long as nothing of it changes: neither who prints it nor when stands on it.
        "at": signed_at.isoformat(),
        "come_again": again,
        "left_at": _iso(admission.left_at),
        "discharge_number": admission.discharge_number,
        "awaited": [_awaited(one) for one in queries.awaited_of(admission, note, signed_at)],
    }
    for section in said["sections"]:
        section["is_for_patient"] = section["name"] == note.layout()[-1]["name"]
    return pdf.issue(
        SUMMARY,
        about=note,
        facility_id=note.facility_id,
        patient_id=note.patient_id,
        number=admission.number,
        actor=actor,
        at=at,
        context=said,
    )


def _awaited(order: ServiceRequest) -> dict[str, str]:
    test, ordered_on = order.test, timezone.localdate(order.ordered_at)
    return {"name": test.name, "name_hi": test.name_hi, "ordered_on": ordered_on.isoformat()}


def issue_form_4(death: Death, admission: Admission | None, *, actor: Any, at: datetime) -> IssuedDocument:
    """The medical certificate of cause of death, with the fields that a death here has."""
    manner, manner_hi = in_both(MannerOfDeath, death.manner)
    died_on = timezone.localdate(death.died_at)
    names = ("immediate_cause", "antecedent_cause", "underlying_cause")
    intervals = ("immediate_interval", "antecedent_interval", "underlying_interval")
    context = {
        "facility": heading(death.facility),
        **person(death.patient, death.died_at),
        "number": death.number,
        "ipd_number": admission.number if admission else "",
        "admitted_at": admission.admitted_at.isoformat() if admission else "",
        "died_at": death.died_at.isoformat(),
        **{name: getattr(death, name) for name in (*names, *intervals)},
        "other_conditions": death.other_conditions,
        "manner": manner,
        "manner_hi": manner_hi,
        "how_injured": death.how_injured,
        "asks_pregnancy": death.was_pregnant or death.patient.may_be_pregnant(died_on),
        "was_pregnant": death.was_pregnant,
        "was_delivered": death.was_delivered,
        "goes_to_post_mortem": death.goes_to_post_mortem,
        "doctor": _signer(actor),
        "at": at.isoformat(),
    }
    return _about_death(death, FORM_4, context, actor=actor, at=at)


def issue_body_receipt(death: Death, *, actor: Any, at: datetime) -> IssuedDocument:
    """What whoever takes the body signs."""
    case = queries.case_of_contact(death.encounter_id, death.patient_id)
    context = {
        "facility": heading(death.facility),
        **person(death.patient, death.died_at),
        "number": death.number,
        "died_at": death.died_at.isoformat(),
        "handed_to": death.handed_to,
        "handed_relation": death.handed_relation,
        "handed_proof": death.handed_proof,
        "handed_phone": death.handed_phone,
        "case_number": case.number if case else "",
        "goes_to_post_mortem": death.goes_to_post_mortem,
        "by": _signer(actor),
        "at": at.isoformat(),
    }
    return _about_death(death, BODY_RECEIPT, context, actor=actor, at=at)


def _about_death(
    death: Death, template: str, context: dict[str, Any], *, actor: Any, at: datetime
) -> IssuedDocument:
    check_key = pdf.new_check_key()
    return pdf.issue(
        template,
        about=death,
        facility_id=death.facility_id,
        patient_id=death.patient_id,
        number=death.number,
        check_key=check_key,
        actor=actor,
        at=at,
        context={**context, "check_url": settings.PUBLIC_URL + reverse("death_check", args=[check_key])},
    )


def _signer(user: User) -> dict[str, str]:
    return {"name": user.name, "name_hi": user.name_hi, "council_number": user.council_number}


def _iso(at: datetime | None) -> str:
    return timezone.localtime(at).isoformat() if at else ""
