"""What the reports write: counts that are kept, and what was found out across the apps."""

from reports.services.proving import NIGHT, prove_rules
from reports.services.rollout import (
    Reading,
    count_use,
    note_link,
    note_rollout_exported,
    set_expectations,
    set_step,
)

__all__ = [
    "NIGHT",
    "Reading",
    "count_use",
    "note_link",
    "note_rollout_exported",
    "prove_rules",
    "set_expectations",
    "set_step",
]
