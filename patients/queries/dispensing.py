"""What the free-drug counter sees: who waits, the lines and its answers, what was not there, Schedule H1."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from patients.models import ClinicalNote, MedicationDispense, MedicationRequest, Patient
from patients.prescribing import dosages, telling
from patients.queries.formulary import formulary_at, medicine_of
from patients.queries.merging import same_person
from patients.states import DispenseOutcome, MedicationStatus, NoteStatus

# A prescription is honoured for so long after its signature.
HONOURED = timedelta(days=30)
MOST_WAITING, MOST_SHOWN = 60, 500
H1_HEAD = [
    _("date"),
    _("patient"),
    "UHID",
    _("address"),
    _("prescriber"),
    _("council number"),
    _("medicine"),
    _("quantity"),
    _("given by"),
]


def prescribed_notes(user: Any) -> QuerySet[ClinicalNote]:
    """Signed notes of this hospital with medicines."""
    lines = MedicationRequest.objects.filter(note=OuterRef("pk"), signed_at__isnull=False)
    notes = ClinicalNote.objects.visible_to(user).filter(Exists(lines), status=NoteStatus.SIGNED)
    return notes.select_related("patient__district", "signed_by", "department", "encounter")


def waiting(user: Any, today: date, of: Iterable[Patient] | None) -> list[ClinicalNote]:
    """Prescriptions that the counter has not answered in full: today's, or those of these patients."""
    answered = MedicationDispense.objects.filter(request=OuterRef("pk"))
    unanswered = MedicationRequest.objects.filter(
        ~Exists(answered), note=OuterRef("pk"), status=MedicationStatus.ACTIVE
    )
    notes = prescribed_notes(user).filter(Exists(unanswered))
    since = _begins(today if of is None else today - HONOURED)
    notes = notes.filter(signed_at__gte=since)
    if of is not None:
        notes = notes.filter(patient__in=same_person(*(one.pk for one in of)))
    return list(notes.order_by("signed_at")[:MOST_WAITING])


def newest_note(user: Any, patient_id: UUID, today: date) -> ClinicalNote | None:
    """The newest prescription of a patient that still holds."""
    notes = prescribed_notes(user).filter(signed_at__gte=_begins(today - HONOURED))
    notes = notes.filter(patient__in=same_person(patient_id))
    return notes.order_by("-signed_at").first()


def lines_of(note: ClinicalNote) -> list[Any]:
    """The signed lines, each with `answer` (the one that stands), `told` and the medicine's availability."""
    rows = MedicationRequest.objects.filter(note=note, signed_at__isnull=False).select_related("medication")
    lines: list[Any] = list(rows.order_by("position", "pk"))
    stands = MedicationDispense.objects.filter(request__in=lines, corrected_by=None).select_related(
        "given_by"
    )
    answers = {one.request_id: one for one in stands}
    formulary = formulary_at(note.facility_id)
    for one in lines:
        medicine = formulary.by_id.get(one.medication_id) or medicine_of(one.medication)
        one.answer = answers.get(one.pk)
        one.available = medicine.available
        one.told = telling.told(dosages.from_json(one.dosage, medicine), "hi")
    return lines


def shortages(user: Any, first: date, last: date) -> list[dict[str, Any]]:
    """{name, strength, form, asked, not_available, part, last} of what was not all there, worst first."""
    rows: Any = _between(user, first, last).values(
        name=F("request__medication__generic_name"),
        strength=F("request__medication__strength"),
        form=F("request__medication__form"),
    )
    missed, part = Q(outcome=DispenseOutcome.NOT_AVAILABLE), Q(outcome=DispenseOutcome.PART)
    counted = rows.annotate(
        asked=Count("pk"),
        not_available=Count("pk", filter=missed),
        part=Count("pk", filter=part),
        last=Max("given_at", filter=missed | part),
    )
    return list(
        counted.filter(Q(not_available__gt=0) | Q(part__gt=0)).order_by("-not_available", "name")[:MOST_SHOWN]
    )


def h1_rows(user: Any, first: date, last: date) -> QuerySet[MedicationDispense]:
    """What was given of Schedule H1, in the order of its giving."""
    rows = _between(user, first, last).filter(
        request__medication__schedule="H1", outcome__in=[DispenseOutcome.GIVEN, DispenseOutcome.PART]
    )
    linked = ("request__medication", "request__signed_by", "patient__district", "given_by")
    return rows.select_related(*linked).order_by("given_at", "pk")


def h1_cells(row: MedicationDispense) -> list[Any]:
    """One line of the register, as the rule asks for it."""
    request = row.request
    return [
        f"{timezone.localtime(row.given_at):%d-%m-%Y %H:%M}",
        row.patient.listed_name,
        row.patient.uhid_shown,
        "" if row.patient.is_withheld else row.patient.place,
        request.signed_by.name if request.signed_by else "",
        request.signed_by.council_number if request.signed_by else "",
        str(request.medication),
        row.amount,
        row.given_by.name,
    ]


def _between(user: Any, first: date, last: date) -> QuerySet[MedicationDispense]:
    """The answers that stand, of these days."""
    here = MedicationDispense.objects.visible_to(user).filter(corrected_by=None)
    return here.filter(given_at__gte=_begins(first), given_at__lt=_begins(last + timedelta(days=1)))


def _begins(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
