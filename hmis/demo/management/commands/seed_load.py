"""Very many patients, or a year of use: past the services, as the services would have written them."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from facilities.models import Facility
from hmis.demo.bulk import add_many
from hmis.demo.use import add_use
from hmis.kernel import reading
from reports.queries import READER
from reports.services import recount_all


class Command(BaseCommand):
    help = (
        "Add so many made-up patients, some of them with an encounter, or the use of the last days at all"
        " hospitals. For benches and to look at, never in production."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--patients", type=int, default=0)
        parser.add_argument("--days", type=int, default=0, help="so many days of use, today the last of them")
        parser.add_argument("--visits", type=int, default=900, help="OPD visits a day, over all hospitals")
        parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same people")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("Made-up patients have no place in production: set HMIS_MODE=demo.")
        if not options["patients"] and not options["days"]:
            raise CommandError("How many? --patients, or --days of use with --visits a day.")
        for done in add_many(options["patients"], seed=options["seed"]):
            self.stdout.write(f"{done:,} patients")
        if options["days"]:
            self._add_use(options["days"], options["visits"], options["seed"])

    def _add_use(self, days: int, visits: int, seed: int) -> None:
        """The use of some days, and the figures that are counted from it."""
        now = timezone.now()
        for facility, came in add_use(days, visits, seed=seed, now=now):
            self.stdout.write(f"{facility.code}: {came:,} visits")
        began = reading.here()
        for facility in Facility.objects.all():
            self.stdout.write(f"{facility.code}: {recount_all(facility=facility):,} figures")
        with reading.held(READER) as figures:
            reading.read_to(figures, began, at=now)
