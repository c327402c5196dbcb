"""How far the system has come at each hospital, and who needs a call: the worst first (docs/adr/0395)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from billing.models import TariffPrice
from facilities.models import Bed, Facility, FacilityKind, Posting, Ward
from hmis.kernel.models import LoginSession
from reports.models import ModuleExpectation, RolloutSetting, RolloutStep
from reports.queries.link import Link, links_of
from reports.queries.use import latest_use
from reports.states import Module, RolloutStatus, StepKind


class Why(models.TextChoices):
    """Why somebody should call a hospital."""

    UNUSED = "unused", gettext_lazy("not used")
    LINK_LOST = "link_lost", gettext_lazy("no contact")
    LINK_SLOW = "link_slow", gettext_lazy("slow link")
    LATE = "late", gettext_lazy("steps are late")
    LITTLE = "little", gettext_lazy("little use")
    UNSEEN = "unseen", gettext_lazy("said, not seen")
    UNPLANNED = "unplanned", gettext_lazy("nothing planned")


# What each weighs: the sum puts the hospitals in order, and from CALL_FROM on one is called.
WEIGHTS = {
    Why.UNUSED: 100,
    Why.LINK_LOST: 40,
    Why.LINK_SLOW: 20,
    Why.LATE: 20,
    Why.LITTLE: 15,
    Why.UNSEEN: 15,
    Why.UNPLANNED: 10,
}
CALL_FROM = 15
# From so many percent of the open hours without contact, from so many ms of median round trip.
LOST_FROM, SLOW_FROM = 25, 800
# Below so many percent of what is expected, a module is little used.
LITTLE_BELOW = 50


@dataclass(frozen=True)
class Use:
    """What a hospital did with one module. `share`: percent of what is expected in a week, if said."""

    module: Module
    transactions_7: int
    users_7: int
    transactions_30: int
    users_30: int
    expected: int | None

    @property
    def share(self) -> int | None:
        return round(100 * self.transactions_7 / self.expected) if self.expected else None

    @property
    def is_little(self) -> bool:
        return self.share is not None and self.share < LITTLE_BELOW


@dataclass(frozen=True)
class Seen:
    """What the system itself sees of a hospital's readiness."""

    staff: int = 0
    logged_in: int = 0
    prices: int = 0
    wards: int = 0
    beds: int = 0


@dataclass(frozen=True)
class Step:
    """A step as people say it, beside what the system sees of it (None: it sees nothing of such a step)."""

    kind: StepKind
    said: RolloutStep | None
    is_late: bool
    seen: str
    is_seen: bool | None

    @property
    def is_doubtful(self) -> bool:
        """Whether it is said to be done, and the system sees that it is not."""
        return bool(self.said and self.said.status == RolloutStatus.DONE and self.is_seen is False)


@dataclass(frozen=True)
class Call:
    """One reason to call, in words."""

    why: Why
    text: str

    @property
    def weight(self) -> int:
        return WEIGHTS[self.why]


@dataclass(frozen=True)
class Line:
    """One hospital in the list of the roll-out."""

    facility: Facility
    setting: RolloutSetting | None
    counted_on: date | None
    uses: list[Use]
    link: Link
    steps: list[Step]
    calls: list[Call]

    @property
    def weight(self) -> int:
        return sum(one.weight for one in self.calls)

    @property
    def needs_call(self) -> bool:
        return self.weight >= CALL_FROM

    @property
    def used(self) -> list[Use]:
        """The modules with a transaction in the last 7 days."""
        return [one for one in self.uses if one.transactions_7]

    @property
    def needed(self) -> int:
        """How many modules the hospital needs: those of which not nothing is expected."""
        return sum(one.expected != 0 for one in self.uses)

    @property
    def transactions_7(self) -> int:
        return sum(one.transactions_7 for one in self.uses)

    @property
    def done(self) -> int:
        return sum(self._is(one, RolloutStatus.DONE) for one in self.steps)

    @property
    def to_do(self) -> int:
        """How many steps there are, without those that are not needed here."""
        return sum(not self._is(one, RolloutStatus.NOT_NEEDED) for one in self.steps)

    @property
    def late(self) -> list[Step]:
        return [one for one in self.steps if one.is_late]

    @staticmethod
    def _is(step: Step, status: RolloutStatus) -> bool:
        return step.said is not None and step.said.status == status


