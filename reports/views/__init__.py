"""The pages of the reports."""

from reports.views.checks import check_list, reconciliation_list

__all__ = ["check_list", "reconciliation_list"]
