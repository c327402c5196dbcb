"""The state, its districts and the hospitals that the system serves first."""

import json
from pathlib import Path
from typing import Any, TypeVar

from django.core.management.base import BaseCommand
from django.db import models, transaction

from facilities.models import District, Facility, State
from hmis.kernel.edits import take_over
from hmis.kernel.ids import uuid_everywhere

PLACES = Path(__file__).parents[2] / "data" / "jharkhand.json"
M = TypeVar("M", bound=models.Model)


class Command(BaseCommand):
    """Adds what is missing, and puts the names and tiles of the state and its districts right.

    A hospital that exists is never touched: its name, fee, HFR ID and papers are its administrator's.
    Every node runs this for itself: keys follow from codes, so that all the nodes' rows are the same rows.
    """

    help = "Load Jharkhand: districts, medical colleges, sadar hospitals. Run again, it adds what is missing."
    requires_system_checks = ()

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        stated = json.loads(PLACES.read_text(encoding="utf-8"))
        state = put_right(State, "lgd_code", [place(stated["state"])])[0]
        rows = [
            place(row) | {"state": state, "tile_column": row["tile"][0], "tile_row": row["tile"][1]}
            for row in stated["districts"]
        ]
        districts = put_right(District, "lgd_code", rows)
        added = add_hospitals(stated["facilities"], {one.name: one for one in districts})
        if options["verbosity"]:
            self.stdout.write(f"{len(districts)} districts; {added} hospitals added.")


def place(row: dict[str, Any]) -> dict[str, Any]:
    """A state's or district's fields from a row of the file."""
    return {"lgd_code": row["lgd"], "name": row["name"], "name_hi": row["name_hi"]}


def put_right(model: type[M], key: str, rows: list[dict[str, Any]]) -> list[M]:
    """The rows as they stand in the database afterwards: added where missing, changed where they differ."""
    held = {getattr(one, key): one for one in model._default_manager.all()}
    return [_put_one_right(model, key, held.get(row[key]), row) for row in rows]


def _put_one_right(model: type[M], key: str, held: M | None, row: dict[str, Any]) -> M:
    if held is None:
        return model._default_manager.create(id=uuid_everywhere(model._meta.label_lower, row[key]), **row)
    changed = take_over(held, row)
    if changed:
        held.save(update_fields=changed)
    return held


def add_hospitals(rows: list[dict[str, Any]], districts: dict[str, District]) -> int:
    """Add the hospitals whose code is new, at the model's own fee and validity; how many they were."""
    held = set(Facility.objects.values_list("code", flat=True))
    new = [
        Facility(
            id=uuid_everywhere("facilities.facility", row["code"]),
            code=row["code"],
            kind=row["kind"],
            name=row["name"],
            name_hi=row["name_hi"],
            district=districts[row["district"]],
        )
        for row in rows
        if row["code"] not in held
    ]
    Facility.objects.bulk_create(new)
    return len(new)
