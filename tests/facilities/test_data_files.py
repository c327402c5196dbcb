import csv
import json
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
JHARKHAND = json.loads((ROOT / "facilities" / "data" / "jharkhand.json").read_text(encoding="utf-8"))


def rows(name):
    with (ROOT / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_jharkhand_has_24_districts_with_their_own_codes_and_places_on_the_map():
    districts = JHARKHAND["districts"]

    assert len(districts) == 24
    for field in "lgd", "name", "name_hi":
        assert len({district[field] for district in districts}) == 24
    assert len({tuple(district["tile"]) for district in districts}) == 24
    assert JHARKHAND["state"]["lgd"] == 20


def test_the_six_medical_colleges_and_a_sadar_hospital_for_each_district_are_stated():
    facilities = JHARKHAND["facilities"]
    districts = {district["name"] for district in JHARKHAND["districts"]}
    sadar = [facility["district"] for facility in facilities if facility["kind"] == "sadar_hospital"]

    assert Counter(facility["kind"] for facility in facilities) == {
        "sadar_hospital": 24,
        "medical_college": 6,
    }
    assert set(sadar) == districts
    assert {facility["district"] for facility in facilities} <= districts


def test_every_hospital_has_a_code_of_its_own_of_at_most_four_letters():
    codes = [facility["code"] for facility in JHARKHAND["facilities"]]

    assert len(set(codes)) == len(codes) == 30
    assert all(code.isalpha() and code.isupper() and 2 <= len(code) <= 4 for code in codes)


def test_every_place_has_a_hindi_name():
    for place in [JHARKHAND["state"], *JHARKHAND["districts"], *JHARKHAND["facilities"]]:
        assert any("\u0900" <= sign <= "\u097f" for sign in place["name_hi"])


def test_exemptions_have_codes_of_their_own_and_say_where_they_come_from():
    kinds = rows("billing/data/exemption_kinds.csv")

    assert len({kind["code"] for kind in kinds}) == len(kinds)
    assert all(kind["name"] and kind["name_hi"] and kind["source"] for kind in kinds)
    assert {kind["approved"] for kind in kinds} <= {"yes", "no"}


@pytest.mark.parametrize(("part", "least"), [("given", 400), ("family", 150)])
def test_enough_names_of_jharkhand_are_listed(part, least):
    listed = [row for row in rows("patients/data/names.csv") if row["part"] == part]

    assert len({row["latin"] for row in listed}) >= least
    assert all(row["latin"].isascii() and row["latin"].istitle() for row in listed)
    assert all("\u0900" <= sign <= "\u097f" for row in listed for sign in row["devanagari"])
