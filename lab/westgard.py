"""Westgard's rules of controls: from how far each control lies from its mean, in SD, to the rules it breaks.

Pure. After Westgard et al., Clin Chem 1981;27:493, as teaching pages word them (lab/data/SOURCES.md). Which
controls are consecutive is our reading (docs/adr/0341): a level follows itself from run to run, the levels of
one run stand beside each other.
"""

from collections.abc import Sequence
from decimal import Decimal

from django.db import models

ONE, TWO, THREE = Decimal(1), Decimal(2), Decimal(3)
# How many earlier controls of a level a rule may look back to.
LOOKS_BACK = 9
Z_PLACES = Decimal("0.0001")


class Rule(models.TextChoices):
    """The rules, in the order in which they are told. Names of their own kind: the same in every language."""

    R_12S = "1-2s", "1-2s"
    R_13S = "1-3s", "1-3s"
    R_22S = "2-2s", "2-2s"
    R_R4S = "R-4s", "R-4s"
    R_41S = "4-1s", "4-1s"
    R_10X = "10x", "10x"


# Asks to look closer; all others reject the run.
WARNING = Rule.R_12S


def distance(value: Decimal, mean: Decimal, sd: Decimal) -> Decimal:
    """How many SD a control lies from its mean, with its sign."""
    return ((value - mean) / sd).quantize(Z_PLACES)


def broken(z: Decimal, *, before: Sequence[Decimal] = (), beside: Sequence[Decimal] = ()) -> tuple[Rule, ...]:
    """The rules that one control breaks.

    `before`: the same level's earlier controls, the oldest first; `beside`: the other levels of the same run.
    The warning is given only where no rule rejects.
    """
    own = [*before[-LOOKS_BACK:], z]
    found = []
    if abs(z) > THREE:
        found.append(Rule.R_13S)
    if _same_side(own[-2:], 2, TWO) or any(_same_side([z, other], 2, TWO) for other in beside):
        found.append(Rule.R_22S)
    if any(_apart(z, other) for other in beside):
        found.append(Rule.R_R4S)
    if _same_side(own[-4:], 4, ONE):
        found.append(Rule.R_41S)
    if _same_side(own[-10:], 10, Decimal(0)):
        found.append(Rule.R_10X)
    if not found and abs(z) > TWO:
        found.append(Rule.R_12S)
    return tuple(found)


def rejects(rules: Sequence[str]) -> bool:
    """Whether a run that breaks these rules is rejected."""
    return any(rule != WARNING for rule in rules)


def _same_side(values: Sequence[Decimal], count: int, limit: Decimal) -> bool:
    """So many of them, all beyond the limit on one side; the limit itself is not beyond."""
    return len(values) == count and (
        all(value > limit for value in values) or all(value < -limit for value in values)
    )


def _apart(one: Decimal, other: Decimal) -> bool:
    return (one > TWO and other < -TWO) or (one < -TWO and other > TWO)
