"""The review: its pages over a year of figures of 30 hospitals, beside the full recount from the rows."""

import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg2
from django.db import connection
from django.test import Client
from django.urls import reverse

from benchmarks.beds import Read, read_page
from benchmarks.places import HOST
from facilities.models import Facility, User
from patients.models import Encounter
from reports.services import recount_all

# Measures and how many parts each has on a day, as a busy hospital has them.
CELLS = {
    "visits": 12,
    "new_visits": 1,
    "arrivals": 4,
    "tokens": 5,
    "waits": 25,
    "consultations": 1,
    "prescribed": 1,
    "admissions": 3,
    "discharges": 5,
    "summaries": 1,
    "deaths": 1,
    "lain": 1,
    "beds": 1,
    "tests": 1,
    "turnaround": 20,
    "dispensed": 3,
    "collected": 3,
    "refunded": 1,
    "exempted": 1,
    "diagnoses": 60,
    "abha": 5,
    "phones": 2,
    "notes": 2,
}
FILL = """
    INSERT INTO reports_dailyfigure (id, origin_node, facility_id, day, measure, part, value)
    SELECT gen_random_uuid(), 1, f.id, current_date - d, %(measure)s, lpad(p::text, 3, '0'), 1 + (d + p) %% 40
    FROM facilities_facility f, generate_series(0, 399) d, generate_series(1, %(parts)s) p
    ON CONFLICT (facility_id, day, measure, part) DO UPDATE SET value = EXCLUDED.value
"""


@dataclass(frozen=True)
class Recount:
    """Seconds that counting all figures of all hospitals from their rows took, and of how many encounters."""

    seconds: float
    encounters: int


def recount() -> Recount:
    """Every figure of every hospital from its rows; whatever an earlier bench made up is gone before."""
    _as_owner("TRUNCATE reports_dailyfigure, reports_weeklyfigure")
    began = time.perf_counter()
    for facility in Facility.objects.all():
        recount_all(facility=facility)
    return Recount(time.perf_counter() - began, Encounter.objects.count())


def _settle() -> None:
    """As the server does it by itself in an hour: otherwise each row is looked up twice."""
    _as_owner("VACUUM (ANALYZE) reports_dailyfigure, reports_weeklyfigure")


def _as_owner(statement: str) -> None:
    owner = psycopg2.connect(os.environ["DATABASE_OWNER_URL"])
    owner.autocommit = True
    with contextlib.closing(owner), owner.cursor() as cursor:
        cursor.execute(statement)


def reviews() -> Iterator[Read]:
    """The pages of the state and of a hospital in this process, over 400 days of made-up figures."""
    with connection.cursor() as cursor:
        for measure, parts in CELLS.items():
            cursor.execute(FILL, {"measure": measure, "parts": parts})
    _settle()
    client = Client(headers={"host": HOST})
    client.force_login(User.objects.get(username="state_admin.jh"))
    rims = Facility.objects.get(code="RIMS")
    yield read_page(client, "the state", reverse("reports:review_detail"))
    yield read_page(client, "the state in numbers", reverse("reports:number_list"))
    yield read_page(client, "the state, diagnoses and outcomes", reverse("reports:outcome_list"))
    yield read_page(client, "a hospital", reverse("reports:review_facility", args=[rims.pk]))
    yield read_page(client, "data quality", reverse("reports:quality_list"))
