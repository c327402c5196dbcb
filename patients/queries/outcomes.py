"""How a consultation ended: referrals, requests to admit, certificates, and their papers."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Case, QuerySet, When
from django.utils.translation import gettext_lazy as _

from facilities.models import Facility
from facilities.queries import misnumbered
from hmis.kernel import pdf, scope
from hmis.kernel.models import IssuedDocument
from hmis.kernel.numbering import Series
from hmis.kernel.verifying import Fault, holds
from patients.models import AdmissionRequest, Certificate, Encounter, MedicationRequest, Patient, Referral
from patients.states import OPEN_REQUESTS, URGENCY_RANK, CertificateStatus, MedicationStatus

PRESCRIPTION = "patients/documents/prescription.html"


@dataclass(frozen=True)
class Outcomes:
    """What one contact came to, each with `paper`, its original; and the referral that it began with."""

    came_by: Referral | None
    referrals: list[Referral]
    admission_requests: list[AdmissionRequest]
    certificates: list[Certificate]

    @property
    def is_empty(self) -> bool:
        return not (self.referrals or self.admission_requests or self.certificates)


def referrals_here(user: Any) -> QuerySet[Referral]:
    """The referrals of the hospitals within reach, newest first."""
    linked = ("patient", "from_department", "to_department", "referred_by", "withdrawn_by")
    return Referral.objects.visible_to(user).select_related(*linked).order_by("-referred_at", "-pk")


def admission_requests_here(user: Any) -> QuerySet[AdmissionRequest]:
    """The requests to admit of the hospitals within reach, newest first."""
    linked = ("patient", "department", "requested_by", "accepted_by", "cancelled_by")
    visible = AdmissionRequest.objects.visible_to(user).select_related(*linked)
    return visible.order_by("-requested_at", "-pk")


def certificates_here(user: Any) -> QuerySet[Certificate]:
    """The certificates of the hospitals within reach, newest first."""
    linked = ("patient", "issued_by", "cancelled_by", "ends")
    return Certificate.objects.visible_to(user).select_related(*linked).order_by("-issued_at", "-pk")


def requests_waiting(user: Any) -> QuerySet[AdmissionRequest]:
    """Those whom a ward still waits for: the most urgent first, then whoever has waited longest."""
    ranks = Case(*(When(urgency=one, then=rank) for one, rank in URGENCY_RANK.items()), default=9)
    waiting = admission_requests_here(user).filter(status__in=OPEN_REQUESTS)
    return waiting.order_by(ranks, "requested_at", "pk")


def outcomes_of(encounter: Encounter, user: Any) -> Outcomes:
    """What this contact came to."""
    came_by = referrals_here(user).filter(led_to=encounter).first()
    sent = list(referrals_here(user).filter(encounter=encounter))
    asked = list(admission_requests_here(user).filter(encounter=encounter))
    given = list(certificates_here(user).filter(encounter=encounter))
    give_papers([*sent, *asked, *given])
    return Outcomes(came_by, sent, asked, given)


def give_papers(rows: Iterable[Referral | AdmissionRequest | Certificate]) -> None:
    """Each with `paper`, its original. A referral to a department has its slip at the contact it began."""
    about = {getattr(row, "led_to_id", None) or row.pk: row for row in rows}
    papers = pdf.by_row(pdf.originals(*about).defer("context"))
    for about_id, row in about.items():
        row.paper = papers.get(about_id)


def sick_certificates_of(patient: Patient, facility_id: UUID) -> QuerySet[Certificate]:
    """Those of this hospital that a fitness certificate may end, newest first."""
    given = patient.certificates.filter(facility=facility_id, status=CertificateStatus.ISSUED)
    return given.filter(to_on__isnull=False).order_by("-issued_at")


def genuine_certificate(check_key: str) -> Certificate | None:
    """The certificate with this key, from whatever hospital; nobody's name is asked for."""
    with scope.within(scope.everywhere()):  # whoever has the paper in hand asks
        about = pdf.keyed(check_key).values("about_id")
        return Certificate.objects.select_related("facility").filter(pk__in=about).first()


def genuine_prescription(check_key: str) -> IssuedDocument | None:
    """The prescription's paper with this key, from whatever hospital; `of` it, `lines`, `stopped`."""
    with scope.within(scope.everywhere()):  # whoever has the paper in hand asks
        paper: Any = pdf.keyed(check_key).filter(template=PRESCRIPTION).first()
        if paper is None:
            return None
        paper.of = Facility.objects.get(pk=paper.facility_id)
        signed = MedicationRequest.objects.filter(note_id=paper.about_id, signed_at__isnull=False)
        paper.lines = signed.count()
        paper.stopped = signed.filter(status=MedicationStatus.STOPPED).count()
        return paper  # type: ignore[no-any-return]


@holds("patients.certificates_have_no_gap", _("Certificates are numbered without a gap."))
def certificate_faults() -> Iterator[Fault]:
    """Numbers that were given and have no certificate, and certificates whose number was never given."""
    yield from misnumbered("patients_certificate", "number", Series.CERTIFICATE)
