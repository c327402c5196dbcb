"""A hospital to look at: people, patients and a morning's queue at RIMS and at Sadar Gumla."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from hmis.demo import seeding


class Command(BaseCommand):
    help = "Fill the demo's hospitals. Run again, it adds what is missing and a queue for today."
    requires_system_checks = ()

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demo's password is public: seed_demo runs only where HMIS_MODE=demo.")
        now = timezone.now()
        if not seeding.is_seeded_for(now):
            seeding.seed(now)
