"""What may be looked at across the apps, and who works on the registries."""

VIEW_CHECKS = "reports.view_checks"
VIEW_REGISTRIES = "reports.view_registries"
MANAGE_REGISTRIES = "reports.manage_registries"
CONFIRM_HPR = "reports.confirm_hpr"
