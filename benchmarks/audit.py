"""The audit at size: how many rows a second are sealed and proved, and how long its pages take to read."""

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from audit import queries
from audit.queries import Wanted
from facilities.models import User
from hmis.kernel import seals
from hmis.kernel.models import AuditEntry, AuditSeal

ROWS = 200_000
ASKED = 20

# As the services write them: twelve kinds, two hundred people, and a patient in two rows of three.
FILL = """
    INSERT INTO kernel_auditentry
        (id, origin_node, name, actor_id, facility_id, patient_id, at, about, about_id, detail, request_id)
    SELECT uuidv7(), %(node)s, 'bench.fact_' || n %% 12, people.ids[n %% cardinality(people.ids) + 1],
           places.ids[n %% cardinality(places.ids) + 1],
           CASE WHEN n %% 3 > 0 THEN patients.ids[n %% cardinality(patients.ids) + 1] END,
           now() - (%(rows)s - n) * interval '3 seconds', 'patients.patient', uuidv7(),
           '{"found": 3, "kind": "uhid"}', gen_random_uuid()::text
    FROM generate_series(1, %(rows)s) AS n,
        (SELECT array_agg(id) AS ids FROM facilities_user) AS people,
        (SELECT array_agg(id) AS ids FROM facilities_facility) AS places,
        (SELECT array_agg(id) AS ids FROM (SELECT id FROM patients_patient LIMIT 5000) AS chosen) AS patients
"""


@dataclass(frozen=True)
class Audited:
    """Rows a second, and milliseconds of the slowest of twenty pages."""

    sealed: float
    proved: float
    pages: dict[str, float]


def audit(rows: int = ROWS) -> Audited:
    """Write so many rows, seal them, prove the chain, and ask for pages as the state's auditor does."""
    seals.seal(at=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(FILL, {"node": seals.settings.HMIS_NODES[0], "rows": rows})
        cursor.execute("ANALYZE kernel_auditentry")
    began = time.perf_counter()
    sealed = seals.seal(at=timezone.now())
    took = time.perf_counter() - began
    chain = AuditSeal.objects.filter(origin_node=seals.settings.HMIS_NODES[0]).order_by("-number")
    new = chain.values_list("number", flat=True)[: -(-sealed // seals.ROWS_A_SEAL)]
    began = time.perf_counter()
    for found in seals.look_at(AuditSeal.objects.filter(number__in=list(new)).order_by("number")):
        # The bench's rows say older times than the seal before them: that, and no more, is found.
        assert len(found.faults) <= found.seal.row_count + 1
    proved = time.perf_counter() - began
    return Audited(sealed / took, sealed / proved, dict(_pages()))


def _pages() -> Any:
    auditor = User.objects.get(username="auditor.jh")
    some = AuditEntry.objects.exclude(patient_id=None).order_by("-id").first()
    assert some is not None
    today = timezone.localdate()
    month = Wanted(begins=today - timedelta(days=30), ends=today)
    for name, found in {
        "all": queries.entries(auditor, Wanted()),
        "a patient": queries.entries(auditor, Wanted(patient=some.patient_id)),
        "a person": queries.entries(auditor, Wanted(person=some.actor_id)),
        "a hospital": queries.entries(auditor, Wanted(facility=some.facility_id)),
        "a kind in a month": queries.entries(auditor, Wanted(**vars(month) | {"kind": "exported"})),
        "opened from outside": queries.glass(auditor, Wanted()),
    }.items():
        yield name, max(_milliseconds(found) for _ in range(ASKED))


def _milliseconds(found: Any) -> float:
    began = time.perf_counter()
    held, _rest = queries.page(found.all(), None)
    queries.lines(held)
    return (time.perf_counter() - began) * 1000
