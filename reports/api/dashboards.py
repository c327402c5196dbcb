"""Dashboards: the review of a place as numbers."""

from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from hmis.kernel.api import Asked, checked
from hmis.kernel.errors import Refusal
from hmis.kernel.nouns import Noun
from reports import indicators, permissions, queries
from reports.indicators import INDICATORS, WAITING, total, wait
from reports.queries import Review, Scope

UNITS = [
    ("count", _("count")),
    ("money", "₹"),
    ("percent", "%"),
    ("minutes", _("minutes")),
    ("hours", _("hours")),
]
KINDS = [("state", _("state")), ("district", _("district")), ("facility", _("hospital"))]


class DashboardAsked(Asked):
    """Of which place and month; neither: the widest that the caller sees, this month."""

    district = serializers.IntegerField(required=False, help_text="LGD code of a district.")
    facility = serializers.CharField(required=False, max_length=4, help_text="Code of a hospital.")
    month = serializers.RegexField(r"^20[0-9]{2}-(0[1-9]|1[0-2])\Z", required=False)
    by = serializers.ChoiceField(
        choices=[(key, one.label) for key, one in INDICATORS.items()], default=indicators.ALL[0].key
    )


class ShareSerializer(serializers.Serializer[Any]):
    """An indicator of the month in whole percent; null where nothing happened that it could be a share of."""

    key = serializers.CharField()
    share = serializers.IntegerField(allow_null=True)
    goal = serializers.IntegerField(allow_null=True)
    is_low = serializers.BooleanField(help_text="Less than half of the goal.")


class PlaceShareSerializer(serializers.Serializer[Any]):
    """A place by the indicator asked for, in its rank."""

    rank = serializers.IntegerField()
    code = serializers.CharField(help_text="LGD code of a district, code of a hospital.")
    name = serializers.CharField()
    share = serializers.IntegerField(allow_null=True)
    change = serializers.IntegerField(allow_null=True, help_text="Points since the month before.")


class TodaySerializer(serializers.Serializer[Any]):
    """Counts of today; `median_wait` in minutes, money in rupees."""

    visits = serializers.IntegerField()
    arrivals = serializers.IntegerField()
    waiting = serializers.IntegerField()
    median_wait = serializers.IntegerField(allow_null=True)
    inpatients = serializers.IntegerField()
    beds = serializers.IntegerField()
    collected = serializers.DecimalField(max_digits=16, decimal_places=2)
    exempted = serializers.DecimalField(max_digits=16, decimal_places=2)
    hospitals = serializers.IntegerField()
    hospitals_at_work = serializers.IntegerField(help_text="With something done in the last seven days.")


class PlaceCallSerializer(serializers.Serializer[Any]):
    """Whom to call today, and about what."""

    code = serializers.CharField()
    name = serializers.CharField()
    about = serializers.ListField(child=serializers.CharField())


class NumberSerializer(serializers.Serializer[Any]):
    """A figure beside others: counts, rupees, percent, minutes or hours; null of what nothing was counted."""

    key = serializers.CharField(source="asked.key")
    unit = serializers.ChoiceField(choices=UNITS, source="asked.unit")
    today = serializers.DecimalField(max_digits=16, decimal_places=2, allow_null=True)
    usual = serializers.DecimalField(
        max_digits=16, decimal_places=2, allow_null=True, help_text="A usual day of the 30 before today."
    )
    month = serializers.DecimalField(max_digits=16, decimal_places=2, allow_null=True)
    before = serializers.DecimalField(
        max_digits=16, decimal_places=2, allow_null=True, help_text="As many days of the month before."
    )
    year_ago = serializers.DecimalField(max_digits=16, decimal_places=2, allow_null=True)


class DashboardSerializer(serializers.Serializer[Any]):
    """The review of a place."""

    scope = serializers.ChoiceField(choices=KINDS)
    name = serializers.CharField()
    begins = serializers.DateField()
    ends = serializers.DateField()
    today = TodaySerializer()
    indicators = ShareSerializer(many=True)
    ranks = PlaceShareSerializer(many=True)
    calls = PlaceCallSerializer(many=True)
    numbers = NumberSerializer(many=True)


class DashboardViewSet(Noun):
    """The review of the state, a district or a hospital."""

    needed = {"list": permissions.VIEW_REVIEW}
    serializer_class = DashboardSerializer
    narrowed_by = ("district", "facility", "month", "by")
    pagination_class = None
    filter_backends = ()

    @extend_schema(parameters=[DashboardAsked], responses=forced_singular_serializer(DashboardSerializer))
    def list(self, request: Request) -> Response:
        asked = checked(_ASKED, self.narrowing())
        scope = _scope(request, asked)
        first = date.fromisoformat(f"{asked['month']}-01") if "month" in asked else _this_month()
        if first > _this_month():
            raise Refusal(_("This month lies ahead."), field="month")
        found = queries.review(scope, INDICATORS[asked["by"]], first, timezone.now())
        return Response(DashboardSerializer(_as_told(found)).data)


_ASKED = DashboardAsked()


def _this_month() -> date:
    return timezone.localdate().replace(day=1)


def _scope(request: Request, asked: dict[str, Any]) -> Scope:
    own = queries.scope_of(request.user)
    if own is None:
        raise NotFound
    if "facility" in asked:
        its = [one for one in own.facilities if one.code == asked["facility"]]
        if not its:
            raise NotFound
        return Scope(its[0], its)
    if "district" in asked:
        its = [one for one in own.facilities if one.district.lgd_code == asked["district"]]
        if not its or not request.user.may(permissions.VIEW_DISTRICTS):
            raise NotFound
        return Scope(its[0].district, its)
    return own


def _as_told(found: Review) -> dict[str, Any]:
    scope, today = found.scope, found.today
    return {
        "scope": scope.kind,
        "name": str(scope.place),
        "begins": found.first,
        "ends": found.last,
        "today": {
            "visits": total(today, "visits"),
            "arrivals": total(today, "arrivals"),
            "waiting": total(today, "tokens", WAITING),
            "median_wait": wait(today),
            "inpatients": sum(found.lying.values()),
            "beds": sum(found.beds.get(one, 0) for one in scope.ids),
            "collected": total(today, "collected"),
            "exempted": total(today, "exempted"),
            "hospitals": len(scope.facilities),
            "hospitals_at_work": len(queries.live(scope.facilities, found.week)),
        },
        "indicators": [
            {"key": one.key, "share": share, "goal": one.goal, "is_low": one.is_low(share)}
            for one, share in found.shares()
        ],
        "ranks": [
            {
                "rank": one.rank,
                "code": _code(one.place),
                "name": str(one.place),
                "share": one.share,
                "change": one.change,
            }
            for one in found.ranked()
        ],
        "numbers": queries.numbers_of(scope, found.first, found.at),
        "calls": [
            {
                "code": _code(one.place),
                "name": str(one.place),
                "about": [str(words) for _weight, words, _where in one.first],
            }
            for one in found.calls()
        ],
    }


def _code(place: Any) -> str:
    return str(getattr(place, "code", None) or place.lgd_code)
