"""Vital signs at the bedside, and the warnings that come of them until somebody answers."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hmis.kernel.access import requires
from hmis.kernel.errors import Refusal
from hmis.kernel.htmx import go
from ipd import news, permissions, queries, services
from ipd.forms.rounds import WardVitalsForm, WarningAnswerForm, say
from ipd.models import Admission, EarlyWarning
from ipd.views.rounds import admission_here, has_news, head_of
from patients import permissions as patient_permissions
from patients import queries as patient_queries
from patients import services as patients
from patients.queries import chart
from patients.views.charts import or_glass

PAIR = {"systolic": "blood_pressure"}
# Boxes of words or of a day.
WIDE = {"oxygen", "consciousness", "breast_feeding", "last_period", "allergy", "taken_at"} | set(
    WardVitalsForm.OF_ALLERGY
)


# ── Measuring ──


@requires(patient_permissions.RECORD_OBSERVATIONS)
@require_http_methods(["GET", "POST"])
@or_glass
def vitals_new(request: HttpRequest, admission_id: UUID) -> HttpResponseBase:
    """Measure one inpatient; then on to the next bed, or back to their page."""
    admission = admission_here(request, admission_id)
    form = WardVitalsForm(request.POST or None, patient=admission.patient)
    unlikely: list[str] = []
    if form.is_valid():
        try:
            taken = services.record_ward_vitals(
                admission=admission,
                vitals=form.vitals(),
                allergy=form.allergy_said(),
                taken_at=form.cleaned_data["taken_at"],
                confirm=form.cleaned_data["confirm"],
                request_key=form.cleaned_data["request_key"],
                actor=request.user,
                at=timezone.now(),
            )
        except patients.Implausible as asking:
            unlikely = asking.vitals
            form.add_error(None, str(asking))
        except Refusal as refusal:
            say(form, refusal)
        else:
            return _on(request, admission, taken)
    context = head_of(admission)
    context |= _boxes(admission, form, context["allergies"])
    context |= {
        "asked": unlikely,
        "neighbours": queries.neighbours_of(context["stay"]),
        "today": patient_queries.measured_in(admission.encounter)[:20],
        "is_approved": news.IS_APPROVED,
    }
    if request.method == "GET":
        patients.note_vitals_seen(patient=admission.patient, actor=request.user, at=timezone.now())
    status = 422 if request.method == "POST" else 200
    return render(request, "ipd/vitals_new.html", context, status=status)


def _on(request: HttpRequest, admission: Admission, taken: list[Any]) -> HttpResponseBase:
    """What it came to is said; the nurse's round goes on to the next bed, unless something waits here."""
    scored = EarlyWarning.objects.filter(taken_together=taken[0].taken_together).first() if taken else None
    missing = news.missing({one.vital: one.shown for one in taken})
    if scored and scored.escalates:
        messages.warning(request, _("NEWS2 %(score)s: tell the doctor.") % {"score": scored.score})
        return go(request, "ipd:admission_detail", admission.pk)
    if scored:
        messages.success(request, _("Saved. NEWS2 %(score)s.") % {"score": scored.score})
    elif missing:
        messages.success(request, _("Saved without a score: not everything was measured."))
    else:
        messages.success(request, _("Saved."))
    after = queries.neighbours_of(queries.stay_now(admission)).after if "next" in request.POST else None
    if after:
        return go(request, "ipd:vitals_new", after)
    return go(request, "ipd:admission_detail", admission.pk)


def _boxes(admission: Admission, form: WardVitalsForm, allergies: Any) -> dict[str, Any]:
    """The form, and beneath each box what it was last."""
    last = chart.curves_of(admission.patient)
    if allergies.is_asked:
        form.ask_again()
    trends = {name: patient_queries.trend(observed) for name, observed in last.items()}

    def box(name: str) -> dict[str, Any]:
        return {"field": form[name], "trend": trends.get(PAIR.get(name, name)), "double": name in WIDE}

    def boxes(names: Any) -> list[dict[str, Any]]:
        return [box(name) for name in names if name in form.fields]

    folded = [*form.OTHERS, *form.OF_WOMEN, "taken_at"]
    return {
        "form": form,
        "has_news": has_news(admission.patient, last),
        "boxes": boxes(form.OF_NEWS),
        "others": boxes(folded),
        "of_allergy": boxes(("allergy", *form.OF_ALLERGY)),
        "is_unfolded": any(
            form[name].errors or (form.is_bound and form[name].value())
            for name in folded
            if name in form.fields
        ),
    }


# ── Answering ──


@requires(permissions.ANSWER_WARNINGS)
@require_GET
def warning_list(request: HttpRequest) -> HttpResponseBase:
    """What waits for an answer, the highest score first."""
    return _page(request)


def _page(
    request: HttpRequest, *, form: WarningAnswerForm | None = None, warning_id: UUID | None = None
) -> HttpResponseBase:
    rows: list[Any] = list(queries.warnings_of(request.user)[: queries.MOST_WARNINGS])
    patient_queries.withhold_names(one.patient for one in rows)
    queries.with_places(one.admission for one in rows)
    for place, one in enumerate(rows):
        one.form = form if one.pk == warning_id else WarningAnswerForm(is_first=place == 0, prefix=None)
        one.form.auto_id = f"id_{one.pk}_%s"
        one.advice = news.advice_for(one.score, has_red=bool(one.reds))
        one.says, one.often = news.WORDS[one.advice.response], news.WORDS[one.advice.monitoring]
        one.stay = one.admission.lies
        one.told_points = queries.points_said(one)
    context = {
        "rows": rows,
        "is_approved": news.IS_APPROVED,
        # Somebody else has answered it meanwhile: what was typed is not lost without a word.
        "lost": form if form and warning_id not in {one.pk for one in rows} else None,
    }
    return render(request, "ipd/warning_list.html", context, status=422 if form else 200)


@requires(permissions.ANSWER_WARNINGS)
@require_POST
def warning_answer_new(request: HttpRequest, warning_id: UUID) -> HttpResponseBase:
    """Somebody says what was done about a score."""
    held = EarlyWarning.objects.visible_to(request.user)
    warning = get_object_or_404(held, pk=warning_id)
    form = WarningAnswerForm(request.POST)
    if form.is_valid():
        try:
            services.answer_warning(
                warning=warning, actor=request.user, at=timezone.now(), **form.cleaned_data
            )
        except Refusal as refusal:
            say(form, refusal)
        else:
            messages.success(request, _("Answer saved with the time."))
            return go(request, "ipd:warning_list")
    return _page(request, form=form, warning_id=warning_id)


@requires(permissions.ANSWER_WARNINGS)
@require_GET
def warning_alarm(request: HttpRequest) -> HttpResponseBase:
    """The bar above every page of those whom a warning score concerns; empty where none waits."""
    rows = list(queries.warnings_of(request.user)[: queries.MOST_WARNINGS])
    # The list begins with the same one, and the cursor stands there.
    first = rows[0] if rows else None
    if first:
        patient_queries.withhold_names([first.patient])
        first.stay = queries.stay_now(first.admission)
    return render(request, "ipd/_alarm.html", {"rows": rows, "first": first})
