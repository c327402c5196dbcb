"""Among millions of entries a page of the list is read from an index: nothing else is looked through."""

import re
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from audit import queries
from audit.queries import Wanted
from facilities.roles import Role
from tests.factories.facilities import make_clerk, make_district, make_facility, make_person, make_state
from tests.factories.patients import make_patient

# One worker fills the table, once for all that is asked.
pytestmark = pytest.mark.xdist_group("many entries")

FILL = """
    INSERT INTO kernel_auditentry
        (id, origin_node, name, actor_id, facility_id, patient_id, at, about, detail, request_id)
    SELECT uuidv7(), 121, (ARRAY['patients.patient_viewed', 'patients.patients_searched', 'opd.token_called',
               'kernel.paper_opened'])[n %% 4 + 1],
           (%s::uuid[])[n %% 8 + 1], (%s::uuid[])[n %% 2 + 1], (%s::uuid[])[n %% 40 + 1],
           now() - n * interval '1 minute', 'x', '{}', ''
    FROM generate_series(1, 40000) AS n
"""


@pytest.fixture(scope="module")
def many(django_db_setup, django_db_blocker):
    """Forty thousand entries of some weeks, what the planner knows of them, and whom they are about."""
    with django_db_blocker.unblock(), transaction.atomic():
        rims, sgml = (make_facility(code, make_district(code, n)) for n, code in enumerate(("RIMS", "SGML")))
        people = [str(make_clerk(f"Clerk{n}", rims).pk) for n in range(8)]
        patients = [str(make_patient(rims, name=f"Patient {n}").pk) for n in range(40)]
        with connection.cursor() as cursor:
            cursor.execute(FILL, [people, [str(rims.pk), str(sgml.pk)], patients])
            cursor.execute("ANALYZE kernel_auditentry")
        connection.check_constraints()  # once: the end of each test would look through all of them
        yield rims, people, patients, make_person("Prem", Role.AUDITOR, make_state())
        transaction.set_rollback(True)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "asked",
    ["nothing", "patient", "person", "facility", "day", "kind", "glass", "patient and kind", "next page"],
)
def test_each_page_is_read_from_an_index_and_sorts_no_table(many, asked):
    rims, people, patients, auditor = many
    day = timezone.localdate() - timedelta(days=3)
    wanted = {
        "patient": Wanted(patient=patients[3]),
        "person": Wanted(person=people[3]),
        "facility": Wanted(facility=rims.pk),
        "day": Wanted(begins=day, ends=day),
        "kind": Wanted(kind="exported"),
        "patient and kind": Wanted(patient=patients[3], kind="printed"),
    }.get(asked, Wanted())
    found = (queries.glass if asked == "glass" else queries.entries)(auditor, wanted)
    if asked == "next page":
        found = found.filter(at__lte=timezone.now() - timedelta(days=5))
    plan = found[:51].explain(analyze=True)

    assert "Seq Scan on kernel_auditentry" not in plan, plan
    read = sum(int(float(rows)) for rows in re.findall(r"audit.*?actual.*?rows=([\d.]+)", plan))
    assert read <= 1500, plan
