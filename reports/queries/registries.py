"""Reads of the registry of facilities: the list, what is late, what is covered."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet

from facilities.models import District, Facility
from reports.models import DONE, LATE, SOON, RegistryEntry, RegistryImport
from reports.states import RegistryStatus

# What the list is narrowed to by its days.
OPEN, DUE_LATE, DUE_SOON, NO_DAY = "open", "late", "soon", "no_day"


@dataclass(frozen=True)
class RegistryFilter:
    """What the list of facilities is narrowed to."""

    q: str = ""
    district: District | None = None
    status: str = ""
    ownership: str = ""
    kind: str = ""
    due: str = ""


def entries(user: Any, wanted: RegistryFilter, today: date) -> QuerySet[RegistryEntry]:
    """The facilities within reach that fit, what needs a call first, each with its `need`.

    What is struck off is listed only where it is asked for.
    """
    found: Any = RegistryEntry.objects.visible_to(user).described().by_need(today)
    if wanted.status:
        found = found.filter(status=wanted.status)
    else:
        found = found.exclude(status=RegistryStatus.STRUCK)
    asked = {
        "where_id": wanted.district and wanted.district.pk,
        "whose": wanted.ownership,
        "what": wanted.kind,
    }
    found = found.filter(**{name: value for name, value in asked.items() if value})
    if wanted.due in {DUE_LATE, DUE_SOON}:
        found = found.filter(need={DUE_LATE: LATE, DUE_SOON: SOON}[wanted.due])
    elif wanted.due == OPEN:
        found = found.filter(need__lt=DONE)
    elif wanted.due == NO_DAY:
        found = found.filter(need__lt=DONE, due_on=None)
    if wanted.q:
        number = wanted.q.upper().replace(" ", "")
        found = found.filter(
            Q(called__icontains=wanted.q)
            | Q(name_hi__icontains=wanted.q)
            | Q(facility__name_hi__icontains=wanted.q)
            | Q(known_as=number)
        )
    return found


@dataclass
class Coverage:
    """How many of some facilities stand where: of a district, or of all of them."""

    place: District | None
    counts: dict[str, int] = field(default_factory=dict)
    late: int = 0
    soon: int = 0

    @property
    def all(self) -> int:
        """All that count: who is struck off does not."""
        return sum(count for status, count in self.counts.items() if status != RegistryStatus.STRUCK)

    @property
    def verified(self) -> int:
        return self.counts.get(RegistryStatus.VERIFIED, 0)

    @property
    def open(self) -> int:
        """About whom somebody must still be called."""
        return self.all - self.verified

    @property
    def share(self) -> int | None:
        """Verified in a hundred, rounded down: 100 is said when all are."""
        return 100 * self.verified // self.all if self.all else None

    @property
    def cells(self) -> list[tuple[Any, int]]:
        """(step, how many) in the order of the steps, without those struck off."""
        steps = (one for one in RegistryStatus if one != RegistryStatus.STRUCK)
        return [(one.label, self.counts.get(one, 0)) for one in steps]


def hfr_coverage(user: Any, today: date) -> tuple[Coverage, list[Coverage]]:
    """Of all within reach, and by district, the one with the most late first."""
    described: Any = RegistryEntry.objects.visible_to(user).described().by_need(today).order_by()
    rows = described.values("where_id", "status", "need").annotate(facilities=Count("pk"))
    whole, found = Coverage(None), dict[Any, Coverage]()
    known = District.objects.in_bulk({row["where_id"] for row in rows})
    for row in rows:
        one = found.setdefault(row["where_id"], Coverage(known[row["where_id"]]))
        for each in (whole, one):
            each.counts[row["status"]] = each.counts.get(row["status"], 0) + row["facilities"]
            each.late += row["facilities"] * (row["need"] == LATE)
            each.soon += row["facilities"] * (row["need"] == SOON)
    in_order = sorted(found.values(), key=lambda one: (-one.late, one.share or 0, str(one.place)))
    return whole, in_order


def not_entered(user: Any) -> int:
    """How many hospitals of ours within reach are not on the list yet."""
    listed = RegistryEntry.objects.filter(facility__isnull=False).values("facility_id")
    return Facility.objects.visible_to(user).exclude(pk__in=listed).count()


def districts_of(user: Any) -> QuerySet[District]:
    """The districts that the person's posting reaches."""
    posting = user.posting
    if posting.state_id:
        return District.objects.filter(state_id=posting.state_id)
    own = posting.district_id or (posting.facility and posting.facility.district_id)
    return District.objects.filter(pk=own)


def registry_imports(user: Any) -> QuerySet[RegistryImport]:
    """The sheets of late, newest first, without their rows."""
    visible = RegistryImport.objects.visible_to(user).select_related("uploaded_by")
    return visible.defer("rows").order_by("-uploaded_at")
