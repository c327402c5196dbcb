"""What may be done at the OPD."""

REGISTER_VISIT = "opd.register_visit"
VIEW_QUEUE = "opd.view_queue"
CALL_PATIENTS = "opd.call_patients"
PRINT_DOWNTIME_SHEETS = "opd.print_downtime_sheets"
MOVE_TOKEN = "opd.move_token"  # noqa: S105
