"""A new database is made in seconds, an old one goes on where it stands, and every step can be taken back."""

import json
import os
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection, models
from django.db.migrations import AddConstraint, AddField, AlterField, CreateModel, Migration
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ModelState, ProjectState
from django.db.migrations.writer import MigrationWriter

from hmis.demo.management.commands import prepare
from hmis.kernel.migrating import AtOnce

SQUASHED = {"audit", "billing", "facilities", "ipd", "kernel", "lab", "opd", "patients", "reports"}

# There, back and there again, and how often a model was drawn on the way.
WALK = """
import json
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ModelState

drawn, draw = [], ModelState.render
ModelState.render = lambda state, *args: drawn.append(state.name) or draw(state, *args)
steps = []
def step():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal")
        triggers = cursor.fetchone()[0]
    tables = connection.introspection.table_names()
    steps.append({"tables": tables, "triggers": triggers, "drawn": len(drawn)})
    drawn.clear()

call_command("migrate", verbosity=0)
step()
# Each app by itself would have Django draw the states of all anew.
MigrationExecutor(connection).migrate([(label, None) for label in SQUASHED])
step()
call_command("migrate", verbosity=0)
step()
print(json.dumps(steps))
""".replace("SQUASHED", repr(SQUASHED))


@pytest.fixture
def elsewhere(copied):
    """The environment of a process whose database is a copy of the one for all workers, or else empty."""
    name = f"migrating_{os.getpid()}"
    template = connection.settings_dict["NAME"].rpartition("_gw")[0] if copied else "template1"
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name}")
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    urls = {
        variable: urlsplit(os.environ[variable])._replace(path=f"/{name}").geturl()
        for variable in ("DATABASE_URL", "DATABASE_OWNER_URL")
        if variable in os.environ
    }
    yield {**os.environ, **urls, "DATABASE_URL": urls.get("DATABASE_OWNER_URL", urls["DATABASE_URL"])}
    with connection._nodb_cursor() as cursor:
        # Not by force: the server's own vacuum may be there, and ends for whoever waits, not for our role.
        cursor.execute(f"DROP DATABASE {name}")


@pytest.mark.slow
def test_every_migration_can_be_taken_back_and_a_first_start_draws_no_model_a_hundred_times(
    transactional_db, elsewhere
):
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", WALK],
        cwd=settings.BASE_DIR,
        env=elsewhere,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    there, back, again = json.loads(done.stdout.splitlines()[-1])

    ours = tuple(f"{label}_" for label in SQUASHED)
    assert not [table for table in back["tables"] if table.startswith(ours)]
    assert back["triggers"] == 0
    assert again["tables"] == there["tables"]
    assert again["triggers"] == there["triggers"] > 0
    # Each of 190 models was drawn 800 times: four minutes of each start. Now each is ten times.
    assert again["drawn"] < 15 * len(apps.get_models())
    assert back["drawn"] < 15 * len(apps.get_models())


def applied_before():
    """What the database of a hospital says that was made before the migrations became one for each app."""
    loader = MigrationLoader(connection)
    recorder = MigrationRecorder(connection)
    for label in SQUASHED:
        recorder.record_unapplied(label, "0001_squashed")
        for app, name in loader.disk_migrations[label, "0001_squashed"].replaces:
            recorder.record_applied(app, name)
    return recorder


def test_a_hospital_of_the_version_before_has_nothing_to_migrate(db):
    recorder = applied_before()

    call_command("migrate", "--check")
    prepare.migrate()

    assert {(label, "0001_squashed") for label in SQUASHED} <= set(recorder.applied_migrations())


def test_a_hospital_of_a_version_before_that_is_told_to_go_by_way_of_it(durable_line):
    applied_before().record_unapplied("patients", "0013_wards")

    with pytest.raises(CommandError, match="First start the one that ends with patients 0013_wards"):
        call_command("prepare")


# ── AtOnce ──


def bed_and_ward():
    key = ("id", models.AutoField(primary_key=True))
    ward = models.ForeignKey("things.ward", models.CASCADE)
    return AtOnce([CreateModel("Bed", [key, ("ward", ward)]), CreateModel("Ward", [key])])


def test_a_model_may_point_at_one_that_follows_it(db):
    before, after = ProjectState(), ProjectState()
    made = bed_and_ward()
    made.state_forwards("things", after)

    with connection.schema_editor() as editor:
        made.database_forwards("things", editor, before, after)
    tables = connection.introspection.table_names()
    assert {"things_bed", "things_ward"} <= set(tables)
    with connection.cursor() as cursor:
        relations = connection.introspection.get_relations(cursor, "things_bed")
    assert relations["ward_id"][1] == "things_ward"

    with connection.schema_editor() as editor:
        made.database_backwards("things", editor, after, before)
    assert not {"things_bed", "things_ward"} & set(connection.introspection.table_names())


