"""Reads of the registry of professionals: who of those posted has an ID, and who must be called."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet

from facilities.models import District, Facility, Posting
from facilities.queries import NEEDS_HPR_ID
from facilities.roles import Reach, Role

MISSING, UNCONFIRMED, CONFIRMED = "missing", "unconfirmed", "confirmed"
HAS_ID = ~Q(user__hpr_id="") | ~Q(user__hpr_address="")
OF_STATE = {
    MISSING: Q(user__hpr_id="", user__hpr_address=""),
    UNCONFIRMED: HAS_ID & Q(user__hpr_confirmed_at=None),
    CONFIRMED: Q(user__hpr_confirmed_at__isnull=False),
}


@dataclass(frozen=True)
class HprFilter:
    """What the list of professionals is narrowed to."""

    district: District | None = None
    facility: Facility | None = None
    role: str = ""
    state: str = MISSING


def posted(user: Any, today: date) -> QuerySet[Posting]:
    """The duties of today within reach that need an HPR ID: a person who works at two hospitals has two."""
    current = Posting.objects.visible_to(user).current(today)
    return current.filter(role__in=NEEDS_HPR_ID, facility__isnull=False, user__is_active=True)


def professionals(user: Any, wanted: HprFilter, today: date) -> QuerySet[Posting]:
    """Who fits, hospital by hospital, to be called through."""
    found = posted(user, today)
    if wanted.state in OF_STATE:
        found = found.filter(OF_STATE[wanted.state])
    asked = {
        "facility__district": wanted.district,
        "facility": wanted.facility,
        "role": wanted.role,
    }
    found = found.filter(**{name: value for name, value in asked.items() if value})
    linked = found.select_related("user__hpr_confirmed_by", "facility__district", "department")
    return linked.order_by("facility__district__name", "facility__name", "role", "user__name", "pk")


@dataclass
class Counted:
    """Of some people posted, how many have an ID and how many IDs are confirmed."""

    posted: int = 0
    with_id: int = 0
    confirmed: int = 0

    @property
    def share(self) -> int | None:
        """With an ID in a hundred, rounded down: 100 is said when all have one."""
        return 100 * self.with_id // self.posted if self.posted else None


@dataclass
class HprCoverage:
    """A place's people, by cadre and together. Nobody is counted twice in one figure."""

    place: District | Facility | None
    of_role: dict[str, Counted] = field(default_factory=dict)
    whole: Counted = field(default_factory=Counted)

    @property
    def cells(self) -> list[tuple[Any, Counted]]:
        """(cadre, its people) in the order of the columns."""
        return [(label, self.of_role.get(role, Counted())) for role, label in cadres()]


def cadres() -> list[tuple[str, Any]]:
    """The roles that need an ID, and their names: the columns of the coverage."""
    return [(role.value, Role(role).label) for role in NEEDS_HPR_ID]


def hpr_coverage(
    user: Any, today: date, *, district: District | None = None
) -> tuple[HprCoverage, list[HprCoverage]]:
    """Of all within reach, and by district in the state, by hospital in a district; who lacks most first."""
    found = posted(user, today)
    if district:
        found = found.filter(facility__district=district)
    by_district = user.posting.span.reach == Reach.STATE and district is None
    place = "facility__district" if by_district else "facility"
    parts: dict[Any, HprCoverage] = {}
    model: Any = District if by_district else Facility
    rows = [*_counted(found, place, "role"), *_counted(found, place)]
    names = model.objects.in_bulk({row[place] for row in rows})
    for row in rows:
        one = parts.setdefault(row[place], HprCoverage(names[row[place]]))
        _put(one, row)
    whole = HprCoverage(None)
    for row in [*_counted(found, "role"), *_counted(found)]:
        _put(whole, row)
    lacking = sorted(parts.values(), key=lambda one: (one.whole.with_id - one.whole.posted, str(one.place)))
    return whole, lacking


def _counted(found: QuerySet[Posting], *by: str) -> list[dict[str, Any]]:
    counts = {
        "posted": Count("user", distinct=True),
        "with_id": Count("user", distinct=True, filter=HAS_ID),
        "confirmed": Count("user", distinct=True, filter=OF_STATE[CONFIRMED]),
    }
    return list(found.order_by().values(*by).annotate(**counts)) if by else [found.aggregate(**counts)]


def _put(one: HprCoverage, row: dict[str, Any]) -> None:
    counted = Counted(row["posted"], row["with_id"], row["confirmed"])
    if "role" in row:
        one.of_role[row["role"]] = counted
    else:
        one.whole = counted
