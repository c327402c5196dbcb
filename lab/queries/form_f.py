"""Reads of Form F: of one order, and the months that the appropriate authority is told."""

from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from lab.models import FormF, FormFResult, ServiceRequest
from lab.queries.confidential import is_of_imaging

FORM = "lab/documents/form_f.html"
# By which day of the next month the authority has the list: Rule 9(8) of the PC-PNDT Rules, 1996.
DUE_DAY = 5


def form_of(order: ServiceRequest) -> FormF | None:
    """The form of an order as it stands: the last version."""
    held = FormF.objects.filter(order=order).select_related("performed_by")
    return held.order_by("-version").first()


def forms_here(user: Any) -> QuerySet[FormF]:
    """The forms at the hospitals of this person, whose work is imaging's: they say what was found."""
    return FormF.objects.visible_to(user) if is_of_imaging(user) else FormF.objects.none()


def forms_of_month(user: Any, month: date) -> QuerySet[FormF]:
    """What was signed in a month at the hospitals of this person, each by its last version, in time."""
    following = next_month(month)
    later = FormF.objects.filter(order=OuterRef("order_id"), version__gt=OuterRef("version"))
    held = forms_here(user).filter(declared_on__gte=month, declared_on__lt=following)
    linked = ("patient__district", "order__test", "order__form_f_result", "performed_by", "facility")
    return held.exclude(Exists(later)).select_related(*linked).order_by("declared_on", "pk")


def next_month(month: date) -> date:
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def month_before(month: date) -> date:
    return (month.replace(day=1) - timedelta(days=1)).replace(day=1)


def due_on(month: date) -> date:
    """The day by which the authority has this month's list."""
    return next_month(month).replace(day=DUE_DAY)


def last_registration(facility_id: Any) -> str:
    """The centre's registration under the Act, as it was written last; "" where nobody has."""
    held = FormF.objects.filter(facility=facility_id).order_by("-signed_at")
    return held.values_list("centre_registration", flat=True).first() or ""


def result_of(order: ServiceRequest) -> FormFResult | None:
    """What was told after the examination."""
    return FormFResult.objects.filter(order=order).first()
