"""What the reports write: counts that are kept, and what was found out across the apps."""

from reports.services.counting import (
    count_first,
    follow_facts,
    recount_all,
)
from reports.services.proving import (
    NIGHT,
    prove_rules,
)
from reports.services.registers import (
    note_register_seen,
)
from reports.services.registries import (
    add_entry,
    edit_entry,
    enter_hospitals,
    move_entry,
    note_registry_exported,
)
from reports.services.registry_sheets import (
    confirm_registry_import,
    prepare_registry_import,
)
from reports.services.rollout import (
    NOT_THERE,
    Reading,
    count_use,
    note_link,
    note_rollout_exported,
    set_expectations,
    set_step,
)
from reports.services.runs import (
    ask_report,
    begin_next_report,
    cancel_report,
    fail_report,
    finish_report,
    forget_report_files,
    note_progress,
    note_report_exported,
    take_back_lost_reports,
)
from reports.services.seen import (
    note_rows_seen,
)

__all__ = [
    "NIGHT",
    "NOT_THERE",
    "Reading",
    "add_entry",
    "ask_report",
    "begin_next_report",
    "cancel_report",
    "confirm_registry_import",
    "count_first",
    "count_use",
    "edit_entry",
    "enter_hospitals",
    "fail_report",
    "finish_report",
    "follow_facts",
    "forget_report_files",
    "move_entry",
    "note_link",
    "note_progress",
    "note_register_seen",
    "note_registry_exported",
    "note_report_exported",
    "note_rollout_exported",
    "note_rows_seen",
    "prepare_registry_import",
    "prove_rules",
    "recount_all",
    "set_expectations",
    "set_step",
    "take_back_lost_reports",
]
