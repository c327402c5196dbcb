"""The papers of an admission: the face sheet of the case file, and the band round the wrist."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from facilities.documents import heading, place_of
from facilities.models import User
from hmis.kernel import pdf
from hmis.kernel.models import IssuedDocument
from hmis.kernel.pdf import in_both
from ipd import permissions
from ipd.models import Admission, CareTeam
from ipd.states import Consent, Source
from patients.documents import person
from patients.models import BedStay, MedicoLegalCase

ADMISSION_SHEET = "ipd/documents/admission_sheet.html"
WRIST_BAND = "ipd/documents/wrist_band.html"
pdf.name_kind(ADMISSION_SHEET, opened_by=permissions.PRINT_PAPERS, title=_("admission sheet"))
pdf.name_kind(WRIST_BAND, opened_by=permissions.PRINT_PAPERS)


def issue_admission_papers(
    admission: Admission,
    stay: BedStay,
    team: CareTeam,
    case: MedicoLegalCase | None,
    *,
    actor: Any,
    at: datetime,
) -> list[IssuedDocument]:
    """The face sheet and the wrist band, frozen as the desk knew the patient."""
    source, source_hi = in_both(Source, admission.source)
    consent, consent_hi = in_both(Consent, admission.consent) if admission.consent else ("", "")
    context = {
        "facility": heading(admission.facility),
        **person(admission.patient, at),
        "ipd_number": admission.number,
        "bed": place_of(stay.bed),
        "department": team.department.name,
        "department_hi": team.department.name_hi,
        "consultant": _name(team.consultant),
        "diagnosis": admission.diagnosis,
        "source": source,
        "source_hi": source_hi,
        "attendant": admission.attendant_name,
        "attendant_relation": admission.attendant_relation,
        "attendant_phone": admission.attendant_phone,
        "consent": consent,
        "consent_hi": consent_hi,
        "consent_name": admission.consent_name,
        "nobody_agreed": admission.consent == Consent.EMERGENCY,
        "case_number": case.number if case else "",
        "at": at.isoformat(),
        "clerk": actor.name,
        "clerk_hi": actor.name_hi,
    }
    return [
        pdf.issue(
            template,
            about=admission,
            facility_id=admission.facility_id,
            patient_id=admission.patient_id,
            actor=actor,
            at=at,
            context=context,
        )
        for template in (ADMISSION_SHEET, WRIST_BAND)
    ]


def _name(user: User | None) -> str:
    return f"{user.name_hi or user.name} · {user.name}" if user else ""


def papers_of(admission: Admission) -> list[IssuedDocument]:
    """The face sheet and the wrist band as they were issued."""
    papers = pdf.originals(admission.pk)
    return list(papers.filter(template__in=[ADMISSION_SHEET, WRIST_BAND]).order_by("pk"))
