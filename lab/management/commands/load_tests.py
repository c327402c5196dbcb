"""The tests that can be ordered, what they give and how it is judged, as the code's own files state them."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.db import models, transaction
from django.utils import timezone

from billing.models import ChargeItemDefinition
from lab import content
from lab.models import AnalyteDefinition, TestDefinition
from patients.services.content import load_edition

DATA = Path(__file__).parents[2] / "data"
WORDS = ("words_en", "words_hi", "words_roman")
# The tariff's codes have two letters and no underscore.
OTHER_SERVICES = {"K": "K-SERUM"}


class Command(BaseCommand):
    """Brings the rows up to the files, as of all clinical content; what was put right in the product stays.

    What its sheet does not say of a test is given once, where it lacks: its words and line of the tariff.
    """

    help = "Load the tests that can be ordered, their results, ranges and limits."
    requires_system_checks = ()

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        before = set(TestDefinition.objects.values_list("code", flat=True))
        changed = sum(load_edition(kind, at=timezone.now()) for kind in content.KINDS)
        with changing(TestDefinition, "words", "service_id", "position") as tests:
            give_words({one.code: one for one in tests if one.code not in before})
            give_services([one for one in tests if one.service_id is None])
            if changed:
                give_places(tests, "tests.csv")
        if changed:
            with changing(AnalyteDefinition, "position") as analytes:
                give_places(analytes, "analytes.csv")
        if options["verbosity"]:
            self.stdout.write(f"{changed} rows of tests, results, ranges and limits changed.")


def rows_of(name: str) -> Iterator[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def service_code(code: str) -> str:
    """The line of the tariff that a test is charged by."""
    return OTHER_SERVICES.get(code, code.replace("_", "-"))


@contextmanager
def changing(model: type[models.Model], *names: str) -> Iterator[list[Any]]:
    """All rows, to be changed in these columns; at the end those that were are written, in one statement."""

    def said(one: Any) -> list[Any]:
        return [getattr(one, name) for name in names]

    rows = list(model._default_manager.all())
    before = {one.pk: said(one) for one in rows}
    yield rows
    fields = [name.removesuffix("_id") for name in names]
    model._default_manager.bulk_update([one for one in rows if said(one) != before[one.pk]], fields)


def give_words(new: Mapping[str, TestDefinition]) -> None:
    """What people say instead of the names of tests that were not there before."""
    for row in rows_of("words.csv") if new else ():
        if row["code"] in new:
            said = [word.strip() for column in WORDS for word in row[column].split(",")]
            new[row["code"]].words = [word for word in dict.fromkeys(said) if word]


def give_services(lacking: Sequence[TestDefinition]) -> None:
    """Its line of the tariff to each test that lacks one, where the tariff has it."""
    services = dict(ChargeItemDefinition.objects.values_list("code", "pk")) if lacking else {}
    for one in lacking:
        one.service_id = services.get(service_code(one.code))


def give_places(rows: Iterable[Any], name: str) -> None:
    """The place of each row is that in its file; what was added in the product comes behind them."""
    places = {row["code"]: place for place, row in enumerate(rows_of(name), start=1)}
    for one in rows:
        one.position = places.get(one.code, len(places) + 1)
