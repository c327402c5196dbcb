"""Units as people write them."""

import pytest

from hmis.kernel.units import unit_shown


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("10*3/uL", "×10³/µL"),
        ("10^3/uL", "×10³/µL"),
        ("x10^9/L", "×10⁹/L"),
        ("10*12/L", "×10¹²/L"),
        ("mL/min/{1.73_m2}", "mL/min/1.73 m²"),
        ("mm[Hg]", "mmHg"),
        ("g/dL", "g/dL"),
        ("", ""),
    ],
)
def test_a_unit_is_shown_as_people_write_it_however_it_was_sent(sent, shown):
    assert unit_shown(sent) == shown
