"""A hospital's analysers, who of them sends, what waits in the tray."""

from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery

from lab.models import Analyser, AnalyserCode, AnalyserMessage, UnmatchedResult
from lab.queries.confidential import is_of_imaging
from lab.states import MessageStatus, TrayStatus, WhyInTray, WireProtocol

MOST_MESSAGES = 30
# Measured beside what was ordered: nobody needs to answer it, and an added test finds it there.
UNASKED = Q(why=WhyInTray.NOT_ORDERED, message__entered_count__gt=0)


def analysers_of(user: Any) -> QuerySet[Analyser]:
    """The analysers of the person's hospital: when each was last heard, its codes, what waits of it."""
    heard = AnalyserMessage.objects.filter(analyser=OuterRef("pk")).order_by("-received_at")
    waiting = (
        UnmatchedResult.objects.filter(message__analyser=OuterRef("pk"), status=TrayStatus.WAITING)
        .exclude(UNASKED)
        .values("message__analyser")
        .annotate(count=Count("pk"))
    )
    return (
        Analyser.objects.visible_to(user)
        .select_related("facility")
        .annotate(
            last_heard_at=Subquery(heard.values("last_received_at")[:1]),
            code_count=Count("codes", filter=Q(codes__is_active=True)),
            waiting=Subquery(waiting.values("count")),
        )
        .order_by("-is_active", "name")
    )


def codes_of(analyser: Analyser) -> QuerySet[AnalyserCode]:
    """What its codes mean."""
    return AnalyserCode.objects.filter(analyser=analyser, is_active=True).order_by("code")


def messages_of(analyser: Analyser) -> list[AnalyserMessage]:
    """What it sent last, without the bytes."""
    return list(
        AnalyserMessage.objects.filter(analyser=analyser)
        .defer("raw")
        .order_by("-received_at")[:MOST_MESSAGES]
    )


def who_sends(protocol: WireProtocol, *, sender: str, address: str | None, port: int) -> Analyser | None:
    """The one analyser in use that this can be: whatever it says of itself must be right.

    One that says more goes before one that says less, the address before the name; None where nobody fits, or
    two alike. Where it could be of several hospitals the address decides: a name is written into any row.
    """
    configured = Analyser.objects.filter(
        Q(sender="") | Q(sender__iexact=sender.strip()),
        Q(address=None) | Q(address=address),
        Q(port=None) | Q(port=port),
        protocol=protocol,
        is_active=True,
    )

    fitting = list(configured)
    if not _of_one_hospital(fitting):
        fitting = [one for one in fitting if one.address is not None]
    if not _of_one_hospital(fitting):
        return None

    def says(one: Analyser) -> tuple[bool, bool, bool]:
        return one.address is not None, bool(one.sender), one.port is not None

    found = sorted(fitting, key=says, reverse=True)
    if len(found) > 1 and says(found[0]) == says(found[1]):
        return None
    return found[0] if found else None


def _of_one_hospital(found: list[Analyser]) -> bool:
    return len({one.facility_id for one in found}) <= 1


def tray_of(user: Any) -> QuerySet[UnmatchedResult]:
    """What waits in the tray of the person's hospital, the newest first; imaging has no tray."""
    if is_of_imaging(user):
        return UnmatchedResult.objects.none()
    waiting = UnmatchedResult.objects.visible_to(user).filter(status=TrayStatus.WAITING)
    linked = Prefetch("message", AnalyserMessage.objects.defer("raw").select_related("analyser"))
    return waiting.prefetch_related(linked).order_by("-received_at", "message", "position")


def messages_to_look_at(most: int) -> list[tuple[UUID, UUID]]:
    """(message, hospital) of what was kept and not yet looked at, the oldest first."""
    stored = AnalyserMessage.objects.filter(status=MessageStatus.STORED).order_by("received_at", "pk")
    return list(stored.values_list("pk", "facility_id")[:most])


def unknown_codes(analyser: Analyser) -> list[tuple[str, int]]:
    """(code, how many) of what waits in the tray because its list lacks the code, the commonest first."""
    waiting = UnmatchedResult.objects.filter(
        message__analyser=analyser, status=TrayStatus.WAITING, why=WhyInTray.NO_CODE
    ).exclude(code="")
    counted = waiting.values_list("code").annotate(count=Count("pk"))
    return list(counted.order_by("-count", "code")[:MOST_MESSAGES])
