"""Results in the laboratory's hands: worklists, what waits to be verified and authorised, last values."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, Prefetch, QuerySet, When

from facilities.models import Span
from facilities.queries import people_of
from facilities.roles import Reach, Role
from hmis.kernel.composed import Composed
from lab.formulas import FORMULAS
from lab.models import AnalyteDefinition, ResultLine, ServiceRequest
from lab.queries.catalogue import analytes_at
from lab.queries.confidential import is_of_imaging, work, work_of
from lab.states import IN_HAND, OrderStatus
from patients.queries.merging import records_of


def lines_of(order: ServiceRequest) -> list[ResultLine]:
    """The lines of an order as its test lists them."""
    places = {code: place for place, code in enumerate(order.test.members)}
    return sorted(_lines(order.pk), key=lambda one: places.get(one.analyte.code, len(places)))


@Composed
def _lines(order_id: UUID) -> QuerySet[ResultLine]:
    return ResultLine.objects.filter(order=order_id).select_related("analyte")


def missing_of(order: ServiceRequest, lines: Sequence[ResultLine]) -> list[AnalyteDefinition]:
    """The analytes of an order that have no value and are not calculated."""
    held = {line.analyte.code for line in lines if line.value}
    wanted = [code for code in order.test.members if code not in held and code not in FORMULAS]
    return [one.row for one in analytes_at(order.facility_id).of(wanted)]


def in_hand(user: Any, *, section: str = "", statuses: Sequence[str] = IN_HAND) -> QuerySet[ServiceRequest]:
    """Orders of the person's hospital and kind of work, in these states: urgent first, then the oldest."""
    here = ServiceRequest.objects.visible_to(user).filter(work_of(user), status__in=statuses)
    if section:
        here = here.filter(test__section=section)
    return _with_lines(here)


def order_at_work(order_id: UUID, user: Any) -> ServiceRequest | None:
    """The order with this key in whatever state, if it is of the person's hospital and kind of work."""
    span: Span = user.posting.span
    is_imaging = is_of_imaging(user)
    return next(iter(_order_at_work(order_id, span.place_id, reach=span.reach, of_imaging=is_imaging)), None)


@Composed
def _order_at_work(
    order_id: UUID, place_id: UUID, *, reach: Reach, of_imaging: bool
) -> QuerySet[ServiceRequest]:
    here = ServiceRequest.objects.visible_to(Span(reach, place_id))
    return _with_lines(here.filter(work(of_imaging=of_imaging), pk=order_id))


def _with_lines(here: QuerySet[ServiceRequest]) -> QuerySet[ServiceRequest]:
    urgent = Case(When(priority="urgent", then=0), default=1)
    linked = here.select_related(
        "test",
        "patient",
        "specimen",
        "verified_by",
        "held_by",
        "requester",
        "encounter__department",
        "facility",
    )
    lines = ResultLine.objects.select_related("analyte", "entered_by")
    return linked.prefetch_related(Prefetch("lines", lines)).order_by(
        urgent, "specimen__collected_at", "ordered_at", "pk"
    )


def counts_of(user: Any) -> dict[str, dict[str, int]]:
    """{section: {status: how many}} of what the person's kind of work has in hand."""
    here = ServiceRequest.objects.visible_to(user).filter(work_of(user), status__in=IN_HAND).order_by()
    found: dict[str, dict[str, int]] = {}
    for row in here.values("test__section", "status").annotate(count=Count("pk")):
        found.setdefault(row["test__section"], {})[row["status"]] = row["count"]
    return found


def last_results(lines: Sequence[ResultLine]) -> dict[tuple[UUID, UUID], ResultLine]:
    """{(patient, analyte): the last authorised number of it before, on whichever record} for these lines."""
    if not lines:
        return {}
    own = {line.order_id for line in lines}
    people = records_of(line.patient_id for line in lines)
    found = (
        ResultLine.objects.filter(
            patient__in=people,
            analyte__in={line.analyte_id for line in lines},
            number__isnull=False,
            order__status=OrderStatus.AUTHORISED,
        )
        .exclude(order__in=own)
        .order_by("patient_id", "analyte_id", "-effective_at")
        .distinct("patient_id", "analyte_id")
    )
    return _last_of_each(found, people)


def last_of_patients(
    patients: Collection[UUID], codes: Collection[str], without: Sequence[ServiceRequest]
) -> dict[tuple[UUID, UUID], ResultLine]:
    """{(patient, analyte): the last authorised result, on whichever record} for a page of orders, these
    left out.
    """
    people = records_of(patients)
    found = (
        ResultLine.objects.filter(
            patient__in=people, analyte__code__in=codes, order__status=OrderStatus.AUTHORISED
        )
        .exclude(value="")
        .exclude(order__in=without)
        .order_by("patient_id", "analyte_id", "-effective_at")
        .distinct("patient_id", "analyte_id")
    )
    return _last_of_each(found, people)


def _last_of_each(
    found: Iterable[ResultLine], people: Mapping[UUID, UUID]
) -> dict[tuple[UUID, UUID], ResultLine]:
    """{(record, analyte): the newest of these} for each record of the person; `people`: `records_of`."""
    last: dict[UUID, dict[UUID, ResultLine]] = {}
    for one in sorted(found, key=lambda line: line.effective_at):
        last.setdefault(people[one.patient_id], {})[one.analyte_id] = one
    return {
        (record, analyte): one
        for record, person in people.items()
        for analyte, one in last.get(person, {}).items()
    }


def results_visible_to(user: Any) -> QuerySet[ResultLine]:
    return ResultLine.objects.visible_to(user).select_related("analyte", "patient", "order__test")


def others_who_authorise(user: Any) -> list[str]:
    """The names of the others who authorise at the person's hospital what is their kind of work."""
    role = Role.RADIOLOGIST if is_of_imaging(user) else Role.PATHOLOGIST
    others = people_of(user.posting.facility, role).exclude(pk=user.pk)
    return [str(one) for one in others]


def waiting_to_be_authorised(user: Any) -> QuerySet[ServiceRequest]:
    """Verified orders: the pathologist's, or the radiologist's."""
    return in_hand(user, statuses=[OrderStatus.VERIFIED])
