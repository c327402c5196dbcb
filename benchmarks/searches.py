"""Searches as the search page answers them, one at a time; and whether any of them reads a table through."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from random import Random
from typing import Any

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from benchmarks.driver import Load, drive
from benchmarks.places import Web
from benchmarks.registrations import csrf_of, post_form
from facilities.models import User
from hmis.demo.families import misspelt
from hmis.kernel import scope
from patients.models import Encounter, IdentifierKind, KnownName, NameWord, Patient, PatientIdentifier
from patients.queries import search

PAGE = "/patients/"
PEOPLE = 60
# What grows with the patients: none of these may be read from end to end.
LARGE = {model._meta.db_table for model in (Patient, PatientIdentifier, Encounter, KnownName, NameWord)}


@dataclass(frozen=True)
class Kind:
    """One way of asking, the texts that are typed, and how soon the answer is due at the 95th percentile."""

    name: str
    texts: list[str]
    due: int


def kinds(clerk: str, *, seed: int = 1) -> list[Kind]:
    """What sixty people of the clerk's hospital would be looked for by, drawn from all who are on file."""
    dice = Random(seed)
    people = _people(User.objects.get(username=clerk), dice)
    numbers = PatientIdentifier.objects.filter(kind=IdentifierKind.ABHA_NUMBER, patient__in=people)
    abha = list(numbers.values_list("value", flat=True))
    connection.close()
    return [
        Kind("UHID", [one.uhid for one in people], 20),
        Kind("mobile", [one.phone for one in people if one.phone], 20),
        Kind("ABHA number", abha, 20),
        Kind("name", [one.name for one in people], 50),
        Kind("name with a slip of the pen", [misspelt(one.name, dice) for one in people], 50),
        Kind("name in Hindi", [one.name_hi for one in people], 50),
        Kind("first name only", [one.name.split()[0] for one in people], 50),
        Kind("name and the end of the mobile", [f"{p.name} {p.phone[-4:]}" for p in people if p.phone], 50),
    ]


def _people(clerk: User, dice: Random) -> list[Patient]:
    """Drawn by their keys, which are in the order of time: nobody is counted through."""
    here = Patient.objects.filter(facility=clerk.posting.facility)
    first, last = (
        int(Patient.objects.order_by(order).values_list("uhid", flat=True)[:1][0]) for order in ("id", "-id")
    )
    drawn = [
        here.filter(uhid__gte=str(dice.randint(first, last))).order_by("uhid")[:1] for _ in range(PEOPLE)
    ]
    return [one for found in drawn for one in found]


def load(web: Web, cookie: str, kind: Kind, *, seconds: float) -> Load:
    """One clerk who asks again as soon as the answer is there."""
    return drive(web.port, [_asked(cookie, kind.texts)], seconds=seconds, warm_up=seconds / 4)


def _asked(cookie: str, texts: Sequence[str]) -> Iterator[bytes]:
    for text in cycle(texts):
        fields = {"q": text, "csrfmiddlewaretoken": csrf_of(cookie)}
        yield post_form(PAGE, fields, Cookie=cookie, HX_Request="true")


def read_through(clerk: str, kind: Kind) -> dict[str, int]:
    """{table: how many of these searches have a plan that reads it from end to end}."""
    user = User.objects.get(username=clerk)
    counted: dict[str, int] = {}
    for text in kind.texts:
        for table in tables_read_through(text, user):
            counted[table] = counted.get(table, 0) + 1
    connection.close()
    return counted


def tables_read_through(text: str, user: User) -> set[str]:
    """The large tables that the plans of this search read from end to end."""
    reach = scope.within(scope.reading(user))
    with reach, CaptureQueriesContext(connection) as captured, transaction.atomic():
        search(text, user)
    # What comes before the question in the same journey says who asks.
    said = [one["sql"].rsplit(";\n", 1)[-1].lstrip() for one in captured.captured_queries]
    asked = [sql for sql in said if sql.startswith(("SELECT", "WITH", "EXECUTE"))]
    return {table for sql in asked for table in _scanned(_plan(sql))} & LARGE


def _plan(sql: str) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (FORMAT JSON) " + sql.replace("%", "%%"), [])
        ((plan,),) = cursor.fetchall()
    return (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]


def _scanned(node: dict[str, Any]) -> Iterator[str]:
    if node["Node Type"] == "Seq Scan":
        yield node["Relation Name"]
    for inner in node.get("Plans", []):
        yield from _scanned(inner)
