"""Units of UCUM as people write them. Stored and sent they stay UCUM's."""

import re

SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
# UCUM writes *, many analysers ^, some with an x before.
POWER = re.compile(r"(?:\b[xX] ?|× ?)?10[*^]([0-9]+)")
MICRO = re.compile(r"\bu(?=[Lg]\b)")


def unit_shown(unit: str) -> str:
    """10*3/uL and x10^3/uL are ×10³/µL, mL/min/{1.73_m2} is mL/min/1.73 m², mm[Hg] is mmHg."""
    bare = unit.translate(str.maketrans("_", " ", "{}[]"))
    powers = POWER.sub(lambda found: f"×10{found[1].translate(SUPERSCRIPT)}", bare)
    return MICRO.sub("µ", powers).replace(" m2", " m²")
