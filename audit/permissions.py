"""What may be done with the audit."""

VIEW_ENTRIES = "audit.view_entries"
EXPORT_ENTRIES = "audit.export_entries"
REVIEW_GLASS = "audit.review_glass"
VIEW_SEALS = "audit.view_seals"
