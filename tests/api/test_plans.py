"""What a connection has learnt to ask, PostgreSQL has planned for all values at once."""

from django.db import connection

from tests.api.test_opd_registrations import CASH, REGISTRATIONS

BIG = ("patients_", "opd_queuetoken", "billing_", "kernel_auditentry", "kernel_issueddocument")


def test_a_plan_for_all_values_reads_no_big_table_from_end_to_end(clerk, person, med, unit):
    """What is planned once cannot know a value: an index of some rows only serves what says so itself."""
    for name, phone in (
        ("Budhni Oraon", "9000000001"),
        ("Etwa Munda", "9000000002"),
        ("Salim Ansari", "9000000003"),
    ):
        new = person(name=name, phone=phone)
        body = {"patient": new, "department": "MED", "payment": CASH}
        assert clerk.post(REGISTRATIONS, body).status_code == 201
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL enable_seqscan = off")
        cursor.execute("SELECT name, cardinality(parameter_types) FROM pg_prepared_statements")
        known = cursor.fetchall()
        plans = {name: _plan(cursor, name, places) for name, places in known}

    assert len(known) > 15
    read_through = {
        name: plan for name, plan in plans.items() if any(f"Seq Scan on {one}" in plan for one in BIG)
    }
    assert not read_through


def _plan(cursor, name, places):
    values = f"({', '.join(['NULL'] * places)})" if places else ""
    cursor.execute(f'EXPLAIN EXECUTE "{name}"{values}')
    return "\n".join(line for (line,) in cursor.fetchall())
