"""What may be looked at across the apps."""

VIEW_CHECKS = "reports.view_checks"

# How far the system has come at each hospital.
VIEW_ROLLOUT = "reports.view_rollout"
MANAGE_ROLLOUT = "reports.manage_rollout"
