"""A discharge summary as far as the rows know it: diagnosis, course, procedures, results, medicines."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from hmis.kernel import pdf
from hmis.kernel.models import IssuedDocument
from hmis.kernel.units import unit_shown
from ipd.models import Admission, Procedure
from ipd.states import DischargeType
from lab.models import DiagnosticReport, ServiceRequest
from lab.queries.confidential import open_results
from lab.queries.reports import awaited_at, newest, valid
from patients import queries as patients
from patients.models import ClinicalNote, MedicationRequest, NoteKind
from patients.prescribing.dosages import from_json
from patients.prescribing.forms import label
from patients.prescribing.lines import Line
from patients.prescribing.telling import told
from patients.queries import prescribing
from patients.queries.formulary import formulary_at, medicine_of
from patients.sections import COMPLAINTS, LONGEST, Sections
from patients.states import NoteStatus

MOST_NOTES, MOST_REPORTS = 60, 60
SUMMARY = "ipd/documents/summary.html"
# Who is treated on by others, or should be.
TREATED_ELSEWHERE = (DischargeType.REFERRED, DischargeType.LAMA)


def drafted(admission: Admission, *, at: datetime) -> Sections:
    """The text of a summary that is only begun: what is known, in the sections of the template DISCHARGE.

    The medicines are said as on the prescription, in Hindi. Results that are confidential are left out: the
    paper goes home with the patient. What runs into a vein ends at home, and stands under the course; whoever
    treats the patient elsewhere reads it among the medicines. Nobody is advised what no doctor wrote.
    """
    notes, lines = _notes_of(admission), _medicines(admission, at)
    goes_on = admission.discharge_type in TREATED_ELSEWHERE
    ended = [] if goes_on else [one for one in lines if one.route == "iv"]
    first = next((one for one in notes if one.kind == NoteKind.ADMISSION), None)
    return _without_nothing(
        {
            "diagnosis": {"final": _diagnoses(admission), "on_admission": admission.diagnosis},
            "history": {"present": _why(first)},
            "course": {
                "course": _lines(
                    [*(_course(one) for one in notes if one is not first), _into_a_vein(ended, at)]
                ),
                "procedures": _lines(_procedure(one) for one in _procedures(admission)),
                "investigations": _lines(_result(one) for one in _reports(admission)),
            },
            "plan": {
                "medicines": _lines(_medicine(one) for one in lines if one not in ended),
                "advice": next(
                    (text for one in reversed(notes) if (text := _said(one, "plan", "advice"))), ""
                ),
            },
        }
    )


def _without_nothing(sections: Sections) -> Sections:
    kept = {
        code: {name: text[: LONGEST["text"]] for name, text in fields.items() if text}
        for code, fields in sections.items()
    }
    return {code: fields for code, fields in kept.items() if fields}


def _lines(texts: Iterable[str]) -> str:
    return "\n".join(text for text in texts if text)


def _notes_of(admission: Admission) -> list[ClinicalNote]:
    """What was written and signed in this stay, the first first."""
    signed = ClinicalNote.objects.filter(encounter=admission.encounter_id, status=NoteStatus.SIGNED)
    return list(
        signed.exclude(kind=NoteKind.DISCHARGE)
        .select_related("template")
        .order_by("signed_at", "pk")[:MOST_NOTES]
    )


def _said(note: ClinicalNote | None, section: str, field: str) -> str:
    found: Any = note.sections.get(section, {}) if note else {}
    return str(found.get(field, "")) if isinstance(found, dict) else ""


def _why(note: ClinicalNote | None) -> str:
    if note is None:
        return ""
    complaints = ", ".join(str(one["text"]) for one in note.sections.get(COMPLAINTS, []))
    return _lines([complaints, _said(note, "history", "present")])


def _diagnoses(admission: Admission) -> str:
    found = patients.conditions_of(admission.encounter_id)
    return _lines(f"{one.words or one.title} ({one.code})" if one.code else one.words for one in found)


def _course(note: ClinicalNote) -> str:
    """One note in a line: the day, what changed, what was thought and done."""
    said = [
        _said(note, "history", "since_last"),
        _said(note, "assessment", "summary"),
        _said(note, "plan", "treatment"),
    ]
    text = "; ".join(" ".join(one.split()) for one in said if one)
    return f"{_day(note.signed_at or note.begun_at)}: {text}" if text else ""


def _procedures(admission: Admission) -> list[Procedure]:
    return list(admission.procedures.select_related("performed_by").order_by("began_at"))


def _procedure(one: Procedure) -> str:
    side = f" ({one.get_side_display()})" if one.side else ""
    findings = " ".join(one.findings.split())
    return f"{_day(one.began_at)}: {one.name}{side}{': ' + findings if findings else ''}"


def _reports(admission: Admission) -> list[DiagnosticReport]:
    held = valid(newest(DiagnosticReport.objects.filter(order__encounter=admission.encounter_id)))
    return list(
        open_results(held, "order")
        .select_related("order__test")
        .order_by("authorised_at", "pk")[:MOST_REPORTS]
    )


def awaited_of(admission: Admission, note: ClinicalNote | None, at: datetime) -> list[ServiceRequest]:
    """The tests without a report when the summary was signed, or at this moment where it is not signed yet.

    Those of the contact that led here are among them: what casualty drew is waited for in the ward.
    """
    signed_at = note.signed_at if note else None
    contacts = [one for one in (admission.encounter_id, admission.came_from_id) if one]
    return list(awaited_at(admission.patient_id, contacts, signed_at or at)[:MOST_REPORTS])


def _result(report: DiagnosticReport) -> str:
    """A report in a line: its values, those out of range with their mark."""
    test, lines = report.content["test"], report.content["lines"]
    said = []
    for line in lines:
        if line.get("is_confidential"):
            continue
        value = " ".join(str(line["value"]).split())
        text = f"{value} {unit_shown(line['unit'])}".strip()
        named = text if len(lines) == 1 and line["name"] == test["name"] else f"{line['name']} {text}"
        said.append(f"{named} {line['flag']}".strip())
    return f"{_day(report.authorised_at)}: {test['name']}: {', '.join(said)}" if said else ""


def _medicines(admission: Admission, at: datetime) -> list[Line]:
    """What this hospital prescribed and still runs."""
    today = timezone.localdate(at)
    running = prescribing.running_of(admission.patient, today)
    return [_line(one) for one in running if one.facility_id == admission.facility_id]


def _line(row: MedicationRequest) -> Line:
    known = formulary_at(row.facility_id).by_id.get(row.medication_id) or medicine_of(row.medication)
    return from_json(row.dosage, known)


def _medicine(line: Line) -> str:
    """A medicine as the prescription says it to the patient."""
    return f"{label(line.medicine)} — {told(line, 'hi')}"


def _into_a_vein(lines: list[Line], at: datetime) -> str:
    """What was given into a vein until the patient goes, in a line."""
    if not lines:
        return ""
    medicines = ", ".join(label(one.medicine) for one in lines)
    return _("IV until %(day)s: %(medicines)s") % {"day": _day(at), "medicines": medicines}


def _day(at: datetime) -> str:
    return f"{timezone.localtime(at):%d-%m-%Y}"


def summary_paper(note: ClinicalNote) -> IssuedDocument | None:
    """The newest paper of a summary; None where it was never issued."""
    return pdf.originals(note.pk).filter(template=SUMMARY).order_by("-pk").first()
