"""The ABHA of those who were registered: linked, made with help, declined, without a phone."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count
from django.utils import timezone

from facilities.models import District, Facility
from facilities.roles import Reach
from patients.models import AbhaStatus, Patient
from reports.masking import Shown, masked_table

# Who has one: the answer of the patient's own app, and the one that was made at the counter.
HAVE_ONE = (AbhaStatus.LINKED, AbhaStatus.ASSISTED)
# The columns, from had to never asked.
IN_ORDER = (
    AbhaStatus.LINKED,
    AbhaStatus.ASSISTED,
    AbhaStatus.DECLINED,
    AbhaStatus.NO_PHONE,
    AbhaStatus.NOT_ASKED,
)


LEAST_OF_A_SHARE = 20


@dataclass
class AbhaCoverage:
    """The registrations of a place, by how it stands with the ABHA."""

    place: District | Facility | None
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def registered(self) -> int:
        return sum(self.counts.values())

    @property
    def have_one(self) -> int:
        return sum(self.counts.get(one, 0) for one in HAVE_ONE)

    @property
    def share(self) -> int | None:
        """With an ABHA in a hundred registrations, rounded down: declined and without a phone count below."""
        return 100 * self.have_one // self.registered if self.registered else None

    @property
    def cells(self) -> list[tuple[Any, int]]:
        """(how it stands, how many) in the order of the columns."""
        return [(one.label, self.counts.get(one, 0)) for one in IN_ORDER]


@dataclass(frozen=True)
class AbhaShown:
    """A place's figures as they may be shown; None is masked."""

    place: District | Facility | None
    registered: Shown
    cells: list[tuple[Any, Shown]]
    have_one: Shown
    share: int | None


def abha_shown(
    whole: AbhaCoverage, parts: list[AbhaCoverage], *, outside: bool, is_deeper: bool = False
) -> tuple[AbhaShown, list[AbhaShown]]:
    """The figures as this reader may see them: `outside` the hospital what is about few people is masked.

    `is_deeper`: somebody of the state looks into a district, whose numbers stand in the state's table: a
    second one would tell together with it what each hides, so there are shares alone.
    """
    if outside and is_deeper:
        return _share_of(whole), [_share_of(one) for one in parts]
    rows = [[count for _label, count in one.cells] for one in parts]
    if not outside:
        sums = [count for _label, count in whole.cells]
        return _line(whole, sums, whole.registered), [
            _line(one, row, one.registered) for one, row in zip(parts, rows, strict=True)
        ]
    table = masked_table(rows)
    return _line(whole, table.column_totals, table.total), [
        _line(*line) for line in zip(parts, table.rows, table.row_totals, strict=True)
    ]


def _share_of(one: AbhaCoverage) -> AbhaShown:
    """A share alone, where it is of so many that it tells of nobody."""
    cells: list[tuple[Any, Shown]] = [(status.label, None) for status in IN_ORDER]
    return AbhaShown(one.place, None, cells, None, one.share if one.registered >= LEAST_OF_A_SHARE else None)


def _line(one: AbhaCoverage, counts: Sequence[Shown], registered: Shown) -> AbhaShown:
    """A share is said where each number is shown that it is made of."""
    linked, assisted, *_others = counts
    have_one = None if linked is None or assisted is None else linked + assisted
    share = one.share if have_one is not None and registered is not None else None
    cells = list(zip((status.label for status in IN_ORDER), counts, strict=True))
    return AbhaShown(one.place, registered, cells, have_one, share)


def abha_counts(user: Any, first: date, last: date) -> dict[UUID, dict[str, int]]:
    """For each hospital within reach: how many of its registrations of these days stand where."""
    begins = timezone.make_aware(datetime.combine(first, time.min))
    ends = timezone.make_aware(datetime.combine(last + timedelta(days=1), time.min))
    own = Patient.objects.filter(user.posting.sees("facility"))
    rows = own.filter(registered_at__gte=begins, registered_at__lt=ends).order_by()
    found: dict[UUID, dict[str, int]] = {}
    for facility, status, people in rows.values_list("facility", "abha_status").annotate(n=Count("pk")):
        found.setdefault(facility, {})[status] = people
    return found


def abha_coverage(
    user: Any, first: date, last: date, *, district: District | None = None
) -> tuple[AbhaCoverage, list[AbhaCoverage]]:
    """Of all registrations within reach, and by district in the state, by hospital in a district.

    The lowest share first; places without a registration come last.
    """
    counted = abha_counts(user, first, last)
    hospitals = Facility.objects.visible_to(user).select_related("district")
    if district:
        hospitals = hospitals.filter(district=district)
    by_district = user.posting.span.reach == Reach.STATE and district is None
    whole, parts = AbhaCoverage(None), dict[Any, AbhaCoverage]()
    for hospital in hospitals:
        place = hospital.district if by_district else hospital
        one = parts.setdefault(place.pk, AbhaCoverage(place))
        for status, people in counted.get(hospital.pk, {}).items():
            for each in (whole, one):
                each.counts[status] = each.counts.get(status, 0) + people
    lowest = sorted(parts.values(), key=lambda one: (one.share is None, one.share or 0, str(one.place)))
    return whole, lowest
