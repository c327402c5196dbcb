"""A day of 4,000 tests at twenty times its speed over HTTP: what a technician waits for."""

import os
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle
from queue import Empty, SimpleQueue
from random import Random
from statistics import quantiles
from threading import Lock
from typing import Any
from uuid import uuid4

from django.db import connection
from django.utils import timezone

from benchmarks.charts import a_doctor
from benchmarks.driver import all_at_once, exchange, request, status_of
from benchmarks.places import Web
from benchmarks.registrations import csrf_of, post_form, sign_in
from facilities.models import Department, Facility, Posting, User
from facilities.roles import Role
from hmis.demo.laboratory import some_value
from hmis.demo.staff import STARTED_ON, password_hash
from hmis.kernel import scope
from lab import queries, reporting
from lab.formulas import FORMULAS
from lab.models import ResultLine, ServiceRequest, TestDefinition
from lab.ranges import Subject
from lab.services import Wanted, order_tests
from lab.states import Priority
from patients.models import Encounter, EncounterClass, Patient
from patients.states import EncounterStatus

A_DAY, HOURS, SPEED = 4000, 8, 20
# The whole day at this speed takes 24 minutes: BENCH_LAB_SECONDS=1440.
SECONDS = float(os.environ.get("BENCH_LAB_SECONDS") or 40)
TECHNICIANS = 6
TESTS = ("CBC", "LFT", "KFT", "GLU_R", "ELEC", "TSH", "URINE", "CBC", "KFT", "LIPID")


@dataclass
class Worked:
    """Milliseconds of each kind of step, and how late the last one was against the timetable."""

    steps: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    tests: int = 0
    failed: int = 0
    behind: float = 0.0


def day(web: Web) -> Worked:
    """Orders come by the clock; six technicians and a pathologist work them off as they would on paper."""
    timetable = _ordered(int(A_DAY / (HOURS * 3600) * SPEED * SECONDS))
    waiting: SimpleQueue[tuple[float, ServiceRequest]] = SimpleQueue()
    every = SECONDS / len(timetable)
    for place, order in enumerate(timetable):
        waiting.put((place * every, order))
    cookies = [sign_in(web, one) for one in _hire(Role.LAB_TECHNICIAN, TECHNICIANS)]
    (pathologist,) = [sign_in(web, one) for one in _hire(Role.PATHOLOGIST, 1)]
    done, lock, began = Worked(), Lock(), time.monotonic()

    def work(cookie: str) -> None:
        with scope.within(scope.everywhere()):
            try:
                while True:
                    due, order = waiting.get_nowait()
                    time.sleep(max(0.0, began + due - time.monotonic()))
                    _take(web, cookie, pathologist, order, done, lock)
                    done.behind = max(done.behind, time.monotonic() - began - due)
            except Empty:
                connection.close()

    all_at_once([lambda cookie=cookie: work(cookie) for cookie in cookies])  # type: ignore[misc]
    return done


def _ordered(count: int) -> list[ServiceRequest]:
    """So many orders as doctors made them this morning; urgent, so that no money is asked."""
    med = Department.objects.get(facility__code="RIMS", code="MED")
    doctor = a_doctor()
    tests = {one.code: one for one in TestDefinition.objects.filter(code__in=set(TESTS))}
    wanted = cycle(TESTS)
    made = []
    with scope.within(scope.everywhere()):
        for patient in Patient.objects.filter(facility=med.facility).order_by("pk")[:count]:
            encounter = Encounter.objects.create(
                facility=med.facility,
                patient=patient,
                department=med,
                encounter_class=EncounterClass.AMBULATORY,
                status=EncounterStatus.IN_PROGRESS,
                started_at=timezone.now(),
            )
            made += order_tests(
                encounter=encounter,
                wanted=[Wanted(tests[next(wanted)], Priority.URGENT)],
                request_key=uuid4(),
                actor=doctor,
                at=timezone.now(),
            )
    return made


def _hire(role: str, count: int) -> list[str]:
    password, rims = password_hash(), Facility.objects.get(code="RIMS")
    people = [
        User(username=f"lab{n}.{uuid4().hex[:8]}", name="Technician", password=password, language="hi")
        for n in range(count)
    ]
    User.objects.bulk_create(people)
    Posting.objects.bulk_create(
        Posting(user=one, role=role, facility=rims, starts_on=STARTED_ON) for one in people
    )
    return [one.username for one in people]


def _take(web: Web, cookie: str, pathologist: str, order: ServiceRequest, done: Worked, lock: Lock) -> None:
    """One order from the needle to the report, each step a request as the pages send it."""

    def step(name: str, path: str, fields: dict[str, Any] | None, who: str = cookie, **headers: str) -> None:
        sent = (
            post_form(path, fields | {"csrfmiddlewaretoken": csrf_of(who)}, Cookie=who, **headers)
            if fields is not None
            else request("GET", path, Cookie=who)
        )
        began = time.monotonic()
        status = status_of(exchange(web.port, sent))
        took = 1000 * (time.monotonic() - began)
        with lock:
            done.steps[name].append(took)
            done.failed += status >= 400

    step(
        "collected, labels made",
        f"/lab/collection/{order.encounter_id}/specimens/new/",
        {"request_key": uuid4(), "orders": order.pk},
    )
    order.refresh_from_db()
    if order.specimen is None:
        return
    step("a tube received", "/lab/reception/", {"words": order.specimen.accession_number})
    step("worklist of the section", f"/lab/worklist/?section={order.test.section}", None)
    step(
        "values saved and verified",
        f"/lab/worklist/{order.pk}/results/new/",
        _values(order),
        HX_Request="true",
    )
    seal = reporting.seal_of(order, list(ResultLine.objects.filter(order=order)))
    step(
        "authorised",
        f"/lab/authorisations/{order.pk}/new/",
        {"request_key": uuid4(), "seen": seal},
        pathologist,
    )
    with lock:
        done.tests += 1


def _values(order: ServiceRequest) -> dict[str, Any]:
    dice, whole = Random(str(order.pk)), Subject("female", 12_000)
    analytes = queries.analytes_at(order.facility_id)
    values = {
        f"v-{one.row.code}": some_value(one, whole, dice) or ("1" if one.row.value_type == "number" else "")
        for one in analytes.of(order.test.members)
        if one.row.code not in FORMULAS
    }
    return values | {"verify": "1", "is_partial": "on"}


def rows_of(worked: Worked) -> Iterator[tuple[str, str, str]]:
    """(what, its figure, the target)."""
    rate = f"{worked.tests} in {SECONDS:.0f} s, {worked.failed} refused, ≤ {worked.behind:.1f} s behind"
    yield f"laboratory: {A_DAY:,} tests a day, {SPEED} times as fast", rate, "0 refused"
    for name, took in worked.steps.items():
        marks = quantiles(took, n=100) if len(took) > 1 else [took[0]] * 99
        yield (
            f"  {name}",
            f"p50 {marks[49]:.0f} ms, p95 {marks[94]:.0f} ms",
            "≤ 1 s" if "saved" in name else "",
        )
