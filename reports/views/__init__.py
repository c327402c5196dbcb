"""The pages of the reports."""

from reports.views.checks import check_list, reconciliation_list
from reports.views.registers import form_p_detail, register_detail, register_list
from reports.views.runs import run_cancel_new, run_detail, run_file, run_list, run_new

__all__ = [
    "check_list",
    "form_p_detail",
    "reconciliation_list",
    "register_detail",
    "register_list",
    "run_cancel_new",
    "run_detail",
    "run_file",
    "run_list",
    "run_new",
]
