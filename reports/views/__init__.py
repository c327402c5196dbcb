"""The pages of the reports."""

from reports.views.abha import (
    abha_list,
)
from reports.views.checks import (
    check_list,
    reconciliation_list,
)
from reports.views.figures import (
    figure_detail,
)
from reports.views.hpr import (
    hpr_confirmation_new,
    hpr_list,
    hpr_own,
)
from reports.views.numbers import number_list
from reports.views.outcomes import outcome_list
from reports.views.quality import quality_list
from reports.views.registers import (
    form_p_detail,
    register_detail,
    register_list,
)
from reports.views.registries import (
    registry_detail,
    registry_edit,
    registry_entering_new,
    registry_list,
    registry_move_new,
    registry_new,
)
from reports.views.registry_sheets import (
    registry_import_confirmation_new,
    registry_import_detail,
    registry_import_left_out,
    registry_import_new,
    registry_import_template,
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
    "abha_list",
    "check_list",
    "figure_detail",
    "form_p_detail",
    "hpr_confirmation_new",
    "hpr_list",
    "hpr_own",
    "link_detail",
    "linkreading_new",
    "number_list",
    "outcome_list",
    "quality_list",
    "reconciliation_list",
    "register_detail",
    "register_list",
    "registry_detail",
    "registry_edit",
    "registry_entering_new",
    "registry_import_confirmation_new",
    "registry_import_detail",
    "registry_import_left_out",
    "registry_import_new",
    "registry_import_template",
    "registry_list",
    "registry_move_new",
    "registry_new",
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
