"""The pages of the reports."""

from reports.views.checks import check_list, reconciliation_list
from reports.views.figures import figure_detail
from reports.views.review import review_detail, review_district, review_facility

__all__ = [
    "check_list",
    "figure_detail",
    "reconciliation_list",
    "review_detail",
    "review_district",
    "review_facility",
]
