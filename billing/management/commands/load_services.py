"""What hospitals charge for, and how it is taxed, as the code's own lists state them. They name no price."""

import csv
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from billing.models import ChargeItemDefinition, TaxRule
from hmis.kernel.ids import uuid_everywhere

DATA = Path(__file__).parents[2] / "data"
WORDS = ("code", "name", "name_hi")


class Command(BaseCommand):
    """Adds what is missing. A service or rule that exists is never touched: it is the state's to change."""

    help = "Load the tax rules and the services that can be charged. Run again, it adds what is missing."
    requires_system_checks = ()

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        rules = _missing(TaxRule, "tax_rules.csv")
        TaxRule.objects.bulk_create([new_rule(row) for row in rules])
        held = {one.code: one for one in TaxRule.objects.all()}
        services = _missing(ChargeItemDefinition, "services.csv")
        ChargeItemDefinition.objects.bulk_create([new_service(row, held) for row in services])
        if options["verbosity"]:
            self.stdout.write(f"{len(rules)} tax rules and {len(services)} services added.")


def _missing(model: Any, name: str) -> list[dict[str, str]]:
    held = set(model.objects.values_list("code", flat=True))
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["code"] not in held]


def new_rule(row: dict[str, str]) -> TaxRule:
    """A tax rule; its key is the same at every node."""
    return TaxRule(
        id=uuid_everywhere("billing.taxrule", row["code"]),
        **{word: row[word] for word in (*WORDS, "source")},
        percent=Decimal(row["percent"]),
        above=Decimal(row["above"]) if row["above"] else None,
        outpatients_only=row["outpatients_only"] == "yes",
        spares_intensive_care=row["spares_intensive_care"] == "yes",
    )


def new_service(row: dict[str, str], rules: dict[str, TaxRule]) -> ChargeItemDefinition:
    """A line of the tariff without a price; its key is the same at every node."""
    return ChargeItemDefinition(
        id=uuid_everywhere("billing.chargeitemdefinition", row["code"]),
        **{word: row[word] for word in (*WORDS, "kind", "sac_hsn", "unit")},
        tax_rule=rules[row["tax_rule"]] if row["tax_rule"] else None,
    )
