"""What wards ask: who lies where, since when, under whom."""

from ipd.queries.stays import Admitted, admitted, cradled, is_begun, setting, stay, stay_now, team_now
from ipd.queries.warnings import MOST_WARNINGS, latest_warnings, standing, unanswered, warnings_of

__all__ = [
    "MOST_WARNINGS",
    "Admitted",
    "admitted",
    "cradled",
    "is_begun",
    "latest_warnings",
    "setting",
    "standing",
    "stay",
    "stay_now",
    "team_now",
    "unanswered",
    "warnings_of",
]
