"""What a day in a ward costs where nobody has set it: by the kind of the ward."""

import csv
from pathlib import Path

import pytest

from billing.states import WardClass
from facilities.states import WardKind
from ipd.tariffs import day_code, ward_class

SERVICES = Path(__file__).parents[2] / "billing" / "data" / "services.csv"


@pytest.mark.parametrize(
    ("kind", "code", "which"),
    [
        (WardKind.GENERAL, "BED-GEN", WardClass.GENERAL),
        (WardKind.LABOUR, "BED-GEN", WardClass.GENERAL),
        (WardKind.EMERGENCY, "BED-OBS", WardClass.GENERAL),
        (WardKind.HDU, "BED-ICU", WardClass.INTENSIVE),
        (WardKind.NEWBORN, "BED-NICU", WardClass.INTENSIVE),
        (WardKind.SEMI_PRIVATE, "BED-SEMI", WardClass.SEMI_PRIVATE),
        (WardKind.PRIVATE, "BED-PVT", WardClass.PRIVATE),
    ],
)
def test_a_day_is_charged_by_the_kind_of_the_ward(kind, code, which):
    assert day_code(kind) == code
    assert ward_class(kind) == which


def test_every_kind_of_ward_has_a_line_of_the_kind_bed_day():
    with SERVICES.open() as rows:
        known = {row["code"] for row in csv.DictReader(rows) if row["kind"] == "bed_day"}

    assert {day_code(kind) for kind in WardKind} == known
