"""A sealed copy of the whole server, and what is known of the copies."""

from argparse import ArgumentParser
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg2
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from hmis.ops import backup, restore
from hmis.ops.archive import note
from hmis.ops.shelf import Shelf, ShelfError
from hmis.ops.vault import Unsealable, make_key


class Command(BaseCommand):
    help = "Take a base backup into BACKUP_DIR, sealed with BACKUP_KEY. Other options look at what is there."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--trial", action="store_true", help="restore it into a folder that is thrown away"
        )
        parser.add_argument("--keep", type=int, metavar="DAYS", help="then let go of backups older than this")
        other = parser.add_mutually_exclusive_group()
        other.add_argument("--list", action="store_true", help="the backups and how far each reaches")
        other.add_argument("--check", action="store_true", help="try out the newest backup and look for gaps")
        other.add_argument("--new-key", type=Path, metavar="FILE", help="make a key")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["new_key"]:
                self.make_key(options["new_key"])
                return
            shelf = backup.own_shelf()
            if options["list"]:
                self.list(shelf)
            elif options["check"]:
                self.check_newest(shelf)
            else:
                self.take(shelf, trial=options["trial"], keep=options["keep"])
        except (ShelfError, Unsealable, ImproperlyConfigured, OSError, psycopg2.Error) as error:
            raise CommandError(str(error).strip()) from error

    def make_key(self, path: Path) -> None:
        key = make_key(path)
        self.stdout.write(f"{path} holds the key {key.fingerprint}.")
        self.stdout.write("Keep a copy of it away from the backups: without it none of them opens.")

    def take(self, shelf: Shelf, *, trial: bool, keep: int | None) -> None:
        taken = backup.take(shelf, backup.own_address())
        note("backup")
        self.stdout.write(f"{taken.name}: {taken.sealed_bytes:,} bytes, sealed with {taken.key}.")
        if trial:
            self.try_out(shelf, taken)
        if keep is not None:
            for name in shelf.prune(timedelta(days=keep)):
                self.stdout.write(f"{name} let go.")

    def try_out(self, shelf: Shelf, taken: backup.Backup) -> None:
        restored = restore.try_out(shelf, taken, settings.VAR_DIR / "trial")
        note("backup_trial")
        self.stdout.write(f"{taken.name} opens: {restored.rows:,} rows read.")

    def list(self, shelf: Shelf) -> None:
        backups = shelf.backups()
        for one in backups:
            tried = "tried out" if shelf.is_verified(one) else "not tried out"
            tried += ", as of its end only" if shelf.is_alone(one) else ""
            self.stdout.write(
                f"{one.name}  {one.ended_at}  {one.sealed_bytes:>14,} bytes  PostgreSQL {one.server}  {tried}"
            )
        for one in shelf.sealed_by_others():
            self.stdout.write(f"{one.name}  {one.ended_at}  sealed with another key, {one.key}")
        last = "—"
        if found := shelf.last_wal():
            name, at = found
            last = f"{name}, of {timezone.localtime(at).isoformat(' ', 'seconds')}"
        self.stdout.write(f"{len(backups)} backups, {len(shelf.wal_names())} WAL files, the last is {last}.")

    def check_newest(self, shelf: Shelf) -> None:
        newest = restore.chosen(shelf, None)
        reach = shelf.wal_from(newest)
        self.try_out(shelf, newest)
        self.stdout.write(f"{len(reach)} WAL files follow it without a gap.")
