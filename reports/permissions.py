"""What may be looked at across the apps, and who works on the registries."""

VIEW_CHECKS = "reports.view_checks"

VIEW_REVIEW = "reports.view_review"
# Several hospitals beside each other.
VIEW_DISTRICTS = "reports.view_districts"
# How far the system has come at each hospital.
VIEW_ROLLOUT = "reports.view_rollout"
MANAGE_ROLLOUT = "reports.manage_rollout"
# Registers that name people: the hospital's own.
VIEW_REGISTERS = "reports.view_registers"
# Counts of diseases; masked for whoever works outside the hospital.
VIEW_IDSP = "reports.view_idsp"
# Reports that are made in the background, and kept.
MAKE_REPORTS = "reports.make_reports"
VIEW_REGISTRIES = "reports.view_registries"
MANAGE_REGISTRIES = "reports.manage_registries"
CONFIRM_HPR = "reports.confirm_hpr"
