"""The drill: a table is dropped; the hospital comes back as it was one second before, row for row."""

import contextlib
import os
import subprocess
import time
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import psycopg2
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from billing.services import Offer
from billing.states import PaymentMode
from hmis import embedded
from hmis.embedded import Memory, Postgres
from hmis.ops import backup, restore
from hmis.ops.archive import SLOT, Archive, Keeper, Night, trial_on
from hmis.ops.cluster import counts, environment, opened, program
from hmis.ops.shelf import ALONE, SEALED_WAL, Shelf, ShelfError
from hmis.ops.vault import Key
from opd.services import Visit, register_visit
from tests.factories.patients import make_patient
from tests.ops.test_shelf import add_base, with_another_key

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("drill")]
ROWS = "SELECT md5(coalesce(string_agg(one::text, E'\\n' ORDER BY one::text), '')) FROM {} one"


class Hospital:
    """A small server of its own with this test's tables and rows, and its archive."""

    def __init__(self, folder: Path) -> None:
        self.postgres = Postgres(folder, Memory(folder))
        self.process = embedded.start(self.postgres)
        owner, own = (backup.env_database(name) for name in ("DATABASE_BACKUP_URL", "DATABASE_URL"))
        self.address, self.owner = owner, own
        self.shelf = Shelf(folder / "shelf", Key(os.urandom(32)))
        self.archive = Archive(self.shelf, self.address, folder / "wal")

    def sql(self, statement: str, *values: object) -> list[tuple]:
        with contextlib.closing(self.postgres._connect("hmis")) as line:
            line.autocommit = True
            with line.cursor() as cursor:
                cursor.execute(statement, values)
                return cursor.fetchall() if cursor.description else []

    def archived(self) -> None:
        """Everything up to now is on the shelf."""
        ((name,),) = self.sql("SELECT pg_walfile_name(pg_switch_wal())")
        deadline = time.monotonic() + 20
        while name not in self.shelf.wal_names():
            self.archive.step()
            assert time.monotonic() < deadline, "the segment did not come"
            time.sleep(0.05)

    def contents(self) -> dict[str, tuple[int, str]]:
        with contextlib.closing(self.postgres._connect("hmis")) as line:
            return contents(line)

    def close(self) -> None:
        self.archive.end()
        embedded.stop(self.process, self.postgres.stop_signal)


def contents(line) -> dict[str, tuple[int, str]]:
    """{table: (rows, a digest over every value of every row)}."""
    found = counts(line)
    with line.cursor() as cursor:
        for table, rows in found.items():
            cursor.execute(ROWS.format(table))
            found[table] = (rows, cursor.fetchone()[0])
    return found


@pytest.fixture(scope="module")
def empty_server(tmp_path_factory):
    """A server's folder, made once and copied for each test."""
    folder = tmp_path_factory.mktemp("drill") / "var"
    folder.mkdir()
    memory = Memory(folder)
    memory.port("postgres_port", 0)  # any: other tests' servers want the usual one
    postgres = Postgres(folder, memory)
    process = embedded.start(postgres)
    postgres.set_up()
    embedded.stop(process, postgres.stop_signal)
    return folder


@contextlib.contextmanager
def copy_of(server, folder, monkeypatch):
    """A hospital of this test's own, begun as the folder of another's server."""
    subprocess.run(["cp", "-a", f"{server}/.", str(folder)], check=True)
    memory = Memory(folder)
    memory.port("postgres_port", 0)
    for name, address in embedded.postgres_addresses(memory).items():
        monkeypatch.setenv(name, address)
    hospital = Hospital(folder)
    try:
        yield hospital
    finally:
        hospital.close()


@pytest.fixture
def hospital(tmp_path, monkeypatch, empty_server, transactional_db):
    """A server that holds nothing yet: whoever looks at how, and not at what is kept."""
    with copy_of(empty_server, tmp_path, monkeypatch) as hospital:
        yield hospital


def register(department, clerk, name):
    return register_visit(
        patient=make_patient(department.facility, name=name),
        visit=Visit(department=department, offer=Offer(PaymentMode.CASH)),
        request_key=uuid4(),
        actor=clerk,
        at=timezone.now(),
    )


@pytest.fixture(scope="module")
def full_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("full") / "var"


@pytest.fixture
def full_server(full_folder, empty_server, transactional_db, med, unit, kavita):
    """The same with real rows of real acts, carried over from the test's database with its whole schema: made
    by the first test that asks for it, and copied for each."""
    if not full_folder.exists():
        for name in "Asha", '"><img src=x onerror=alert(1)>', "=1+1":
            register(med, kavita, name)
        full_folder.mkdir()
        with pytest.MonkeyPatch.context() as patch, copy_of(empty_server, full_folder, patch) as hospital:
            carry_over(hospital)
    return full_folder


