"""What may be looked at across the apps."""

VIEW_CHECKS = "reports.view_checks"

VIEW_REVIEW = "reports.view_review"
# Several hospitals beside each other.
VIEW_DISTRICTS = "reports.view_districts"
# The rows behind a figure, at the own hospital.
VIEW_ROWS = "reports.view_rows"
