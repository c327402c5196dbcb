"""The medicines as the project's file states them, without a database."""

import csv
from functools import lru_cache
from pathlib import Path

from patients.prescribing.finding import Index
from patients.prescribing.medicines import Medicine

DRUGS = Path(__file__).parents[2] / "patients" / "data" / "medications.csv"


def make_medicine(number, row, **changes):
    fields = {
        "id": number,
        "generic_name": row["generic_name"],
        "name_hi": row["name_hi"],
        "strength": row["strength"],
        "form": row["form"],
        "route": row["route"],
        "atc_code": row["atc_code"],
        "ingredients": tuple((row.get("ingredients") or row["generic_name"]).split("|")),
        "pregnancy_flag": row["pregnancy_flag"],
        "lactation_flag": row["lactation_flag"],
        "flag_source": row["flag_source"],
        "high_alert": row["high_alert"] == "yes",
        "aware_group": row["antibiotic_aware"],
        "schedule": row["schedule"],
        "nlem_level": row["nlem_2022"],
        "listed": True,
        "available": True,
        "approved": row["approved"] == "yes",
        "source": row["source"],
        "edition": row["edition_or_date"],
    }
    return Medicine(**(fields | changes))


@lru_cache(maxsize=1)
def whole_formulary():
    with DRUGS.open(encoding="utf-8", newline="") as lines:
        return tuple(make_medicine(number, row) for number, row in enumerate(csv.DictReader(lines)))


@lru_cache(maxsize=1)
def whole_index():
    return Index(whole_formulary())


def medicine_of(name, strength, form):
    """The one medicine of the formulary with this name, strength and form."""
    found = [
        one
        for one in whole_formulary()
        if (one.generic_name, one.strength, one.form) == (name, strength, form)
    ]
    assert len(found) == 1, found
    return found[0]