def carry_over(hospital):
    mine = connection.settings_dict
    dump = [
        program("pg_dump"),
        "--no-owner",
        "--no-privileges",
        "--enable-row-security",
        "--dbname",
        mine["NAME"],
    ]
    everything = {"PGOPTIONS": "-c hmis.reach=all"}
    theirs = [program("psql"), "--quiet", "--no-psqlrc", "--dbname", "hmis", "--output", os.devnull]
    superuser = {
        **hospital.address,
        "USER": "postgres",
        "PASSWORD": hospital.postgres.memory.password("postgres"),
    }
    dumped = subprocess.run(dump, env=environment(mine) | everything, capture_output=True, check=True)
    subprocess.run(theirs, env=environment(superuser), input=dumped.stdout, capture_output=True, check=True)


@pytest.fixture
def filled(tmp_path, monkeypatch, full_server):
    with copy_of(full_server, tmp_path, monkeypatch) as hospital:
        assert hospital.sql("SELECT count(*) FROM opd_queuetoken") == [(3,)]
        yield hospital


def test_a_dropped_table_is_back_as_of_one_second_before(filled, tmp_path):
    filled.archive.begin()
    backup.take(filled.shelf, filled.address)
    filled.sql("UPDATE patients_patient SET village = 'after the backup'")
    before = filled.contents()
    ((last_good,),) = filled.sql("SELECT clock_timestamp()")
    time.sleep(1.1)
    filled.sql("DROP TABLE billing_payment CASCADE")
    filled.sql("DELETE FROM opd_queuetoken")
    filled.archived()

    moment = last_good + timedelta(seconds=1)
    restored = restore.restore(filled.shelf, into=tmp_path / "back", to=moment)

    with opened(restored.folder, patience=30) as server, contextlib.closing(server.connect("hmis")) as line:
        assert contents(line) == before
        with line.cursor() as cursor:  # a hospital that can go on
            cursor.execute("UPDATE patients_patient SET village = 'open again'")
            assert cursor.rowcount == 3
        line.commit()
    assert restored.counts["hmis"] == {table: rows for table, (rows, _) in before.items()}
    # The hospital of the drop was not touched.
    assert filled.sql("SELECT to_regclass('billing_payment')") == [(None,)]


def test_the_last_second_is_in_the_spool(filled, tmp_path):
    """The server is lost, and what was not yet sealed is on the archive's own disk."""
    filled.archive.begin()
    backup.take(filled.shelf, filled.address)
    filled.sql("UPDATE patients_patient SET village = 'the last change'")
    ((written,),) = filled.sql("SELECT pg_current_wal_flush_lsn()")
    deadline = time.monotonic() + 20
    while not filled.sql(
        "SELECT true FROM pg_stat_replication WHERE flush_lsn >= %s AND application_name = 'hmis_backup'",
        written,
    ):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    before = filled.contents()

    restored = restore.restore(filled.shelf, into=tmp_path / "back", to=None, spool=tmp_path / "wal")

    with opened(restored.folder, patience=30) as server, contextlib.closing(server.connect("hmis")) as line:
        assert contents(line) == before


def test_the_archive_goes_on_after_the_server_was_away_and_again_after_a_restart(hospital):
    hospital.archive.begin()
    hospital.archived()
    embedded.stop(hospital.process, hospital.postgres.stop_signal)
    deadline = time.monotonic() + 10
    while hospital.archive.receiver.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    with pytest.raises(psycopg2.OperationalError):
        hospital.archive.step()
    hospital.process = embedded.start(hospital.postgres)
    hospital.sql("CREATE TABLE between (a int)")
    hospital.archived()
    hospital.archive.end()
    hospital.sql("CREATE TABLE while_the_archive_was_down (a int)")
    again = Archive(hospital.shelf, hospital.address, hospital.archive.spool)
    hospital.archive = again
    hospital.archived()

    taken = backup.take(hospital.shelf, hospital.address)
    assert hospital.shelf.wal_from(taken) is not None
    names = [n for n in hospital.shelf.wal_names() if len(n) == 24]
    assert [int(n, 16) for n in names] == list(range(int(names[0], 16), int(names[0], 16) + len(names)))


def test_a_server_that_is_new_to_the_archive_starts_afresh(hospital):
    def restarted():
        hospital.archive.end()
        hospital.archive = Archive(hospital.shelf, hospital.address, hospital.archive.spool)
        hospital.archive.step()
        return hospital.archive.last_backup()

    hospital.archive.begin()
    taken = backup.take(hospital.shelf, hospital.address)
    assert restarted() == taken
    hospital.archive.end()
    (hospital.archive.spool / f"{'0' * 23}1.partial").write_bytes(b"of before")
    hospital.sql("SELECT pg_drop_replication_slot(%s)", SLOT)

    assert restarted() is None
    assert restarted() is None  # also if it was stopped before it could take one
    assert [path.name for path in hospital.archive.spool.parent.glob("wal.*")]
    assert not (hospital.archive.spool / f"{'0' * 23}1.partial").exists()


