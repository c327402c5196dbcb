"""What may be looked at across the apps."""

VIEW_CHECKS = "reports.view_checks"

VIEW_REVIEW = "reports.view_review"
# Several hospitals beside each other.
VIEW_DISTRICTS = "reports.view_districts"
# The rows behind a figure, at the own hospital.
VIEW_ROWS = "reports.view_rows"
# How far the system has come at each hospital.
VIEW_ROLLOUT = "reports.view_rollout"
MANAGE_ROLLOUT = "reports.manage_rollout"
