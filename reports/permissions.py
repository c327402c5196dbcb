"""What may be looked at across the apps."""

VIEW_CHECKS = "reports.view_checks"
# Registers that name people: the hospital's own.
VIEW_REGISTERS = "reports.view_registers"
# Counts of diseases; masked for whoever works outside the hospital.
VIEW_IDSP = "reports.view_idsp"
# Reports that are made in the background, and kept.
MAKE_REPORTS = "reports.make_reports"
