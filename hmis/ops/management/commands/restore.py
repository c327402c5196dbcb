"""Bring the server back as it was at a second, into a new folder."""

from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from hmis.ops import backup, restore
from hmis.ops.shelf import ShelfError
from hmis.ops.vault import Unsealable


class Command(BaseCommand):
    help = "Restore from BACKUP_DIR into a new folder. Never touches the running server."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        when = parser.add_mutually_exclusive_group(required=True)
        when.add_argument("--to", metavar="TIME", help='as of this second: "2026-11-25 10:31:00+05:30"')
        when.add_argument("--latest", action="store_true", help="as of the last change that was kept")
        when.add_argument("--base", metavar="NAME", help="as of the end of this backup")
        parser.add_argument(
            "--timeline", type=int, metavar="N", help="which history, where two of them hold that time"
        )
        parser.add_argument("--into", type=Path, required=True, metavar="DIR", help="a new or empty folder")
        parser.add_argument(
            "--spool", type=Path, default=settings.VAR_DIR / "wal", help="where the archive received WAL"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        to = moment(options["to"]) if options["to"] else None
        into = options["into"].resolve()
        try:
            # A moment of the past does not need what the spool still holds; the last second does.
            restored = restore.restore(
                backup.own_shelf(),
                into=into,
                to=to,
                timeline=options["timeline"],
                base=options["base"],
                spool=options["spool"],
            )
        except (ShelfError, Unsealable, ImproperlyConfigured, OSError) as error:
            raise CommandError(str(error).strip()) from error
        last = restored.last_change
        last_change = timezone.localtime(last).isoformat(" ") if last else "before that backup"
        self.stdout.write(f"From {restored.backup.name}; {restored.rows:,} rows read.")
        self.stdout.write(f"The last change in it, of timeline {restored.timeline}: {last_change}.")
        self.stdout.write(f"{into} is a data folder that opened and was shut down in order.")


def moment(text: str) -> datetime:
    """The time that was typed; without an offset it is India's."""
    try:
        at = parse_datetime(text.strip())
    except ValueError:
        at = None
    if at is None:
        raise CommandError('Give the time as "2026-11-25 10:31:00+05:30".')
    return at if timezone.is_aware(at) else timezone.make_aware(at)
