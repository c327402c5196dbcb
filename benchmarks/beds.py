"""The bed board: 1,500 beds, nine in ten taken, each patient with scores; read as nurses read it."""

import gzip
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from django.db import connection
from django.db.models import Exists, OuterRef
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from benchmarks.places import HOST
from facilities.models import Bed, Department, Posting, Room, User, Ward
from facilities.roles import Role
from hmis.demo.staff import STARTED_ON
from hmis.kernel.ids import uuid7
from ipd import queries
from ipd.models import Admission, CareTeam, EarlyWarning
from ipd.states import Risk, Source
from patients.models import BedStay, Encounter, EncounterClass, Patient
from patients.states import EncounterStatus

WARDS, A_WARD, A_ROOM, TAKEN = 25, 60, 10, 0.9
WARM, ASKED = 5, 60


@dataclass(frozen=True)
class Read:
    """Milliseconds of one reading, statements, and kilobytes as they go over the wire."""

    name: str
    p50: float
    p95: float
    statements: int
    kilobytes: float


def boards() -> Iterator[Read]:
    """Fill the hospital, and read its boards in this process: all wards, one ward, and when nothing moved."""
    ward, nurse = _fill()
    client = Client(headers={"host": HOST})
    client.force_login(nurse)
    one = reverse("ipd:ward_detail", args=[ward.pk])
    yield read_page(client, "all wards of 1,500 beds", reverse("ipd:board"))
    yield read_page(client, "a ward of 60 beds", one)
    live = {"HX-Request": "true", "HX-Target": "ward-board", "X-Polling": "1"}
    yield read_page(client, "the same, looked at again, nothing moved", one, live=live, ward=ward)


def read_page(
    client: Client, name: str, address: str, *, live: dict[str, str] | None = None, ward: Ward | None = None
) -> Read:
    """A page, asked for sixty times in this process, warm."""

    def ask() -> bytes:
        seal = {"seal": queries.seal_of(ward, timezone.now())} if ward else {}
        began = time.perf_counter()
        answer = client.get(address, seal, headers=live or {})
        times.append((time.perf_counter() - began) * 1000)
        assert answer.status_code in (200, 204)
        return bytes(answer.content)

    times: list[float] = []
    for _ in range(WARM):
        ask()
    times.clear()
    for _ in range(ASKED):
        ask()
    measured = sorted(times)
    seal = {"seal": queries.seal_of(ward, timezone.now())} if ward else {}
    with CaptureQueriesContext(connection) as asked:
        content = client.get(address, seal, headers=live or {}).content
    weight = len(gzip.compress(content)) / 1000 if content else 0.0
    worst = measured[int(len(measured) * 0.95)]
    return Read(name, statistics.median(measured), worst, len(asked), weight)


def _fill() -> tuple[Ward, User]:
    med = Department.objects.get(facility__code="RIMS", code="MED")
    nurse = User.objects.create(username=f"bench.{uuid4().hex[:8]}", name="Nurse", language="hi")
    Posting.objects.create(user=nurse, role=Role.NURSE, facility=med.facility, starts_on=STARTED_ON)
    # Nobody lies in two beds, nor lay; nobody is admitted twice.
    theirs = [model.objects.filter(patient=OuterRef("pk")) for model in (BedStay, Admission)]
    free = [~Exists(rows) for rows in theirs]
    people = Patient.objects.filter(*free, facility=med.facility).order_by("pk")
    waiting = list(people[: int(WARDS * A_WARD * TAKEN)])
    first, run = None, uuid4().hex[:4].upper()
    # What an earlier run has filled stays as it is, and is not counted.
    Ward.objects.filter(facility=med.facility, name__startswith="Bench ").update(is_active=False)
    for n in range(WARDS):
        ward = Ward.objects.create(
            facility=med.facility, department=med, code=f"{run}{n}", name=f"Bench {n}", name_hi=f"बेंच {n}"
        )
        first = first or ward
        taken = waiting[: int(A_WARD * TAKEN)]
        del waiting[: len(taken)]
        _lay(ward, taken, nurse, timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE facilities_bed, patients_bedstay, ipd_admission, ipd_earlywarning")
    assert first is not None
    return first, nurse


def _lay(ward: Ward, people: list[Patient], nurse: User, at: datetime) -> None:
    """A ward's beds and who lies in them, written past the services."""
    here = {"facility": ward.facility}
    rooms = Room.objects.bulk_create(
        Room(ward=ward, number=f"{ward.code}-{n}", **here) for n in range(A_WARD // A_ROOM)
    )
    beds = Bed.objects.bulk_create(
        Bed(room=room, number=str(n), **here) for room in rooms for n in range(1, A_ROOM + 1)
    )
    since = at - timedelta(days=3)
    contacts = Encounter.objects.bulk_create(
        Encounter(
            patient=one,
            department=ward.department,
            encounter_class=EncounterClass.INPATIENT,
            status=EncounterStatus.IN_PROGRESS,
            started_at=since,
            **here,
        )
        for one in people
    )
    admissions = Admission.objects.bulk_create(
        Admission(
            encounter=one,
            patient=one.patient,
            number=f"BENCH/{uuid4().hex[:9]}",
            source=Source.OPD,
            admitted_by=nurse,
            admitted_at=since,
            **here,
        )
        for one in contacts
    )
    CareTeam.objects.bulk_create(
        CareTeam(admission=one, department=ward.department, began_at=since, given_by=nurse, **here)
        for one in admissions
    )
    BedStay.objects.bulk_create(
        BedStay(bed=bed, encounter=one, patient=one.patient, began_at=since, given_by=nurse, **here)
        for bed, one in zip(beds, contacts, strict=False)
    )
    EarlyWarning.objects.bulk_create(
        EarlyWarning(
            admission=one,
            patient=one.patient,
            taken_together=uuid7(),
            taken_at=at - timedelta(hours=hours),
            score=3,
            points={},
            risk=Risk.LOW,
            next_due_at=at + timedelta(hours=4 - hours),
            **here,
        )
        for one in admissions
        for hours in range(0, 72, 6)
    )