def rollout_of(user: Any, at: datetime, district: UUID | None = None) -> list[Line]:
    """Every hospital of the government within this person's reach, the one that most needs a call first."""
    hospitals = hospitals_of(user)
    if district:
        hospitals = hospitals.filter(district_id=district)
    lines = lines_for(list(hospitals), at)
    return sorted(lines, key=lambda one: (-one.weight, one.facility.code))


def hospitals_of(user: Any) -> Any:
    """Those that work with the system or are to: a private hospital stands in the registry alone."""
    seen = Facility.objects.visible_to(user).exclude(kind=FacilityKind.PRIVATE)
    return seen.select_related("district")


def lines_for(facilities: Sequence[Facility], at: datetime) -> list[Line]:
    """The line of each of these hospitals, in the given order; as many statements for one as for all."""
    today = timezone.localdate(at)
    settings = {one.facility_id: one for one in RolloutSetting.objects.filter(facility__in=facilities)}
    uses = latest_use(facilities, today)
    expected = {
        (one.facility_id, one.module): one.a_week
        for one in ModuleExpectation.objects.filter(facility__in=facilities)
    }
    links = links_of(facilities, settings, at)
    seen = seen_at(facilities, today)
    said: dict[UUID, dict[str, RolloutStep]] = defaultdict(dict)
    for step in RolloutStep.objects.filter(facility__in=facilities):
        said[step.facility_id][step.kind] = step
    lines = []
    for one in facilities:
        mine = [_use(uses.get((one.pk, module)), module, expected.get((one.pk, module))) for module in Module]
        days = [uses[one.pk, module].day for module in Module if (one.pk, module) in uses]
        steps = _steps(said[one.pk], seen[one.pk], links[one.pk], mine, today)
        lines.append(
            Line(
                facility=one,
                setting=settings.get(one.pk),
                counted_on=max(days, default=None),
                uses=mine,
                link=links[one.pk],
                steps=steps,
                calls=_calls(mine, links[one.pk], steps, today),
            )
        )
    return lines


def _use(kept: Any, module: Module, expected: int | None) -> Use:
    if kept is None:
        return Use(module, 0, 0, 0, 0, expected)
    return Use(module, kept.transactions_7, kept.users_7, kept.transactions_30, kept.users_30, expected)


def seen_at(facilities: Sequence[Facility], today: date) -> dict[UUID, Seen]:
    """What stands in the system at each of these hospitals."""
    current = Posting.objects.current(today).filter(facility__in=facilities, user__is_active=True)
    came = Q(user__last_login__isnull=False)
    staff = current.values("facility_id").annotate(
        staff=Count("user", distinct=True), logged_in=Count("user", distinct=True, filter=came)
    )
    prices = TariffPrice.objects.valid_on(today).filter(facility__in=facilities)
    wards = Ward.objects.filter(facility__in=facilities, is_active=True)
    beds = Bed.objects.filter(facility__in=facilities, is_active=True, room__ward__is_active=True)
    counts: dict[UUID, dict[str, int]] = {one.pk: {} for one in facilities}
    asked: list[Any] = [
        staff,
        prices.values("facility_id").annotate(prices=Count("pk")),
        wards.values("facility_id").annotate(wards=Count("pk")),
        beds.values("facility_id").annotate(beds=Count("pk")),
    ]
    for rows in asked:
        for row in rows.order_by():
            counts[row.pop("facility_id")].update(row)
    return {pk: Seen(**found) for pk, found in counts.items()}


