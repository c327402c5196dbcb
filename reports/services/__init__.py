"""What the reports write: counts that are kept, and what was found out across the apps."""

from reports.services.proving import prove_rules
from reports.services.registers import note_register_seen
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

__all__ = [
    "ask_report",
    "begin_next_report",
    "cancel_report",
    "fail_report",
    "finish_report",
    "forget_report_files",
    "note_progress",
    "note_register_seen",
    "note_report_exported",
    "prove_rules",
    "take_back_lost_reports",
]
