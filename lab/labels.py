"""The labels of tubes, 50 × 25 mm: whose, which number, for which tests."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy

from hmis.kernel import pdf
from hmis.kernel.models import IssuedDocument
from hmis.kernel.pdf import in_both
from lab import permissions
from lab.models import ServiceRequest, Specimen
from lab.queries.confidential import is_named_openly
from patients.models import Encounter
from patients.models.person import Sex

LABELS = "lab/documents/labels.html"

pdf.name_kind(LABELS, opened_by=permissions.COLLECT_SPECIMENS, title=gettext_lazy("labels of specimens"))


def issue(
    encounter: Encounter,
    specimens: Sequence[Specimen],
    tubes: Sequence[Sequence[ServiceRequest]],
    *,
    actor: Any,
    at: datetime,
) -> IssuedDocument:
    """The labels of these specimens, each as often as it has vessels; `tubes` are the orders of each."""
    patient = encounter.patient
    sex, sex_hi = in_both(Sex, patient.sex)
    each = [
        {
            "accession_number": specimen.accession_number,
            "vessel": f"{place}/{specimen.label_count}" if specimen.label_count > 1 else "",
            "specimen": specimen.specimen,
            "tests": " ".join(_code(order) for order in orders),
            "is_urgent": any(order.is_urgent() for order in orders),
            "collected_at": timezone.localtime(specimen.collected_at).strftime("%d/%m %H:%M"),
        }
        for specimen, orders in zip(specimens, tubes, strict=True)
        for place in range(1, specimen.label_count + 1)
    ]
    return pdf.issue(
        LABELS,
        about=encounter,
        facility_id=encounter.facility_id,
        patient_id=patient.pk,
        number=specimens[0].accession_number,
        context={
            "uhid": patient.uhid,
            "name": patient.name,
            "name_hi": patient.name_hi,
            "sex": sex,
            "sex_hi": sex_hi,
            "birth_year": patient.birth_date.year if patient.birth_date else None,
            "labels": each,
        },
        actor=actor,
        at=at,
    )


def _code(order: ServiceRequest) -> str:
    """What is done from the tube; of a confidential test the section alone: the number is scanned."""
    test = order.test
    return test.code if is_named_openly(test) else str(test.section).upper()


def paper_of(specimen: Specimen) -> IssuedDocument | None:
    """The labels that were issued when this specimen was collected."""
    issued = pdf.originals(specimen.encounter_id)
    return issued.filter(template=LABELS, issued_at=specimen.collected_at).first()
