"""What was ordered today, a patient's orders by UHID or slip, and the catalogue."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from hmis.kernel.access import requires
from lab import permissions, queries, services
from lab.forms import FindForm, ListForm
from lab.queries import confidential
from patients.models import ContentKind, Encounter, Patient
from patients.queries import bearer_here, withhold_names

A_PAGE = 100


@requires(permissions.VIEW_ORDERS)
@require_http_methods(["GET", "POST"])
def order_list(request: HttpRequest) -> HttpResponseBase:
    """The orders of a day by section and state; a scan of UHID or slip finds a patient's."""
    if request.method == "POST":
        return _found(request)
    form = ListForm(request.GET)
    form.is_valid()
    asked = form.cleaned_data
    day = asked.get("day") or timezone.localdate()
    orders = queries.orders_here(
        request.user, day, section=asked.get("section", ""), status=asked.get("status", "")
    )
    page = Paginator(orders, A_PAGE).get_page(request.GET.get("page"))
    rows = queries.give_owing(list(page.object_list))
    withhold_names(one.patient for one in rows)
    _withhold_tests(request, rows)
    context = {
        "form": form,
        "day": day,
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1) if day < timezone.localdate() else None,
        "rows": rows,
        "page": page,
        "narrowed": _narrowed(request),
        "count": page.paginator.count,
    }
    return render(request, "lab/order_list.html", context)


def _withhold_tests(request: HttpRequest, rows: list[Any]) -> None:
    """Say of each order whether its test is named to this person (docs/adr/0362)."""
    for one in rows:
        one.is_named = confidential.may_name(request.user, one)


def _narrowed(request: HttpRequest) -> str:
    kept = request.GET.copy()
    kept.pop("page", None)
    return kept.urlencode()


def _found(request: HttpRequest) -> HttpResponseBase:
    """A patient's orders; what was searched stands in no address."""
    form = FindForm(request.POST)
    rows: list[Any] = []
    patient: Patient | None = None
    if form.is_valid():
        rows, patient = _by(request, form.cleaned_data["words"])
        services.note_orders_searched(
            patient_id=patient.pk if patient else None,
            found=len(rows),
            actor=request.user,
            at=timezone.now(),
        )
    _withhold_tests(request, rows)
    open_here: list[Encounter] = []
    if patient and request.user.may(permissions.ORDER_TESTS):
        open_here = queries.open_encounters_of(request.user, patient)
    context = {
        "find": form,
        "rows": rows,
        "patient": patient,
        "open_here": open_here,
        "slips": _slips(rows),
        "is_search": True,
    }
    return render(request, "lab/order_list.html", context)


def _by(request: HttpRequest, words: str) -> tuple[list[Any], Patient | None]:
    """The orders of a slip's number or of a UHID, and whose they are."""
    number = words.strip().upper()
    rows = queries.orders_by_slip(request.user, number) if "/S" in number else []
    if rows:
        return rows, rows[0].patient
    patient = bearer_here(words, request.user)
    return (queries.orders_of_patient(request.user, patient), patient) if patient else ([], None)


def _slips(rows: list[Any]) -> list[tuple[UUID, str, date]]:
    """(contact, number, day) of each slip among these orders, the newest first."""
    found = {one.slip_number: (one.encounter_id, one.slip_number, one.ordered_on) for one in rows}
    return list(found.values())


@requires(permissions.VIEW_ORDERS)
@require_GET
def test_list(request: HttpRequest) -> HttpResponseBase:
    """All that can be ordered, with the codes, and what of it is approved here."""
    words = request.GET.get("words", "")
    tests = queries.tests_in_use()
    if words.strip():
        by_code = {one.code: one for one in tests}
        found = queries.catalogue_of(tests).search(words, most=A_PAGE)
        tests = [by_code[code] for code, _how in found]
    here = request.user.posting.facility_id
    context = {
        "tests": tests,
        "words": words,
        "approved": queries.approved_here(here, ContentKind.LAB_TEST),
        "of": here,
    }
    return render(request, "lab/test_list.html", context)