def test_a_server_set_up_anew_joins_no_shelf_of_another_whatever_its_key(hospital):
    """A machine is gone, and its successor was started before anything was restored."""
    add_base(hospital.shelf, timezone.now())  # of the server that was
    for shelf in hospital.shelf, with_another_key(hospital.shelf):
        with pytest.raises(ShelfError, match="of another server"):
            Archive(shelf, hospital.address, hospital.archive.spool).begin()
        with pytest.raises(ShelfError, match="of another server"):
            backup.take(shelf, hospital.address)
    assert len(hospital.shelf.backups()) == 1


def test_after_a_change_of_the_key_each_key_restores_what_it_has_sealed(hospital, tmp_path):
    hospital.archive.begin()
    backup.take(hospital.shelf, hospital.address)
    hospital.sql("CREATE TABLE under_the_old_key ()")
    hospital.archived()
    hospital.archive.end()
    old, new = hospital.shelf, Shelf(hospital.shelf.folder, Key(os.urandom(32)))
    hospital.shelf, hospital.archive = new, Archive(new, hospital.address, hospital.archive.spool)
    hospital.archive.begin()
    time.sleep(1)  # copies are named by the second
    backup.take(new, hospital.address)
    hospital.sql("CREATE TABLE under_the_new_key ()")
    hospital.archived()

    for shelf, name, tables in (old, "old", {"old"}), (new, "new", {"old", "new"}):
        restored = restore.restore(shelf, into=tmp_path / name, to=None)
        assert set(restored.counts["hmis"]) == {f"public.under_the_{one}_key" for one in tables}


def test_a_second_that_two_histories_hold_is_had_from_the_one_that_is_named(hospital, tmp_path):
    """Restored once, opened, and later something of the time that was left behind is wanted."""

    def now():
        ((at,),) = hospital.sql("SELECT clock_timestamp()")
        return at

    hospital.archive.begin()
    backup.take(hospital.shelf, hospital.address)
    hospital.sql("CREATE TABLE before_the_fork ()")
    fork = now()
    hospital.sql("CREATE TABLE left_behind ()")
    wanted = now()
    hospital.sql("CREATE TABLE too_late ()")
    hospital.archived()
    first = restore.restore(hospital.shelf, into=tmp_path / "first", to=fork)
    with opened(first.folder, patience=30) as server, contextlib.closing(server.connect("hmis")) as line:
        line.autocommit = True
        with line.cursor() as cursor:
            cursor.execute("CREATE TABLE after_the_restore ()")
            cursor.execute("SELECT pg_walfile_name(pg_switch_wal())")
            (segment,) = cursor.fetchone()
        for path in (first.folder / "pg_wal").glob("00000002*"):  # as the archive would have received them
            if path.suffix == ".history" or path.name <= segment:
                hospital.shelf.put_wal(path)

    into = tmp_path / "back"
    with pytest.raises(ShelfError, match=r"Several histories hold that time.*--timeline 1 or --timeline 2"):
        restore.restore(hospital.shelf, into=into, to=wanted)
    again = restore.restore(hospital.shelf, into=into, to=wanted, timeline=1)
    latest = restore.restore(hospital.shelf, into=tmp_path / "latest", to=None)

    assert set(first.counts["hmis"]) == {"public.before_the_fork"}
    assert set(again.counts["hmis"]) == {"public.before_the_fork", "public.left_behind"}
    assert set(latest.counts["hmis"]) == {"public.before_the_fork", "public.after_the_restore"}
    assert (again.timeline, latest.timeline) == (1, 2)
    assert first.last_change < fork < again.last_change < wanted < latest.last_change


def test_what_cannot_be_restored_is_refused_in_a_sentence_and_leaves_nothing(hospital, tmp_path):
    hospital.archive.begin()
    taken = backup.take(hospital.shelf, hospital.address)
    hospital.sql("CREATE TABLE later (a int)")
    hospital.archived()
    hospital.sql("CREATE TABLE later_still (a int)")
    hospital.archived()
    into = tmp_path / "back"

    def refused(sentence, to=None):
        with pytest.raises(ShelfError, match=sentence):
            restore.restore(hospital.shelf, into=into, to=to)
        assert not into.with_name("back.draft").exists()

    refused("nothing earlier", taken.ended - timedelta(hours=1))
    refused("The WAL ends before that time.*Use --latest", timezone.now() + timedelta(hours=1))
    into.mkdir()
    (into / "PG_VERSION").write_text("18")
    refused("is not empty")
    (into / "PG_VERSION").unlink()
    # The newest backup, and WAL that begins only after a gap.
    ours = sorted(hospital.shelf.wal.glob(f"*{SEALED_WAL}"))
    for path in ours[:-1]:
        path.unlink()
    refused("is missing. Take a new backup now")
    base = hospital.shelf.bases / taken.name / "base.tar.gz.sealed"
    whole = base.read_bytes()
    base.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    refused("SHA-256 differs")


