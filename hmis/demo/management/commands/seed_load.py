"""Very many patients, for benches: written past the services, as the services would have written them."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from hmis.demo.bulk import add_many


class Command(BaseCommand):
    help = "Add so many made-up patients, some of them with an encounter. For benches, never in production."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--patients", type=int, required=True)
        parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same people")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("Made-up patients have no place in production: set HMIS_MODE=demo.")
        for done in add_many(options["patients"], seed=options["seed"]):
            self.stdout.write(f"{done:,} patients")
