"""What wards ask: who lies where, since when, under whom."""

from ipd.queries.stays import (
    Admitted,
    admission_of,
    admissions_here,
    admitted,
    cradled,
    free_places,
    is_begun,
    mother_of,
    natural,
    open_departments,
    setting,
    stay,
    stay_now,
    team_now,
    with_places,
)

__all__ = [
    "Admitted",
    "admission_of",
    "admissions_here",
    "admitted",
    "cradled",
    "free_places",
    "is_begun",
    "mother_of",
    "natural",
    "open_departments",
    "setting",
    "stay",
    "stay_now",
    "team_now",
    "with_places",
]
