"""The pages of the reports."""

from reports.views.abha import abha_list
from reports.views.checks import check_list, reconciliation_list
from reports.views.hpr import hpr_confirmation_new, hpr_list, hpr_own
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

__all__ = [
    "abha_list",
    "check_list",
    "hpr_confirmation_new",
    "hpr_list",
    "hpr_own",
    "reconciliation_list",
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
]
