"""What must be so before the hospital opens: run at every start, as the owner of the database."""

import shutil
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from hmis.kernel import checks, grants, migrating

OLDEST_POSTGRESQL = 18
# Two nodes of one site that start together prepare one after the other.
LOCK = 0x484D4953
STAMP = settings.VAR_DIR / "static.stamp"
# The schema is read in Swagger UI, nouns are no pages, htmx is our own copy: a third of what is compressed.
UNUSED = ["redoc", "rest_framework", "django_htmx"]


class Command(BaseCommand):
    """Each step asks first whether there is anything to do: a second start takes no time."""

    help = "Bring the database, the places, the demo and the static files up to date."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-static", action="store_true", help="they were collected into the image")

    def handle(self, *args: Any, **options: Any) -> None:
        refuse_unfit_database()
        with one_at_a_time():
            migrate()
            call_command("load_jharkhand", verbosity=0)
            call_command("load_schemes", verbosity=0)
            call_command("load_services", verbosity=0)
            call_command("load_tests", verbosity=0)
            call_command("load_note_templates", verbosity=0)
            call_command("load_formulary", verbosity=0)
            if not settings.PRODUCTION:
                call_command("seed_demo", verbosity=0)
        if not options["no_static"]:
            compile_messages()
            collect_static()


def refuse_unfit_database() -> None:
    """Refuse a server that is too old or could lose what it has acknowledged."""
    version = connection.pg_version // 10000  # type: ignore[attr-defined]
    if version < OLDEST_POSTGRESQL:
        raise CommandError(
            f"This is PostgreSQL {version}; {OLDEST_POSTGRESQL} or newer is needed, for its uuidv7()."
        )
    wrong = checks.durable(databases=["default"])
    if wrong:
        raise CommandError(" ".join(str(error.msg) for error in wrong))


@contextmanager
def one_at_a_time() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def migrate() -> None:
    """Apply what is not applied; else only say anew what the application's role may do."""
    migrating.refuse_half_way()
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, verbosity=0)
        return
    executor.check_replacements()  # the version after this one need not know what was replaced
    # Rights follow from the models, which may change without a migration.
    with transaction.atomic():
        for config in apps.get_app_configs():
            grants.after_migration(config, using="default")


def compile_messages() -> None:
    """Compile a catalogue newer than its .mo; a machine without gettext keeps the one that came along."""
    newer = [po for path in settings.LOCALE_PATHS for po in path.glob("*/LC_MESSAGES/*.po") if _is_newer(po)]
    if newer and shutil.which("msgfmt"):
        languages = [po.parents[1].name for po in newer]
        call_command("compilemessages", locale=languages, verbosity=0)


def _is_newer(po: Path) -> bool:
    mo = po.with_suffix(".mo")
    return not mo.exists() or mo.stat().st_mtime < po.stat().st_mtime


def collect_static() -> None:
    """Collect, hash and compress the static files, unless they are those collected last."""
    stamp = static_stamp()
    collected = settings.STATIC_ROOT / "staticfiles.json"
    if collected.exists() and STAMP.exists() and STAMP.read_text() == stamp:
        return
    STAMP.unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=UNUSED)
    STAMP.write_text(stamp)


def static_stamp() -> str:
    """A digest of every static file's name, size and time of change: contents would take too long to read."""
    digest = sha256(repr(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for name, storage in sorted(finder.list([]), key=lambda found: found[0]):
            stat = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()
