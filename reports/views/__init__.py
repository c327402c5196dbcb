"""The pages of the reports."""

from reports.views.checks import check_list, reconciliation_list
from reports.views.rollout import (
    link_detail,
    linkreading_new,
    rollout_detail,
    rollout_list,
    rollout_setting_edit,
    rollout_step_edit,
)

__all__ = [
    "check_list",
    "link_detail",
    "linkreading_new",
    "reconciliation_list",
    "rollout_detail",
    "rollout_list",
    "rollout_setting_edit",
    "rollout_step_edit",
]