def test_a_model_that_stands_is_changed_and_changed_back(db):
    bare, before, after = ProjectState(), ProjectState(), ProjectState()
    made, numbered = bed_and_ward(), models.Q(number__gt=0)
    changed = AtOnce(
        [
            AddField("bed", "number", models.IntegerField(default=1)),
            AddConstraint("bed", models.CheckConstraint(condition=numbered, name="bed_is_numbered")),
        ]
    )
    for state in before, after:
        made.state_forwards("things", state)
    changed.state_forwards("things", after)

    def constraints():
        with connection.cursor() as cursor:
            return connection.introspection.get_constraints(cursor, "things_bed")

    with connection.schema_editor() as editor:
        made.database_forwards("things", editor, bare, before)
        changed.database_forwards("things", editor, before, after)
    assert "bed_is_numbered" in constraints()

    with connection.schema_editor() as editor:
        changed.database_backwards("things", editor, after, before)
    assert "bed_is_numbered" not in constraints()
    with connection.cursor() as cursor:
        left = [one.name for one in connection.introspection.get_table_description(cursor, "things_bed")]
    assert left == ["id", "ward_id"]


def test_it_draws_nothing_until_somebody_asks():
    state = ProjectState()
    assert state.apps.all_models == {}

    bed_and_ward().state_forwards("things", state)

    assert "drawn" not in vars(state.apps)
    assert state.apps.get_model("things", "bed")._meta.get_field("ward").related_model.__name__ == "Ward"


@pytest.fixture
def drawn(monkeypatch):
    """The names of the models that are drawn, in their order."""
    names, draw = [], ModelState.render
    monkeypatch.setattr(ModelState, "render", lambda one, *args: names.append(one.name) or draw(one, *args))
    return names


def a_house_of_three():
    """A state with its models drawn: a bed stands in a ward, and each patient has a bed."""
    state = ProjectState()
    assert state.apps.all_models == {}
    key = ("id", models.AutoField(primary_key=True))
    bed = models.ForeignKey("things.bed", models.CASCADE)
    AtOnce([*bed_and_ward().operations, CreateModel("Patient", [key, ("bed", bed)])]).state_forwards(
        "things", state
    )
    return state


def test_a_change_draws_its_model_and_what_that_points_at(db, drawn):
    before, after = a_house_of_three(), a_house_of_three()
    changed = AtOnce([AddField("bed", "number", models.IntegerField(default=1))])
    changed.state_forwards("things", after)

    with connection.schema_editor() as editor:
        bed_and_ward().database_forwards("things", editor, ProjectState(), before)
        drawn.clear()
        changed.database_forwards("things", editor, before, after)

    assert sorted(drawn) == ["Bed", "Bed", "Ward", "Ward"]


def test_a_key_that_changes_draws_whoever_points_at_it(db, drawn):
    before, after = a_house_of_three(), a_house_of_three()
    changed = AtOnce([AlterField("ward", "id", models.BigAutoField(primary_key=True))])
    changed.state_forwards("things", after)

    with connection.schema_editor() as editor:
        bed_and_ward().database_forwards("things", editor, ProjectState(), before)
        changed.database_forwards("things", editor, before, after)
        with connection.cursor() as cursor:
            columns = connection.introspection.get_table_description(cursor, "things_bed")

    assert "Patient" in drawn
    assert [one.type_code for one in columns if one.name == "ward_id"] == [20]  # int8


def test_a_copy_of_a_state_keeps_what_was_there_before():
    state = a_house_of_three()
    before = state.clone()

    CreateModel("Drug", [("id", models.AutoField(primary_key=True))]).state_forwards("things", state)

    assert set(before.apps.all_models["things"]) == {"bed", "ward", "patient"}
    assert set(state.clone().apps.all_models["things"]) == {"bed", "ward", "patient", "drug"}


def test_it_is_written_into_a_file_as_it_stands():
    migration = Migration("0001_first", "things")
    migration.operations = [bed_and_ward()]
    written = MigrationWriter(migration).as_string()
    names = {}
    exec(written, names)

    (again,) = names["Migration"].operations
    assert [one.name for one in again.operations] == ["Bed", "Ward"]
    assert again.describe() == "Make 2 things at once"
