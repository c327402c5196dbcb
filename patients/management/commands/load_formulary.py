"""Medicines and what is known of them, as the project's own files state it, each row with its source."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from patients.models import MEDICINES
from patients.services.content import FILES, load_edition


class Command(BaseCommand):
    """A file that was loaded already is not read again. What it no longer has is withdrawn, never deleted."""

    help = "Load the medicines, ingredients, interactions, highest doses and sets of medicines."
    requires_system_checks = ()

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        changed = {kind: load_edition(kind, at=timezone.now()) for kind in FILES if kind in MEDICINES}
        if options["verbosity"]:
            self.stdout.write(", ".join(f"{kind}: {count}" for kind, count in changed.items()) + " changed.")
