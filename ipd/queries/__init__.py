"""What wards ask: who lies where, since when, under whom."""

from ipd.queries.rounds import (
    Medicines,
    Neighbour,
    Scores,
    inpatients,
    inpatients_of,
    medicines_of,
    neighbours_of,
    notes_of_stay,
    opinions_for,
    opinions_of,
    procedures_of,
    scores_of,
    teams_of,
)
from ipd.queries.stays import Admitted, admitted, cradled, is_begun, setting, stay, stay_now, team_now
from ipd.queries.warnings import MOST_WARNINGS, latest_warnings, standing, unanswered, warnings_of

__all__ = [
    "MOST_WARNINGS",
    "Admitted",
    "Medicines",
    "Neighbour",
    "Scores",
    "admitted",
    "cradled",
    "inpatients",
    "inpatients_of",
    "is_begun",
    "latest_warnings",
    "medicines_of",
    "neighbours_of",
    "notes_of_stay",
    "opinions_for",
    "opinions_of",
    "procedures_of",
    "scores_of",
    "setting",
    "standing",
    "stay",
    "stay_now",
    "team_now",
    "teams_of",
    "unanswered",
    "warnings_of",
]