def _steps(
    said: Mapping[str, RolloutStep], seen: Seen, link: Link, uses: Sequence[Use], today: date
) -> list[Step]:
    live = sum(bool(one.transactions_7) for one in uses)
    found: dict[StepKind, tuple[str, bool | None]] = {
        StepKind.DEVICES: (_("cannot be seen from here"), None),
        StepKind.WIFI: (_said_of(link), bool(link.readings)),
        StepKind.TRAINING: (
            _("%(came)s of %(all)s staff have logged in") % {"came": seen.logged_in, "all": seen.staff},
            bool(seen.staff) and 2 * seen.logged_in >= seen.staff,
        ),
        StepKind.TARIFFS: (_("%(count)s prices hold today") % {"count": seen.prices}, bool(seen.prices)),
        StepKind.WARDS: (
            _("%(wards)s wards with %(beds)s beds") % {"wards": seen.wards, "beds": seen.beds},
            bool(seen.beds),
        ),
        StepKind.GO_LIVE: (_("%(count)s modules used in 7 days") % {"count": live}, bool(live)),
    }
    return [
        Step(kind, said.get(kind), kind in said and said[kind].is_late(today), *found[kind])
        for kind in StepKind
    ]


def _said_of(link: Link) -> str:
    if link.median is None:
        return _("nothing was measured in 7 days")
    return _("%(ms)s ms; %(lost)s of %(open)s open hours without contact") % {
        "ms": link.median,
        "lost": link.lost,
        "open": link.open_hours,
    }


def _calls(uses: Sequence[Use], link: Link, steps: Sequence[Step], today: date) -> list[Call]:
    """Why this hospital should be called; of one that has not begun, only what is late or not planned."""
    found = []
    is_used = any(one.transactions_7 for one in uses)
    begun = is_used or any(one.transactions_30 for one in uses) or _should_live(steps[-1], today)
    if begun and not is_used:
        found.append(Call(Why.UNUSED, _("Nothing was done with the system in 7 days")))
    if begun and link.lost_share >= LOST_FROM:
        hours = {"lost": link.lost, "open": link.open_hours}
        text = _("No contact in %(lost)s of %(open)s open hours of 7 days") % hours
        found.append(Call(Why.LINK_LOST, text))
    if link.median is not None and link.median >= SLOW_FROM:
        found.append(
            Call(Why.LINK_SLOW, _("Half of all answers take %(ms)s ms or more") % {"ms": link.median})
        )
    late = [str(one.kind.label) for one in steps if one.is_late]
    if late:
        text = ngettext("%(count)s step is late: %(steps)s", "%(count)s steps are late: %(steps)s", len(late))
        found.append(Call(Why.LATE, text % {"count": len(late), "steps": ", ".join(late)}))
    little = [str(one.module.label) for one in uses if one.is_little]
    if begun and is_used and little:
        text = _("Below half of what is expected: %(modules)s")
        found.append(Call(Why.LITTLE, text % {"modules": ", ".join(little)}))
    doubtful = [str(one.kind.label) for one in steps if one.is_doubtful and one.kind != StepKind.GO_LIVE]
    if doubtful:
        text = _("Said to be done, but not seen: %(steps)s")
        found.append(Call(Why.UNSEEN, text % {"steps": ", ".join(doubtful)}))
    if not any(one.said for one in steps):
        found.append(Call(Why.UNPLANNED, _("No step of the roll-out is planned")))
    return sorted(found, key=lambda one: -one.weight)


def _should_live(go_live: Step, today: date) -> bool:
    """Whether the hospital was to be live by now."""
    said = go_live.said
    return said is not None and (said.status == RolloutStatus.DONE or go_live.is_late)


def screens_now(facility: Facility, now: datetime) -> int:
    """How many browsers somebody is signed in with at this hospital."""
    duties = Posting.objects.filter(facility=facility).values("pk")
    open_now = LoginSession.objects.living(now).filter(posting_id__in=duties)
    return open_now.values("address", "device").distinct().count()


def expectations_of(facility: Facility) -> dict[str, int | None]:
    """Module → what is expected of it in a week."""
    kept = ModuleExpectation.objects.filter(facility=facility)
    return dict(kept.values_list("module", "a_week"))


def setting_of(facility: Facility) -> RolloutSetting | None:
    """When the hospital is open, where it has said so."""
    return RolloutSetting.objects.filter(facility=facility).first()
