"""The catalogue: one test with all that is said of it, the rows of every kind, and their approval."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from facilities.roles import Role
from hmis.kernel.access import requires
from lab import permissions, queries
from lab.models import LAB_CONTENT, TestDefinition
from lab.states import Section
from patients import permissions as patient_permissions
from patients.models import Content, ContentKind
from patients.views import content
from patients.views.content import Shelf, own


def _mine(user: Any) -> Callable[[Content], bool]:
    """A radiologist approves the examinations by imaging, a pathologist everything else."""
    is_radiologist = user.posting.role == Role.RADIOLOGIST
    return lambda row: _is_imaging(row) == is_radiologist


def _is_imaging(row: Content) -> bool:
    if isinstance(row, TestDefinition):
        return row.section == Section.IMAGING
    return row.key.startswith("IMG_")


CATALOGUE = Shelf(
    app="lab",
    kinds=LAB_CONTENT,
    layout="layouts/laboratory.html",
    approve=permissions.APPROVE_CATALOGUE,
    mine=_mine,
    notice="lab/_loinc.html",
    has_chips=True,
)


@requires(permissions.VIEW_ORDERS)
@require_GET
def test_detail(request: HttpRequest, test_id: UUID) -> HttpResponseBase:
    """One test: what is taken for it, how long it takes, what it gives and what that is held against."""
    test = get_object_or_404(TestDefinition.objects.select_related("service"), pk=test_id)
    facility = own(request)
    here = facility.pk if facility else None
    context = {
        "test": test,
        "of": facility,
        "is_approved": test.pk in queries.approved_here(here, ContentKind.LAB_TEST),
        "analytes": queries.analytes_of(test, here),
        "may_view_catalogue": request.user.may(permissions.VIEW_CATALOGUE),
    }
    return render(request, "lab/test_detail.html", context)


@requires(permissions.VIEW_CATALOGUE)
@require_GET
def catalogue_list(request: HttpRequest) -> HttpResponseBase:
    """The rows of the tests: where the catalogue is entered."""
    return content.show_rows(request, CATALOGUE, ContentKind.LAB_TEST)


@requires(permissions.VIEW_CATALOGUE)
@require_GET
def content_list(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The rows of a kind with their sources, and whether they are approved here."""
    return content.show_rows(request, CATALOGUE, kind)


@requires(permissions.APPROVE_CATALOGUE)
@require_http_methods(["GET", "POST"])
def content_approval_new(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Approve one row, or all that a filter found."""
    return content.approve(request, CATALOGUE, kind)


@requires(permissions.APPROVE_CATALOGUE)
@require_POST
def approval_withdrawal_new(request: HttpRequest, approval_id: UUID) -> HttpResponseBase:
    """Take an approval back."""
    return content.withdraw(request, CATALOGUE, approval_id)


@requires(permissions.VIEW_CATALOGUE)
@require_GET
def content_export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The state's rows of a kind as a sheet, each with its source."""
    return content.export(request, CATALOGUE, kind)


@requires(patient_permissions.MANAGE_CONTENT)
@require_http_methods(["GET", "POST"])
def content_import_new(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Upload rows of the state's catalogue and look through what they would change."""
    return content.take_sheet(request, CATALOGUE, CATALOGUE.kind(kind))


@requires(patient_permissions.MANAGE_CONTENT)
@require_POST
def content_import_confirmation_new(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Take over the rows that were looked through; approvals of what changes fall everywhere."""
    return content.take_over(request, CATALOGUE, CATALOGUE.kind(kind))
