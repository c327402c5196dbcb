"""Reads for the rooms of imaging: what waits to be examined and to be told."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from lab.models import FormF, ServiceRequest
from lab.queries import with_money
from lab.states import FORM_F, MODALITIES, OrderStatus, Section

WAITING = (OrderStatus.ORDERED, OrderStatus.RECEIVED, OrderStatus.RESULTED, OrderStatus.VERIFIED)
WAITS_FOR = timedelta(days=30)


def examinations_here(
    user: Any, *, modality: str = "", status: str = "", today: date
) -> QuerySet[ServiceRequest]:
    """What the rooms of a hospital have before them, urgent first, then as it came."""
    since = timezone.make_aware(datetime.combine(today - WAITS_FOR, time.min))
    here = ServiceRequest.objects.visible_to(user).filter(
        test__section=Section.IMAGING, status__in=[status] if status else WAITING, ordered_at__gte=since
    )
    if modality:
        here = here.filter(_of(modality))
    signed = FormF.objects.filter(order=OuterRef("pk"))
    linked = with_money(here).select_related("encounter", "patient", "test", "requester")
    return linked.annotate(has_form_f=Exists(signed)).order_by("-priority", "ordered_at", "pk")


def _of(modality: str) -> Q:
    """The condition of a modality, by the beginnings of its codes."""
    found = Q(pk=None)
    for begins, kind in MODALITIES.items():
        if kind == modality:
            found |= Q(test__code__startswith=begins)
    return found


def needs_form_f(order: Any) -> bool:
    """Whether an examination of the list waits for its form."""
    return order.test.notifiable == FORM_F and not order.has_form_f
