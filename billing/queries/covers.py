"""Reads of the schemes that hold for encounters."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from billing.models import ChargeItem, Exemption, InvoiceLine, SchemeCover
from billing.queries.dues import unbilled_of
from billing.states import InvoiceStatus
from facilities.models import Facility, Posting, User
from facilities.roles import ROLES
from hmis.kernel.money import NOTHING
from patients.models import Encounter, Patient
from patients.queries.merging import same_as


def approvers_at(facility: Facility, permission: str) -> QuerySet[User]:
    """Who may approve here: the people at work in a role that holds the permission."""
    roles = [role for role, duties in ROLES.items() if permission in duties.permissions]
    here = Posting.objects.current(timezone.localdate()).filter(facility=facility, role__in=roles)
    return User.objects.filter(pk__in=here.values("user"), is_active=True).order_by("name")


def covers_of(encounter: Encounter) -> list[SchemeCover]:
    """The schemes that hold or held for an encounter, the newest first, each with `used` and `over`."""
    covers = SchemeCover.objects.filter(encounter=encounter)
    found = list(
        covers.select_related("scheme", "granted_by", "approved_by", "ended_by").order_by("-granted_at")
    )
    give_used(found)
    return found


def covers_running(user: Any, *, words: str = "", approved_by: User | None = None) -> QuerySet[SchemeCover]:
    """The schemes that hold now at the hospitals within reach; `words`: a UHID, proof or pre-authorisation.

    `approved_by`: those in this name, and those that one person granted alone; also what has ended.
    """
    found = SchemeCover.objects.visible_to(user).select_related(
        "scheme", "encounter__patient", "encounter__department", "granted_by", "approved_by"
    )
    if approved_by:
        found = found.filter(
            Q(approved_by=approved_by) | Q(approved_by__isnull=False, approved_by=F("granted_by"))
        )
    else:
        found = found.filter(ended_at=None)
    if words:
        digits = "".join(sign for sign in words if sign.isdigit())
        asked = Q(proof_number__istartswith=words) | Q(preauth_number__istartswith=words)
        asked |= Q(scheme__code__iexact=words) | Q(package_code__iexact=words)
        own = Patient.objects.filter(uhid=digits)
        found = found.filter(asked | Q(encounter__patient__in=same_as(own)) if digits else asked)
    return found.order_by("-granted_at", "-pk")


def give_used(covers: Sequence[SchemeCover]) -> None:
    """What each scheme has let off in its encounter so far, and how far that is over what was approved."""
    lines = InvoiceLine.objects.filter(charge_item=OuterRef("charge_item"))
    taken_back = lines.filter(Q(credits__isnull=False) | Q(invoice__status=InvoiceStatus.CANCELLED))
    let_off = Exemption.objects.filter(
        charge_item__encounter__in={one.encounter_id for one in covers},
        charge_item__reversals=None,
    ).exclude(Exists(taken_back))
    sums = {
        (encounter, scheme): amount
        for encounter, scheme, amount in let_off.values_list("charge_item__encounter", "scheme")
        .annotate(Sum("amount"))
        .order_by()
    }
    for cover in covers:
        cover.used = sums.get((cover.encounter_id, cover.scheme_id), NOTHING)
        _give_over(cover)


def running_cover(encounter: Encounter) -> SchemeCover | None:
    """The scheme that holds for this encounter now."""
    return SchemeCover.objects.filter(encounter=encounter, ended_at=None).select_related("scheme").first()


def at_full_price(encounter: Encounter, cover: SchemeCover) -> list[ChargeItem]:
    """What this scheme serves and was charged without it: on no bill yet, and let off by nothing."""
    found = unbilled_of(encounter).filter(exemptions=None, gross__gt=0).order_by("raised_at", "pk")
    return [one for one in found if cover.scheme.serves(one.kind)]


def cover_with(
    encounter: Encounter, lines: Sequence[tuple[ChargeItem, Exemption | None]]
) -> SchemeCover | None:
    """The scheme pre-authorised for this encounter, `used` and `over` as once these lines are charged."""
    running = SchemeCover.objects.filter(encounter=encounter, ended_at=None, preauth_amount__isnull=False)
    cover = running.first()
    if cover:
        give_used([cover])
        cover.used += sum(
            (why.amount for _item, why in lines if why and why.scheme_id == cover.scheme_id), NOTHING
        )
        _give_over(cover)
    return cover


def _give_over(cover: SchemeCover) -> None:
    over = NOTHING if cover.preauth_amount is None else cover.used - cover.preauth_amount
    cover.over = max(over, NOTHING)
