"""The tests and panels that may be ordered, as the code's own list states them."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from billing.models import ChargeItemDefinition
from hmis.kernel.ids import uuid_everywhere
from lab import content
from lab.models import TestDefinition
from patients.services.content import load_edition

DATA = Path(__file__).parents[2] / "data"
WORDS = ("words_en", "words_hi", "words_roman")
# The tariff's codes have two letters and no underscore.
OTHER_SERVICES = {"K": "K-SERUM"}


class Command(BaseCommand):
    """Adds what is missing. A test that exists is never touched, but for what it lacked: service, results."""

    help = "Load the tests that can be ordered. Run again, it adds what is missing."
    requires_system_checks = ()

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        held = {one.code: one for one in TestDefinition.objects.all()}
        services = dict(ChargeItemDefinition.objects.values_list("code", "pk"))
        said = {row["code"]: row for row in rows_of("words.csv")}
        new = []
        for position, row in enumerate(rows_of("tests.csv"), start=1):
            service = services.get(service_code(row["code"]))
            kept = held.get(row["code"])
            if kept is None:
                new.append(new_test(row, said.get(row["code"], {}), service, position))
            elif lacking := _lacking(kept, row, service):
                for name, value in lacking.items():
                    setattr(kept, name, value)
                kept.save(update_fields=list(lacking))
        TestDefinition.objects.bulk_create(new)
        changed = {kind: load_edition(kind, at=timezone.now()) for kind in content.KINDS}
        if options["verbosity"]:
            self.stdout.write(f"{len(new)} tests added, {sum(changed.values())} rows about results changed.")


def _lacking(kept: TestDefinition, row: dict[str, str], service: Any) -> dict[str, Any]:
    """What a test of an earlier edition has not yet: its line of the tariff, and what it gives."""
    said = {"service_id": service, "members": members_of(row)}
    return {name: value for name, value in said.items() if value and not getattr(kept, name)}


def members_of(row: dict[str, str]) -> list[str]:
    """The codes of the results that a test gives."""
    return [code for code in row["panel_members"].split(";") if code]


def rows_of(name: str) -> Iterator[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def service_code(code: str) -> str:
    """The line of the tariff that a test is charged by."""
    return OTHER_SERVICES.get(code, code.replace("_", "-"))


def new_test(row: dict[str, str], said: dict[str, str], service: Any, position: int) -> TestDefinition:
    """A test as the list states it; its key is the same at every node, and nobody has approved it."""
    words = [word.strip() for column in WORDS for word in said.get(column, "").split(",")]
    return TestDefinition(
        id=uuid_everywhere("lab.testdefinition", row["code"]),
        key=row["code"],
        **{name: row[name] for name in ("code", "name", "name_hi", "loinc_code", "specimen", "container")},
        section=row["section"].replace(" ", "_"),
        words=[word for word in dict.fromkeys(words) if word],
        volume=row["volume"],
        is_panel=row["is_panel"] == "yes",
        members=members_of(row),
        routine_minutes=int(row["tat_minutes_routine"]) if row["tat_minutes_routine"] else None,
        urgent_minutes=int(row["tat_minutes_urgent"]) if row["tat_minutes_urgent"] else None,
        notifiable=row["notifiable"],
        service_id=service,
        position=position,
        source=row["source"],
    )