def test_the_nights_work_copies_tries_out_and_writes_down_when(hospital, tmp_path, settings):
    settings.BACKUP_STATUS = tmp_path / "backup.json"
    hospital.sql("CREATE TABLE kept AS SELECT generate_series(1, 3) AS a")
    keeper = Keeper(
        hospital.archive,
        Night(timezone.localtime().time(), timedelta(days=35), trial_on("daily")),
        tmp_path,
    )
    hospital.archive.begin()
    keeper.look()
    assert keeper.busy is not None
    keeper.busy.join(60)

    (taken,) = hospital.shelf.backups()
    assert hospital.shelf.is_verified(taken)
    assert set((tmp_path / "backup.json").read_text().split('"')) >= {"archive", "backup", "backup_trial"}
    keeper.look()
    assert not keeper.busy.is_alive()
    assert len(hospital.shelf.backups()) == 1
    assert list((tmp_path / "trial").iterdir()) == []


def test_a_role_without_the_right_to_copy_is_told_which_right(hospital):
    with pytest.raises(ShelfError, match="ALTER ROLE hmis_app REPLICATION"):
        backup.take(hospital.shelf, hospital.owner)
    with pytest.raises(ShelfError, match="ALTER ROLE hmis_app REPLICATION"):
        Archive(hospital.shelf, hospital.owner, hospital.archive.spool).begin()
    assert hospital.shelf.backups() == []


def test_the_commands_do_it_from_the_environment(filled, tmp_path, monkeypatch, settings, capsys):
    settings.VAR_DIR, settings.BACKUP_DIR = tmp_path / "var", str(tmp_path / "shelf2")
    settings.VAR_DIR.mkdir()
    settings.BACKUP_STATUS = settings.VAR_DIR / "backup.json"
    call_command("backup", "--new-key", str(tmp_path / "key"))
    monkeypatch.delenv("BACKUP_KEY", raising=False)
    monkeypatch.setenv("BACKUP_KEY_FILE", str(tmp_path / "key"))

    call_command("backup", "--trial", "--keep", "35")
    call_command("backup", "--list")
    call_command("restore", "--latest", "--into", str(tmp_path / "back"))
    said = capsys.readouterr().out

    assert "rows read" in said
    assert "The last change in it, of timeline 1: " in said
    assert "1 backups, 0 WAL files" in said
    assert "tried out" in said
    assert (tmp_path / "back" / "PG_VERSION").exists()
    assert (tmp_path / "back").stat().st_mode & 0o077 == 0
    with pytest.raises(CommandError, match="not empty"):
        call_command("restore", "--latest", "--into", str(tmp_path / "back"))
    (name,) = (path.name for path in (tmp_path / "shelf2" / "base").iterdir())
    (tmp_path / "shelf2" / "base" / name / ALONE).touch()
    with pytest.raises(CommandError, match=f"--base {name}"):
        call_command("restore", "--latest", "--into", str(tmp_path / "alone"))
    call_command("restore", "--base", name, "--into", str(tmp_path / "alone"))
    assert f"From {name}" in capsys.readouterr().out
    assert (tmp_path / "alone" / "PG_VERSION").exists()
    call_command("backup", "--list")
    assert "as of its end only" in capsys.readouterr().out
    with pytest.raises(CommandError, match="Give the time as"):
        call_command("restore", "--to", "yesterday", "--into", str(tmp_path / "other"))
    call_command("backup", "--new-key", str(tmp_path / "new key"))
    monkeypatch.setenv("BACKUP_KEY_FILE", str(tmp_path / "new key"))
    call_command("backup", "--list")
    said = capsys.readouterr().out
    assert "sealed with another key" in said
    assert "0 backups" in said


# ── When a night's backup is due ──


def test_a_night_is_due_once_from_its_hour_on():
    now = timezone.localtime().replace(hour=12, minute=0)
    night = Night(now.time(), timedelta(days=35), trial_on("never"))

    assert night.is_due(None, now)
    assert night.is_due(now - timedelta(minutes=1), now)
    assert not night.is_due(now, now + timedelta(hours=23))
    assert night.is_due(now, now + timedelta(hours=24))
    assert not night.is_due(now - timedelta(hours=20), now - timedelta(minutes=1))
