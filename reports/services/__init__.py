"""What the reports write: counts that are kept, and what was found out across the apps."""

from reports.services.counting import (
    READER,
    follow_facts,
    recount_all,
)
from reports.services.proving import (
    NIGHT,
    prove_rules,
)
from reports.services.rollout import (
    Reading,
    count_use,
    note_link,
    note_rollout_exported,
    set_expectations,
    set_step,
)
from reports.services.seen import (
    note_rows_seen,
)

__all__ = [
    "NIGHT",
    "READER",
    "Reading",
    "count_use",
    "follow_facts",
    "note_link",
    "note_rollout_exported",
    "note_rows_seen",
    "prove_rules",
    "recount_all",
    "set_expectations",
    "set_step",
]
