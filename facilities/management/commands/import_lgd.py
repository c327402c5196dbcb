"""Blocks and villages from the Local Government Directory's own files."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from facilities.management import lgd

MOST_ERRORS = 50


class Command(BaseCommand):
    """All in one transaction: a file that breaks off leaves nothing behind. Nothing is ever deleted."""

    help = "Import a list of blocks or of villages (CSV) downloaded from the Local Government Directory."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the CSV file; load blocks before villages")
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would change, and change nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            listing = lgd.read(options["file"])
        except (OSError, lgd.NotALGDFile) as error:
            raise CommandError(str(error)) from error
        with transaction.atomic():
            outcome = lgd.take_over(listing)
            transaction.set_rollback(options["dry_run"])
        self._report(outcome, "villages" if listing.is_of_villages else "blocks", dry=options["dry_run"])

    def _report(self, outcome: lgd.Outcome, what: str, *, dry: bool) -> None:
        for error in outcome.errors[:MOST_ERRORS]:
            self.stderr.write(error)
        if len(outcome.errors) > MOST_ERRORS:
            self.stderr.write(f"… and {len(outcome.errors) - MOST_ERRORS} more errors.")
        self.stdout.write(
            f"{what}: {outcome.new} new, {outcome.changed} changed, {outcome.unchanged} unchanged, "
            f"{outcome.elsewhere} of other states, {len(outcome.errors)} errors."
        )
        if dry:
            self.stdout.write("This was a dry run: nothing was changed.")
