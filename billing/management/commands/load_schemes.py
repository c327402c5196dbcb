"""The reasons to pay less that hospitals know, as the code's own list states them."""

import csv
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from billing.models import Scheme
from hmis.kernel.ids import uuid_everywhere

KINDS = Path(__file__).parents[2] / "data" / "exemption_kinds.csv"
FULL_PRICE = "NONE"
CONFIDENTIAL = {"SEXUAL_ACID"}
WORDS = ("name", "name_hi", "proof")


class Command(BaseCommand):
    """Adds what is missing, and puts names and proofs right. How much a scheme lets off, and whether it
    holds, are for a local order to say: they are never overwritten."""

    help = "Load the exemption schemes. Run again, it adds what is missing and puts names right."
    requires_system_checks = ()

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        with KINDS.open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["code"] != FULL_PRICE]
        held = {one.code: one for one in Scheme.objects.all()}
        new = [new_scheme(row) for row in rows if row["code"] not in held]
        Scheme.objects.bulk_create(new)
        known = [(held[row["code"]], row) for row in rows if row["code"] in held]
        changed = sum(put_words_right(scheme, row) for scheme, row in known)
        if options["verbosity"]:
            self.stdout.write(f"{len(new)} schemes added, {changed} put right.")


def new_scheme(row: dict[str, str]) -> Scheme:
    """A scheme that lets everything off; its key is the same at every node."""
    return Scheme(
        id=uuid_everywhere("billing.scheme", row["code"]),
        code=row["code"],
        **{word: row[word] for word in WORDS},
        percent=Decimal(100),
        needs_proof=bool(row["proof"]) and not row["proof"].lower().startswith("none"),
        is_confidential=row["code"] in CONFIDENTIAL,
    )


def put_words_right(scheme: Scheme, row: dict[str, str]) -> bool:
    """Whether a name or the proof's name differed; afterwards none does."""
    changed = [word for word in WORDS if getattr(scheme, word) != row[word]]
    for word in changed:
        setattr(scheme, word, row[word])
    if changed:
        scheme.save(update_fields=changed)
    return bool(changed)
