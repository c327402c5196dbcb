"""How consultations end, made by their own services."""

from datetime import timedelta
from uuid import uuid4

from django.utils import timezone

from hmis.kernel.models import IssuedDocument
from opd.models import QueueToken
from opd.services import Sending, refer_to_department
from patients.models import AdmissionRequest
from patients.services import Certified, Letter, Wish, issue_certificate, request_admission, write_letter
from patients.states import OPEN_REQUESTS, CertificateKind, Escort, Transport, Urgency


def certifying(doctor, number="JHMC/2019/00421"):
    """The doctor with a council registration number."""
    doctor.council_number = number
    doctor.save(update_fields=["council_number"])
    return doctor


def make_letter(encounter, doctor, *, at=None, key=None, **said):
    """A letter to another hospital."""
    said = {
        "reason": "surgeon's opinion",
        "transport": Transport.AMBULANCE_108,
        "escort": Escort.RELATIVE,
        "to_name": "Sadar Hospital Khunti",
    } | said
    return write_letter(
        encounter=encounter,
        letter=Letter(**said),
        request_key=key or uuid4(),
        actor=doctor,
        at=at or timezone.now(),
    )


def make_sending(encounter, department, doctor, *, at=None, key=None, **said):
    """A referral to this department, as the registration that it began."""
    sending = Sending(department, **{"reason": "lump in the breast", "urgency": Urgency.ROUTINE} | said)
    return refer_to_department(
        encounter=encounter,
        sending=sending,
        request_key=key or uuid4(),
        actor=doctor,
        at=at or timezone.now(),
    )


def make_admission_request(encounter, doctor, *, at=None, key=None, **said):
    """A request to admit; the one that is open where there is one already."""
    held = AdmissionRequest.objects.filter(patient=encounter.patient_id, status__in=OPEN_REQUESTS).first()
    if held and key is None:
        return held
    wish = {"department": encounter.department, "reason": "for surgery", "diagnosis": "K40.9 hernia"} | said
    return request_admission(
        encounter=encounter,
        wish=Wish(**wish),
        request_key=key or uuid4(),
        actor=doctor,
        at=at or timezone.now(),
    )


def make_certificate(encounter, doctor, *, at=None, key=None, days=3, **said):
    """A sick certificate from this day on, unless said otherwise."""
    at = at or timezone.now()
    begins = timezone.localdate(at)
    said = {"kind": CertificateKind.SICK, "from_on": begins} | said
    if said["kind"] == CertificateKind.SICK:
        said.setdefault("to_on", said["from_on"] + timedelta(days=days - 1))
    return issue_certificate(
        encounter=encounter,
        certified=Certified(**said),
        request_key=key or uuid4(),
        actor=doctor,
        at=at,
    )


def check_key_of(certificate):
    """What its QR opens."""
    return IssuedDocument.objects.get(about_id=certificate.pk, copy=0).check_key


def token_of(encounter):
    """The token of a contact."""
    return QueueToken.objects.get(encounter=encounter)
