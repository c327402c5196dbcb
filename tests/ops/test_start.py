"""The hospital opens safe or not at all, and says why in one sentence."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from facilities.models import User
from hmis.env import env_database, env_secret
from hmis.kernel.checks import least_privilege, walled
from hmis.ops.start import refuse_unsafe
from hmis.supervisor import DEMO_PASSWORD
from tests.ops.serving import production


@pytest.mark.django_db(transaction=True)
def test_a_gap_in_the_second_wall_is_named():
    assert walled() == []
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE billing_payment NO FORCE ROW LEVEL SECURITY")
        (error,) = walled()
        cursor.execute("ALTER TABLE billing_payment FORCE ROW LEVEL SECURITY")
    assert "billing_payment" in error.msg


@pytest.mark.django_db(transaction=True)
def test_a_reach_that_the_server_itself_gives_is_refused():
    with connection.cursor() as cursor:
        cursor.execute("SET hmis.reach = 'all'")
        (error,) = walled()
        cursor.execute("RESET hmis.reach")
    assert "hmis.reach must have no value" in error.msg
    assert walled() == []


@pytest.fixture
def _application(as_application, durable_line, monkeypatch):
    monkeypatch.delenv("DATABASE_OWNER_URL", raising=False)


def test_the_applications_own_role_is_taken(as_application):
    assert least_privilege() == []


def test_the_owner_of_the_tables_is_no_role_for_the_web(db):
    assert "owns the database or its tables" in " ".join(str(error.msg) for error in least_privilege())


@pytest.mark.parametrize(
    ("attribute", "words"),
    [
        ("SUPERUSER", "is a superuser"),
        ("BYPASSRLS", "may pass over row security"),
        ("CREATEROLE", "may make roles"),
        ("CREATEDB", "may make databases"),
        ("REPLICATION", "may copy the whole server"),
    ],
)
def test_a_role_that_may_too_much_is_named(db, monkeypatch, attribute, words):
    """Without such a role at hand, the server's own answer about one stands in for it."""
    columns = ["SUPERUSER", "BYPASSRLS", "CREATEROLE", "CREATEDB", "REPLICATION", "owner", "member"]
    asked = ", ".join("true" if name == attribute else "false" for name in columns)
    monkeypatch.setattr("hmis.kernel.checks.ROLE", f"SELECT {asked}")

    (error,) = least_privilege()
    assert words in error.msg


def test_who_may_become_the_owner_is_refused_like_the_owner(as_application, monkeypatch):
    """Asked as if our role were one that has been granted the owner's."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("SELECT pg_has_role(current_user, %s, 'MEMBER')", [as_application])
        assert cursor.fetchone() == (True,)  # the owner may become the application, never the other way
        cursor.execute(f"SET ROLE {as_application}")
        cursor.execute("SELECT pg_has_role(current_user, datdba, 'MEMBER') FROM pg_database "
                       "WHERE datname = current_database()")  # fmt: skip
        assert cursor.fetchone() == (False,)


@pytest.mark.usefixtures("_application")
def test_a_sound_hospital_opens():
    refuse_unsafe()


@pytest.mark.usefixtures("_application")
def test_the_owners_address_is_not_for_the_web(monkeypatch):
    monkeypatch.setenv("DATABASE_OWNER_URL_FILE", "/run/secrets/owner")

    with pytest.raises(ImproperlyConfigured, match="must not be given DATABASE_OWNER_URL"):
        refuse_unsafe()


@pytest.mark.usefixtures("_application")
@pytest.mark.parametrize("setting", ["synchronous_commit"])
def test_commits_that_do_not_wait_for_the_disk_keep_it_closed(setting):
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL {setting} = off")

    with pytest.raises(ImproperlyConfigured, match=setting):
        refuse_unsafe()


@pytest.mark.usefixtures("_application")
def test_a_demos_person_with_the_public_password_keeps_it_closed():
    User.objects.create(username="clerk.rims", name="Sunita", password=make_password(DEMO_PASSWORD))

    with pytest.raises(ImproperlyConfigured, match="has the demo's public password"):
        refuse_unsafe()


@pytest.mark.usefixtures("_application")
def test_the_same_name_with_a_password_of_its_own_is_somebody_else():
    User.objects.create(username="clerk.rims", name="Sunita", password=make_password("another-Password-7"))

    refuse_unsafe()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_process_refuses_the_owners_role_in_one_sentence(tmp_path):
    """The web's. That Celery's ask the same is seen in test_compose.py."""
    environ = production(tmp_path, DATABASE_URL=os.environ["DATABASE_URL"])
    environ["DATABASE_URL"] = (
        environ["DATABASE_URL"].rsplit("/", 1)[0] + f"/{connection.settings_dict['NAME']}"
    )

    done = subprocess.run(
        [sys.executable, "-c", "import hmis.wsgi"],
        cwd=tmp_path,
        env=environ | {"PYTHONPATH": str(settings.BASE_DIR)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 1
    assert "The hospital does not open: DATABASE_URL must name the application's own role" in done.stderr
    assert "Traceback" not in done.stderr


# ── Secrets from files ──

SECRETS = ["SECRET_KEY", "DATABASE_URL", "DATABASE_PASSWORD", "REDIS_URL", "METRICS_TOKEN", "BACKUP_KEY"]


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_comes_from_a_file(name, tmp_path, monkeypatch):
    (tmp_path / "secret").write_text("from the file\n")
    monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(f"{name}_FILE", str(tmp_path / "secret"))

    assert env_secret(name) == "from the file"


@pytest.mark.parametrize(
    ("contents", "given", "sentence"),
    [
        (None, None, "cannot be read: No such file"),
        ("\n", None, "is empty"),
        ("one", "another", "not both"),
    ],
)
def test_a_secret_that_is_none_is_refused(contents, given, sentence, tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "secret"))
    monkeypatch.delenv("SECRET_KEY", raising=False)
    if contents is not None:
        (tmp_path / "secret").write_text(contents)
    if given:
        monkeypatch.setenv("SECRET_KEY", given)

    with pytest.raises(ImproperlyConfigured, match=sentence) as refused:
        env_secret("SECRET_KEY")
    assert "another" not in str(refused.value)


def test_the_databases_password_may_come_alone(tmp_path, monkeypatch):
    (tmp_path / "password").write_text("p@ss/word\n")
    monkeypatch.setenv("DATABASE_URL", "postgresql://hmis_app@postgres/hmis")
    monkeypatch.delenv("DATABASE_PASSWORD", raising=False)
    monkeypatch.setenv("DATABASE_PASSWORD_FILE", str(tmp_path / "password"))

    assert env_database("DATABASE_URL")["PASSWORD"] == "p@ss/word"


def test_a_password_in_the_address_goes_before(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://hmis_app:own@postgres/hmis")
    monkeypatch.setenv("DATABASE_PASSWORD", "other")

    assert env_database("DATABASE_URL")["PASSWORD"] == "own"
