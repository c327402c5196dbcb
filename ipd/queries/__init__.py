"""What wards ask: who lies where, since when, under whom."""

from ipd.queries.stays import Admitted, admitted, cradled, is_begun, setting, stay, stay_now, team_now

__all__ = ["Admitted", "admitted", "cradled", "is_begun", "setting", "stay", "stay_now", "team_now"]
