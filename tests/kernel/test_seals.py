"""The audit under seal: no row missed, none twice, no fork, and whoever touches a row is found out."""

from datetime import timedelta
from functools import partial
from io import StringIO
from uuid import UUID, uuid4

import pgtrigger
import psycopg2
import pytest
from django.core.management import call_command
from django.db import InternalError, connection, transaction
from django.utils import timezone

from hmis.kernel import facts, seals, verifying
from hmis.kernel.ids import uuid7
from hmis.kernel.models import AuditEntry, AuditSeal
from hmis.kernel.tasks import seal as sealed_by_the_worker
from tests.factories.parallel import all_at_once, rolled_back

pytestmark = pytest.mark.django_db(transaction=True)


def tell(person, **changes):
    """One more audit row, committed."""
    details = {"about": person, "actor": person, "at": timezone.now()} | changes
    told = uuid7()
    facts.record("tests.told", fact_id=told, **details)
    return AuditEntry.objects.get(pk=told)


def seal(**options):
    return seals.seal(at=timezone.now(), **options)


def sealed_ids():
    return [one for held in AuditSeal.objects.order_by("number") for one in held.ids]


def faults():
    return [str(fault) for fault in seals.audit_faults()]


def tamper(statement, *values):
    """What the database's owner can do: the triggers are off for it."""
    with pgtrigger.ignore(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        assert cursor.rowcount


@pytest.fixture
def day(dev):
    """Three seals of three rows each, that hold."""
    rows = []
    for _ in range(3):
        rows += [tell(dev), tell(dev), tell(dev)]
        assert seal() == 3
    assert faults() == []
    return rows


# ── Sealing ──


def test_new_rows_are_sealed_once_and_in_a_chain(dev):
    first, second = tell(dev), tell(dev)
    assert seal() == 2
    third = tell(dev)
    assert seal() == 1

    one, two = AuditSeal.objects.order_by("number")
    assert (one.number, one.previous, one.ids) == (1, "", [first.pk, second.pk])
    assert (two.number, two.previous, two.ids) == (2, one.hash, [third.pk])
    assert (two.row_count, len(two.digests)) == (1, 32)
    assert seals.hash_of(two) == two.hash != one.hash
    assert faults() == []


def test_a_minute_in_which_nothing_was_done_has_no_seal(dev):
    tell(dev)
    seal()

    assert seal() == 0
    assert AuditSeal.objects.count() == 1


def test_the_timetable_seals(dev, settings):
    tell(dev)

    assert sealed_by_the_worker() == 1
    assert settings.CELERY_BEAT_SCHEDULE["seal"] == {
        "task": "kernel.seal",
        "schedule": 60.0,
        "options": {"expires": 60},
    }


def test_what_is_rolled_back_is_not_sealed(dev):
    rolled_back(partial(tell, dev))
    kept = tell(dev)

    assert seal() == 1
    assert sealed_ids() == [kept.pk]


def test_many_rows_at_once_are_several_seals_of_one_round(dev):
    rows = [tell(dev).pk for _ in range(10)]

    assert seal(rows=4) == 10
    assert [one.row_count for one in AuditSeal.objects.order_by("number")] == [4, 4, 2]
    assert sealed_ids() == rows
    assert AuditSeal.objects.values("seen").distinct().count() == 1
    assert faults() == []
    assert seal(rows=4) == 0


@pytest.fixture
def other():
    """A second connection, as another web worker has it."""
    given = connection.get_connection_params()
    names = ("dbname", "user", "password", "host", "port")
    line = psycopg2.connect(**{name: given[name] for name in names if name in given})
    yield line
    line.close()


INSERT = """
    INSERT INTO kernel_auditentry (id, origin_node, name, at, about, detail, request_id)
    VALUES (%s, 121, 'tests.slow', %s, 'x', '{}', '')
"""


def begin_slowly(line):
    """A row whose id and time are taken now, in a transaction that is not over yet."""
    row = tell_id()
    line.cursor().execute(INSERT, [str(row), timezone.now()])
    return row


def tell_id():
    return AuditEntry().pk


def test_a_transaction_that_commits_after_a_later_one_was_sealed_is_sealed_in_its_turn(dev, other):
    slow = begin_slowly(other)
    quick = tell(dev)
    assert seal() == 1
    assert sealed_ids() == [quick.pk]
    newer = tell(dev)
    assert seal() == 1
    assert faults() == []  # what is under way is not missed by anybody

    other.commit()
    assert seal() == 1
    assert sealed_ids() == [quick.pk, newer.pk, slow]
    assert slow < quick.pk  # by its id it stands before both
    assert seal() == 0
    assert faults() == []


def test_a_slow_transaction_keeps_nobody_elses_rows_from_their_seal(dev, other):
    begin_slowly(other)
    for _ in range(3):
        tell(dev)
        assert seal() == 1


def test_a_slow_transaction_that_is_lost_leaves_nothing(dev, other):
    begin_slowly(other)
    tell(dev)
    seal()
    other.rollback()

    assert seal() == 0
    assert faults() == []


def test_eight_who_seal_at_once_make_one_chain(dev):
    rows = {tell(dev).pk for _ in range(20)}

    outcomes = all_at_once([partial(seal, rows=5)] * 8)
    assert sum(outcomes) + seal() == 20
    assert set(sealed_ids()) == rows
    assert len(sealed_ids()) == 20
    assert [one.number for one in AuditSeal.objects.order_by("number")] == [1, 2, 3, 4]
    assert faults() == []


def test_sealing_while_counters_write_misses_no_row_and_takes_none_twice(dev, kavita):
    def write(person):
        return [tell(person).pk for _ in range(40)]

    def keep_sealing():
        return sum(seal(rows=7) for _ in range(30))

    assert dev.posting
    assert kavita.posting
    outcomes = all_at_once([partial(write, dev), partial(write, kavita), keep_sealing, keep_sealing])
    written = {pk for pks in outcomes[:2] for pk in pks}
    assert outcomes[2] + outcomes[3] + seal() == 80
    assert sorted(sealed_ids()) == sorted(written)
    assert faults() == []


@pytest.mark.parametrize("broker", ["hanging_broker", "absent_broker"])
def test_a_broker_that_is_gone_keeps_nothing_from_its_seal(dev, heard, request, broker):
    request.getfixturevalue(broker)
    with transaction.atomic():
        facts.record("billing.payment_taken", about=dev, actor=dev, at=timezone.now())

    assert seal() == 1
    assert faults() == []


def test_each_node_has_a_chain_of_its_own(dev, settings):
    tell(dev)
    settings.HMIS_NODES = [122, 121]
    tell(dev)

    assert seal() == 2
    assert {(one.origin_node, one.number) for one in AuditSeal.objects.all()} == {(121, 1), (122, 1)}
    assert faults() == []


def test_another_nodes_rows_are_left_to_their_own_node(dev, settings):
    settings.HMIS_NODES = [122]
    tell(dev)
    settings.HMIS_NODES = [121]

    assert seal() == 0
    assert faults() == []  # their seals travel after them


def test_another_nodes_chain_is_proved_here_too(dev, settings):
    settings.HMIS_NODES = [122]
    foreign = tell(dev)
    seal()
    settings.HMIS_NODES = [121]
    tamper("UPDATE kernel_auditentry SET detail = '{\"amount\": 1}' WHERE id = %s", foreign.pk)

    assert faults() == [f"Audit row {foreign.pk} was changed after seal 122/1."]


def test_an_old_row_in_another_nodes_name_is_found(dev, settings):
    settings.HMIS_NODES = [122]
    tell(dev)
    seal()
    forged = tell(dev, at=timezone.now() - timedelta(days=3))
    settings.HMIS_NODES = [121]

    assert faults() == [f"Audit row {forged.pk} was added behind the seals: it stands under none."]


def test_a_database_that_was_moved_goes_on_with_whatever_is_under_no_seal(dev, monkeypatch, day):
    new = tell(dev)
    monkeypatch.setattr(seals, "this_server", lambda: "another")
    assert faults() == []

    assert seal() == 1
    assert sealed_ids()[-1] == new.pk
    tell(dev)
    assert seal() == 1
    assert faults() == []


# ── Whether they hold ──


@pytest.mark.parametrize(
    "change",
    [
        "name = 'tests.other'",
        "actor_id = NULL",
        "facility_id = NULL",
        "at = at - interval '1 microsecond'",
        "about_id = NULL",
        "patient_id = id",
        "detail = '{\"fields\": []}'",
        "request_id = 'x'",
        "origin_node = 122",
    ],
)
def test_a_row_that_was_changed_is_named(day, change):
    tamper(f"UPDATE kernel_auditentry SET {change} WHERE id = %s", day[4].pk)

    assert faults() == [f"Audit row {day[4].pk} was changed after seal 121/2."]


def test_a_row_that_was_removed_is_named(day):
    tamper("DELETE FROM kernel_auditentry WHERE id = %s", day[4].pk)

    assert faults() == [f"Audit row {day[4].pk} was removed. It stood under seal 121/2."]


def test_a_row_written_back_in_time_is_named_and_stays_named_under_its_seal(dev, day):
    forged = tell(dev, at=timezone.now() - timedelta(days=30))
    seal()

    (fault,) = faults()
    assert fault.startswith(f"Audit row {forged.pk} says 20")
    assert fault.endswith("was written after seal 121/3 of a later time.")


def test_a_row_written_back_in_time_is_named_in_a_round_of_several_seals(dev, day):
    rows = [tell(dev) for _ in range(5)]
    forged = tell(dev, at=timezone.now() - timedelta(days=30))
    seal(rows=2)

    assert [str(row.pk) in "".join(faults()) for row in [*rows, forged]] == [False] * 5 + [True]


def test_an_act_that_took_a_minute_is_not_taken_for_a_forgery(dev, day):
    tell(dev, at=timezone.now() - timedelta(minutes=1))
    seal()

    assert faults() == []


@pytest.mark.parametrize("xid", ["3", "9999999999"])
def test_a_row_with_a_forged_transaction_is_named(day, xid):
    forged = uuid4()
    tamper(
        INSERT.replace("request_id)", "request_id, xid)").replace("'')", f"'', '{xid}')"),
        forged,
        timezone.now(),
    )
    seal()

    assert faults() == [f"Audit row {forged} was added behind the seals: it stands under none."]


def test_a_seal_made_anew_over_a_changed_row_breaks_the_chain(day):
    tamper("UPDATE kernel_auditentry SET detail = '{}' , request_id = 'y' WHERE id = %s", day[4].pk)
    held = AuditSeal.objects.get(number=2)
    with connection.cursor() as cursor:
        cursor.execute(seals.ROWS, {"ids": held.ids, "seen": "1:1:", "bound": seals.BEGINNING})
        digests = b"".join(bytes(row[2]) for row in sorted(cursor.fetchall()))
    held.digests = digests
    tamper("UPDATE kernel_auditseal SET digests = %s WHERE number = 2", digests)
    assert faults() == ["Seal 121/2 was changed: its hash does not fit it."]

    tamper("UPDATE kernel_auditseal SET hash = %s WHERE number = 2", seals.hash_of(held))
    assert faults() == ["Seal 121/3 does not follow from the one before it."]


def test_a_seal_that_is_gone_is_missed_with_its_rows(day):
    tamper("DELETE FROM kernel_auditseal WHERE number = 2")

    found = faults()
    assert found[0] == "Seals before 121/3 are missing: the one before it is 121/1."
    assert sum("stands under none" in one for one in found) == 3


def test_a_chain_that_lost_its_beginning_says_so(day):
    tamper("DELETE FROM kernel_auditseal WHERE number < 3")

    assert faults()[0] == "Seals before 121/3 are missing: nothing stands before it."


def test_a_chain_cut_at_its_end_is_found_by_what_was_noted_down(day):
    line = seals.line_of(seals.last_seal(121))
    tamper("DELETE FROM kernel_auditseal WHERE number = 3")
    tamper("DELETE FROM kernel_auditentry WHERE id = ANY(%s::uuid[])", [str(row.pk) for row in day[6:]])

    assert faults() == []  # the database alone knows nothing of it any more
    assert [str(one) for one in seals.noted_faults(line)] == ["Seal 121/3, once noted down, is gone."]


def test_a_chain_made_anew_is_found_by_what_was_noted_down(dev, day):
    line = seals.line_of(seals.last_seal(121))
    assert list(seals.noted_faults(line)) == []
    tamper("DELETE FROM kernel_auditseal")
    seal(rows=3)

    assert faults() == []
    assert [str(one) for one in seals.noted_faults(line)] == [
        "Seal 121/3 is not the one that was noted down."
    ]


@pytest.mark.parametrize("line", ["", "HMIS-SEAL", "HMIS-SEAL 121/x y z", "a b c d e"])
def test_what_is_no_line_of_a_seal_is_said_to_be_none(day, line):
    assert "no line of a seal" in str(next(seals.noted_faults(line)))


def test_a_seal_is_written_once(day):
    with pytest.raises(InternalError, match="Cannot"), transaction.atomic():
        AuditSeal.objects.update(hash="0" * 64)
    with pytest.raises(InternalError, match="Cannot"), transaction.atomic():
        AuditSeal.objects.all()._raw_delete("default")


def test_sealing_and_proving_work_with_the_applications_rights(dev, as_application):
    tell(dev)

    assert seal() == 1
    assert faults() == []


# ── The command ──


def verify(*words, **options):
    out, code = StringIO(), 0
    try:
        call_command("verify", *words, stdout=out, **options)
    except SystemExit as left:
        code = left.code
    return code, out.getvalue()


def test_the_command_says_what_holds_and_ends_well(day):
    code, said = verify()

    assert code == 0
    assert "✓ kernel.audit_is_sealed: Every audit row stands as it was sealed" in said
    assert "✗" not in said


def test_the_command_names_the_row_and_ends_with_one(day):
    tamper("UPDATE kernel_auditentry SET name = 'tests.other' WHERE id = %s", day[0].pk)
    code, said = verify("kernel.audit_is_sealed")

    assert code == 1
    assert f"✗ Audit row {day[0].pk} was changed after seal 121/1." in said
    assert "✗ kernel.audit_is_sealed" in said


def test_the_command_takes_a_noted_line(day):
    line = seals.line_of(seals.last_seal(121))

    assert verify("kernel.audit_is_sealed", noted=[line])[0] == 0
    assert verify("kernel.audit_is_sealed", noted=[line[:-1]])[0] == 1


def test_each_rule_is_asked_for_by_its_name():
    names = [rule.name for rule in verifying.rules()]

    assert names == sorted(set(names))
    assert "kernel.audit_is_sealed" in names


def test_a_seals_ids_are_in_the_order_of_their_digests(day):
    held = AuditSeal.objects.get(number=1)

    assert all(isinstance(one, UUID) for one in held.ids)
    assert len(bytes(held.digests)) == 32 * held.row_count
