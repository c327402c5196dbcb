"""What may be done at the OPD and in casualty."""

REGISTER_VISIT = "opd.register_visit"
VIEW_QUEUE = "opd.view_queue"
CALL_PATIENTS = "opd.call_patients"
PRINT_SLIP = "opd.print_slip"
PRINT_DOWNTIME_SHEETS = "opd.print_downtime_sheets"
MOVE_TOKEN = "opd.move_token"  # noqa: S105
REGISTER_CASUALTY = "opd.register_casualty"
VIEW_CASUALTY = "opd.view_casualty"
CANCEL_TOKEN = "opd.cancel_token"  # noqa: S105
CLOSE_CLINIC = "opd.close_clinic"
MANAGE_DISPLAYS = "opd.manage_displays"
VIEW_WAITING_TIMES = "opd.view_waiting_times"
CONSULT = "opd.consult"
