"""Lines, persons and formularies for the rules of prescribing, as short words, without a database."""

import csv
import re
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from uuid import UUID, uuid4, uuid5

from patients.prescribing import lines as lines_
from patients.prescribing.alerts import Line, Person
from patients.prescribing.allergens import allergen
from patients.prescribing.doses import doses_of
from patients.prescribing.forms import unit_of, ways_of
from patients.prescribing.limits import band_of
from patients.prescribing.medicines import Formulary, HighestDose, KnownInteraction, Medicine, Substance
from patients.prescribing.terms import term

DATA = Path(__file__).parents[2] / "patients" / "data"
TODAY = date(2026, 7, 22)
LINE = re.compile(r"(.+?) ([\d.]+)(mL|mg|g)? x([\d.]+)(?: (\d+)d)?(?: from(\d+))?")
PER_AGE = {"y": Decimal("365.25"), "m": Decimal("30.4375"), "d": Decimal(1)}


def rows(name):
    """The rows of one of the project's files on medicines."""
    with (DATA / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _key(*parts):
    return uuid5(UUID(int=0), "|".join(parts))


def _split(text):
    return tuple(one for one in text.split("|") if one)


def _number(text):
    return Decimal(text) if text else None


@cache
def stated_formulary(retired=frozenset(), approved=False):
    """The project's files as a hospital's formulary in which everything is listed."""
    return Formulary(
        facility_id=UUID(int=1),
        medicines=tuple(_medicine(row, approved) for row in rows("medications.csv")),
        substances={row["ingredient"]: _substance(row, approved) for row in rows("ingredients.csv")},
        interactions=tuple(_interaction(row, approved) for row in rows("interactions.csv")),
        highest_doses=tuple(_limit(row, approved) for row in rows("max_doses.csv")),
        set_lines=(),
        retired=retired,
    )


def _medicine(row, approved):
    return Medicine(
        id=_key(row["generic_name"], row["strength"], row["form"], row["route"]),
        **{
            name: row[name]
            for name in (
                "generic_name", "name_hi", "strength", "form", "route", "atc_code",
                "pregnancy_flag", "lactation_flag", "flag_source", "schedule", "source",
            )
        },
        ingredients=_split(row["ingredients"]),
        high_alert=row["high_alert"] == "yes",
        aware_group=row["antibiotic_aware"].lower(),
        nlem_level=row["nlem_2022"],
        listed=True,
        available=None,
        approved=approved,
        edition=row["edition_or_date"],
    )  # fmt: skip


def _substance(row, approved):
    return Substance(
        _key(row["ingredient"]), row["ingredient"], row["name_hi"], row["atc_code"], row["class"],
        row["cross_reactivity_note"], approved, row["source"], row["edition_or_date"],
    )  # fmt: skip


def _interaction(row, approved):
    return KnownInteraction(
        _key(row["a"], row["b"]), row["a"], row["b"], row["severity"], row["effect"], row["what_to_do"],
        approved, row["source"], row["edition_or_date"], term(row["a"]), term(row["b"]),
    )  # fmt: skip


def _limit(row, approved):
    return HighestDose(
        _key(row["ingredient"], row["population"], row["route"], row["min_age_or_weight"]),
        row["ingredient"], _split(row["members"]), row["population"], row["route"],
        *(_number(row[one]) for one in ("max_single", "max_daily", "per_kg_single", "per_kg_daily")),
        row["unit"], row["min_age_or_weight"], band_of(row["min_age_or_weight"]),
        row["not_under"], band_of(row["not_under"]),
        int(row["egfr_below"]) if row["egfr_below"] else None,
        row["note"], approved, row["source"], row["edition_or_date"],
    )  # fmt: skip


def line(said, *, running=False, formulary=None):
    """`Paracetamol 500 mg Tablet 2 x3 5d from0`: two pieces three times a day for five days from today."""
    name, number, unit, per_day, days, from_day = LINE.fullmatch(said.strip()).groups()
    medicine = _by_name(formulary or stated_formulary())[name]
    return Line(
        medicine,
        _doses(medicine, Decimal(number), unit or unit_of(medicine) or "vial", EACH_DAY[per_day]),
        days=int(days) if days else None,
        from_day=int(from_day or 0),
        is_running=running,
        key=str(uuid4()),
    )


EACH_DAY = {"1": "OD", "2": "BD", "3": "TDS", "4": "QID", "6": "q4h"}


def _doses(medicine, number, unit, frequency):
    stage = lines_.Stage(number, unit, frequency, days=1)
    return doses_of(lines_.Line(medicine, (stage,), ways_of(medicine)[0]))


_named = {}


def _by_name(formulary):
    if id(formulary) not in _named:
        _named[id(formulary)] = {one.named: one for one in formulary.medicines}
    return _named[id(formulary)]


def lines(said, *, running=False):
    return [line(one, running=running) for one in said.split(";") if one.strip()]


def person(said):
    """`age=30y sex=female weight=55 pregnant=yes breast=no egfr=25@400 allergy=penicillin`."""
    found, allergies = {"sex": "unknown"}, []
    for word, value in re.findall(r"(\w+)=(.+?)(?= \w+=|$)", said):
        if word == "age":
            found["age_days"] = int(Decimal(value[:-1]) * PER_AGE[value[-1]]) + 1
        elif word == "weight":
            found["weight"] = Decimal(value)
        elif word == "egfr":
            egfr, _at, ago = value.partition("@")
            found["egfr"], found["egfr_on"] = Decimal(egfr), TODAY - timedelta(days=int(ago or 3))
        elif word == "allergy":
            allergies.append(allergen(value))
        else:
            found[{"breast": "breast_feeding"}.get(word, word)] = value
    return Person(**found, allergies=tuple(allergies))
