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
FLAGS = ("is_claimed", "is_for_all", "needs_approval", "is_active")
WORDS = ("name", "name_hi", "proof", "proof_hi")


class Command(BaseCommand):
    """Adds what is missing. A scheme that exists is never touched: its words, how much it lets off and
    whether it holds are the state administrator's."""

    help = "Load the exemption schemes. Run again, it adds what is missing."
    requires_system_checks = ()

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        with KINDS.open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["code"] != FULL_PRICE]
        held = set(Scheme.objects.values_list("code", flat=True))
        new = [new_scheme(row) for row in rows if row["code"] not in held]
        Scheme.objects.bulk_create(new)
        if options["verbosity"]:
            self.stdout.write(f"{len(new)} schemes added.")


def new_scheme(row: dict[str, str]) -> Scheme:
    """A scheme that lets everything off; its key is the same at every node."""
    return Scheme(
        id=uuid_everywhere("billing.scheme", row["code"]),
        code=row["code"],
        **{word: row[word] for word in WORDS},
        percent=Decimal(100),
        needs_proof=bool(row["proof"]) and not row["proof"].lower().startswith("none"),
        is_confidential=row["code"] in CONFIDENTIAL,
        kinds=row["kinds"].split(),
        package_code_form=row["package_code_form"],
        **{flag: row[flag] == "yes" for flag in FLAGS},
    )
