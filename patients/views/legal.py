"""The medico-legal register, its cases, and what the police were told."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hmis.kernel import pdf
from hmis.kernel.access import requires
from hmis.kernel.errors import Refusal, sentences
from hmis.kernel.history import changes_of
from hmis.kernel.htmx import go
from patients import permissions, queries, services
from patients.forms.legal import CaseForm, CorrectionForm, IntimationForm
from patients.models import CaseKind, Encounter, MedicoLegalCase
from patients.views.outcomes import paged


@requires(permissions.VIEW_CASES)
@require_GET
def case_list(request: HttpRequest) -> HttpResponseBase:
    """The register, newest first; ?before= a case, for the lines after it."""
    context = paged(request, queries.cases_here(request.user), "marked_at")
    return render(request, "patients/case_list.html", context)


@requires(permissions.VIEW_CASES)
@require_GET
def case_detail(request: HttpRequest, case_id: UUID) -> HttpResponseBase:
    """One case, each intimation with its letter, and a form for the next one."""
    case = _case(request, case_id)
    services.note_seen(patient=case.patient, actor=request.user, at=timezone.now())
    return _detail(request, case)


def _case(request: HttpRequest, case_id: UUID) -> MedicoLegalCase:
    return get_object_or_404(queries.cases_here(request.user), pk=case_id)


def _detail(
    request: HttpRequest,
    case: MedicoLegalCase,
    form: IntimationForm | None = None,
    correction: CorrectionForm | None = None,
) -> HttpResponse:
    told = list(case.intimations.all())
    letters = pdf.by_row(pdf.originals(*(one.pk for one in told)).defer("context"))
    changes = changes_of(case)
    context = {
        "case": case,
        "patient": case.patient,
        "told": [(one, letters.get(one.pk)) for one in told],
        "is_withheld": case.withholds_name(),
        "form": form or IntimationForm(),
        "correction": correction or CorrectionForm(initial={"kind": case.kind, "rev": case.rev}),
        "changes": changes if len(changes) > 1 else [],
    }
    status = 422 if form or correction else 200
    return render(request, "patients/case_detail.html", context, status=status)


@requires(permissions.OPEN_CASE)
@require_http_methods(["GET", "POST"])
def case_new(request: HttpRequest, encounter_id: UUID) -> HttpResponseBase:
    """Mark a contact as a medico-legal case."""
    linked = ("patient__district", "facility", "department")
    visible = Encounter.objects.visible_to(request.user).select_related(*linked)
    encounter = get_object_or_404(visible, pk=encounter_id)
    held = queries.case_of(encounter)
    if held and request.method == "GET":
        return go(request, "patients:case_detail", held.pk)
    form = CaseForm(request.POST or None, use_required_attribute=False)
    if form.is_valid():
        try:
            opened = services.open_case(
                encounter=encounter,
                details=form.case(),
                request_key=form.cleaned_data["request_key"],
                actor=request.user,
                at=timezone.now(),
            )
        except (Refusal, ValidationError) as refusal:
            form.add_error(None, _sentence(refusal))
        else:
            messages.success(request, _("MLC %(number)s is in the register.") % {"number": opened.case})
            return go(request, "patients:case_detail", opened.case.pk)
    status = 422 if request.method == "POST" else 200
    context = {"encounter": encounter, "patient": encounter.patient, "form": form}
    return render(request, "patients/case_new.html", context, status=status)


@requires(permissions.OPEN_CASE)
@require_POST
def correction_new(request: HttpRequest, case_id: UUID) -> HttpResponseBase:
    """The kind of a case is put right."""
    case, form = _case(request, case_id), CorrectionForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        try:
            services.correct_case(
                case=case,
                kind=CaseKind(said["kind"]),
                why=said["why"],
                rev=said["rev"],
                request_key=said["request_key"],
                actor=request.user,
                at=timezone.now(),
            )
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        except ValidationError as refusal:
            form.add_error(None, _sentence(refusal))
        else:
            messages.success(
                request,
                _("Put right. Letters already given to the police stay; inform them again for a new one."),
            )
            return go(request, "patients:case_detail", case.pk)
    return _detail(request, case, correction=form)


@requires(permissions.OPEN_CASE)
@require_POST
def intimation_new(request: HttpRequest, case_id: UUID) -> HttpResponseBase:
    """The police were told."""
    case, form = _case(request, case_id), IntimationForm(request.POST)
    if form.is_valid():
        try:
            services.inform_police(
                case=case,
                intimation=form.intimation(),
                request_key=form.cleaned_data["request_key"],
                actor=request.user,
                at=timezone.now(),
            )
        except (Refusal, ValidationError) as refusal:
            form.add_error(None, _sentence(refusal))
        else:
            messages.success(request, _("Written down. Print the letter for the police."))
            return go(request, "patients:case_detail", case.pk)
    return _detail(request, case, form)


def _sentence(refusal: Refusal | ValidationError) -> str:
    return sentences(refusal) if isinstance(refusal, ValidationError) else str(refusal)
