"""Who may read which result: one rule, asked by every page, list, paper, figure and noun of the API.

Confidential is an order
- whose test gives a result that the catalogue marks so (HIV), or that the state's list calls confidential;
- of a contact that is marked in the medico-legal register as a sexual assault.

Its results are for those who treat the patient (whose chart is open to them: a contact that goes on at their
hospital, or one that they opened with a reason), and for the people of the laboratory who do that work. They
stand in no list, search, dashboard, figure, register or noun of the API, are never handed out at a counter,
and no detail of the audit says them.

Sources: HIV and AIDS (Prevention and Control) Act, 2017, section 8 (no disclosure of the status); Bharatiya
Nyaya Sanhita, 2023, section 72 (who survived a sexual assault is not made known).

Who does not do the work reads no name of such a test in a list of orders (`may_name`), and it is printed
by itself, beside no other report.

Such a test of HIV is ordered with informed consent alone (`asks_consent`): section 5 of the Act of 2017.

A list says `open_results(rows, "order")` before it counts or shows; a page about one order asks `may_read`.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.db.models.expressions import Combinable

from facilities.roles import Role
from hmis.kernel.recent import recent
from lab.models import AnalyteDefinition, ServiceRequest, TestDefinition
from lab.states import Section
from patients import permissions as patient_permissions
from patients.models import CaseKind, MedicoLegalCase
from patients.queries import chart

R = TypeVar("R", bound=Model)

SAID_OF_A_TEST, SAID_OF_CONSENT = "confidential", "consent"
# By their names: reads stand below what they are needed for (lab.permissions).
READING = "lab.view_results"
WORKING = ("lab.enter_results", "lab.verify_results", "lab.authorise_reports")


@recent
def confidential_codes() -> tuple[str, ...]:
    """The analytes whose results are confidential."""
    marked = AnalyteDefinition.objects.filter(is_confidential=True)
    return tuple(sorted(marked.values_list("code", flat=True)))


def confidential(path: str = "") -> Q | Combinable:
    """The condition of a confidential order; `path` leads to it from the row that is asked about."""
    to = f"{path}__" if path else ""
    cases = MedicoLegalCase.objects.filter(
        encounter=OuterRef(f"{to}encounter_id"), kind=CaseKind.SEXUAL_ASSAULT
    )
    of_test = Q(**{f"{to}test__notifiable__icontains": SAID_OF_A_TEST})
    if codes := confidential_codes():
        of_test |= Q(**{f"{to}test__members__overlap": list(codes)})
    return of_test | Exists(cases)


def is_named_openly(test: TestDefinition) -> bool:
    """Whether the name of this test may stand beside anybody's: it tells of no confidential result."""
    is_marked = SAID_OF_A_TEST in test.notifiable.lower()
    return not is_marked and not set(confidential_codes()).intersection(test.members)


def asks_consent(test: TestDefinition) -> bool:
    """Whether this test, or one of the panel's, is done with informed consent alone."""
    is_marked = SAID_OF_CONSENT in test.notifiable.lower()
    return is_marked or bool(set(confidential_codes()).intersection(test.members))


def say_consent(orders: Iterable[Any]) -> list[ServiceRequest]:
    """Say of each order whether its test asks for consent and none was written down (`lacks_consent`): it was
    ordered before that was asked. Who agreed then, and whether anybody did, is not known."""
    said = list(orders)
    for one in said:
        one.lacks_consent = not one.consent and asks_consent(one.test)
    return said


def may_name(user: Any, order: ServiceRequest) -> bool:
    """Whether a list of many patients may tell this person which test it is."""
    return is_named_openly(order.test) or does_the_work(user, order)


def knows_test(user: Any, order: ServiceRequest) -> bool:
    """Whether a list may name it to this person: `may_name`, or it is an order of their own."""
    return user.pk in (order.requester_id, order.entered_by_id) or may_name(user, order)


def open_results(rows: QuerySet[R], path: str = "") -> QuerySet[R]:
    """The rows without those of confidential orders: what lists, searches and figures may show."""
    return rows.exclude(confidential(path))


def are_confidential(orders: Iterable[UUID]) -> set[UUID]:
    """Which of these orders are."""
    asked = ServiceRequest.objects.filter(pk__in=list(orders)).filter(confidential())
    return set(asked.values_list("pk", flat=True))


def is_of_imaging(user: Any) -> bool:
    """Whether this person's work is imaging's: the laboratory's is then another's, and the other way."""
    return user.posting is not None and user.posting.role == Role.RADIOLOGIST


def work_of(user: Any) -> Q:
    """The condition of the orders that are this person's kind of work: the laboratory's, or imaging's."""
    return work(of_imaging=is_of_imaging(user))


def work(*, of_imaging: bool) -> Q:
    """The condition of the orders that are imaging's work, or else the laboratory's."""
    imaging = Q(test__section=Section.IMAGING)
    return imaging if of_imaging else ~imaging


def does_the_work(user: Any, order: ServiceRequest) -> bool:
    """Whether this person of the laboratory, or of imaging, works on such an order at its hospital."""
    posting = user.posting
    if posting is None or posting.facility_id != order.facility_id:
        return False
    return is_of_imaging(user) == order.test.is_imaging and any(user.may(one) for one in WORKING)


def treats(user: Any, patient_id: UUID, at: datetime) -> bool:
    """Whether the patient's whole chart is open to this person now."""
    if not user.may(patient_permissions.VIEW_CHART):
        return False
    return chart.opening(user, patient_id, at) is not None


def may_read(user: Any, order: ServiceRequest, at: datetime) -> bool:
    """Whether this person may read what was found for this order (with its test), confidential or not."""
    if not user.may(READING):
        return False
    if does_the_work(user, order) or not are_confidential([order.pk]):
        return True
    return treats(user, order.patient_id, at)


def readable(
    rows: QuerySet[R], user: Any, patient_id: UUID, at: datetime, path: str = "order"
) -> QuerySet[R]:
    """One patient's rows: all of them for whoever treats the patient, the open ones for everybody else."""
    return rows if treats(user, patient_id, at) else open_results(rows, path)
