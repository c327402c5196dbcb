"""What may be looked at across the apps."""

VIEW_CHECKS = "reports.view_checks"

VIEW_REVIEW = "reports.view_review"
