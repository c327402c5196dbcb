"""How good the data are, by the tests of auditors: shares of a month, and counts that should be nought."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from facilities.models import Facility, Posting
from ipd.models import Admission
from ipd.states import AdmissionStatus
from patients.models import BedStay
from reports.indicators import INDICATORS, Indicator, total
from reports.queries.counting import midnight
from reports.queries.scopes import Scope
from reports.queries.spans import DAY, month_of
from reports.queries.sums import sums

# Of the indicators those that say how well something is written down.
WRITTEN = tuple(INDICATORS[key] for key in ("phones", "notes", "prescriptions", "summaries"))
OF_THEM = tuple({key for one in WRITTEN for key, _parts in (one.counted, one.of)})


@dataclass(frozen=True)
class Quality:
    """A hospital: its shares of the month, and what is wrong in how many rows.

    `doubles` are people registered in the month who share mobile and every word of their name with somebody
    else on file here; `bedless` admissions without a bed; `backwards` discharges before the admission;
    `after` beds that are held by somebody who has left; `unseen` staff of `posted` who never logged in.
    """

    hospital: Facility
    shares: Sequence[tuple[Indicator, int | None]]
    doubles: int
    bedless: int
    backwards: int
    after: int
    unseen: int
    posted: int

    @property
    def faults(self) -> int:
        """What can be put right row by row."""
        return self.doubles + self.bedless + self.backwards + self.after


def quality_of(scope: Scope, first: date, today: date) -> list[Quality]:
    """Each hospital of the place in the month that begins on `first`, those with most to put right first."""
    last = min(month_of(first)[1], today)
    (month,) = sums((*OF_THEM, "doubles"), scope.ids, (first, last))
    since, until = midnight(first), midnight(last + DAY)
    stays = Admission.objects.filter(facility__in=scope.ids).exclude(status=AdmissionStatus.CANCELLED)
    of_month = stays.filter(admitted_at__gte=since, admitted_at__lt=until)
    bed = BedStay.objects.filter(encounter=OuterRef("encounter"))
    bedless = _by_hospital(of_month.filter(~Exists(bed)))
    backwards = _by_hospital(stays.filter(discharged_at__lt=F("admitted_at")))
    after = _by_hospital(stays.filter(Exists(bed.filter(ended_at=None)), left_at__isnull=False))
    staff = _staff(scope, today)
    found = [
        Quality(
            one,
            [(by, by.share(month, {one.pk})) for by in WRITTEN],
            int(total(month, "doubles", None, {one.pk})),
            bedless.get(one.pk, 0),
            backwards.get(one.pk, 0),
            after.get(one.pk, 0),
            *staff.get(one.pk, (0, 0)),
        )
        for one in scope.facilities
    ]
    return sorted(found, key=lambda one: (-one.faults, -one.unseen, one.hospital.code))


def _by_hospital(rows: QuerySet) -> Mapping[UUID, int]:  # type: ignore[type-arg]
    return dict(rows.order_by().values_list("facility").annotate(Count("pk")))


def _staff(scope: Scope, today: date) -> Mapping[UUID, tuple[int, int]]:
    """For each hospital (who never logged in, who is posted there now)."""
    posted = Posting.objects.current(today).filter(facility__in=scope.ids, user__is_active=True)
    counts = (
        posted.order_by()
        .values_list("facility")
        .annotate(
            unseen=Count("user", distinct=True, filter=Q(user__last_login=None)),
            everybody=Count("user", distinct=True),
        )
    )
    return {hospital: (unseen, everybody) for hospital, unseen, everybody in counts}
