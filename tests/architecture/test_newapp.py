"""`make newapp` leaves a house in order, before a word is typed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from hmis.kernel.management.commands import newapp

# What was compiled and checked before goes along: only the new app is new.
NOT_SOURCES = shutil.ignore_patterns(".git", ".venv", ".pytest_cache", ".hypothesis", "var")
PROGRAMS = Path(sys.executable).parent
TOUCHED = [
    "pharmacy",
    "tests/pharmacy",
    "tests/architecture",
    "audit/words.py",
    "facilities/roles.py",
    "hmis/settings.py",
    "hmis/urls.py",
]
# What the house asks of an app as a whole.
HOUSE = [
    f"tests/architecture/test_{name}.py"
    for name in ("docs", "models", "permissions", "request_keys", "rules", "statuses", "templates")
]
# Of the walks over all addresses the steps that the new page takes.
PAGE, AREA = "pharmacy:order_list-pharmacy/orders/", "pharmacy"
WALKS = [
    *(
        f"tests/architecture/test_access.py::test_{name}"
        for name in (
            "every_address_stands_in_the_table",
            "every_view_says_what_the_table_says",
            f"an_address_opens_to_those_whom_its_table_names[{PAGE}]",
        )
    ),
    *(
        f"tests/architecture/test_query_budgets.py::test_{name}"
        for name in (
            "every_page_that_lists_has_a_budget",
            f"a_page_asks_no_more_however_many_rows_it_shows[{AREA}]",
        )
    ),
]
LET_IN = "tests/ops/test_compose.py::test_what_is_copied_into_the_picture_exists_and_is_let_in"


def in_own_database():
    """The environment of a process whose test database is not this one's; where `make test` has made one
    ready, it is a copy of that one, and what is migrated is the new app alone."""
    addresses = {
        name: urlsplit(os.environ[name])
        for name in ("DATABASE_URL", "DATABASE_OWNER_URL")
        if name in os.environ
    }
    if ready := "COPY_DATABASE" in os.environ:
        made = addresses["DATABASE_OWNER_URL"].path.removeprefix("/")
        line = psycopg2.connect(os.environ["DATABASE_OWNER_URL"])
        line.autocommit = True
        with line.cursor() as cursor:
            cursor.execute("DROP DATABASE IF EXISTS test_newapp")
            cursor.execute(f"CREATE DATABASE test_newapp TEMPLATE test_{made}")
        line.close()
    own = {name: address._replace(path="/newapp").geturl() for name, address in addresses.items()}
    options = {"PYTEST_ADDOPTS": "--reuse-db"} if ready else {}
    return {**os.environ, **own, **options, "DJANGO_SETTINGS_MODULE": "hmis.settings"}


@pytest.mark.slow
def test_a_new_app_is_in_order_before_a_word_is_typed(tmp_path):
    house, environment = tmp_path / "house", in_own_database()
    shutil.copytree(settings.BASE_DIR, house, ignore=NOT_SOURCES)

    def run(*command):
        done = subprocess.run(command, cwd=house, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    run(sys.executable, "manage.py", "newapp", "pharmacy")

    assert (house / "pharmacy" / "migrations" / "max_migration.txt").read_text().strip() == "0001_first"
    assert "pharmacy.order_placed" in (house / "docs" / "facts.md").read_text()
    assert (house / "docs" / "states" / "pharmacy_order.md").exists()
    run(PROGRAMS / "ruff", "format", "--check", *TOUCHED)
    run(PROGRAMS / "ruff", "check", *TOUCHED)
    run(PROGRAMS / "djlint", "--lint", "--quiet", "templates/pharmacy")
    run(PROGRAMS / "lint-imports")
    run(sys.executable, "-m", "mypy", "pharmacy")
    run(sys.executable, "manage.py", "makemigrations", "--check", "--dry-run")
    asked = "tests/pharmacy", *HOUSE, *WALKS, "tests/audit/test_words.py", LET_IN
    run(sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", *asked)


@pytest.mark.parametrize("name", ["", "Pharmacy", "two words", "9lives", "p", "opd", "json"])
def test_a_name_that_cannot_be_is_refused_and_nothing_is_written(name, tmp_path, settings):
    settings.BASE_DIR = tmp_path

    with pytest.raises(CommandError):
        call_command("newapp", name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("file", sorted({file for file, _, _ in newapp.PLACES}))
def test_the_house_has_a_place_for_a_new_app(file):
    changed = newapp._changed(settings.BASE_DIR, "pharmacy")

    assert "pharmacy" in changed[settings.BASE_DIR / file]
