"""Receives every change of the database and seals it; takes the nightly backups. Runs until stopped."""

import signal
from argparse import ArgumentParser
from datetime import time, timedelta
from typing import Any

import psycopg2
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from hmis.ops import backup
from hmis.ops.archive import Archive, Keeper, Night, trial_on
from hmis.ops.shelf import ShelfError


class Command(BaseCommand):
    help = "Keep BACKUP_DIR up to the minute: WAL all the time, a base backup each night."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--base-at", type=time.fromisoformat, default=time(2, 30), metavar="HH:MM")
        parser.add_argument("--trial", choices=["daily", "weekly", "never"], default="weekly")
        parser.add_argument("--keep", type=int, default=35, metavar="DAYS")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            archive = Archive(backup.own_shelf(), backup.own_address(), settings.VAR_DIR / "wal")
            night = Night(options["base_at"], timedelta(days=options["keep"]), trial_on(options["trial"]))
            keeper = Keeper(archive, night, settings.VAR_DIR)
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, keeper.stopping)
            keeper.run()
        except (ShelfError, ImproperlyConfigured, OSError, psycopg2.Error) as error:
            raise CommandError(str(error).strip()) from error
