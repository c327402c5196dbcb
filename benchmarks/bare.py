"""The limit: a bare Django view that writes the rows of a walk-in registration with raw SQL."""

import json
from datetime import UTC, date, datetime
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from uuid_utils.compat import uuid7

from hmis.env import env_database

settings.configure(
    SECRET_KEY="bare",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": env_database("DATABASE_OWNER_URL")},
    USE_TZ=True,
)

PATIENT = "INSERT INTO bare.patient VALUES (%s, nextval('bare.uhid'), %s, %s, %s, %s, %s)"
ENCOUNTER = "INSERT INTO bare.encounter VALUES (%s, %s, %s, %s, %s)"
CHARGE = "INSERT INTO bare.charge VALUES (%s, %s, 5)"
NEXT_TOKEN = """
    INSERT INTO bare.clinic_day AS day VALUES (%s, %s, %s, 1)
    ON CONFLICT (facility, department, held_on) DO UPDATE SET last = day.last + 1 RETURNING last
"""
TOKEN = "INSERT INTO bare.token VALUES (%s, %s, %s)"
NEXT_NUMBERS = """
    INSERT INTO bare.series AS series VALUES (%s, 'B', 1), (%s, 'R', 1)
    ON CONFLICT (facility, series) DO UPDATE SET last = series.last + 1 RETURNING last
"""
INVOICE = "INSERT INTO bare.invoice VALUES (%s, %s, %s, 5)"
PAYMENT = "INSERT INTO bare.payment VALUES (%s, %s, %s, 5)"


def registration_new(request: HttpRequest) -> HttpResponse:
    """Patient, encounter, charge, token and its counter, two numbers, invoice, payment: one transaction."""
    asked = json.loads(request.body)
    receipt = write(asked["patient"], request.headers["X-Facility"], asked["department"])
    return JsonResponse({"receipt": receipt}, status=201)


def write(person: dict[str, str], facility: str, department: str) -> str:
    """The rows; returns the receipt's number. The counters come last, as in the product."""
    at = datetime.now(UTC)
    patient, encounter, token, charge, invoice, payment = (uuid7() for _ in range(6))
    with transaction.atomic(), connection.cursor() as cursor:
        described = [person["name"], person["sex"], person.get("phone", ""), person["village"]]
        cursor.execute(PATIENT, [patient, *described, at])
        cursor.execute(ENCOUNTER, [encounter, patient, facility, department, at])
        cursor.execute(CHARGE, [charge, encounter])
        number = _count(cursor, NEXT_TOKEN, [facility, department, date.today()])[0]
        cursor.execute(TOKEN, [token, encounter, number])
        bill, receipt = _count(cursor, NEXT_NUMBERS, [facility, facility])
        cursor.execute(INVOICE, [invoice, encounter, f"{facility}/B/{bill}"])
        cursor.execute(PAYMENT, [payment, invoice, f"{facility}/R/{receipt}"])
    return f"{facility}/R/{receipt}"


def _count(cursor: Any, sql: str, values: list[Any]) -> list[int]:
    cursor.execute(sql, values)
    return [last for (last,) in cursor.fetchall()]


def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


urlpatterns = [path("opd-registrations/", registration_new), path("healthz", healthz)]

application = get_wsgi_application()
