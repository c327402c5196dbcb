"""Registers by the API: the lines of the OPD register, the weekly form P. The same reads as the pages."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from billing.queries import Days
from hmis.kernel.api import Asked, Pages, checked
from hmis.kernel.nouns import Noun
from ipd.queries import lines_of, said
from lab.queries.notifying import week_of
from patients.models import Encounter
from reports import permissions, queries, services
from reports.queries import OPD, FormP

LONGEST = timedelta(days=366)
# The columns of the register, by names that stay.
COLUMNS = (
    *("came", "token", "uhid", "name", "sex_age", "place"),
    *("department", "unit", "visit", "diagnoses", "state"),
)


class DaysAsked(Asked):
    """The days of a register, both inside; the cursor of a page."""

    begins = serializers.DateField()
    ends = serializers.DateField()
    cursor = serializers.CharField(required=False)
    page_size = serializers.CharField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["ends"] < attrs["begins"]:
            raise serializers.ValidationError({"ends": [_("The last day is before the first.")]})
        if attrs["ends"] - attrs["begins"] > LONGEST:
            raise serializers.ValidationError({"ends": [_("At most a year at once.")]})
        return attrs


class WeekAsked(Asked):
    """A day of the week that is meant; this week where nothing is said."""

    day = serializers.DateField(required=False)


DAYS_ASKED, WEEK_ASKED = DaysAsked(), WeekAsked()
DAYS = [OpenApiParameter("begins", str, required=True), OpenApiParameter("ends", str, required=True)]


class RegisterSerializer(serializers.Serializer[Any]):
    """A register that the caller may read: its code is the last word of its address."""

    code = serializers.CharField()
    title = serializers.CharField()


class OpdLineSerializer(serializers.Serializer[Any]):
    """A line of the OPD register, in the caller's language; names withheld as lists withhold them."""

    came = serializers.CharField()
    token = serializers.CharField()
    uhid = serializers.CharField()
    name = serializers.CharField()
    sex_age = serializers.CharField()
    place = serializers.CharField()
    department = serializers.CharField()
    unit = serializers.CharField()
    visit = serializers.CharField()
    diagnoses = serializers.CharField()
    state = serializers.CharField()


class FormPLineSerializer(serializers.Serializer[Any]):
    """A line of the form. A count of null is masked, or filled in by hand."""

    line = serializers.IntegerField(source="syndrome.line")
    disease = serializers.CharField(source="syndrome.name")
    codes = serializers.ListField(child=serializers.CharField(), source="syndrome.codes")
    counts = serializers.ListField(child=serializers.IntegerField(allow_null=True))
    total = serializers.IntegerField(allow_null=True)
    is_by_hand = serializers.BooleanField()


class FormPSerializer(serializers.Serializer[FormP]):
    """IDSP form P of a week: the hospital's own counts, or those of places with small numbers masked."""

    begins = serializers.DateField(source="week.begins")
    ends = serializers.DateField(source="week.ends")
    is_masked = serializers.BooleanField()
    places = serializers.ListField(child=serializers.CharField())
    lines = FormPLineSerializer(many=True)
    totals = serializers.ListField(child=serializers.IntegerField(allow_null=True))
    total = serializers.IntegerField(allow_null=True)


class RegisterViewSet(Noun):
    """The registers that offices ask for."""

    needed = {
        "list": permissions.VIEW_IDSP,
        "opd": permissions.VIEW_REGISTERS,
        "idsp_p": permissions.VIEW_IDSP,
    }
    queryset = Encounter.objects.none()
    serializer_class = RegisterSerializer
    pagination_class = None
    filter_backends = ()

    @extend_schema(responses=RegisterSerializer(many=True))
    def list(self, request: Request) -> Response:
        known = [
            (permissions.VIEW_REGISTERS, OPD.code, OPD.title),
            (permissions.VIEW_IDSP, "idsp-p", _("IDSP form P")),
        ]
        found = [{"code": code, "title": title} for needed, code, title in known if request.user.may(needed)]
        return Response(RegisterSerializer(found, many=True).data)

    @extend_schema(parameters=DAYS, responses=OpdLineSerializer(many=True))
    @action(detail=False, methods=["get"], pagination_class=Pages)
    def opd(self, request: Request) -> Response:
        """The visits of these days, the last one first."""
        asked = checked(DAYS_ASKED, request.query_params.dict())
        days = Days(asked["begins"], asked["ends"])
        page = self.paginate_queryset(lines_of(OPD, request.user, days)) or []
        services.note_register_seen(
            code=OPD.code, days=days, form="json", actor=request.user, at=timezone.now()
        )
        lines = [dict(zip(COLUMNS, map(str, cells), strict=True)) for cells in said(OPD, page)]
        return self.get_paginated_response(OpdLineSerializer(lines, many=True).data)

    @extend_schema(parameters=[OpenApiParameter("day", str)], responses=FormPSerializer, filters=False)
    @action(detail=False, methods=["get"], url_path="idsp-p", pagination_class=None)
    def idsp_p(self, request: Request) -> Response:
        """Form P of a week, Monday to Sunday."""
        day = checked(WEEK_ASKED, request.query_params.dict()).get("day") or timezone.localdate()
        week = week_of(day)
        services.note_register_seen(
            code="idsp-p", days=week, form="json", actor=request.user, at=timezone.now()
        )
        return Response(FormPSerializer(queries.form_p(request.user, week)).data)
