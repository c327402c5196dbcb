"""The weekly form P of IDSP: presumptive cases by the codes of signed diagnoses (docs/adr/0397)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When

from billing.queries import Days
from facilities.models import Facility
from facilities.roles import Reach
from patients.models import Condition
from patients.queries import withhold_names
from reports.idsp import Syndrome, syndromes
from reports.masking import Shown, masked_table
from reports.queries.registers import signed_conditions

YEAR = timedelta(days=365.25)
MOST_LISTED = 200


@dataclass(frozen=True)
class FormLine:
    """A line of the form: what each place counted, and all together; None is masked.

    A line that no code counts for has no counts: it is filled in by hand.
    """

    syndrome: Syndrome
    counts: Sequence[Shown]
    total: Shown

    @property
    def is_by_hand(self) -> bool:
        return not self.syndrome.codes


@dataclass(frozen=True)
class FormP:
    """The form of a week. Whoever works at the hospital sees its counts; others see places, masked.

    `quiet` are the places that counted nothing: they have no column.
    """

    week: Days
    places: Sequence[str]
    quiet: Sequence[str]
    lines: Sequence[FormLine]
    totals: Sequence[Shown]
    total: Shown
    is_masked: bool


def form_p(user: Any, week: Days) -> FormP:
    """Cases of a week: a patient counts once for a line in a hospital, whatever codes and visits said so.

    The hospital's own counts at a hospital; by hospital in a district, by district in the state, both masked
    with their totals. A case belongs to the week in which its diagnosis was written down.
    """
    facilities = Facility.objects.visible_to(user).select_related("district")
    by_district = user.posting.span.reach == Reach.STATE
    place_of = {one.pk: one.district if by_district else one for one in facilities}
    counts: dict[tuple[int, UUID], int] = defaultdict(int)
    for line, facility_id, cases in _counted(list(place_of), week):
        counts[line, place_of[facility_id].pk] += cases
    is_masked = user.posting.facility_id is None
    reached = sorted({one.pk: one for one in place_of.values()}.values(), key=str)
    loud = {pk for _line, pk in counts} if is_masked else {one.pk for one in reached}
    places = [one for one in reached if one.pk in loud]
    coded = [one for one in syndromes() if one.codes]
    rows = [[counts[one.line, place.pk] for place in places] for one in coded]
    lines, totals, total = _masked(rows) if is_masked else _open(rows)
    said = dict(zip((one.line for one in coded), lines, strict=True))
    return FormP(
        week,
        [str(place) for place in places],
        [str(place) for place in reached if place.pk not in loud],
        [FormLine(one, *said.get(one.line, ([], None))) for one in syndromes()],
        totals,
        total,
        is_masked,
    )


Counts = tuple[list[tuple[Sequence[Shown], Shown]], Sequence[Shown], Shown]


def _open(rows: list[list[int]]) -> Counts:
    sums = [sum(column) for column in zip(*rows, strict=True)]
    return [(row, sum(row)) for row in rows], sums, sum(sums)


def _masked(rows: list[list[int]]) -> Counts:
    table = masked_table(rows)
    lines: list[tuple[Sequence[Shown], Shown]] = list(zip(table.rows, table.row_totals, strict=True))
    return lines, table.column_totals, table.total


def _cases(week: Days) -> QuerySet[Condition]:
    begins, ends = week.moments
    return signed_conditions().filter(recorded_at__gte=begins, recorded_at__lt=ends)


def _counts_for(syndrome: Syndrome, week: Days) -> Q:
    """What a diagnosis must be to count for this line; an age that nobody knows counts."""
    coded = Q()
    for code in syndrome.codes:
        coded |= Q(code__startswith=code)
    if syndrome.under_age is None:
        return coded
    born_after = week.begins - syndrome.under_age * YEAR
    return coded & (Q(patient__birth_date=None) | Q(patient__birth_date__gt=born_after))


def _counted(facilities: list[UUID], week: Days) -> Any:
    """(line, hospital, cases); one question. The hospitals are named, so that each is read by its index."""
    arms = [When(_counts_for(one, week), then=Value(one.line)) for one in syndromes() if one.codes]
    here = _cases(week).filter(facility__in=facilities).order_by()
    of_line = here.annotate(line=Case(*arms, default=None, output_field=IntegerField()))
    counted = of_line.filter(line__isnull=False).values("line", "facility_id")
    return counted.annotate(cases=Count("patient", distinct=True)).values_list("line", "facility_id", "cases")


def cases_of(user: Any, week: Days, syndrome: Syndrome) -> list[Condition]:
    """The diagnoses behind one line, each patient once; names that a list must not say are withheld."""
    if not syndrome.codes:
        return []
    here = _cases(week).filter(_counts_for(syndrome, week), facility__in=Facility.objects.visible_to(user))
    first = here.order_by("patient", "recorded_at").distinct("patient")
    linked = ("patient__district", "department")
    listed = Condition.objects.filter(pk__in=first.values("pk")).select_related(*linked)
    found = list(listed.order_by("recorded_at", "pk")[:MOST_LISTED])
    withhold_names([one.patient for one in found])
    return found
