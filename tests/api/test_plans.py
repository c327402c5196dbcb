"""What a connection has learnt to ask, PostgreSQL has planned for all values at once."""

from django.db import connection

from tests.api.test_opd_registrations import CASH, REGISTRATIONS
from tests.factories.learning import forget_statements

BIG = ("patients_", "opd_queuetoken", "billing_", "kernel_auditentry", "kernel_issueddocument")


def test_a_plan_for_all_values_reads_no_big_table_from_end_to_end(clerk, person, med, unit):
    """What is planned once cannot know a value: an index of some rows only serves what says so itself."""
    forget_statements()
    for name, phone in (
        ("Budhni Oraon", "9000000001"),
        ("Etwa Munda", "9000000002"),
        ("Salim Ansari", "9000000003"),
    ):
        new = person(name=name, phone=phone)
        body = {"patient": new, "department": "MED", "payment": CASH}
        assert clerk.post(REGISTRATIONS, body).status_code == 201
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, statement FROM pg_prepared_statements")
        known = [(name, statement.split(" AS ", 1)[1]) for name, statement in cursor.fetchall()]
        cursor.execute("SET LOCAL enable_seqscan = off")
        plans = {name: _plan(cursor, statement) for name, statement in known}

    assert len(known) > 15
    read = {name: plan for name, plan in plans.items() if any(f"Seq Scan on {one}" in plan for one in BIG)}
    assert not read


def _plan(cursor, statement):
    cursor.execute(f"EXPLAIN (GENERIC_PLAN) {statement}")
    return "\n".join(line for (line,) in cursor.fetchall())
