"""Reads of claims: the register, how long each waits, what schemes owe."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.models import Claim
from billing.states import ClaimStatus
from hmis.kernel.money import NOTHING
from patients.models import Patient
from patients.queries.merging import same_as

# Not settled; of a bill that was taken back nothing is left to claim.
WAITING = Q(status__in=[status for status in ClaimStatus if status != ClaimStatus.SETTLED], amount__gt=0)


@dataclass(frozen=True)
class Bucket:
    """Claims that have waited so many days; `until` None: and longer."""

    name: str
    label: Any
    since: int
    until: int | None


BUCKETS = (
    Bucket("15", _("0–15 days"), 0, 15),
    Bucket("30", _("16–30 days"), 16, 30),
    Bucket("60", _("31–60 days"), 31, 60),
    Bucket("more", _("over 60 days"), 61, None),
)


def claims_of(
    user: Any, today: date, *, status: str = "", bucket: str = "", scheme: str = "", words: str = ""
) -> QuerySet[Claim]:
    """The register within reach, the longest waiting first. Without a status: all that is not settled.

    `bucket`: a bucket's name. `words`: a UHID, the number of a bill or of a claim.
    """
    found = Claim.objects.visible_to(user).select_related("scheme", "invoice", "patient", "facility", "cover")
    found = found.filter(Q(status=status) if status in ClaimStatus.values else WAITING)
    chosen = next((one for one in BUCKETS if one.name == bucket), None)
    if chosen:
        found = found.filter(_waited(chosen, today))
    if scheme:
        found = found.filter(scheme__code=scheme)
    if words:
        digits = "".join(sign for sign in words if sign.isdigit())
        asked = Q(reference__iexact=words) | Q(invoice__number__iexact=words)
        own = Patient.objects.filter(uhid=digits)
        found = found.filter(asked | Q(patient__in=same_as(own)) if digits else asked)
    return found.order_by("opened_at", "pk")


def give_days(claims: Iterable[Claim], today: date) -> None:
    """How many days each has waited, until today or until it was settled."""
    for claim in claims:
        until = timezone.localdate(claim.settled_at) if claim.settled_at else today
        claim.days = max((until - timezone.localdate(claim.opened_at)).days, 0)


def _waited(bucket: Bucket, today: date) -> Q:
    """Opened on a day that lies so far back."""
    waited = Q(opened_at__lt=_midnight(today - timedelta(days=bucket.since - 1)))
    if bucket.until is not None:
        waited &= Q(opened_at__gte=_midnight(today - timedelta(days=bucket.until)))
    return waited


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def ageing(user: Any, today: date, *, scheme: str = "") -> list[dict[str, Any]]:
    """{bucket, count, amount} of each bucket, of all that is not settled; one query."""
    waiting = Claim.objects.visible_to(user).filter(WAITING)
    if scheme:
        waiting = waiting.filter(scheme__code=scheme)
    sums: dict[str, Any] = {}
    for one in BUCKETS:
        within = _waited(one, today)
        sums[f"count_{one.name}"] = Count("pk", filter=within)
        sums[f"amount_{one.name}"] = Coalesce(Sum("amount", filter=within), NOTHING)
    found = waiting.aggregate(**sums)
    return [
        {"bucket": one, "count": found[f"count_{one.name}"], "amount": found[f"amount_{one.name}"]}
        for one in BUCKETS
    ]


def by_status(user: Any, *, scheme: str = "") -> list[dict[str, Any]]:
    """{status, count, amount, approved, paid} of every status that claims are in; one query."""
    claims = Claim.objects.visible_to(user)
    if scheme:
        claims = claims.filter(scheme__code=scheme)
    found = claims.values("status").annotate(
        count=Count("pk"),
        amount=Sum("amount"),
        approved=Coalesce(Sum("approved_amount"), NOTHING),
        paid=Coalesce(Sum("paid_amount"), NOTHING),
    )
    sums: dict[str, dict[str, Any]] = {one["status"]: dict(one) for one in found.order_by()}
    return [sums[status] | {"status": status} for status in ClaimStatus if status in sums]


def owed_by_schemes(facility: Any) -> list[dict[str, Any]]:
    """{scheme, name, name_hi, count, amount, approved} of each scheme that still owes this hospital."""
    waiting = Claim.objects.filter(WAITING, facility=facility)
    named = waiting.values(code=F("scheme__code"), name=F("scheme__name"), name_hi=F("scheme__name_hi"))
    summed = named.annotate(
        count=Count("pk"), amount=Sum("amount"), approved=Coalesce(Sum("approved_amount"), NOTHING)
    )
    return [dict(one) for one in summed.order_by("-amount")]
