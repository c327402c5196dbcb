"""The pages of the reports."""

from reports.views.checks import (
    check_list,
    reconciliation_list,
)
from reports.views.figures import (
    figure_detail,
)
from reports.views.registers import (
    form_p_detail,
    register_detail,
    register_list,
)
from reports.views.review import (
    review_detail,
    review_district,
    review_facility,
)
from reports.views.rollout import (
    link_detail,
    linkreading_new,
    rollout_detail,
    rollout_list,
    rollout_setting_edit,
    rollout_step_edit,
)
from reports.views.runs import (
    run_cancel_new,
    run_detail,
    run_file,
    run_list,
    run_new,
)

__all__ = [
    "check_list",
    "figure_detail",
    "form_p_detail",
    "link_detail",
    "linkreading_new",
    "reconciliation_list",
    "register_detail",
    "register_list",
    "review_detail",
    "review_district",
    "review_facility",
    "rollout_detail",
    "rollout_list",
    "rollout_setting_edit",
    "rollout_step_edit",
    "run_cancel_new",
    "run_detail",
    "run_file",
    "run_list",
    "run_new",
]
