"""The free-drug counter: scan the slip, answer each line by one key; shortages, and the H1 register."""

from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hmis.kernel import exports, facts
from hmis.kernel.access import requires
from hmis.kernel.errors import Refusal
from hmis.kernel.htmx import go
from hmis.kernel.requests import key_of
from patients import permissions, queries, services
from patients.forms.formulary import SpanForm
from patients.models import ClinicalNote, MedicationRequest
from patients.queries import dispensing
from patients.states import DispenseOutcome

LONGEST_SPAN = timedelta(days=366)
MONTH = timedelta(days=30)


@requires(permissions.DISPENSE)
@require_http_methods(["GET", "POST"])
def prescription_list(request: HttpRequest) -> HttpResponseBase:
    """Who waits at the counter today; a scanned slip opens the patient's newest prescription."""
    typed, today = request.POST.get("q", "").strip(), timezone.localdate()
    found = queries.search(typed, request.user) if typed else None
    if found and found.only:
        note = dispensing.newest_note(request.user, found.only.pk, today)
        if note:
            return go(request, "patients:prescription_detail", note.pk)
    waiting = dispensing.waiting(request.user, today, found.patients if found else None)
    queries.withhold_names(one.patient for one in waiting)
    if found and not found.by_own_number:  # a name or a phone must not tell whom the list withholds
        waiting = [one for one in waiting if not one.patient.is_withheld]
    context = {"waiting": waiting, "typed": typed, "found": found}
    return render(request, "patients/prescription_list.html", context)


@requires(permissions.DISPENSE)
@require_GET
def prescription_detail(request: HttpRequest, note_id: UUID) -> HttpResponseBase:
    """The lines of one signed prescription, each with what the counter did."""
    note = _note(request, note_id)
    services.note_prescriptions_seen(patient=note.patient, actor=request.user, at=timezone.now())
    return render(request, "patients/prescription_detail.html", _shown(note))


@requires(permissions.DISPENSE)
@require_POST
def dispense_new(request: HttpRequest, line_id: UUID) -> HttpResponseBase:
    """Given, in part or not available: one key; on to the next line."""
    lines = MedicationRequest.objects.visible_to(request.user)
    line = get_object_or_404(lines.exclude(signed_at=None), pk=line_id)
    note = _note(request, line.note_id)
    error: Any = ""
    try:
        services.dispense(
            line=line,
            outcome=DispenseOutcome(request.POST.get("outcome", "")),
            quantity=amount_of(of_row(request.POST, "quantity", line_id)),
            corrects=_uuid(of_row(request.POST, "corrects", line_id)),
            request_key=key_of(request),
            actor=request.user,
            at=timezone.now(),
        )
    except ValueError:
        error = _("Choose given, in part or not available.")
    except Refusal as refusal:
        error = str(refusal)
    if not request.headers.get("HX-Request") and not error:
        return go(request, "patients:prescription_detail", note.pk)
    context = _shown(note) | {"error": error, "failed_id": line_id if error else None}
    page = (
        "patients/_dispense.html"
        if request.headers.get("HX-Request")
        else "patients/prescription_detail.html"
    )
    return render(request, page, context, status=422 if error else 200)


@requires(permissions.DISPENSE)
@require_GET
def shortage_list(request: HttpRequest) -> HttpResponseBase:
    """What was prescribed and not there, by medicine, in a span of days."""
    span = _span(request)
    rows = dispensing.shortages(request.user, span["first"], span["last"]) if span["is_right"] else []
    return render(request, "patients/shortage_list.html", {"rows": rows, **span})


@requires(permissions.DISPENSE)
@require_GET
def h1_register(request: HttpRequest) -> HttpResponseBase:
    """The register of Schedule H1 (Drugs Rules, rule 65): on screen, or as a sheet with ?as=csv."""
    span = _span(request)
    rows = dispensing.h1_rows(request.user, span["first"], span["last"])
    if not span["is_right"]:
        rows = rows.none()
    elif request.GET.get("as") == exports.CSV:
        facts.record(
            "patients.schedule_register_exported",
            about=request.user.posting.facility,
            actor=request.user,
            at=timezone.now(),
            first=span["first"].isoformat(),
            last=span["last"].isoformat(),
        )
        told = list(rows)
        queries.withhold_names(one.patient for one in told)
        return exports.as_csv(
            "schedule-h1", [str(one) for one in dispensing.H1_HEAD], map(dispensing.h1_cells, told)
        )
    shown = list(rows[: dispensing.MOST_SHOWN])
    queries.withhold_names(one.patient for one in shown)
    return render(request, "patients/h1_register.html", {"rows": shown, **span})


def _note(request: HttpRequest, note_id: UUID) -> ClinicalNote:
    return get_object_or_404(dispensing.prescribed_notes(request.user), pk=note_id)


def _shown(note: ClinicalNote) -> dict[str, Any]:
    lines = dispensing.lines_of(note)
    open_ones = [one for one in lines if one.answer is None]
    return {
        "note": note,
        "patient": note.patient,
        "lines": lines,
        "next_id": open_ones[0].pk if open_ones else None,
        "allergies": queries.allergies_of(note.patient),
        "dispense_key": uuid4(),
    }


def of_row(sent: Any, name: str, row_id: UUID) -> str:
    """What was written into the box of one row, where each row has its own."""
    return str(sent.get(f"{name}-{row_id}", ""))


def amount_of(said: str) -> Decimal | None:
    """A typed amount with a point or a comma; None where it is none."""
    try:
        amount = Decimal(said.replace(",", ".").strip())
    except InvalidOperation:
        return None
    return amount.quantize(Decimal("0.01")) if amount.is_finite() and abs(amount) < 1_000_000 else None


def _uuid(said: str) -> UUID | None:
    return UUID(said) if said else None


def _span(request: HttpRequest) -> dict[str, Any]:
    """The days asked for, {first, last, form, is_right}; the last thirty where none are, at most a year.

    A wrong day stands in its form with what is wrong, and no other days are shown in its place.
    """
    asked = SpanForm(request.GET)
    is_right = asked.is_valid()
    last = asked.cleaned_data.get("last") or timezone.localdate()
    first = max(asked.cleaned_data.get("first") or last - MONTH, last - LONGEST_SPAN)
    form = SpanForm(initial={"first": first, "last": last}) if is_right else asked
    return {"first": first, "last": last, "form": form, "is_right": is_right}
